// A customer base in columns: equal histories once, with their number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include "libs/stats/history.h"

namespace rung::stats {

/// Groups refer to distinct counts and times by index, so that a likelihood takes each logarithm once per distinct value
/// instead of once per customer. Days make few distinct times; arbitrary times work as well and only cost more.
struct GroupedHistories {
  struct Group {
    uint32_t repeats;   ///< index into repeat_values
    uint32_t recency;   ///< index into time_values
    uint32_t age;       ///< index into time_values
    uint32_t customers;
  };

  std::vector<Group> groups;           ///< by repeats, age, recency: the order of every sum over them
  std::vector<int64_t> repeat_values;  ///< ascending
  std::vector<double> time_values;     ///< ascending
  int64_t customers = 0;
  int64_t repeats_sum = 0;
  double log_gap_sum = 0;
};

/// Collects histories one by one; memory follows the number of distinct ones. Not thread-safe.
class HistoryGrouper {
 public:
  /// Takes `customers` equal histories. INVALID_ARGUMENT as from Check(); then nothing is taken.
  absl::Status Add(const PurchaseHistory& history, uint32_t customers = 1);

  /// Takes what another one has collected.
  void Merge(HistoryGrouper&& other);

  GroupedHistories Finish() &&;

 private:
  struct Key {
    int64_t repeats;
    double age;
    double recency;

    auto operator<=>(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.repeats, key.age, key.recency);
    }
  };

  absl::flat_hash_map<Key, uint32_t> customers_of_;
  int64_t customers_ = 0;
  int64_t repeats_sum_ = 0;
  double log_gap_sum_ = 0;
};

/// All of `histories`; the message of an error says which one is wrong.
absl::StatusOr<GroupedHistories> Group(std::span<const PurchaseHistory> histories);

}  // namespace rung::stats
