#include "services/grading/year_of_orders.h"

#include "libs/features/order_value.h"
#include "services/grading/base_loader.h"

namespace rung::grading {
namespace {

constexpr size_t kNotLookedUp = SIZE_MAX;

}  // namespace

YearOfOrders::YearOfOrders(const benefits::AnnualCost& prices, const features::CodeBook& codes, LoadedBase& base)
    : prices_(prices), codes_(codes), base_(base) {
  base_.goods_by_path.resize(prices.paths().size());
  base_.orders_from.resize(prices.thresholds().size());
}

// The number of paths: none holds the category.
size_t YearOfOrders::PathOf(int32_t category) {
  const size_t none = prices_.paths().size();
  if (category < 0 || none == 0) return none;
  const auto code = static_cast<size_t>(category);
  if (code >= path_of_.size()) path_of_.resize(code + 1, kNotLookedUp);
  if (path_of_[code] == kNotLookedUp) path_of_[code] = prices_.PathOf(codes_.Word(features::CodeKind::kCategory, category)).value_or(none);
  return path_of_[code];
}

void YearOfOrders::Add(const features::CustomerState& state, Day as_of) {
  base_.goods.push_back(0);
  base_.net.push_back(0);
  for (auto& column : base_.goods_by_path) column.push_back(0);
  for (auto& column : base_.orders_from) column.push_back(0);
  for (const features::OrderRecord& order : state.orders) {
    if (order.day > as_of) break;  // sorted; those not placed yet come last
    if (as_of - order.day >= features::kWindowDays) continue;
    const features::LinesSummary& lines = features::LinesAsOf(order, as_of);
    const features::Fen net = features::NetAsOf(order, lines, as_of);
    if (net == 0) continue;
    base_.net.back() += net;
    base_.goods.back() += lines.gross;
    for (const features::CategoryAmount& part : lines.categories) {
      const size_t path = PathOf(part.category);
      if (path < base_.goods_by_path.size()) base_.goods_by_path[path].back() += part.amount;
    }
    for (size_t t = 0; t < base_.orders_from.size(); ++t) {
      if (lines.gross >= prices_.thresholds()[t]) ++base_.orders_from[t].back();
    }
  }
}

}  // namespace rung::grading
