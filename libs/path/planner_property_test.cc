// Over generated customers and all presets: what a plan proposes, sent as events, reaches the tier; a little less doesn't.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "libs/generator/generator.h"
#include "libs/path/base_for_test.h"
#include "libs/path/known_facts.h"
#include "libs/path/search.h"
#include "tests/support/vector_base.h"

namespace rung::path {
namespace {

constexpr int kCustomers = 80;

// Generated customers under one preset. Bills that are open and orders without a review are known from the events.
class World {
 public:
  explicit World(const std::string& preset) {
    generator::GeneratorOptions options{.seed = 20260331, .customer_count = kCustomers, .mean_lines_per_customer = 400};
    const generator::HistoryGenerator generator(options);
    std::vector<std::vector<features::Event>> customers;
    for (int i = 0; i < kCustomers; ++i) {
      customers.push_back(generator.Customer(i).events);
      testing::InternWords(customers.back(), codes_);
    }
    base_ = std::make_unique<TestBase>(testing::LoadPreset(preset), options.last_day, std::move(customers), codes_);
  }

  TestBase& base() { return *base_; }

  Customer CustomerOf(size_t row) const {
    Customer customer = base_->CustomerOf(row);
    customer.unreviewed_orders = UnreviewedOrders(base_->events(row), base_->today());
    customer.open_invoices = OpenInvoices(base_->events(row), base_->today());
    return customer;
  }

 private:
  features::LocalCodeBook codes_;
  std::unique_ptr<TestBase> base_;
};

features::Event EventOf(const PlannedOrder& planned, int number) {
  features::Order order{.order_id = "sent-" + std::to_string(number), .lines = {}};
  for (const PlannedLine& line : planned.lines) order.lines.push_back({.category = line.category, .amount = line.amount, .cost = line.cost});
  return {.event_id = "sent-event-" + std::to_string(number), .event_time = planned.day * kSecondsPerDay, .day = planned.day,
          .fact = std::move(order)};
}

// The customer's own events and those of the plan, as a caller reads them from the answer, in a state built from scratch.
Outcome SendAndGrade(TestBase& base, size_t row, const Path& path, const Plan& plan) {
  std::vector<features::Event> events = base.events(row);
  int number = 0;
  const auto replaced = [&](const PlannedOrder& usual) {
    return std::any_of(plan.orders.begin(), plan.orders.end(), [&](const PlannedOrder& o) { return o.usual && o.day == usual.day; });
  };
  for (const PlannedOrder& order : path.usual) {
    if (!replaced(order)) events.push_back(EventOf(order, number++));
  }
  for (const PlannedOrder& order : plan.orders) events.push_back(EventOf(order, number++));
  const auto add = [&](Day day, features::Fact fact) {
    events.push_back({.event_id = "sent-event-" + std::to_string(number++), .day = day, .fact = std::move(fact)});
  };
  for (const std::string& id : plan.review_orders) add(path.question.today, features::Review{id, 5});
  for (const std::string& id : plan.pay_invoices) add(path.question.today, features::Payment{id});
  for (int i = 0; i < plan.actions.sessions; ++i) {
    add(path.question.today + i % (path.question.date - path.question.today + 1), features::Session{});
  }
  const features::CustomerState state = features::BuildState(events, -features::kNever, base.codes());
  return base.GraderOf(row)(state, plan.day);
}

// A slightly smaller plan of one lever.
std::optional<Actions> Less(const Plan& plan, const Limits& limits, Fen order_value, Fen least_spread) {
  Actions less = plan.actions;
  switch (plan.lever) {
    case Lever::kSpendOnce:
    case Lever::kSpendSpread:
      if (less.spend <= limits.spend_step) return std::nullopt;
      less.spend -= limits.spend_step;
      if (plan.lever == Lever::kSpendSpread && less.spend < least_spread) return std::nullopt;
      return less;
    case Lever::kOrders:
      if (--less.orders == 0) return std::nullopt;
      less.spend = less.orders * order_value;
      return less;
    case Lever::kNewCategories:
      --less.new_categories;
      return less;
    case Lever::kRepeatCategories:
      --less.repeat_categories;
      return less;
    case Lever::kReviews:
      --less.reviews;
      return less;
    case Lever::kSessions:
      --less.sessions;
      return less;
    case Lever::kPayments:
      --less.payments;
      return less;
    case Lever::kMix:
      return std::nullopt;
  }
  return std::nullopt;
}

class PlannerPropertyTest : public ::testing::TestWithParam<std::string> {
 protected:
  static inline std::map<std::string, std::unique_ptr<World>> worlds_;

