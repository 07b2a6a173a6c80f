#include "libs/wire/abuse_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace pb = grading::v1;

TEST(AbusePolicyMapping, KeepsDefaultsOfWhatIsNotGiven) {
  pb::AbusePolicy in;
  in.set_orders_per_month(20);
  in.mutable_refund_cycling()->set_bound(0.4);
  in.mutable_refund_cycling()->set_certain(0.5);
  in.mutable_links()->set_payer_points(2);
  in.set_review_cycle(pb::AbusePolicy::REVIEW_CYCLE_MONTHLY);
  in.set_freeze_from_milli(100'000);
  std::vector<Violation> violations;
  const abuse::Policy policy = FromWire(in, violations);
  EXPECT_THAT(violations, IsEmpty());
  EXPECT_EQ(policy.orders_per_month, 20);
  EXPECT_EQ(policy.refund_cycling.bound, 0.4);
  EXPECT_EQ(policy.refund_cycling.weight_permille, 0);  // a bound is given as a whole
  EXPECT_EQ(policy.links.payer_points, 2);
  EXPECT_EQ(policy.links.phone_points, abuse::LinkRules{}.phone_points);
  EXPECT_EQ(policy.review_cycle, abuse::ReviewCycle::kMonthly);
  EXPECT_EQ(policy.freeze_from_milli, 100'000);
  EXPECT_EQ(policy.review_burst.bound, abuse::Policy{}.review_burst.bound);
  EXPECT_THAT(abuse::Validate(policy), IsEmpty());
}

TEST(AbusePolicyMapping, OfAnEmptyMessageIsTheDefault) {
  std::vector<Violation> violations;
  const abuse::Policy policy = FromWire(pb::AbusePolicy(), violations);
  EXPECT_EQ(policy.review_cycle, abuse::ReviewCycle::kQuarterly);
  EXPECT_EQ(policy.list_from_milli, abuse::Policy{}.list_from_milli);
  EXPECT_THAT(abuse::Validate(policy), IsEmpty());
}

TEST(AbusePolicyMapping, RefusesAnUnknownCycle) {
  pb::AbusePolicy in;
  in.set_review_cycle(static_cast<pb::AbusePolicy::ReviewCycle>(7));
  std::vector<Violation> violations;
  FromWire(in, violations);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].field, "review_cycle");
}

TEST(AbuseSignals, HaveTheSameKindsOnTheWire) {
  for (int kind = 1; kind <= 6; ++kind) {
    std::string name(abuse::SignalName(static_cast<abuse::SignalKind>(kind)));
    for (char& c : name) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(pb::AbuseSignalKind_Name(static_cast<pb::AbuseSignalKind>(kind)), "ABUSE_SIGNAL_KIND_" + name);
  }
}

}  // namespace
}  // namespace rung::wire
