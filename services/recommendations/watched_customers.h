// Who is at risk of leaving, by the newest watch list: in memory, for lists.
#pragma once

#include <memory>
#include <mutex>

#include <absl/container/flat_hash_map.h>

#include "libs/storage/recommendation_store.h"

namespace rung::recommendations {

/// Thread-safe.
class WatchedCustomers {
 public:
  explicit WatchedCustomers(storage::RecommendationStore& store) : store_(store) {}

  /// Reads a newer list, if there is one. Keeps what there is when that fails.
  absl::Status Refresh(Deadline deadline);

  /// kNone for who isn't on the list.
  ChurnRisk RiskOf(CustomerNumber customer) const;

 private:
  struct List {
    int64_t scan_id = 0;
    absl::flat_hash_map<int64_t, ChurnRisk> risks;  // by customer number
  };

  std::shared_ptr<const List> Current() const {
    std::lock_guard lock(mutex_);
    return list_;
  }

  storage::RecommendationStore& store_;
  std::mutex loading_;
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<const List>();
};

}  // namespace rung::recommendations
