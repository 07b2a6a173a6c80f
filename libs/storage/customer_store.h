// Reads of customers' rows: one, or all of them as fast as the disk gives them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// A row during a scan; valid only during the callback.
struct CustomerView {
  CustomerFingerprint fingerprint;
  std::string_view external_id;
  std::string_view state;
  std::string_view standings;
  CustomerNumber group{};  ///< 0: stands alone
};

inline absl::Status CustomerUnknown(std::string_view customer_id) {
  return WithReason(NotFoundError("customer \"{}\" has no events here", Shorten(customer_id, 128)), "CUSTOMER_UNKNOWN");
}

/// What would be kept by the id of a merged account is refused, and the answer says which account goes on.
inline absl::Status AccountMerged(std::string_view customer_id, const std::string& target_id) {
  return WithReason(FailedPreconditionError("customer \"{}\" was merged into \"{}\"; use that id", customer_id, target_id), "ACCOUNT_MERGED",
                    {{"target_customer_id", target_id}});
}

/// Thread-safe.
class CustomerStore {
 public:
  virtual ~CustomerStore() = default;

  /// By the id of the order system: of a merged account, the row of the account that has its facts now.
  /// NOT_FOUND/CUSTOMER_UNKNOWN.
  absl::StatusOr<CustomerRow> Find(std::string_view customer_id, Deadline deadline) {
    RUNG_ASSIGN_OR_RETURN(CustomerRow row, FindOwn(customer_id, deadline));
    if (row.merged_into != CustomerNumber{}) return Read(row.merged_into, deadline);
    return row;
  }
  /// The account's own row, though it be merged into another one. NOT_FOUND/CUSTOMER_UNKNOWN.
  absl::StatusOr<CustomerRow> FindOwn(std::string_view customer_id, Deadline deadline) {
    const CustomerFingerprint customer = FingerprintOf(customer_id);
    auto row = Read(customer.number, deadline);
    if (absl::IsNotFound(row.status()) || (row.ok() && row->fingerprint.check != customer.check)) return CustomerUnknown(customer_id);
    return row;
  }
  /// The fingerprint of an account that exists; a merged one's history stays its own. NOT_FOUND/CUSTOMER_UNKNOWN.
  absl::StatusOr<CustomerFingerprint> Known(std::string_view customer_id, Deadline deadline) {
    RUNG_ASSIGN_OR_RETURN(const CustomerRow row, FindOwn(customer_id, deadline));
    return row.fingerprint;
  }
  /// NOT_FOUND when the number is unknown.
  virtual absl::StatusOr<CustomerRow> Read(CustomerNumber customer, Deadline deadline) = 0;
  /// Rows of the known ones among the numbers, without their states, in any order; a merged account has the standings of
  /// the one that has its facts.
  virtual absl::StatusOr<std::vector<CustomerRow>> ReadStandings(const std::vector<CustomerNumber>& customers, Deadline deadline) = 0;
  /// Rows of a group's customers, by number.
  virtual absl::StatusOr<std::vector<CustomerRow>> ReadGroup(CustomerNumber group, Deadline deadline) = 0;
  /// Calls `visit` with every merged account and the one that has its facts now, unless there are `known` merges still.
  /// Returns how many there are.
  virtual absl::StatusOr<int64_t> ScanMerged(int64_t known, const std::function<void(const CustomerFingerprint& merged, CustomerNumber target)>& visit) = 0;
  /// Calls `visit` with the standings of closed and test accounts.
  virtual absl::Status ScanOutside(const std::function<absl::Status(const CustomerView&)>& visit, Deadline deadline) = 0;
  /// All stored events of a customer.
  virtual absl::StatusOr<std::vector<EventRow>> EventsOf(CustomerNumber customer, Deadline deadline) = 0;

  /// An estimate for sizing.
  virtual absl::StatusOr<int64_t> ApproximateCount() = 0;
  /// Calls `visit` once with every customer, but merged accounts, which have no facts: all of them as they were at one instant.
  /// Cuts the table into `parts` ranges; each is read by a thread of its own, in its order on disk. Stops with the first status
  /// that isn't OK.
  virtual absl::Status Scan(int parts, const std::function<absl::Status(size_t part, const CustomerView&)>& visit) = 0;
  /// Every row without its state, for filling caches.
  virtual absl::Status ScanStandings(const std::function<absl::Status(const CustomerView&)>& visit) = 0;
};

}  // namespace rung::storage
