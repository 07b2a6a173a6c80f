// Closed and test accounts stay outside the population: others aren't compared with them, and no share counts them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

class PopulationTest : public ::testing::Test {
 protected:
  // Ten shops that spend 1,000 to 10,000 yuan, and two that spend a hundred times as much.
  PopulationTest() {
    std::vector<v1::Event> events;
    for (int c = 1; c <= 10; ++c) events.push_back(OrderEvent(Shop(c), "o", "2026-03-20", 1'000'00 * c));
    for (const char* large : {"closed", "test"}) events.push_back(OrderEvent(large, "o", "2026-03-20", 900'000'00));
    installation_.Ingest(events);
  }
  static std::string Shop(int c) { return fmt::format("shop-{:02}", c); }
  void SetStatus(const std::string& customer, v1::CustomerStatus status) {
    v1::Event event = OrderEvent(customer, fmt::format("status-{}", static_cast<int>(status)), "2026-03-21", 1);
    event.mutable_profile()->set_status(status);
    installation_.Ingest({event});
  }
  v1::Explanation Explain(const std::string& customer) {
    v1::ExplainTierRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id("meicai-rfmp");
    request.set_as_of_date("2026-03-30");  // the day of the frozen scores
    v1::ExplainTierResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.explanations().ExplainTier(context.get(), request, &response).ok());
    return response.explanation();
  }
  v1::GetTierDistributionResponse Distribution() {
    v1::GetTierDistributionRequest request;
    request.set_ladder_id("meicai-rfmp");
    v1::GetTierDistributionResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.tiers().GetTierDistribution(context.get(), request, &response).ok());
    return response;
  }

  Installation installation_;
};

TEST_F(PopulationTest, LeavesOutWhoIsClosedOrATest) {
  installation_.Regrade("with", "2026-03-30");
  EXPECT_EQ(Explain(Shop(10)).score_rank_count(), 12);
  EXPECT_EQ(Explain(Shop(10)).score_rank(), 3);
  EXPECT_EQ(Distribution().graded_count(), 12);
  EXPECT_EQ(Distribution().outside_count(), 0);
  SetStatus("closed", v1::CUSTOMER_STATUS_CLOSED);
  SetStatus("test", v1::CUSTOMER_STATUS_TEST);
  installation_.Regrade("without", "2026-03-30", true);
  EXPECT_EQ(Explain(Shop(10)).score_rank_count(), 10);
  EXPECT_EQ(Explain(Shop(10)).score_rank(), 1) << "the best of those who count";
  EXPECT_EQ(installation_.GetTier(Shop(10), "meicai-rfmp").tier().tier_code(), "diamond");
  EXPECT_FALSE(Explain("closed").is_member());
  EXPECT_EQ(Explain("test").score_rank(), 0);
  const v1::GetTierDistributionResponse distribution = Distribution();
  EXPECT_EQ(distribution.graded_count(), 10);
  EXPECT_EQ(distribution.outside_count(), 2);
  int64_t sum = 0;
  for (const auto& share : distribution.shares()) sum += share.customer_count();
  EXPECT_EQ(sum, 10);
}

TEST_F(PopulationTest, TakesBackWhoOpensAgain) {
  SetStatus("closed", v1::CUSTOMER_STATUS_CLOSED);
  installation_.Regrade("closed", "2026-03-30");
  EXPECT_EQ(Explain(Shop(10)).score_rank_count(), 11);
  v1::Event open = OrderEvent("closed", "again", "2026-03-22", 1);
  open.mutable_profile()->set_status(v1::CUSTOMER_STATUS_OPEN);
  installation_.Ingest({open});
  installation_.Regrade("open", "2026-03-30");
  EXPECT_EQ(Explain(Shop(10)).score_rank_count(), 12);
  EXPECT_EQ(Distribution().outside_count(), 0);
}

}  // namespace
}  // namespace rung::testing
