#include "services/recommendations/watched_customers.h"

#include "libs/base/status.h"

namespace rung::recommendations {

absl::Status WatchedCustomers::Refresh(Deadline deadline) {
  std::lock_guard one_at_a_time(loading_);
  RUNG_ASSIGN_OR_RETURN(const int64_t newest, store_.NewestWatchList(deadline));
  if (newest <= Current()->scan_id) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.WatchList(newest, deadline));
  auto list = std::make_shared<List>();
  list->scan_id = newest;
  list->risks.reserve(rows.size());
  for (const storage::RiskRow& row : rows) list->risks.emplace(static_cast<int64_t>(row.customer), row.risk);
  std::lock_guard lock(mutex_);
  list_ = std::move(list);
  return absl::OkStatus();
}

ChurnRisk WatchedCustomers::RiskOf(CustomerNumber customer) const {
  const auto list = Current();
  const auto found = list->risks.find(static_cast<int64_t>(customer));
  return found == list->risks.end() ? ChurnRisk::kNone : found->second;
}

}  // namespace rung::recommendations
