// Uses of what is limited, held for an order and then redeemed or given back: quotas per customer, budgets of all, coupons.
//
// One mechanism for all of them. The store knows limits, not what they are limits of: a share says which meter and which
// pool it draws on. The callers' own limits come with every call, so that what was published last counts.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "libs/base/deadline.h"

namespace rung::storage {

/// A customer's uses of a subject in a period.
struct Meter {
  std::string subject;  ///< "benefit:kuailv/gold.trial", "coupon:autumn-fruit-20.1"
  Day period_start = 0;

  bool operator==(const Meter&) const = default;
};

/// What one claim takes.
struct Share {
  Meter meter;
  int64_t uses = 1;                    ///< > 0
  bool metered = false;                ///< the uses are counted
  std::optional<int64_t> uses_limit;   ///< of the meter; unset: counted only
  std::string pool;                    ///< shared by all customers; empty: none
  int64_t amount = 0;                  ///< from the pool, >= 0
  std::optional<int64_t> pool_limit;   ///< unset: counted only
  // What the RESOURCE_EXHAUSTED of a short meter or pool says: its reason, what people call it, and what amounts are in.
  const char* uses_reason = "QUOTA_EXHAUSTED";
  const char* pool_reason = "BUDGET_EXHAUSTED";
  std::string uses_name = {};  ///< "coupon \"autumn-fruit-20\" for one customer"
  std::string pool_name = {};
  std::string currency = {};   ///< of the pool; empty: it holds pieces
};

/// Where a share's meter and pool stand once it is taken. Left: unset is unlimited.
struct Left {
  std::optional<int64_t> uses;
  std::optional<int64_t> amount;
  int64_t taken = 0;  ///< uses of the meter, these included
};

enum class ReservationState : uint8_t { kReserved, kCommitted, kReleased, kExpired };

struct ClaimRow {
  std::string subject;
  int64_t uses = 1;
  int64_t amount = 0;
};

struct ReservationRow {
  CustomerNumber customer{};
  std::string external_id;
  std::string reservation_id;
  int64_t turn = 0;  ///< newer is larger, within the customer
  std::string order_id;
  ReservationState state = ReservationState::kReserved;  ///< kExpired as soon as its time is over
  std::string plan_id;
  int32_t plan_version = 0;
  UnixMicros reserved_at = 0;
  UnixMicros expire_at = 0;
  UnixMicros ended_at = 0;  ///< 0: held
  std::vector<ClaimRow> claims;
};

/// Names a reservation: by its id, or all of an order.
struct ReservationName {
  CustomerNumber customer{};
  std::string reservation_id;
  std::string order_id;  ///< when reservation_id is empty
};

/// What is in the meters and pools that were asked for, in their order; what is overdue counts as given back.
struct Taken {
  std::vector<int64_t> meters;
  std::vector<int64_t> pools;
};

/// Thread-safe. UNAVAILABLE/STORE_UNAVAILABLE when PostgreSQL is out of reach. All times are the caller's.
class RedemptionStore {
 public:
  virtual ~RedemptionStore() = default;

  struct Reserved {
    ReservationRow reservation;
    std::vector<Left> left;  ///< one per share; empty when the request had been answered before
  };

  /// The reservation of an earlier request of this id. ALREADY_EXISTS/REQUEST_ID_REUSED when that said something else.
  virtual absl::StatusOr<std::optional<ReservationRow>> Replay(CustomerNumber customer, const std::string& reservation_id,
                                                               const std::string& request_bytes, UnixMicros now, Deadline deadline) = 0;
  /// Takes all shares or none, in one transaction; claims are made of the shares. A repeated request changes nothing.
  /// RESOURCE_EXHAUSTED with the share's reason and metadata "claim" (index), "subject", "left";
  /// ALREADY_EXISTS/REQUEST_ID_REUSED.
  virtual absl::StatusOr<Reserved> Reserve(const ReservationRow& reservation, const std::vector<Share>& shares, const std::string& request_bytes,
                                           Deadline deadline) = 0;
  /// Makes what is held final; returns all that was named, oldest first. NOT_FOUND/RESERVATION_UNKNOWN;
  /// FAILED_PRECONDITION/RESERVATION_ENDED when everything named has ended.
  virtual absl::StatusOr<std::vector<ReservationRow>> Commit(const ReservationName& name, UnixMicros now, Deadline deadline) = 0;
  /// Gives back what is held or final; returns all that was named, oldest first. NOT_FOUND/RESERVATION_UNKNOWN.
  virtual absl::StatusOr<std::vector<ReservationRow>> Release(const ReservationName& name, UnixMicros now, Deadline deadline) = 0;
  /// Newest first; turn < `before` (0: all); an empty order: all.
  virtual absl::StatusOr<std::vector<ReservationRow>> List(CustomerNumber customer, const std::string& order_id, int64_t before, int limit,
                                                           UnixMicros now, Deadline deadline) = 0;

  virtual absl::StatusOr<Taken> ReadTaken(CustomerNumber customer, const std::vector<Meter>& meters, const std::vector<std::string>& pools,
                                          UnixMicros now, Deadline deadline) = 0;

  /// Gives back up to `limit` reservations that are overdue, and returns how many. Nothing depends on it being called:
  /// whoever finds a meter or pool short looks for what is overdue first. It keeps that short.
  virtual absl::StatusOr<int> Sweep(UnixMicros now, int limit, Deadline deadline) = 0;
};

struct IssuedCouponRow {
  CustomerNumber customer{};
  std::string external_id;
  std::string issued_coupon_id;
  int64_t turn = 0;
  std::string coupon_id;
  int32_t coupon_version = 0;
  std::string source;
  UnixMicros issued_at = 0;
  std::optional<Day> until;  ///< last day
  // Of the reservation that holds or has redeemed it; empty: none.
  std::string reservation_id;
  std::string order_id;
  bool redeemed = false;

  bool held() const { return !reservation_id.empty() && !redeemed; }
};

enum class CouponFilter : uint8_t { kAll, kIssued, kReserved, kRedeemed, kExpired };

/// Issued coupons. Their uses are shares of RedemptionStore, on the meter CouponSubject(issued_coupon_id). Thread-safe.
class CouponStore {
 public:
  virtual ~CouponStore() = default;

  /// As RedemptionStore::Replay.
  virtual absl::StatusOr<std::optional<IssuedCouponRow>> Replay(CustomerNumber customer, const std::string& request_id,
                                                                const std::string& request_bytes, UnixMicros now, Deadline deadline) = 0;
  /// Issues one, its id made of coupon_id and the number of issues to this customer, which `share` counts. In one
  /// transaction; errors as of RedemptionStore::Reserve.
  virtual absl::StatusOr<IssuedCouponRow> Issue(const IssuedCouponRow& coupon, const Share& share, const std::string& request_id,
                                                const std::string& request_bytes, Deadline deadline) = 0;
  /// Those of the ids that the customer holds.
  virtual absl::StatusOr<std::vector<IssuedCouponRow>> Find(CustomerNumber customer, const std::vector<std::string>& ids, UnixMicros now,
                                                            Deadline deadline) = 0;
  /// Newest first; turn < `before` (0: all). kExpired: before `today` and neither held nor redeemed.
  virtual absl::StatusOr<std::vector<IssuedCouponRow>> List(CustomerNumber customer, CouponFilter filter, Day today, int64_t before, int limit,
                                                            UnixMicros now, Deadline deadline) = 0;
};

inline std::string CouponSubject(const std::string& issued_coupon_id) { return "coupon:" + issued_coupon_id; }

}  // namespace rung::storage
