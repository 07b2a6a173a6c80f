#include "libs/stats/grouped_histories.h"

#include <algorithm>
#include <utility>

#include "libs/base/status.h"

namespace rung::stats {
namespace {

template <typename T>
void SortUnique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

template <typename T>
uint32_t IndexOf(const std::vector<T>& sorted, T value) {
  return static_cast<uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin());
}

}  // namespace

absl::Status HistoryGrouper::Add(const PurchaseHistory& history, uint32_t customers) {
  RUNG_RETURN_IF_ERROR(Check(history));
  customers_of_[Key{history.repeats, history.age, history.recency}] += customers;
  customers_ += customers;
  repeats_sum_ += history.repeats * customers;
  log_gap_sum_ += history.log_gap_sum * customers;
  return absl::OkStatus();
}

void HistoryGrouper::Merge(HistoryGrouper&& other) {
  for (const auto& [key, customers] : other.customers_of_) customers_of_[key] += customers;
  customers_ += other.customers_;
  repeats_sum_ += other.repeats_sum_;
  log_gap_sum_ += other.log_gap_sum_;
  other = {};
}

GroupedHistories HistoryGrouper::Finish() && {
  std::vector<std::pair<Key, uint32_t>> sorted(customers_of_.begin(), customers_of_.end());
  customers_of_ = {};
  std::sort(sorted.begin(), sorted.end());
  GroupedHistories base;
  base.customers = customers_;
  base.repeats_sum = repeats_sum_;
  base.log_gap_sum = log_gap_sum_;
  for (const auto& [key, customers] : sorted) {
    if (base.repeat_values.empty() || base.repeat_values.back() != key.repeats) base.repeat_values.push_back(key.repeats);
    base.time_values.push_back(key.age);
    base.time_values.push_back(key.recency);
  }
  SortUnique(base.time_values);
  base.groups.reserve(sorted.size());
  for (const auto& [key, customers] : sorted) {
    base.groups.push_back({IndexOf(base.repeat_values, key.repeats), IndexOf(base.time_values, key.recency),
                           IndexOf(base.time_values, key.age), customers});
  }
  return base;
}

absl::StatusOr<GroupedHistories> Group(std::span<const PurchaseHistory> histories) {
  HistoryGrouper grouper;
  for (size_t i = 0; i < histories.size(); ++i) {
    if (const absl::Status status = grouper.Add(histories[i]); !status.ok()) {
      return InvalidArgumentError("histories[{}].{}", i, Message(status));
    }
  }
  return std::move(grouper).Finish();
}

}  // namespace rung::stats
