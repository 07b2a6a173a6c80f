#include "libs/path/actions.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "libs/features/state_builder.h"

namespace rung::path {
namespace {

constexpr UnixSeconds kNoon = 12 * 3600;  // the day is given beside it; only ties of outside values look at the time

// A category that is tried once lowers this rate; bought twice it doesn't.
constexpr char kRepeatRate[] = "repeat_category_rate_365d";

}  // namespace

std::vector<Fen> SplitByWeight(Fen total, const std::vector<Fen>& weights) {
  __extension__ using Int128 = __int128;
  const Int128 sum = std::accumulate(weights.begin(), weights.end(), Int128{0});
  std::vector<Fen> parts;
  std::vector<Int128> rests;
  for (const Fen weight : weights) {
    parts.push_back(static_cast<Fen>(Int128{total} * weight / sum));
    rests.push_back(Int128{total} * weight % sum);
  }
  std::vector<size_t> order(weights.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rests[a] > rests[b]; });
  const Fen left = total - std::accumulate(parts.begin(), parts.end(), Fen{0});
  for (Fen i = 0; i < left; ++i) ++parts[order[i]];
  return parts;
}

Scenario::Scenario(const Customer& customer, const Question& question)
    : customer_(customer), question_(question), habits_(HabitsOf(customer, question.today)),
      usual_days_(UsualDays(habits_, question.today + (question.as_usual ? 1 : 0), question.date)),
      category_value_(std::max<Fen>(habits_.order_value / static_cast<Fen>(std::max<size_t>(habits_.categories.size(), 1)), 1)),
      category_days_(customer.model_features.contains(kRepeatRate) && question.date > question.today ? 2 : 1) {}

PlannedLine Scenario::Line(const std::string& category, Fen amount) const {
  PlannedLine line{category, amount, {}};
  if (habits_.cost_permille >= 0) line.cost = amount * habits_.cost_permille / 1000;
  return line;
}

std::vector<PlannedLine> Scenario::Lines(Fen amount) const {
  std::vector<Fen> weights;
  for (const UsualCategory& usual : habits_.categories) weights.push_back(usual.amount);
  if (weights.empty()) {
    return {Line(customer_.known_categories.empty() ? "" : customer_.known_categories.front(), amount)};
  }
  const std::vector<Fen> parts = SplitByWeight(amount, weights);
  std::vector<PlannedLine> lines;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] > 0) lines.push_back(Line(habits_.categories[i].category, parts[i]));
  }
  return lines;
}

std::vector<Day> Scenario::Spread(int count) const {
  const int days = question_.date - question_.today;
  std::vector<Day> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(question_.today + (count == 1 ? 0 : static_cast<Day>(int64_t{i} * days / (count - 1))));
  }
  return out;
}

