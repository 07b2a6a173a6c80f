// Paths whose answer can be worked out by hand.
#include <gtest/gtest.h>

#include <limits>

#include <fmt/format.h>

#include "libs/path/actions.h"
#include "libs/path/base_for_test.h"
#include "libs/path/sentences.h"

namespace rung::path {
namespace {

using scoring::Comparison;

constexpr Day kToday = 20'543;  // 2026-03-31
const explanation::Style kStyle{"CNY", 100};

// Points are yuan spent in a year, in hundreds: 60 are 6,000 yuan.
scoring::Model SpendModel() {
  scoring::Model model{.model_id = "spend",
                       .dimensions = {{.name = "spend", .weight = 1, .factors = {{.feature = "net_spend_365d", .normaliser = scoring::Saturate{1'000'000}}}}}};
  model.tiers = {{.code = "gold", .names = {{"en", "Gold"}, {"zh", "黄金"}}, .lower_bound = 60'000}, {.code = "bronze", .names = {}}};
  return model;
}

// Gold: 5 orders in 90 days of 1,000 yuan on average.
scoring::Model RuleModel() {
  scoring::Model model{.model_id = "rules", .score_kind = scoring::ScoreKind::kAttainment, .ladder_kind = scoring::LadderKind::kRules};
  scoring::Tier gold{.code = "gold", .names = {{"en", "Gold"}, {"zh", "黄金"}}};
  gold.rules = {2, {{{"orders_90d", Comparison::kAtLeast, 5}, {}}, {{"aov_90d", Comparison::kAtLeast, 100'000}, {}}}};
  model.tiers = {gold, {.code = "bronze", .names = {}}};
  return model;
}

class PlannerTest : public ::testing::Test {
 protected:
  features::LocalCodeBook codes_;
  std::unique_ptr<TestBase> base_;

  Path Find(scoring::Model model, std::vector<features::Event> events, Question question, Costs costs = {}, Limits limits = {}) {
    for (const char* category : {"leaf", "root", "fruit", "fish"}) codes_.Intern(features::CodeKind::kCategory, category);
    base_ = std::make_unique<TestBase>(std::move(model), kToday, std::vector<std::vector<features::Event>>{std::move(events)}, codes_);
    return FindPath(base_->CustomerOf(0), question, limits, costs, base_->GraderOf(0));
  }

  static const Plan& Of(const Path& path, Lever lever) {
    for (const Plan& plan : path.single) {
      if (plan.lever == lever) return plan;
    }
    ADD_FAILURE() << "no such plan";
    static const Plan kNone;
    return kNone;
  }
};

TEST_F(PlannerTest, OneOrderTodayClosesTheGapToTheYuan) {
  const Path path = Find(SpendModel(), {OrderOn("a", kToday - 30, 399'950)}, {kToday, kToday, 0});
  EXPECT_EQ(path.now.score, 39'995);
  const Plan& once = Of(path, Lever::kSpendOnce);
  ASSERT_TRUE(once.reached);
  EXPECT_EQ(once.spend, 200'100);  // 2,000.50 are lacking; a step is a yuan, and points are rounded to thousandths
  EXPECT_EQ(once.day, kToday);
  ASSERT_EQ(once.orders.size(), 1u);
  EXPECT_EQ(once.orders[0].amount(), 200'100);
  EXPECT_EQ(DescribePlan(once, path, base_->model(), kStyle),
            (explanation::Text{"One order today of CNY 2,001.00, in the usual categories. Reached as of 2026-03-31.",
                               "今天按常购品类下一单，金额2,001.00元。截至2026-03-31达到。"}));
}

// Half of the points from orders and money, half from categories, of which a hundred would be wanted.
scoring::Model BroadModel() {
  scoring::Model model = SpendModel();
  model.dimensions[0].weight = 2;
  for (const auto& [feature, full] : {std::pair{"orders_90d", 20.0}, {"category_count_365d", 100.0}}) {
    model.dimensions.push_back({.name = feature, .weight = 1, .factors = {{.feature = feature, .normaliser = scoring::Saturate{full}}}});
  }
  model.tiers[0].lower_bound = 40'000;
  return model;
}

TEST_F(PlannerTest, NoPlanCostsMoreMoneyThanItMay) {
  const std::vector<features::Event> events = {OrderOn("a", kToday - 30, 300'000)};
  for (const Fen limit : {Fen{100}, Fen{50'000}, Fen{400'000}}) {
    const Path path = Find(BroadModel(), events, {kToday, kToday + 20, 0}, {}, {.spend = limit});
    for (const Plan& plan : path.single) EXPECT_LE(plan.spend, limit) << static_cast<int>(plan.lever);
    ASSERT_TRUE(path.mix);
    EXPECT_LE(path.mix->spend, limit);
    EXPECT_EQ(path.mix->outcome.tier, 1) << "half of what gold takes is lacking";
  }
  const Path path = Find(SpendModel(), events, {kToday, kToday + 20, 0}, {}, {.spend = 100});
  EXPECT_EQ(DescribePlan(*path.mix, path, base_->model(), kStyle).en.find("()"), std::string::npos);
}

TEST_F(PlannerTest, MoneyThatMayNotBeSpentIsNoPlan) {
  const std::vector<features::Event> events = {OrderOn("a", kToday - 30, 300'000)};
  for (const Limits& limits : {Limits{.spend = 50}, Limits{.spend = 50'000, .least_order = 100'000}}) {
    const Path path = Find(SpendModel(), events, {kToday, kToday + 20, 0}, {}, limits);
    for (const Plan& plan : path.single) EXPECT_NE(plan.lever, Lever::kSpendOnce) << "the least is beyond the limit";
    ASSERT_TRUE(path.mix);
    EXPECT_FALSE(path.mix->reached);
    EXPECT_EQ(path.mix->outcome.tier, 1);
    EXPECT_EQ(path.mix->outcome.score, 30'000) << "as things are";
    EXPECT_GE(path.mix->day, kToday);
  }
}

TEST_F(PlannerTest, TheClosestIsToldWithItsOwnMoney) {
  scoring::Model model = BroadModel();
  model.tiers[0].lower_bound = 90'000;  // orders and categories are lacking, whatever is spent
  const Path path = Find(model, {OrderOn("a", kToday - 30, 300'000)}, {kToday, kToday + 20, 0});
  const Plan& once = Of(path, Lever::kSpendOnce);
  EXPECT_FALSE(once.reached);
  EXPECT_GE(once.spend, 700'000) << "all points that money brings";
  EXPECT_LE(once.spend, 800'000) << "and no more than an eighth of it too much; the limit is a million yuan";
}

TEST_F(PlannerTest, WhatIsTriedOfCategoriesMakesNoPlanDearer) {
  for (int i = 0; i < 30; ++i) codes_.Intern(features::CodeKind::kCategory, fmt::format("further {}", i));
  const auto cost_of_mix = [&](int evaluations) {
    const Path path = Find(BroadModel(), {OrderOn("a", kToday - 30, 3'000)}, {kToday, kToday + 30, 0}, {}, {.evaluations = evaluations});
    EXPECT_TRUE(path.mix && path.mix->reached);
    EXPECT_EQ(path.mix_is_exhaustive, evaluations > 1'500);
    return path.mix->cost;
  };
  EXPECT_EQ(cost_of_mix(1'500), cost_of_mix(100'000)) << "the cheapest takes orders and money alone";
}

TEST_F(PlannerTest, PromisesNothingThatAFreezeOrASetTierForbids) {
  const std::vector<features::Event> events = {OrderOn("a", kToday - 30, 399'950)};
  Question question{kToday, kToday + 10, 0};
  question.held = HoldUp{.frozen = true};
  Path path = Find(SpendModel(), events, question);
  EXPECT_FALSE(path.by_itself);
  EXPECT_TRUE(path.single.empty());
  EXPECT_FALSE(path.mix);
  ASSERT_EQ(DescribePath(path, base_->model(), kStyle).size(), 1u);
  EXPECT_EQ(DescribePath(path, base_->model(), kStyle)[0],
            (explanation::Text{"Upgrades are frozen because of an abuse case; nothing that the customer does reaches Gold before it ends.",
                               "因异常行为案件，升级已冻结；结案前任何行动都达不到黄金。"}));

  // Rich enough by itself, but not before the tier that a person has set ends.
  const std::vector<features::Event> rich = {OrderOn("a", kToday - 30, 700'000)};
  question.held = HoldUp{.until = kToday + 11};
  EXPECT_FALSE(Find(SpendModel(), rich, question).by_itself);
  question.held = HoldUp{.until = kToday + 10};
  EXPECT_EQ(Find(SpendModel(), rich, question).by_itself, kToday + 10);
  question.in_effect = true;
  EXPECT_EQ(Find(SpendModel(), events, question).by_itself, kToday) << "what is in effect needn't be reached";
}

TEST_F(PlannerTest, APlanIsOnlyGoodOnADayThatCounts) {
  // An order today is worth gold today and tomorrow; on the day on which the set tier ends an old one has left the window.
  const std::vector<features::Event> events = {OrderOn("old", kToday - 363, 300'000), OrderOn("b", kToday - 30, 200'000)};
  Question question{kToday, kToday + 5, 0, false, false};
  EXPECT_EQ(Of(Find(SpendModel(), events, question), Lever::kSpendOnce).spend, 100'000);
  question.held = HoldUp{.until = kToday + 5};
  EXPECT_EQ(Of(Find(SpendModel(), events, question), Lever::kSpendOnce).spend, 400'000);
}

TEST_F(PlannerTest, CountsWhatExpiresUntilTheDateWhenATierIsToBeKept) {
  // 3,000 yuan leave the window on the second day.
  const std::vector<features::Event> events = {OrderOn("old", kToday - 363, 300'000), OrderOn("b", kToday - 30, 300'000)};
  EXPECT_EQ(Find(SpendModel(), events, {kToday, kToday + 1, 0, true, false}).by_itself, kToday + 1);
  const Path path = Find(SpendModel(), events, {kToday, kToday + 2, 0, true, false});
  EXPECT_FALSE(path.by_itself);
  EXPECT_EQ(path.at_date.score, 30'000);
  EXPECT_EQ(Of(path, Lever::kSpendOnce).spend, 300'000);
  EXPECT_EQ(Of(path, Lever::kSpendOnce).day, kToday + 2);
}

TEST_F(PlannerTest, UsualOrdersCountForThemselves) {
  // 1,000 yuan every ten days, the last one yesterday: 9, 19, 29 days from now.
  std::vector<features::Event> events;
  for (int i = 0; i < 3; ++i) events.push_back(OrderOn(std::to_string(i), kToday - 1 - 10 * i, 100'000));
  EXPECT_EQ(Find(SpendModel(), events, {kToday, kToday + 29, 0}).by_itself, kToday + 29);
  const Path path = Find(SpendModel(), events, {kToday, kToday + 28, 0});
  EXPECT_EQ(path.usual.size(), 2u);
  EXPECT_EQ(path.at_date.score, 50'000);
  EXPECT_EQ(Of(path, Lever::kSpendOnce).spend, 100'000);
  const Plan& spread = Of(path, Lever::kSpendSpread);
  EXPECT_EQ(spread.spend, 100'000);
  ASSERT_EQ(spread.orders.size(), 2u);
  EXPECT_EQ(spread.orders[0].extra, 50'000);
  EXPECT_EQ(spread.orders[0].amount(), 150'000);
  EXPECT_EQ(spread.day, kToday + 19);
  EXPECT_EQ(Of(path, Lever::kOrders).actions.orders, 1);
  EXPECT_EQ(DescribePlan(spread, path, base_->model(), kStyle).en,
            "CNY 1,000.00 more over the 2 usual orders until 2026-04-28, about CNY 500.00 on each. Reached as of 2026-04-19.");
  const auto sentences = DescribePath(path, base_->model(), kStyle);
  EXPECT_EQ(sentences[0].zh, "2026-04-28前按平时下2单（共2,000.00元），届时50.000分，等级bronze。");
}

TEST_F(PlannerTest, SaysWhenNoSingleLeverIsEnoughAndCombines) {
  // Two orders of 400 yuan: one large order leaves three orders lacking, three usual ones leave the average too low.
  const std::vector<features::Event> events = {OrderOn("a", kToday - 20, 40'000), OrderOn("b", kToday - 10, 40'000)};
  const Path path = Find(RuleModel(), events, {kToday, kToday + 5, 0, false, false});
  EXPECT_FALSE(path.SingleLeverReaches());
  EXPECT_FALSE(Of(path, Lever::kOrders).reached);
  ASSERT_TRUE(path.mix && path.mix->reached);
  // Five orders of 5,000 yuan in all, 800 are there: 4,200 in three orders.
  EXPECT_EQ(path.mix->actions.orders, 3);
  EXPECT_EQ(path.mix->spend, 420'000);
  EXPECT_EQ(path.mix->cost, 420'000 + 3 * Costs{}.order);
  const auto sentences = DescribePath(path, base_->model(), kStyle);
  EXPECT_EQ(sentences[1].en, "No single lever is enough for Gold; only together do they reach it.");
}

TEST_F(PlannerTest, PrefersWhatTheCostsPrefer) {
  // Gold is 6,000 yuan, or a score that categories give as well: 10 points for each of at most ten.
  scoring::Model model = SpendModel();
  model.dimensions[0].weight = 500'000;
  model.dimensions.push_back({.name = "diversity", .weight = 500'000,
                              .factors = {{.feature = "category_count_365d", .normaliser = scoring::Saturate{4}}}});
  const std::vector<features::Event> events = {OrderOn("a", kToday - 20, 400'000)};
  // 20 + 12.5 points; each category gives 12.5 and costs a line of the usual value.
  const Path cheap_money = Find(model, events, {kToday, kToday, 0, false, false}, {.spend_permille = 1, .new_category = 100'000'000});
  ASSERT_TRUE(cheap_money.mix->reached);
  EXPECT_EQ(cheap_money.mix->actions.new_categories, 0);
  EXPECT_EQ(cheap_money.mix->spend, 550'000);  // 27.5 points at 200 yuan each
  const Path cheap_categories = Find(model, events, {kToday, kToday, 0, false, false}, {.spend_permille = 1, .order = 100'000, .new_category = 1});
  ASSERT_TRUE(cheap_categories.mix->reached);
  EXPECT_EQ(cheap_categories.mix->actions.orders, 0);
  EXPECT_EQ(cheap_categories.mix->actions.new_categories, 1);  // 12.5 + 20 for its 4,000 yuan
}

TEST_F(PlannerTest, TheMixIsTheCheapestOfAllCombinations) {
  scoring::Model model = SpendModel();
  model.dimensions[0].weight = 400'000;
  model.dimensions.push_back({.name = "frequency", .weight = 350'000, .factors = {{.feature = "orders_90d", .normaliser = scoring::Saturate{8}}}});
  model.dimensions.push_back({.name = "diversity", .weight = 250'000, .factors = {{.feature = "category_count_365d", .normaliser = scoring::Saturate{4}}}});
  for (const Fen value : {20'000, 60'000, 90'000}) {
    const std::vector<features::Event> events = {OrderOn("a", kToday - 20, value), OrderOn("b", kToday - 10, value)};
    const Question question{kToday, kToday + 6, 0, false, false};
    const Costs costs{.spend_permille = 100, .order = 9'000, .new_category = 11'000};
    const Path path = Find(model, events, question, costs);
    const Customer customer = base_->CustomerOf(0);
    const Grader grader = base_->GraderOf(0);
    const Scenario scenario(customer, question);
    int64_t cheapest = std::numeric_limits<int64_t>::max();
    for (int orders = 0; orders <= 7; ++orders) {
      for (int categories = 0; categories <= 3; ++categories) {
        const Fen least = orders > 1 ? orders * value : 0;
        for (Fen spend = least; spend <= 1'000'000; spend += 5'000) {  // what is found may lie up to one such step below
          const Actions actions{.orders = orders, .spend = spend, .new_categories = categories};
          const int64_t cost = scenario.Cost(actions, costs);
          if ((orders > 0 && spend == 0) || cost >= cheapest) continue;
          const features::CustomerState state = scenario.After(actions);
          if (grader(state, scenario.LastDay(actions)).tier == 0 || grader(state, question.date).tier == 0) cheapest = cost;
        }
      }
    }
    ASSERT_TRUE(path.mix->reached);
    EXPECT_TRUE(path.mix_is_exhaustive);
    EXPECT_LE(path.mix->cost, cheapest) << value;
    EXPECT_GE(path.mix->cost, cheapest - 5'000 * costs.spend_permille / 1000) << value;
  }
}

TEST_F(PlannerTest, AssumesNoUsualOrdersOfWhoHasNoRhythm) {
  const auto sentence = [&](const Path& path) { return DescribePath(path, base_->model(), kStyle)[0]; };
  // 40 points from an order a week, the last one longer ago than a month.
  std::vector<features::Event> weekly;
  for (int i = 0; i < 4; ++i) weekly.push_back(OrderOn(std::to_string(i), kToday - 31 - 7 * i, 100'000));
  const Question month{kToday, kToday + 30, 0};
  const Path silent = Find(SpendModel(), weekly, month);
  EXPECT_FALSE(silent.by_itself);
  EXPECT_TRUE(silent.usual.empty());
  EXPECT_EQ(Of(silent, Lever::kSpendOnce).spend, 200'000) << "the two orders that would come by themselves";
  EXPECT_EQ(sentence(silent), (explanation::Text{"The last order was on 2026-02-28, though there are usually 7 days between orders: no usual orders are assumed.",
                                                 "最近一单在2026-02-28，而平时间隔7天：不假设平时订单。"}));
  const Plan& spread = Of(silent, Lever::kSpendSpread);
  EXPECT_EQ(spread.spend, 500'000) << "five orders of the usual size, though 2,000 yuan would do";
  EXPECT_EQ(spread.cost, 500'000 + 5 * Costs{}.order);
  EXPECT_EQ(silent.mix->actions, (Actions{.orders = 1, .spend = 200'000}));
  weekly[0] = OrderOn("0", kToday - 30, 100'000);  // a month of silence is still believed to end
  EXPECT_TRUE(Find(SpendModel(), weekly, month).by_itself);

  const Path never = Find(SpendModel(), {}, {kToday, kToday + 366, 0});
  EXPECT_FALSE(never.by_itself) << "a year of default orders would reach it";
  EXPECT_EQ(Of(never, Lever::kSpendOnce).spend, 600'000);
  for (const Plan& plan : never.single) EXPECT_NE(plan.lever, Lever::kSpendSpread) << "there is no rhythm";
  EXPECT_GT(never.mix->actions.orders, 0);
  EXPECT_EQ(sentence(never).zh, "该客户近一年没有订单：不假设平时订单。");
  const Path once = Find(SpendModel(), {OrderOn("a", kToday - 1, 300'000)}, month);
  EXPECT_FALSE(once.by_itself);
  EXPECT_EQ(sentence(once).zh, "该客户近一年只在一天下过单：不假设平时订单。");
  // Who asks for nothing assumed isn't told why nothing is.
  EXPECT_EQ(Find(SpendModel(), weekly, {kToday, kToday + 30, 0, false, false}).not_as_usual, std::nullopt);
}

TEST_F(PlannerTest, SaysThatUnknownCostsKeepMarginOutOfReach) {
  scoring::Model model = SpendModel();
  model.dimensions[0].factors[0].feature = "gross_margin_365d";
  const Path path = Find(model, {OrderOn("a", kToday - 30, 100'000)}, {kToday, kToday, 0, false, false});
  ASSERT_FALSE(path.mix->reached);
  EXPECT_EQ(DescribePath(path, base_->model(), kStyle)[0].zh, "该客户的订单没有成本数据：方案无法提高毛利，依赖毛利的条件无法达到。");
  features::Event costly = OrderOn("a", kToday - 30, 100'000);
  std::get<features::Order>(costly.fact).lines[0].cost = 50'000;
  EXPECT_TRUE(Find(model, {costly}, {kToday, kToday, 0, false, false}).mix->reached);
}

TEST_F(PlannerTest, SaysWhatComesClosestWhenNothingReaches) {
  scoring::Model model = SpendModel();
  model.dimensions[0].factors[0] = {.feature = "credit_score", .normaliser = scoring::Saturate{1}};
  const Path path = Find(model, {OrderOn("a", kToday - 30, 100'000)}, {kToday, kToday + 10, 0});
  EXPECT_FALSE(path.SingleLeverReaches());
  EXPECT_FALSE(path.mix->reached);
  EXPECT_EQ(DescribePath(path, base_->model(), kStyle)[2].en,
            "Gold isn't reached, neither by a single lever nor by all together, within what was tried.");
}

TEST_F(PlannerTest, ReviewsSessionsAndBillsAreLeversWhereTheModelLooksAtThem) {
  scoring::Model model = SpendModel();
  model.dimensions = {{.name = "engagement", .weight = 1,
                       .factors = {{.feature = "app_sessions_30d", .normaliser = scoring::Saturate{10}}}}};
  const Path sessions = Find(model, {OrderOn("a", kToday - 30, 100'000)}, {kToday, kToday + 3, 0});
  EXPECT_EQ(Of(sessions, Lever::kSessions).actions.sessions, 6);

  model.dimensions[0].factors[0] = {.feature = "payment_on_time_rate_365d", .normaliser = scoring::Identity{}};
  features::Event terms{.event_id = "terms", .day = kToday - 300, .fact = features::CustomerProfile{.credit_terms = true}};
  std::vector<features::Event> events = {OrderOn("a", kToday - 30, 100'000), terms};
  for (const auto& [id, due, paid] : {std::tuple{"late", -40, -35}, {"good", -10, -11}, {"next", 2, 0}, {"later", 4, 0}, {"last", 9, 0}}) {
    events.push_back({.event_id = id, .day = kToday - 50, .fact = features::Invoice{.invoice_id = id, .due_day = kToday + due}});
    if (paid != 0) events.push_back({.event_id = std::string(id) + "-paid", .day = kToday + paid, .fact = features::Payment{id}});
  }
  for (const char* category : {"leaf"}) codes_.Intern(features::CodeKind::kCategory, category);
  base_ = std::make_unique<TestBase>(model, kToday, std::vector<std::vector<features::Event>>{events}, codes_);
  Customer customer = base_->CustomerOf(0);
  customer.open_invoices = {{"next", kToday + 2, 1}, {"later", kToday + 4, 1}, {"last", kToday + 9, 1}};
  const Path path = FindPath(customer, {kToday, kToday + 5, 0}, {}, {}, base_->GraderOf(0));
  const Plan& bills = Of(path, Lever::kPayments);
  ASSERT_TRUE(bills.reached);  // 1 of 2 in time becomes 2 of 3 once "next" is due, 3 of 4 with "later"
  EXPECT_EQ(bills.pay_invoices, (std::vector<std::string>{"next", "later"}));
}

}  // namespace
}  // namespace rung::path
