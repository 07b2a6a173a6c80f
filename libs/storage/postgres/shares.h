// Taking from meters and pools, and giving back, within the transaction of one customer.
//
// Locks are taken in one order everywhere, so that nothing waits in a circle: the customer's row in `redeemer` first,
// which makes its uses take turns; then pools by name, and within a pool slices by number.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "libs/storage/postgres/sessions.h"
#include "libs/storage/redemption_store.h"

namespace rung::storage::postgres {

#define RUNG_MICROS(column) "coalesce((extract(epoch FROM " column ") * 1000000)::bigint, 0)"
#define RUNG_TIME(parameter) "(timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond')"
#define RUNG_DATE(parameter) "(date '1970-01-01' + " parameter "::int)"

struct Redeemer {
  CustomerNumber customer{};
  std::string external_id;
};

/// How a pool is drawn on: from the customer's own slice, or with all slices locked and cut afresh.
enum class Cut { kOwnSlice, kAfresh };

/// The customer's turn in a transaction: locks it, and collects what changes.
class Turn {
 public:
  /// Waits for the customer's earlier turns, and gives back what is overdue of the customer's.
  Turn(pqxx::work& work, const Redeemer& redeemer, UnixMicros now);

  int64_t number() const { return number_; }

  /// Ends a reservation that holds shares or has redeemed them; `state`: "RELEASED" or "EXPIRED".
  void End(const std::string& reservation_id, const char* state);
  /// Takes the shares and applies what was given back; the last step of a turn. One entry per share.
  /// RESOURCE_EXHAUSTED as RedemptionStore::Reserve has it; kOwnSlice: OUT_OF_RANGE when a slice is short, which
  /// TakeTurn understands.
  absl::StatusOr<std::vector<Left>> Settle(const std::vector<Share>& shares, Cut cut);

 private:
  struct PoolChange {
    int64_t given_back = 0;
    int64_t taken = 0;
    const Share* share = nullptr;  ///< the first one that takes, for the limit
    size_t claim = 0;

    std::optional<int64_t> limit() const { return share == nullptr ? std::nullopt : share->pool_limit; }
  };

  absl::StatusOr<std::vector<Left>> TakeFromMeters(const std::vector<Share>& shares);
  absl::Status Draw(const std::string& pool, const PoolChange& change);
  absl::Status CutAfresh(const std::string& pool, const PoolChange& change);

  pqxx::work& work_;
  const int64_t customer_;
  const UnixMicros now_;
  int64_t number_ = 0;
  std::map<std::string, PoolChange> pools_;
};

/// Runs `body` as a transaction that settles `shares`: from the customer's own slices, and when one of them is short, again
/// with its pools cut afresh, once what is overdue in them has been given back.
absl::Status TakeTurn(Sessions& sessions, const std::vector<Share>& shares, UnixMicros now, Deadline deadline,
                      const std::function<absl::Status(pqxx::work&, Cut)>& body);

/// Gives back up to `limit` customers' overdue reservations; with pools, only of those that hold something of them.
absl::StatusOr<int> GiveBackOverdue(Sessions& sessions, const std::vector<std::string>& pools, UnixMicros now, int limit, Deadline deadline);

/// What is taken from pools altogether, without what is overdue; in their order.
std::vector<int64_t> ReadPools(pqxx::work& work, const std::vector<std::string>& pools, UnixMicros now);

/// The same for meters of a customer.
std::vector<int64_t> ReadMeters(pqxx::work& work, CustomerNumber customer, const std::vector<Meter>& meters, UnixMicros now);

/// A text[] parameter.
std::string TextArray(const std::vector<std::string>& texts);

}  // namespace rung::storage::postgres
