// Appeals and their comments.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/storage/audit_store.h"

namespace rung::storage {

/// Sealed bytes and the key that opens them.
struct SealedText {
  int16_t key_id = 0;
  std::string bytes;
};

struct AppealRow {
  CustomerNumber customer{};
  std::string appeal_id;
  std::string external_id;
  int16_t ladder_no = 0;
  int64_t version = 0;
  std::string tier_code;
  std::string state;  ///< "OPEN", "ACCEPTING", "ACCEPTED", "REJECTED", "WITHDRAWN"
  SealedText body;
  std::string body_hash;  ///< of the filing
  std::string author;
  UnixMicros filed_at = 0;
  Day due = 0;
  std::string assignee;
  UnixMicros updated_at = 0;
  int32_t revision = 0;
  UnixMicros resolved_at = 0;  ///< 0: not yet
  std::string resolved_by;
  std::string resolution_reason;
  std::string event_id;      ///< of the correction; empty: none
  SealedText correction;     ///< the correcting event, from its acceptance on
  std::string tier_before;
  std::string tier_after;
  std::string merged_into;  ///< read only: the id of the account that goes on; empty: the customer isn't merged
};

struct AppealCommentRow {
  CustomerNumber customer{};
  std::string appeal_id;
  std::string comment_id;
  std::string author;
  SealedText body;
  std::string body_hash;
  UnixMicros created_at = 0;
};

struct AppealFilter {
  std::vector<std::string> states;
  std::string assignee;                    ///< empty: whoever
  bool unassigned = false;
  std::optional<CustomerNumber> customer;
  Day due_before = 0;                      ///< 0: whenever
};

/// Thread-safe. UNAVAILABLE/STORE_UNAVAILABLE when PostgreSQL is out of reach.
class AppealStore {
 public:
  virtual ~AppealStore() = default;

  /// With its entry in the audit chain. The same id with the same body_hash: what is stored. ALREADY_EXISTS/APPEAL_EXISTS,
  /// APPEAL_PENDING.
  virtual absl::StatusOr<AppealRow> File(const AppealRow& appeal, const AuditRow& entry, Deadline deadline) = 0;
  /// By due day, time of filing and customer, from `offset` on.
  virtual absl::StatusOr<std::vector<AppealRow>> List(const AppealFilter& filter, int64_t offset, int limit, Deadline deadline) = 0;
  /// NOT_FOUND/APPEAL_UNKNOWN.
  virtual absl::StatusOr<AppealRow> Get(CustomerNumber customer, const std::string& appeal_id, Deadline deadline) = 0;

  /// Changes the locked row: state, assignee, resolution, correction. The entry for the audit chain, or nullopt when
  /// everything stays as it is. May be called again when the transaction is.
  using Change = std::function<absl::StatusOr<std::optional<AuditRow>>(AppealRow&)>;
  /// One transaction; moves revision. NOT_FOUND/APPEAL_UNKNOWN, or what `change` returns.
  virtual absl::StatusOr<AppealRow> Update(CustomerNumber customer, const std::string& appeal_id, UnixMicros now, const Change& change,
                                           Deadline deadline) = 0;

  /// With its entry in the audit chain. The same id with the same body_hash: what is stored. NOT_FOUND/APPEAL_UNKNOWN,
  /// ALREADY_EXISTS/COMMENT_EXISTS, RESOURCE_EXHAUSTED/TOO_MANY_COMMENTS beyond `most`.
  virtual absl::StatusOr<AppealCommentRow> Comment(const AppealCommentRow& comment, int most, const AuditRow& entry, Deadline deadline) = 0;
  /// Oldest first.
  virtual absl::StatusOr<std::vector<AppealCommentRow>> Comments(CustomerNumber customer, const std::string& appeal_id, Deadline deadline) = 0;
};

}  // namespace rung::storage
