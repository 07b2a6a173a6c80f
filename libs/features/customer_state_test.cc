// A state kept up event by event equals one built from all events, whatever the order of arrival.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "tests/support/vectors.h"

namespace rung::features {
namespace {

// Keeps a state as ingest does: apply when possible, else build anew from what has come so far.
class Keeper {
 public:
  Keeper(const CodeBook& codes, Day fold_day) : codes_(codes) { state_.fold_day = fold_day; }

  void Receive(const Event& event) {
    if (!seen_.insert(event.event_id).second) return;
    events_.push_back(event);
    switch (Apply(event, codes_, state_)) {
      case ApplyOutcome::kApplied:
        return;
      case ApplyOutcome::kNeedsRebuild:
        state_ = BuildState(events_, state_.fold_day, codes_);
        ++rebuilds_;
        return;
      case ApplyOutcome::kConflict:
        events_.pop_back();
    }
  }
  void FoldTo(Day day) { Fold(day, state_); }

  const CustomerState& state() const { return state_; }
  const std::vector<Event>& events() const { return events_; }
  int rebuilds() const { return rebuilds_; }

 private:
  const CodeBook& codes_;
  CustomerState state_;
  std::vector<Event> events_;
  std::set<std::string> seen_;
  int rebuilds_ = 0;
};

class CustomerStateTest : public ::testing::Test {
 protected:
  LocalCodeBook codes_;
  Day day_ = *ParseDay("2026-03-01");

  Event Make(std::string id, Day day, Fact fact) {
    Event event{.customer_id = "c", .event_id = std::move(id), .event_time = day * kSecondsPerDay, .day = day};
    event.fact = std::move(fact);
    testing::InternWords({event}, codes_);
    return event;
  }
  Event PlacedOrder(std::string id, Day day, Fen amount, int32_t revision = 0, std::string order_id = "") {
    OrderLine line{.sku = "s", .category = "fruit", .amount = amount, .cost = amount / 2};
    return Make(id, day, Order{order_id.empty() ? id : order_id, revision, {line}});
  }
  FeatureValues Evaluate(const CustomerState& state, Day as_of) {
    FeatureValues values;
    FeatureEvaluator(codes_, kAllSources).Evaluate(state, as_of, values);
    return values;
  }
  double Net(const CustomerState& state, Day as_of) { return Evaluate(state, as_of)[Feature::kNetSpend365d]; }
};

bool SameBits(const FeatureValues& a, const FeatureValues& b) {
  return std::memcmp(a.values.data(), b.values.data(), sizeof a.values) == 0 && a.top_category == b.top_category;
}

TEST_F(CustomerStateTest, ShuffledRepeatedAndLateEventsGiveTheStateOfARebuild) {
  const testing::FeatureVectors vectors = testing::LoadFeatureVectors();
  std::mt19937 random(7);
  int rebuilds = 0;
  for (const auto& customer : vectors.customers) {
    testing::InternWords(customer.events, codes_);
    const Day fold_day = vectors.as_of - kWindowDays - 40;
    std::vector<Event> events = customer.events;
    events.insert(events.end(), customer.events.begin(), customer.events.end());
    std::shuffle(events.begin(), events.end(), random);
    Keeper keeper(codes_, -kNever);
    for (size_t i = 0; i < events.size(); ++i) {
      keeper.Receive(events[i]);
      if (i == events.size() / 3) keeper.FoldTo(fold_day - 30);
      if (i == events.size() / 2) keeper.FoldTo(fold_day);
    }
    rebuilds += keeper.rebuilds();
    const CustomerState rebuilt = BuildState(customer.events, fold_day, codes_);
    EXPECT_EQ(keeper.state(), rebuilt) << customer.customer_id;
    for (const Day as_of : {vectors.as_of, vectors.as_of - 17, vectors.as_of + 20}) {
      EXPECT_TRUE(SameBits(Evaluate(keeper.state(), as_of), Evaluate(rebuilt, as_of))) << customer.customer_id;
    }
  }
  EXPECT_GT(rebuilds, 0) << "the shuffle never touched a folded order: the test has lost its point";
}

TEST_F(CustomerStateTest, RefundBeforeItsOrderWaitsAndAppliesWhenTheOrderComes) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(Make("r1", day_ + 2, Refund{"o1", 300}));
  EXPECT_EQ(Net(keeper.state(), day_ + 3), 0);
  keeper.Receive(PlacedOrder("o1", day_, 1000));
  EXPECT_EQ(Net(keeper.state(), day_ + 3), 700);
  EXPECT_EQ(Net(keeper.state(), day_ + 1), 1000) << "a fact dated after D doesn't count";
}

TEST_F(CustomerStateTest, CancellationTakesTheWholeOrderBackOnItsDay) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(PlacedOrder("o1", day_, 1000));
  keeper.Receive(Make("x1", day_ + 1, Cancellation{"o1"}));
  EXPECT_EQ(Net(keeper.state(), day_), 1000);
  EXPECT_EQ(Net(keeper.state(), day_ + 1), 0);
  EXPECT_EQ(Evaluate(keeper.state(), day_ + 1)[Feature::kTenureDays], 2) << "a cancelled order still starts tenure";
}

