#include "libs/recommend/item_groups.h"

#include <algorithm>

namespace rung::recommend {
namespace {

// Distinct SKUs of a customer, newest baskets first, at most `most_items`.
void CollectNewest(const PurchaseHistory& history, int32_t customer, size_t most_items, std::vector<int32_t>& seen_by,
                   std::vector<int32_t>& items) {
  const size_t start = items.size();
  for (int64_t b = history.end_basket(customer); b-- > history.first_basket(customer);) {
    for (const int32_t sku : history.basket(b).skus) {
      if (seen_by[static_cast<size_t>(sku)] == customer) continue;
      if (items.size() - start == most_items) return;
      seen_by[static_cast<size_t>(sku)] = customer;
      items.push_back(sku);
    }
  }
}

}  // namespace

ItemGroups::ItemGroups(const PurchaseHistory& history, Together together, size_t most_items) {
  items_.reserve(static_cast<size_t>(history.lines()));
  std::vector<int32_t> seen_by(static_cast<size_t>(history.skus()), -1);
  for (int32_t customer = 0; customer < history.customers(); ++customer) {
    if (together == Together::kWithCustomer) {
      CollectNewest(history, customer, most_items, seen_by, items_);
      group_start_.push_back(items_.size());
      continue;
    }
    for (int64_t b = history.first_basket(customer); b < history.end_basket(customer); ++b) {
      const auto skus = history.basket(b).skus;
      items_.insert(items_.end(), skus.begin(), skus.begin() + static_cast<std::ptrdiff_t>(std::min(skus.size(), most_items)));
      group_start_.push_back(items_.size());
    }
  }
  item_start_.assign(static_cast<size_t>(history.skus()) + 1, 0);
  for (const int32_t sku : items_) ++item_start_[static_cast<size_t>(sku) + 1];
  for (size_t i = 1; i < item_start_.size(); ++i) item_start_[i] += item_start_[i - 1];
  groups_.resize(items_.size());
  std::vector<size_t> next(item_start_.begin(), item_start_.end() - 1);
  for (size_t group = 0; group + 1 < group_start_.size(); ++group) {
    for (size_t i = group_start_[group]; i < group_start_[group + 1]; ++i) {
      groups_[next[static_cast<size_t>(items_[i])]++] = static_cast<int32_t>(group);
    }
  }
}

}  // namespace rung::recommend
