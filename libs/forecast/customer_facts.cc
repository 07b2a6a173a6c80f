#include "libs/forecast/customer_facts.h"

#include <algorithm>
#include <cmath>

#include "libs/features/order_value.h"

namespace rung::forecast {
namespace {

using features::Fen;
using features::kNever;

void Add(ValueSums& sums, Fen value, bool first) {
  ++sums.days;
  sums.total += value;
  if (first) return;
  ++sums.repeat_days;
  sums.repeat_total += value;
  sums.repeat_squares += static_cast<double>(value) * static_cast<double>(value);
}

}  // namespace

const CustomerFacts& FactReader::Read(const features::CustomerState& state, Day as_of) {
  facts_.as_of = as_of;
  facts_.last_day = state.folded.last_effective;
  facts_.days.clear();
  for (const features::OrderRecord& order : state.orders) {
    if (order.day > as_of) break;  // sorted; those not placed yet come last
    const features::LinesSummary& lines = features::LinesAsOf(order, as_of);
    const Fen net = features::NetAsOf(order, lines, as_of);
    if (net == 0) continue;
    facts_.last_day = std::max(facts_.last_day, order.day);
    if (as_of - order.day < features::kWindowDays) AddOrder(order.day, net, lines);
  }
  facts_.ever_ordered = facts_.last_day > -kNever;
  facts_.margin = {};
  facts_.net = {};
  for (size_t i = 0; i < facts_.days.size(); ++i) {
    const OrderDay& day = facts_.days[i];
    Add(facts_.net, day.net, i == 0);
    if (day.margin_known) Add(facts_.margin, day.margin, i == 0);
  }
  SetHistory();
  return facts_;
}

void FactReader::AddOrder(Day day, Fen net, const features::LinesSummary& lines) {
  if (facts_.days.empty() || facts_.days.back().day != day) facts_.days.push_back({.day = day});
  OrderDay& today = facts_.days.back();
  today.net += net;
  const auto margin = features::MarginOf(lines, net);
  today.margin_known = today.margin_known && margin.has_value();
  today.margin += margin.value_or(0);
}

void FactReader::SetHistory() {
  facts_.history = {};
  facts_.median_gap_days = 0;
  if (!facts_.ever_ordered) return;
  const std::vector<OrderDay>& days = facts_.days;
  const Day first_day = days.empty() ? facts_.last_day : days.front().day;
  facts_.history.age = (facts_.as_of - first_day) / kDaysPerWeek;
  if (days.size() < 2) return;
  facts_.history.repeats = static_cast<int64_t>(days.size()) - 1;
  facts_.history.recency = (facts_.last_day - first_day) / kDaysPerWeek;
  gaps_.clear();
  for (size_t i = 1; i < days.size(); ++i) {
    gaps_.push_back(days[i].day - days[i - 1].day);
    facts_.history.log_gap_sum += std::log(gaps_.back() / kDaysPerWeek);
  }
  const auto middle = gaps_.begin() + static_cast<std::ptrdiff_t>(gaps_.size() / 2);
  std::nth_element(gaps_.begin(), middle, gaps_.end());
  const int32_t lower = gaps_.size() % 2 == 1 ? *middle : *std::max_element(gaps_.begin(), middle);
  facts_.median_gap_days = 0.5 * (lower + *middle);
}

}  // namespace rung::forecast
