// Durable events and customers' states, changed together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "libs/base/deadline.h"
#include "libs/storage/audit_store.h"

namespace rung::storage {

/// A customer's row; `state` and `standings` are opaque here.
struct CustomerRow {
  CustomerFingerprint fingerprint;
  std::string external_id;
  std::string state;
  std::string standings;
  CustomerNumber group{};  ///< of the group that it belongs to; 0: stands alone
  bool outside = false;    ///< closed or a test account: written, not read
  CustomerNumber merged_into{};  ///< the account that has its facts; 0: it has them itself
};

struct EventRow {
  CustomerNumber customer{};
  std::string event_id;
  int16_t kind = 0;
  UnixSeconds event_time = 0;
  std::string body_hash;
  int16_t key_id = 0;
  std::string body;
};

struct MatchRow {
  CustomerNumber customer{};
  int16_t kind = 0;  ///< 1 phone, 2 address, 3 payer, 4 device
  std::string blind_index;
};

struct TierChangeRow {
  CustomerNumber customer{};
  int16_t ladder_no = 0;
  int64_t version = 0;
  std::string from_tier;  ///< empty: first assignment
  std::string to_tier;
  std::string computed_tier;
  int32_t score_milli = 0;
  std::string reason;
  int32_t model_version = 0;
  Day as_of = 0;
  UnixMicros recorded_at = 0;
  std::string cause;
  std::string inputs;  ///< what the decision was made from; see decision_inputs.h
};

/// A label on its way to the caches.
struct LabelRow {
  CustomerFingerprint customer;
  int16_t ladder_no = 0;
  uint64_t word = 0;
};

/// Something that happened to a customer of a group, or to its membership, since tiers were last decided.
struct DueRow {
  CustomerNumber customer{};
  std::string cause;       ///< for the history: "event:oms-17", "group:chain-1"
  bool takes_back = false; ///< some fact that came with it is a refund, a cancellation, a withdrawal or an amendment
  Day day = 0;             ///< of the earliest fact that came with it
};

/// An account whose facts another one has taken over, once and for good.
struct MergeRow {
  CustomerNumber source{};
  CustomerNumber target{};
  std::string request_id;
  std::string request_hash;
  int64_t event_count = 0;
  std::string reason;
  std::string author;
  UnixMicros merged_at = 0;
};

/// Everything that one group of events changes.
struct IngestWrites {
  std::vector<CustomerRow> customers;  ///< state and standings replace the stored ones
  std::vector<MatchRow> matches;
  std::vector<TierChangeRow> changes;
  std::vector<LabelRow> labels;
  std::vector<std::pair<CustomerNumber, std::string>> refused_events;  ///< inserted, but contradicting: taken out
  std::vector<CustomerRow> standings;   ///< only standings replace the stored ones
  std::vector<DueRow> due;              ///< those that are due already stay as they are
  std::vector<CustomerNumber> decided;  ///< nothing is due to these any more
  std::vector<AuditRow> audit;
  std::optional<MergeRow> merge;        ///< takes the source's events and blind indexes away, and whoever was merged into it along
};

/// One transaction. Destroyed without Commit it leaves nothing behind. Not thread-safe.
class IngestTransaction {
 public:
  virtual ~IngestTransaction() = default;

  /// Locks the customers' rows until the end, creating the missing ones; in the order of `customers`, which must be
  /// sorted by number without repetition. ALREADY_EXISTS/CUSTOMER_ID_COLLISION when two external ids share a number.
  virtual absl::StatusOr<std::vector<CustomerRow>> Lock(const std::vector<CustomerRow>& customers) = 0;

  /// Locks the rows of all customers of a group until the end; in the order of their numbers.
  virtual absl::StatusOr<std::vector<CustomerRow>> LockGroup(CustomerNumber group) = 0;
  /// A customer without state and standings, not locked. NOT_FOUND.
  virtual absl::StatusOr<CustomerRow> Named(CustomerNumber customer) = 0;
  /// What is due to locked customers, by customer and cause.
  virtual absl::StatusOr<std::vector<DueRow>> DueTo(const std::vector<CustomerNumber>& customers) = 0;

  /// Inserts the events whose ids are new to their customers. Result by event: nullopt when inserted, else the hash of
  /// the body that the id stands for. Ids must not repeat within `events`.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> InsertEvents(const std::vector<EventRow>& events,
                                                                               UnixMicros recorded_at) = 0;

  /// All stored events of a customer, those inserted in this transaction included.
  virtual absl::StatusOr<std::vector<EventRow>> EventsOf(CustomerNumber customer) = 0;

  /// The same with all that InsertEvents takes.
  virtual absl::StatusOr<std::vector<EventRow>> EventsToMove(CustomerNumber customer) = 0;

  /// Writes and commits. When this returns OK everything is durable.
  virtual absl::Status WriteAndCommit(const IngestWrites& writes) = 0;
};

/// Thread-safe.
class IngestStore {
 public:
  virtual ~IngestStore() = default;
  /// UNAVAILABLE/STORE_UNAVAILABLE when PostgreSQL is out of reach.
  virtual absl::StatusOr<std::unique_ptr<IngestTransaction>> Begin() = 0;
  /// Some of the customers to whom something is due, without states and standings.
  virtual absl::StatusOr<std::vector<CustomerRow>> DueCustomers(int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
