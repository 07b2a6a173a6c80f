#include <algorithm>

#include "libs/path/search.h"
#include "libs/path/smallest.h"

namespace rung::path {
namespace {

bool UsesAny(const std::set<std::string>& features, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(features.begin(), features.end(), [&](const std::string& feature) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return feature.starts_with(prefix); });
  });
}

// One lever whose amount is a number: every number up to `most` that the money suffices for, the smallest that reaches
// first. Nothing when there is none to try.
template <typename Set>
std::optional<Plan> Count(Search& search, Lever lever, int most, Set set) {
  Actions closest_actions;
  std::optional<Attempt> closest;
  for (int amount = 1; amount <= most; ++amount) {
    Actions actions;
    set(actions, amount);
    if (search.scenario.Spend(actions) > search.limits.spend) break;
    const Attempt attempt = search.Try(actions);
    if (!closest || Better(attempt, *closest)) {
      closest = attempt;
      closest_actions = actions;
    }
    if (attempt.reached) break;
  }
  if (!closest) return std::nullopt;
  return search.PlanOf(lever, closest_actions, *closest);
}

// Nothing when the least that would have to be spent is beyond the limit.
std::optional<Plan> Spend(Search& search, Lever lever, int orders) {
  Actions actions{.orders = orders};
  const Fen least = orders == 0 ? search.LeastSpread() : search.LeastSpend(orders);
  const auto found = search.SmallestSpend(actions, std::max(least, search.limits.spend_step), search.limits.spend);
  if (!found) return std::nullopt;
  actions.spend = found->spend;
  return search.PlanOf(lever, actions, found->attempt);
}

std::vector<Plan> SingleLevers(Search& search) {
  std::vector<Plan> plans;
  const auto wanted = [&](Lever lever) { return !search.question.only || *search.question.only == lever; };
  const Room room = search.FindRoom();
  const auto add_spend = [&](Lever lever, int orders) {
    if (std::optional<Plan> plan = Spend(search, lever, orders)) plans.push_back(*std::move(plan));
  };
  if (wanted(Lever::kSpendOnce)) add_spend(Lever::kSpendOnce, 1);
  const std::vector<Day>& usual = search.scenario.usual_days();
  if (wanted(Lever::kSpendSpread) && search.scenario.habits().gap_known && !usual.empty() && usual.back() > search.question.today) {
    add_spend(Lever::kSpendSpread, 0);
  }
  const Fen value = std::max(search.scenario.habits().order_value, search.limits.least_order);
  const auto add = [&](Lever lever, int most, auto set) {
    if (!wanted(lever)) return;
    if (std::optional<Plan> plan = Count(search, lever, most, set)) plans.push_back(*std::move(plan));
  };
  add(Lever::kOrders, room.orders, [&](Actions& a, int amount) {
    a.orders = amount;
    a.spend = amount * value;
  });
  const auto add_number = [&](Lever lever, int most, int Actions::*member) {
    add(lever, most, [&](Actions& a, int amount) { a.*member = amount; });
  };
  add_number(Lever::kNewCategories, room.new_categories, &Actions::new_categories);
  add_number(Lever::kRepeatCategories, room.repeat_categories, &Actions::repeat_categories);
  add_number(Lever::kReviews, room.reviews, &Actions::reviews);
  add_number(Lever::kSessions, room.sessions, &Actions::sessions);
  add_number(Lever::kPayments, room.payments, &Actions::payments);
  return plans;
}

// The first day on which the target is reached without doing more than usual.
std::optional<Day> ByItself(Search& search, const Grader& grader, Path& path) {
  const Question& question = search.question;
  const features::CustomerState state = search.scenario.After({});
  path.now = grader(state, question.today);
  path.at_date = grader(state, question.date);
  if (question.hold) return path.at_date.tier <= question.target ? std::optional(question.date) : std::nullopt;
  if (question.in_effect) return question.today;
  if (question.Blocked()) return std::nullopt;
  for (Day day = question.FirstDay(); day <= question.date; ++day) {
    if (grader(state, day).tier <= question.target) return day;
  }
  return std::nullopt;
}

}  // namespace