std::vector<PlannedOrder> Scenario::Orders(const Actions& actions) const {
  std::vector<PlannedOrder> orders;
  const bool on_usual = actions.orders == 0 && actions.spend > 0;
  std::vector<Day> usual = usual_days_;
  if (usual.empty() && on_usual) usual = {question_.today};
  if (question_.as_usual || on_usual) {
    const std::vector<Fen> extra = on_usual ? SplitByWeight(actions.spend, std::vector<Fen>(usual.size(), 1)) : std::vector<Fen>();
    for (size_t i = 0; i < usual.size(); ++i) {
      const bool assumed = question_.as_usual && !usual_days_.empty();
      PlannedOrder order{.day = usual[i], .usual = assumed, .extra = on_usual ? extra[i] : 0, .lines = {}};
      const Fen amount = (assumed ? habits_.order_value : 0) + order.extra;
      if (amount == 0) continue;
      order.lines = Lines(amount);
      orders.push_back(std::move(order));
    }
  }
  if (actions.orders > 0) {
    const std::vector<Fen> amounts = SplitByWeight(actions.spend, std::vector<Fen>(actions.orders, 1));
    const std::vector<Day> days = Spread(actions.orders);
    for (int i = 0; i < actions.orders; ++i) {
      if (amounts[i] > 0) orders.push_back({.day = days[i], .usual = false, .extra = amounts[i], .lines = Lines(amounts[i])});
    }
  }
  if (actions.new_categories > 0 || actions.repeat_categories > 0) AddCategories(actions, orders);
  std::stable_sort(orders.begin(), orders.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  return orders;
}

void Scenario::AddCategories(const Actions& actions, std::vector<PlannedOrder>& orders) const {
  const auto add_on = [&](Day day, const std::vector<std::string>& categories, int count) {
    auto order = std::find_if(orders.begin(), orders.end(), [&](const PlannedOrder& o) { return o.day == day; });
    if (order == orders.end()) order = orders.insert(orders.end(), PlannedOrder{.day = day, .usual = false, .extra = 0, .lines = {}});
    for (int c = 0; c < count && c < static_cast<int>(categories.size()); ++c) {
      order->lines.push_back(Line(categories[c], category_value_));
      order->extra += category_value_;
    }
  };
  // On days with an order if there are any, else today and a usual gap later.
  std::vector<Day> days;
  for (const PlannedOrder& order : orders) days.push_back(order.day);
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  if (days.empty()) days.push_back(question_.today);
  if (days.size() < 2) {
    const Day later = std::min(days.front() + habits_.gap_days, question_.date);
    days.push_back(later != days.front() ? later : question_.today);
  }
  if (actions.repeat_categories > 0) add_on(days[0], habits_.bought_once, actions.repeat_categories);
  if (actions.new_categories == 0) return;
  add_on(days[0], habits_.new_ones, actions.new_categories);
  if (category_days_ > 1 && days[1] != days[0]) add_on(days[1], habits_.new_ones, actions.new_categories);
}

std::vector<features::Event> Scenario::Events(const Actions& actions) const {
  std::vector<features::Event> events;
  const auto add = [&](Day day, features::Fact fact) {
    features::Event& event = events.emplace_back();
    event.event_id = fmt::format("plan-event-{}", events.size());
    event.day = day;
    event.event_time = day * kSecondsPerDay + kNoon;
    event.source = "plan";
    event.fact = std::move(fact);
  };
  int number = 0;
  for (const PlannedOrder& planned : Orders(actions)) {
    features::Order order{.order_id = fmt::format("plan-order-{}", ++number)};
    for (const PlannedLine& line : planned.lines) {
      order.lines.push_back({.category = line.category, .quantity_milli = 1000, .amount = line.amount, .cost = line.cost});
    }
    add(planned.day, std::move(order));
  }
  for (int i = 0; i < actions.reviews; ++i) add(question_.today, features::Review{customer_.unreviewed_orders[i], 5});
  for (int i = 0; i < actions.payments; ++i) add(question_.today, features::Payment{customer_.open_invoices[i].invoice_id});
  const int days = question_.date - question_.today + 1;
  for (int i = 0; i < actions.sessions; ++i) add(question_.today + i % days, features::Session{});
  return events;
}

Fen Scenario::Spend(const Actions& actions) const {
  Fen spend = 0;
  for (const PlannedOrder& order : Orders(actions)) spend += order.extra;
  return spend;
}

Day Scenario::LastDay(const Actions& actions) const {
  Day last = question_.today;
  for (const PlannedOrder& order : Orders(actions)) {
    if (order.extra > 0) last = std::max(last, order.day);
  }
  const int days = question_.date - question_.today + 1;
  return std::max(last, question_.today + std::min(actions.sessions, days) - (actions.sessions > 0 ? 1 : 0));
}

int64_t Scenario::Cost(const Actions& actions, const Costs& costs) const {
  __extension__ using Int128 = __int128;
  // Money at the usual rhythm means orders more, unless those come anyway.
  const bool at_rhythm = actions.orders == 0 && actions.spend > 0 && !question_.as_usual;
  const int orders = at_rhythm ? std::max(1, static_cast<int>(usual_days_.size())) : actions.orders;
  return static_cast<int64_t>(Int128{Spend(actions)} * costs.spend_permille / 1000) + orders * costs.order +
         actions.new_categories * costs.new_category + actions.repeat_categories * costs.repeat_category +
         actions.reviews * costs.review + actions.sessions * costs.session + actions.payments * costs.payment;
}

features::CustomerState Scenario::After(const Actions& actions) const {
  features::CustomerState state = customer_.state;
  for (const features::Event& event : Events(actions)) {
    // Planned orders have ids of their own and days after the fold day: nothing to rebuild. A bill that is paid
    // already stays paid.
    features::Apply(event, customer_.codes, state);
  }
  return state;
}

}  // namespace rung::path