TEST_F(CustomerStateTest, TheHighestRevisionUpToTheDayReplacesTheLines) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(PlacedOrder("a2", day_ + 4, 400, 2, "o1"));
  keeper.Receive(PlacedOrder("o1", day_, 1000));
  keeper.Receive(PlacedOrder("a1", day_ + 2, 700, 1, "o1"));
  EXPECT_EQ(Net(keeper.state(), day_ + 1), 1000);
  EXPECT_EQ(Net(keeper.state(), day_ + 3), 700);
  EXPECT_EQ(Net(keeper.state(), day_ + 4), 400);
  EXPECT_EQ(keeper.state(), BuildState(keeper.events(), -kNever, codes_));
}

TEST_F(CustomerStateTest, ASecondEventForAnOrderIsAConflict) {
  CustomerState state;
  EXPECT_EQ(Apply(PlacedOrder("o1", day_, 1000), codes_, state), ApplyOutcome::kApplied);
  const CustomerState before = state;
  EXPECT_EQ(Apply(PlacedOrder("e2", day_ + 1, 500, 0, "o1"), codes_, state), ApplyOutcome::kConflict);
  EXPECT_EQ(state, before);
}

TEST_F(CustomerStateTest, AVoidedEventNeverHappenedWhicheverComesFirst) {
  for (const bool void_first : {false, true}) {
    Keeper keeper(codes_, -kNever);
    const Event order = PlacedOrder("o1", day_, 1000);
    const Event withdraw = Make("v1", day_ + 9, Void{"o1"});
    keeper.Receive(void_first ? withdraw : order);
    keeper.Receive(PlacedOrder("o2", day_ + 1, 50));
    keeper.Receive(void_first ? order : withdraw);
    EXPECT_EQ(Net(keeper.state(), day_ + 10), 50) << void_first;
  }
}

TEST_F(CustomerStateTest, LateRefundOfAFoldedOrderReachesTheLifetimeTotal) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(PlacedOrder("o1", day_ - 500, 1000));
  keeper.Receive(PlacedOrder("o2", day_, 10));
  keeper.FoldTo(day_ - 400);
  EXPECT_EQ(keeper.state().orders.size(), 1u);
  keeper.Receive(Make("r1", day_, Refund{"o1", 400}));
  EXPECT_EQ(keeper.rebuilds(), 1);
  EXPECT_EQ(Evaluate(keeper.state(), day_)[Feature::kNetSpendTotal], 610);
  EXPECT_EQ(Evaluate(keeper.state(), day_ - 1)[Feature::kNetSpendTotal], 1000);
}

