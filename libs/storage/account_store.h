// Account groups: which customers belong together. Their facts and tiers stay in their own rows.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "libs/base/day.h"
#include "libs/base/deadline.h"

namespace rung::storage {

/// Accounts in one group: their rows are locked together whenever one of them has an event.
inline constexpr int kMaxGroupAccounts = 200;

struct GroupRow {
  std::string group_id;
  std::string name;
  int32_t revision = 0;
  std::string author;
  UnixMicros created_at = 0;
  int64_t account_count = 0;
};

/// Customers that join a group, or leave it, or both.
struct GroupChange {
  std::string method;         ///< with `request_id` and `request_bytes`: one write, however often it comes
  std::string request_id;
  std::string request_bytes;
  std::string group_id;
  std::string name;           ///< of a group to be created
  int32_t revision = 0;       ///< that the caller has seen; 0: the group is to be created
  std::vector<std::string> joining;
  std::vector<std::string> leaving;
  std::string reason;
  std::string author;
  UnixMicros now = 0;
  Day today = 0;
};

/// A merge, as people read it.
struct AccountMerge {
  std::string source;  ///< external ids
  std::string target;
  int64_t event_count = 0;
  std::string reason;
  std::string author;
  std::string request_id;
  std::string request_hash;
  UnixMicros merged_at = 0;
};

/// The number of a group, as of a customer: derived from its id, and never that of a customer's id, which has no
/// control characters.
inline CustomerNumber GroupNumber(const std::string& group_id) { return FingerprintOf("\x1dgroup/" + group_id).number; }

/// Thread-safe.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  /// In one transaction: the accounts' rows, the group's revision, the entries of the audit, and that the tiers of all
  /// concerned are due. The same write again changes nothing.
  /// NOT_FOUND/GROUP_UNKNOWN, CUSTOMER_UNKNOWN; ALREADY_EXISTS/GROUP_EXISTS, REQUEST_ID_REUSED; ABORTED/ETAG_MISMATCH;
  /// FAILED_PRECONDITION/IN_A_GROUP, NOT_IN_GROUP, ACCOUNT_MERGED, GROUP_TOO_LARGE; with the violations of all customers.
  virtual absl::StatusOr<GroupRow> Change(const GroupChange& change, Deadline deadline) = 0;
  /// NOT_FOUND/GROUP_UNKNOWN.
  virtual absl::StatusOr<GroupRow> Get(const std::string& group_id, Deadline deadline) = 0;
  /// External ids, in their order.
  virtual absl::StatusOr<std::vector<std::string>> Accounts(const std::string& group_id, Deadline deadline) = 0;
  /// The merges that an account took part in, in their order: at most `limit`.
  virtual absl::StatusOr<std::vector<AccountMerge>> Merges(CustomerNumber customer, int limit, Deadline deadline) = 0;
  /// By id, from `offset` on. `customer`: only the group that it is in; 0: all.
  virtual absl::StatusOr<std::vector<GroupRow>> List(CustomerNumber customer, int64_t offset, int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
