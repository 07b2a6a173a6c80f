#include "libs/recommend/personal_items.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace rung::recommend {
namespace {

constexpr int kWeekdayLeastBaskets = 3;
constexpr double kWeekdayLeastShare = 0.7;

struct Bought {
  int32_t sku = 0;
  int32_t basket = 0;  // from 0, oldest first
  Day day = 0;
  int32_t quantity_milli = 0;
};

PersonalItem Summarise(std::span<Bought> bought, int32_t baskets) {
  PersonalItem item;
  item.sku = bought.front().sku;
  item.baskets = static_cast<int32_t>(bought.size());
  item.baskets_since = baskets - 1 - bought.back().basket;
  item.first_day = bought.front().day;
  item.last_day = bought.back().day;
  std::array<int, 7> weekdays{};
  for (const Bought& one : bought) {
    item.decayed += DecayAfter(baskets - 1 - one.basket);
    ++weekdays[static_cast<size_t>(WeekdayOf(one.day))];
  }
  const auto most = std::max_element(weekdays.begin(), weekdays.end());
  if (*most >= kWeekdayLeastBaskets && *most >= kWeekdayLeastShare * item.baskets) {
    item.weekday = static_cast<int8_t>(most - weekdays.begin());
  }
  const auto middle = bought.begin() + static_cast<std::ptrdiff_t>((bought.size() - 1) / 2);
  std::nth_element(bought.begin(), middle, bought.end(),
                   [](const Bought& a, const Bought& b) { return a.quantity_milli < b.quantity_milli; });
  item.usual_quantity_milli = middle->quantity_milli;
  return item;
}

double MedianGap(const PurchaseHistory& history, int32_t customer) {
  std::vector<Day> gaps;
  for (int64_t b = history.first_basket(customer) + 1; b < history.end_basket(customer); ++b) {
    gaps.push_back(history.basket(b).day - history.basket(b - 1).day);
  }
  if (gaps.empty()) return 0;
  std::sort(gaps.begin(), gaps.end());
  const size_t half = gaps.size() / 2;
  return gaps.size() % 2 == 1 ? gaps[half] : (gaps[half - 1] + gaps[half]) / 2.0;
}

}  // namespace

double DecayAfter(int32_t baskets) {
  static const auto powers = [] {
    std::array<double, 256> table{};
    for (size_t n = 0; n < table.size(); ++n) table[n] = std::pow(kBasketDecay, n);
    return table;
  }();
  const auto n = static_cast<size_t>(baskets);
  return n < powers.size() ? powers[n] : std::pow(kBasketDecay, baskets);
}

int8_t WeekdayOf(Day day) {
  constexpr Day kMonday = 4;  // 1970-01-05
  return static_cast<int8_t>(((day - kMonday) % 7 + 7) % 7);
}

const PersonalItem* PersonalHistory::Find(int32_t sku) const {
  const auto found = std::lower_bound(items.begin(), items.end(), sku, [](const PersonalItem& item, int32_t s) { return item.sku < s; });
  return found != items.end() && found->sku == sku ? &*found : nullptr;
}

PersonalHistory Collect(const PurchaseHistory& history, int32_t customer) {
  PersonalHistory personal;
  personal.baskets = history.basket_count(customer);
  if (personal.baskets == 0) return personal;
  const int64_t first = history.first_basket(customer);
  std::vector<Bought> bought;
  for (int64_t b = first; b < history.end_basket(customer); ++b) {
    const Basket basket = history.basket(b);
    for (size_t i = 0; i < basket.skus.size(); ++i) {
      bought.push_back({basket.skus[i], static_cast<int32_t>(b - first), basket.day, basket.quantities_milli[i]});
    }
  }
  personal.lines = static_cast<int64_t>(bought.size());
  personal.first_day = bought.front().day;
  personal.last_day = bought.back().day;
  personal.median_gap_days = MedianGap(history, customer);
  std::sort(bought.begin(), bought.end(),
            [](const Bought& a, const Bought& b) { return a.sku != b.sku ? a.sku < b.sku : a.basket < b.basket; });
  for (size_t begin = 0, end; begin < bought.size(); begin = end) {
    for (end = begin; end < bought.size() && bought[end].sku == bought[begin].sku;) ++end;
    if (bought[begin].basket > 0) ++personal.first_time_lines;
    personal.items.push_back(Summarise(std::span(bought).subspan(begin, end - begin), personal.baskets));
  }
  return personal;
}

}  // namespace rung::recommend
