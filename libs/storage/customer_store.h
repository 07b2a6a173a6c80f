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
#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// A row during a scan; valid only during the callback.
struct CustomerView {
  CustomerFingerprint fingerprint;
  std::string_view external_id;
  std::string_view state;
  std::string_view standings;
};

/// Thread-safe.
class CustomerStore {
 public:
  virtual ~CustomerStore() = default;

  /// NOT_FOUND when the number is unknown.
  virtual absl::StatusOr<CustomerRow> Read(CustomerNumber customer, Deadline deadline) = 0;
  /// Rows of the known ones among the numbers, without their states; in any order.
  virtual absl::StatusOr<std::vector<CustomerRow>> ReadStandings(const std::vector<CustomerNumber>& customers, Deadline deadline) = 0;
  /// All stored events of a customer.
  virtual absl::StatusOr<std::vector<EventRow>> EventsOf(CustomerNumber customer, Deadline deadline) = 0;

  /// An estimate for sizing.
  virtual absl::StatusOr<int64_t> ApproximateCount() = 0;
  /// Cuts the table into `parts` disjoint ranges that can be scanned in parallel.
  virtual absl::StatusOr<std::vector<std::string>> Ranges(int parts) = 0;
  /// Calls `visit` for every row of a range; stops with its status when that isn't OK.
  virtual absl::Status Scan(const std::string& range,
                            const std::function<absl::Status(const CustomerView&)>& visit) = 0;
  /// The same without the states, for filling caches.
  virtual absl::Status ScanStandings(const std::function<absl::Status(const CustomerView&)>& visit) = 0;
};

}  // namespace rung::storage
