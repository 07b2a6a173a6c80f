#include "libs/path/habits.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace rung::path {
namespace {

constexpr size_t kRecentOrders = 60;
constexpr size_t kUsualCategories = 8;
constexpr int kSilentGaps = 3;
constexpr int kSilentDays = 30;

struct RecentOrder {
  Day day;
  Fen net;
  const features::LinesSummary* lines;
};

// Effective orders within a year, the newest last.
std::vector<RecentOrder> EffectiveOrders(const features::CustomerState& state, Day today) {
  std::vector<RecentOrder> out;
  for (const features::OrderRecord& order : state.orders) {
    if (!order.placed() || order.day > today) break;
    if (today - order.day >= features::kWindowDays || order.cancelled <= today) continue;
    const features::LinesSummary* lines = &order.lines;
    for (const features::Amendment& amendment : order.amendments) {
      if (amendment.day <= today) lines = &amendment.lines;
    }
    Fen net = lines->gross;
    for (const features::RefundRecord& refund : order.refunds) net -= refund.day <= today ? refund.amount : 0;
    if (net > 0) out.push_back({order.day, net, lines});
  }
  return out;
}

template <typename T>
T LowerMedian(std::vector<T> values) {
  const auto middle = values.begin() + (values.size() - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct CategoryUse {
  int32_t code = 0;
  Fen amount = 0;
  Day last_day = -1;
  int days = 0;
};

// By amount; ties by code.
std::vector<CategoryUse> CategoryUses(std::span<const RecentOrder> orders) {
  std::map<int32_t, CategoryUse> uses;
  for (const RecentOrder& order : orders) {
    for (const features::CategoryAmount& item : order.lines->categories) {
      CategoryUse& use = uses[item.category];
      use.code = item.category;
      use.amount += item.amount;
      use.days += order.day != use.last_day ? 1 : 0;
      use.last_day = order.day;
    }
  }
  std::vector<CategoryUse> out;
  for (const auto& [code, use] : uses) out.push_back(use);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.amount > b.amount; });
  return out;
}

}  // namespace

Habits HabitsOf(const Customer& customer, Day today) {
  Habits habits{.order_value = kDefaultOrderValue, .gap_days = kDefaultGapDays};
  const std::vector<RecentOrder> orders = EffectiveOrders(customer.state, today);
  const auto recent = std::span(orders).last(std::min(kRecentOrders, orders.size()));
  const auto word = [&](int32_t code) { return customer.codes.Word(features::CodeKind::kCategory, code); };
  std::vector<Fen> values;
  std::vector<int> gaps;
  __extension__ using Int128 = __int128;
  Int128 gross = 0, cost = 0;
  for (const RecentOrder& order : recent) {
    values.push_back(order.net);
    if (habits.last_order != 0 && order.day != habits.last_order) gaps.push_back(order.day - habits.last_order);
    habits.last_order = order.day;
    if (!order.lines->cost_known) continue;
    gross += order.lines->gross;
    cost += order.lines->cost;
  }
  if (!values.empty()) habits.order_value = std::max<Fen>(LowerMedian(values), 1);
  habits.gap_known = !gaps.empty();
  if (habits.gap_known) habits.gap_days = std::max(LowerMedian(gaps), 1);
  if (gross > 0) habits.cost_permille = static_cast<int64_t>(1000 * cost / gross);
  for (const CategoryUse& use : CategoryUses(recent)) {
    if (habits.categories.size() < kUsualCategories && use.amount > 0) habits.categories.push_back({word(use.code), use.amount});
  }
  std::set<std::string> bought;
  for (const CategoryUse& use : CategoryUses(orders)) {
    bought.insert(word(use.code));
    if (use.days == 1) habits.bought_once.push_back(word(use.code));
  }
  for (const std::string& category : customer.known_categories) {
    if (!bought.contains(category)) habits.new_ones.push_back(category);
  }
  return habits;
}

Rhythm RhythmOf(const Habits& habits, Day today) {
  if (habits.last_order == 0) return Rhythm::kNone;
  if (!habits.gap_known) return Rhythm::kUnknown;
  return today - habits.last_order > std::max(kSilentGaps * habits.gap_days, kSilentDays) ? Rhythm::kBroken : Rhythm::kKept;
}

std::vector<Day> UsualDays(const Habits& habits, Day first, Day date) {
  std::vector<Day> days;
  const Day next = habits.last_order == 0 ? first : std::max(first, habits.last_order + habits.gap_days);
  for (Day day = next; day <= date; day += habits.gap_days) days.push_back(day);
  return days;
}

}  // namespace rung::path
