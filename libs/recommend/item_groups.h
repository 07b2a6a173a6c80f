// SKUs that stand together: in one basket, or with one customer. Rows of a sparse matrix of zeros and ones, both ways.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/recommend/history.h"

namespace rung::recommend {

/// What counts as standing together.
enum class Together : uint8_t {
  kInBasket,      ///< one customer's day
  kWithCustomer,  ///< anything one customer ever bought
};

class ItemGroups {
 public:
  /// Of a group with more than `most_items` distinct SKUs, those of the newest baskets: without a bound one buyer of
  /// everything costs as much as thousands of others, and says that everything goes with everything.
  ItemGroups(const PurchaseHistory& history, Together together, size_t most_items);

  int32_t skus() const { return static_cast<int32_t>(item_start_.size()) - 1; }
  std::span<const int32_t> items(int32_t group) const {
    return std::span(items_).subspan(group_start_[static_cast<size_t>(group)],
                                     group_start_[static_cast<size_t>(group) + 1] - group_start_[static_cast<size_t>(group)]);
  }
  /// For items() of a group that is asked for soon: first the place, when that is there the items.
  void PrefetchPlace(int32_t group) const { __builtin_prefetch(group_start_.data() + group); }
  void PrefetchItems(int32_t group) const { __builtin_prefetch(items_.data() + group_start_[static_cast<size_t>(group)]); }
  std::span<const int32_t> groups(int32_t sku) const {
    return std::span(groups_).subspan(item_start_[static_cast<size_t>(sku)],
                                      item_start_[static_cast<size_t>(sku) + 1] - item_start_[static_cast<size_t>(sku)]);
  }

 private:
  std::vector<size_t> group_start_{0};
  std::vector<int32_t> items_;
  std::vector<size_t> item_start_;
  std::vector<int32_t> groups_;
};

}  // namespace rung::recommend
