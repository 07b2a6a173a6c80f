// Tiers that people set, each change in one transaction with the standing, its history and the audit record.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/storage/audit_store.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

struct OverrideRow {
  CustomerNumber customer{};
  std::string external_id;
  std::string override_id;
  int16_t ladder_no = 0;
  std::string tier_code;
  Day until = 0;
  std::string reason;
  std::string author;
  UnixMicros created_at = 0;
  UnixMicros ended_at = 0;  ///< 0: not ended
  std::string ended_by;
  std::string end_reason;
  std::string merged_into;  ///< read only: the id of the account that goes on; empty: the customer isn't merged
};

/// What a change of an override does to the customer.
struct OverrideWrites {
  std::string standings;
  std::vector<TierChangeRow> changes;
  std::vector<LabelRow> labels;
  AuditRow audit;
};

/// Thread-safe.
class OverrideStore {
 public:
  virtual ~OverrideStore() = default;

  /// From the customer's row, locked, to what is to be written.
  using Change = std::function<absl::StatusOr<OverrideWrites>(const CustomerRow&)>;

  /// Sets an override and ends those in force on the ladder. The same id with the same content changes nothing.
  /// NOT_FOUND when the customer is unknown; ALREADY_EXISTS/OVERRIDE_EXISTS.
  virtual absl::StatusOr<OverrideRow> Set(const OverrideRow& row, const Change& change, Deadline deadline) = 0;
  /// nullopt: the customer has no such override.
  virtual absl::StatusOr<std::optional<OverrideRow>> Find(CustomerNumber customer, const std::string& override_id, Deadline deadline) = 0;
  /// Ended already by the same author for the same reason: the same answer. NOT_FOUND/OVERRIDE_UNKNOWN; FAILED_PRECONDITION/OVERRIDE_ENDED for one that isn't in force on `today`.
  virtual absl::StatusOr<OverrideRow> End(const OverrideRow& end, Day today, const std::function<absl::StatusOr<OverrideWrites>(const CustomerRow&, const OverrideRow&)>& change,
                                          Deadline deadline) = 0;
  /// Newest first, from `offset` on. `customer` nullptr: all. `in_force_on` 0: in whatever state.
  virtual absl::StatusOr<std::vector<OverrideRow>> List(const CustomerNumber* customer, Day in_force_on, int64_t offset, int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