Attempt Search::Try(const Actions& actions) {
  const features::CustomerState state = scenario.After(actions);
  ++evaluations_;
  Attempt attempt{false, grader_(state, question.date), question.date};
  attempt.reached = attempt.outcome.tier <= question.target;
  if (question.hold) return attempt;
  // What is done until a day may reach the tier on that day, and be too old on the last one.
  const Day last = scenario.LastDay(actions);
  if (last == question.date || last < question.FirstDay()) return attempt;
  ++evaluations_;
  const Outcome then = grader_(state, last);
  const Attempt earlier{then.tier <= question.target, then, last};
  return earlier.reached || Better(earlier, attempt) ? earlier : attempt;
}

Room Search::FindRoom() const {
  const Habits& habits = scenario.habits();
  const std::set<std::string>& features = customer.model_features;
  Room room{.orders = std::min(limits.orders, question.date - question.today + 1)};
  if (UsesAny(features, {"category_", "new_categories_", "repeat_category_", "top_category_"})) {
    room.new_categories = std::min(limits.categories, static_cast<int>(habits.new_ones.size()));
    room.repeat_categories = std::min(limits.categories, static_cast<int>(habits.bought_once.size()));
  }
  if (UsesAny(features, {"review_rate_"})) {
    room.reviews = std::min(limits.reviews, static_cast<int>(customer.unreviewed_orders.size()));
  }
  if (UsesAny(features, {"app_sessions_"})) room.sessions = limits.sessions;
  if (UsesAny(features, {"payment_on_time_rate_", "overdue_days_"})) {
    room.payments = static_cast<int>(customer.open_invoices.size());
  }
  return room;
}

Fen Search::LeastSpend(int orders) const {
  if (orders == 0) return 0;
  const Fen each = std::max(limits.least_order, orders == 1 ? limits.spend_step : scenario.habits().order_value);
  return (orders * each + limits.spend_step - 1) / limits.spend_step * limits.spend_step;
}

Fen Search::LeastSpread() const {
  return question.as_usual ? 0 : LeastSpend(std::max(1, static_cast<int>(scenario.usual_days().size())));
}

std::optional<SpendAttempt> Search::SmallestSpend(Actions actions, Fen low, Fen high) {
  std::optional<SpendAttempt> closest;  // of those that reach, the smallest was tried last
  SmallestReaching(low, high, limits.spend_step, [&](Fen spend) {
    actions.spend = spend;
    const Attempt attempt = Try(actions);
    if (!closest || attempt.reached || Better(attempt, closest->attempt)) closest = {spend, attempt};
    return attempt.reached;
  });
  return closest;
}

Plan Search::PlanOf(Lever lever, const Actions& actions, const Attempt& attempt) const {
  Plan plan{.lever = lever, .reached = attempt.reached, .actions = actions, .outcome = attempt.outcome, .day = attempt.day};
  for (PlannedOrder& order : scenario.Orders(actions)) {
    if (order.extra > 0) plan.orders.push_back(std::move(order));
  }
  plan.spend = scenario.Spend(actions);
  plan.cost = scenario.Cost(actions, costs);
  for (int i = 0; i < actions.reviews; ++i) plan.review_orders.push_back(customer.unreviewed_orders[i]);
  for (int i = 0; i < actions.payments; ++i) plan.pay_invoices.push_back(customer.open_invoices[i].invoice_id);
  return plan;
}

Path FindPath(const Customer& customer, const Question& asked, const Limits& limits, const Costs& costs, const Grader& grader) {
  const Habits habits = HabitsOf(customer, asked.today);
  const Rhythm rhythm = RhythmOf(habits, asked.today);
  Question question = asked;
  question.as_usual = asked.as_usual && rhythm == Rhythm::kKept;
  Search search(customer, question, limits, costs, grader);
  Path path{.question = question, .last_order = habits.last_order, .gap_days = habits.gap_days};
  if (asked.as_usual && !question.as_usual) path.not_as_usual = rhythm;
  path.margin_unknown = habits.cost_permille < 0 && UsesAny(customer.model_features, {"gross_margin_"});
  path.usual = search.scenario.Orders({});
  path.by_itself = ByItself(search, grader, path);
  if (path.by_itself || question.Blocked()) return path;
  path.single = SingleLevers(search);
  if (!question.only) path.mix = FindMix(search, path.single, path.mix_is_exhaustive);
  path.evaluations = search.evaluations();
  return path;
}

}  // namespace rung::path
