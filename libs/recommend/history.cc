#include "libs/recommend/history.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace rung::recommend {
namespace {

// By customer in two passes, then small sorts: several times faster than one sort over all lines.
std::vector<Line> InOrder(std::vector<Line> lines, int32_t customers) {
  std::vector<size_t> start(static_cast<size_t>(customers) + 1, 0);
  for (const Line& line : lines) ++start[static_cast<size_t>(line.customer) + 1];
  for (size_t c = 1; c < start.size(); ++c) start[c] += start[c - 1];
  std::vector<Line> ordered(lines.size());
  std::vector<size_t> next(start.begin(), start.end() - 1);
  for (const Line& line : lines) ordered[next[static_cast<size_t>(line.customer)]++] = line;
  for (size_t c = 0; c + 1 < start.size(); ++c) {
    std::sort(ordered.begin() + static_cast<std::ptrdiff_t>(start[c]), ordered.begin() + static_cast<std::ptrdiff_t>(start[c + 1]),
              [](const Line& a, const Line& b) { return std::tie(a.day, a.sku) < std::tie(b.day, b.sku); });
  }
  return ordered;
}

}  // namespace

int32_t ClampQuantity(int64_t quantity_milli) {
  using Limits = std::numeric_limits<int32_t>;
  return static_cast<int32_t>(std::clamp<int64_t>(quantity_milli, Limits::min(), Limits::max()));
}

PurchaseHistory PurchaseHistory::Build(std::vector<Line> lines, int32_t customers, int32_t skus) {
  lines = InOrder(std::move(lines), customers);
  PurchaseHistory history;
  history.skus_ = skus;
  history.first_basket_.reserve(static_cast<size_t>(customers) + 1);
  history.line_sku_.reserve(lines.size());
  history.line_quantity_.reserve(lines.size());
  size_t i = 0;
  for (int32_t customer = 0; customer < customers; ++customer) {
    while (i < lines.size() && lines[i].customer == customer) {
      const Day day = lines[i].day;
      while (i < lines.size() && lines[i].customer == customer && lines[i].day == day) {
        const int32_t sku = lines[i].sku;
        int64_t quantity = 0;
        for (; i < lines.size() && lines[i].customer == customer && lines[i].day == day && lines[i].sku == sku; ++i) {
          quantity += lines[i].quantity_milli;
        }
        if (quantity <= 0) continue;
        history.line_sku_.push_back(sku);
        history.line_quantity_.push_back(ClampQuantity(quantity));
      }
      if (static_cast<int64_t>(history.line_sku_.size()) == history.first_line_.back()) continue;
      history.basket_day_.push_back(day);
      history.first_line_.push_back(static_cast<int64_t>(history.line_sku_.size()));
      history.last_day_ = history.baskets() == 1 ? day : std::max(history.last_day_, day);
    }
    history.first_basket_.push_back(history.baskets());
  }
  return history;
}

Basket PurchaseHistory::basket(int64_t number) const {
  const auto b = static_cast<size_t>(number);
  const auto begin = static_cast<size_t>(first_line_[b]), count = static_cast<size_t>(first_line_[b + 1]) - begin;
  return {basket_day_[b], std::span(line_sku_).subspan(begin, count), std::span(line_quantity_).subspan(begin, count)};
}

PurchaseHistory::Split PurchaseHistory::HoldOutLast(int32_t least_baskets, Others others) const {
  Split split;
  PurchaseHistory& kept = split.history;
  kept.skus_ = skus_;
  for (int32_t customer = 0; customer < customers(); ++customer) {
    const bool held_out = basket_count(customer) >= std::max(least_baskets, 1);
    const bool kept_out = !held_out && others == Others::kLeaveOut;
    for (int64_t b = first_basket(customer); b < end_basket(customer) && !kept_out; ++b) {
      const Basket bought = basket(b);
      if (held_out && b + 1 == end_basket(customer)) {
        split.targets.push_back({customer, bought.day, {bought.skus.begin(), bought.skus.end()}});
        continue;
      }
      kept.line_sku_.insert(kept.line_sku_.end(), bought.skus.begin(), bought.skus.end());
      kept.line_quantity_.insert(kept.line_quantity_.end(), bought.quantities_milli.begin(), bought.quantities_milli.end());
      kept.basket_day_.push_back(bought.day);
      kept.first_line_.push_back(static_cast<int64_t>(kept.line_sku_.size()));
      kept.last_day_ = kept.baskets() == 1 ? bought.day : std::max(kept.last_day_, bought.day);
    }
    kept.first_basket_.push_back(kept.baskets());
  }
  return split;
}

}  // namespace rung::recommend
