#include "libs/recommend/item_facts.h"

#include <algorithm>

namespace rung::recommend {
namespace {

constexpr double kRepeatPriorBaskets = 20;  // baskets' worth of the base's rate

}  // namespace

ItemFacts::ItemFacts(const PurchaseHistory& history) {
  const auto skus = static_cast<size_t>(history.skus());
  start_.assign(skus + 1, 0);
  for (int64_t b = 0; b < history.baskets(); ++b) {
    for (const int32_t sku : history.basket(b).skus) ++start_[static_cast<size_t>(sku) + 1];
  }
  for (size_t i = 1; i < start_.size(); ++i) start_[i] += start_[i - 1];
  days_.resize(start_.back());
  std::vector<size_t> next(start_.begin(), start_.end() - 1);
  std::vector<double> again(skus, 0), chances(skus, 0);
  std::vector<int32_t> first_basket(skus, 0), seen_by(skus, -1);
  for (int32_t customer = 0; customer < history.customers(); ++customer) {
    const auto first = history.first_basket(customer), end = history.end_basket(customer);
    for (int64_t b = first; b < end; ++b) {
      const Basket basket = history.basket(b);
      for (const int32_t sku : basket.skus) {
        const auto s = static_cast<size_t>(sku);
        days_[next[s]++] = basket.day;
        if (seen_by[s] == customer) {
          again[s] += 1;
        } else {
          seen_by[s] = customer;
          chances[s] += static_cast<double>(end - 1 - b);
        }
      }
    }
  }
  double all_again = 0, all_chances = 0;
  for (size_t s = 0; s < skus; ++s) {
    std::sort(days_.begin() + static_cast<std::ptrdiff_t>(start_[s]), days_.begin() + static_cast<std::ptrdiff_t>(start_[s + 1]));
    all_again += again[s];
    all_chances += chances[s];
  }
  const double base = (all_again + 1) / (all_chances + 20);
  for (size_t s = 0; s < skus; ++s) {
    repeat_rate_.push_back((again[s] + kRepeatPriorBaskets * base) / (chances[s] + kRepeatPriorBaskets));
  }
}

int32_t ItemFacts::baskets(int32_t sku) const {
  return static_cast<int32_t>(start_[static_cast<size_t>(sku) + 1] - start_[static_cast<size_t>(sku)]);
}

int32_t ItemFacts::Recent(int32_t sku, Day today, int32_t days) const {
  const auto begin = days_.begin() + static_cast<std::ptrdiff_t>(start_[static_cast<size_t>(sku)]);
  const auto end = days_.begin() + static_cast<std::ptrdiff_t>(start_[static_cast<size_t>(sku) + 1]);
  return static_cast<int32_t>(std::lower_bound(begin, end, today) - std::lower_bound(begin, end, today - days));
}

int32_t ItemFacts::Age(int32_t sku, Day today) const {
  const size_t begin = start_[static_cast<size_t>(sku)];
  if (begin == start_[static_cast<size_t>(sku) + 1] || days_[begin] >= today) return -1;
  return today - days_[begin];
}

std::vector<int32_t> ItemFacts::Popular(Day today, int32_t days, size_t most) const {
  std::vector<std::pair<int32_t, int32_t>> counts;  // negative count, SKU
  for (int32_t sku = 0; sku < skus(); ++sku) {
    if (const int32_t count = Recent(sku, today, days); count > 0) counts.emplace_back(-count, sku);
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min(most, counts.size()));
  std::partial_sort(counts.begin(), counts.begin() + kept, counts.end());
  std::vector<int32_t> popular;
  for (std::ptrdiff_t i = 0; i < kept; ++i) popular.push_back(counts[static_cast<size_t>(i)].second);
  return popular;
}

}  // namespace rung::recommend