  World& world() {
    auto& world = worlds_[GetParam()];
    if (world == nullptr) world = std::make_unique<World>(GetParam());
    return *world;
  }
  static void TearDownTestSuite() { worlds_.clear(); }
};

TEST_P(PlannerPropertyTest, PlansReachTheTierAndALittleLessDoesNot) {
  World& world = this->world();
  TestBase& base = world.base();
  int reached = 0, mixes = 0;
  const bool ok = rc::check([&] {
    const auto row = *rc::gen::inRange<size_t>(0, base.size());
    const Customer customer = world.CustomerOf(row);
    const Grader grader = base.GraderOf(row);
    const Outcome now = grader(customer.state, base.today());
    Question question{.today = base.today(), .date = base.today() + *rc::gen::element(0, 1, 14, 30, 90)};
    question.hold = *rc::gen::weightedElement<bool>({{3, false}, {1, true}});
    question.as_usual = *rc::gen::arbitrary<bool>();
    const int best = question.hold ? now.tier : now.tier - 1;
    RC_PRE(best >= 0);
    question.target = static_cast<uint8_t>(question.hold ? best : *rc::gen::inRange(0, best + 1));
    const Limits limits{.evaluations = 1500};
    const Costs costs;
    const Path path = FindPath(customer, question, limits, costs, grader);
    if (path.by_itself) {
      const Plan nothing{.day = *path.by_itself};
      RC_ASSERT(SendAndGrade(base, row, path, nothing).tier <= question.target);
      return;
    }
    Search search(customer, path.question, limits, costs, grader);
    const Fen order_value = search.scenario.habits().order_value;
    for (const Plan& plan : path.single) {
      const Outcome sent = SendAndGrade(base, row, path, plan);
      RC_ASSERT(sent.tier == plan.outcome.tier);
      RC_ASSERT(sent.score == plan.outcome.score);
      RC_ASSERT(plan.reached == (sent.tier <= question.target));
      if (!plan.reached) continue;
      ++reached;
      if (const auto less = Less(plan, limits, order_value, search.LeastSpread())) RC_ASSERT(!search.Try(*less).reached);
    }
    RC_ASSERT(path.mix.has_value());
    RC_ASSERT(path.mix->reached || !path.SingleLeverReaches());
    if (!path.mix->reached) return;
    ++mixes;
    RC_ASSERT(SendAndGrade(base, row, path, *path.mix).tier <= question.target);
    for (const Plan& plan : path.single) RC_ASSERT(!plan.reached || path.mix->cost <= plan.cost);
    for (const auto member : {&Actions::new_categories, &Actions::repeat_categories, &Actions::reviews, &Actions::sessions, &Actions::payments}) {
      Actions less = path.mix->actions;
      if (less.*member == 0) continue;
      --(less.*member);
      RC_ASSERT(!search.Try(less).reached);
    }
    Actions less = path.mix->actions;
    const Fen least = less.orders > 1 ? less.orders * order_value : less.orders == 0 ? search.LeastSpread() : 0;
    less.spend -= limits.spend_step;
    if (less.spend > 0 && less.spend >= least) RC_ASSERT(!search.Try(less).reached);
  });
  EXPECT_TRUE(ok);
  EXPECT_GT(reached, 0);
  EXPECT_GT(mixes, 0);
}

INSTANTIATE_TEST_SUITE_P(Presets, PlannerPropertyTest, ::testing::ValuesIn(testing::kPresets), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace rung::path