TEST_F(CustomerStateTest, WeightSettlementsTakeValueBackWithoutCountingAsReturns) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(PlacedOrder("o1", day_, 1000));
  keeper.Receive(Make("r1", day_, Refund{"o1", 100, RefundReason::kWeightSettlement}));
  keeper.Receive(Make("r2", day_, Refund{"o1", 100, RefundReason::kSupplierFault}));
  const FeatureValues values = Evaluate(keeper.state(), day_);
  EXPECT_EQ(values[Feature::kNetSpend365d], 800);
  EXPECT_EQ(values[Feature::kReturnRate365d], 0);
  EXPECT_EQ(values[Feature::kRefundRate365d], 0);
}

TEST_F(CustomerStateTest, DeliveriesLateByTheCarriersFaultAreLeftOut) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(Make("d1", day_, Delivery{"o1", 100, 100}));
  keeper.Receive(Make("d2", day_, Delivery{"o2", 100, 101}));
  keeper.Receive(Make("d3", day_, Delivery{"o3", 100, 900, true}));
  keeper.Receive(Make("d4", day_, Delivery{"o4", std::nullopt, 900}));
  EXPECT_EQ(Evaluate(keeper.state(), day_)[Feature::kOnTimeRate365d], 0.5);
}

TEST_F(CustomerStateTest, AnAbsentSourceMakesItsFeaturesMissing) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(PlacedOrder("o1", day_, 1000));
  FeatureValues values;
  FeatureEvaluator(codes_, kOrders).Evaluate(keeper.state(), day_, values);
  EXPECT_TRUE(IsMissing(values[Feature::kAppSessions30d]));
  EXPECT_TRUE(IsMissing(values[Feature::kReviewRate365d]));
  FeatureEvaluator(codes_, kAllSources).Evaluate(keeper.state(), day_, values);
  EXPECT_EQ(values[Feature::kAppSessions30d], 0);
  EXPECT_EQ(values[Feature::kReviewRate365d], 0);
}

TEST_F(CustomerStateTest, NewProductShareCountsSkusListedAtMostSixtyDaysBefore) {
  Order order{"o1", 0, {}};
  order.lines.push_back({.sku = "a", .amount = 300, .listed_day = day_ - 60});
  order.lines.push_back({.sku = "b", .amount = 100, .listed_day = day_ - 61});
  Keeper keeper(codes_, -kNever);
  keeper.Receive(Make("o1", day_, order));
  EXPECT_EQ(Evaluate(keeper.state(), day_)[Feature::kNewProductShare90d], 0.75);
}

TEST_F(CustomerStateTest, LatestValueTiesGoToTheLargerEventId) {
  for (const bool swapped : {false, true}) {
    Keeper keeper(codes_, -kNever);
    keeper.Receive(Make(swapped ? "b" : "a", day_, OutsideValue{"credit_score", swapped ? 2.0 : 1.0}));
    keeper.Receive(Make(swapped ? "a" : "b", day_, OutsideValue{"credit_score", swapped ? 1.0 : 2.0}));
    const int32_t code = codes_.Find(CodeKind::kOutsideValue, "credit_score");
    EXPECT_EQ(keeper.state().Latest(kFirstOutside + code, day_)->value, 2.0);
    EXPECT_EQ(keeper.state().Latest(kFirstOutside + code, day_ - 1), nullptr);
  }
}

TEST_F(CustomerStateTest, DamagedBytesAreRefused) {
  Keeper keeper(codes_, -kNever);
  keeper.Receive(PlacedOrder("o1", day_, 1000));
  keeper.Receive(Make("r1", day_ + 1, Refund{"o1", 10}));
  std::string bytes;
  EncodeState(keeper.state(), bytes);
  CustomerState state;
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(DecodeState(bytes.substr(0, cut), state).ok()) << cut;
  }
  EXPECT_FALSE(DecodeState("\x7f", state).ok());
  EXPECT_FALSE(DecodeState(bytes + "x", state).ok());
}

}  // namespace
}  // namespace rung::features
