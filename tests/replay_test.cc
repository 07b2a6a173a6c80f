// Every decision can be made again from what was stored with it: after restarts, model changes and later events.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "rung/grading/v1/explanation.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/metrics_page.h"

namespace rung::testing {
namespace {

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() {
    std::vector<v1::Event> events;
    for (int c = 0; c < 12; ++c) {
      for (int o = 0; o <= c; ++o) {
        events.push_back(OrderEvent(Customer(c), fmt::format("o{}", o), fmt::format("2026-{:02}-{:02}", 1 + o % 3, 3 + o), 2'000'00 * (1 + c * o)));
      }
    }
    installation_.Ingest(events);
    installation_.Regrade("first", "2026-03-30");
    installation_.Ingest({OrderEvent(Customer(1), "large", "2026-03-31", 300'000'00), OrderEvent(Customer(2), "larger", "2026-03-31", 700'000'00)});
  }

  static std::string Customer(int c) { return fmt::format("replayed-{}", c); }

  std::unique_ptr<v1::ExplanationService::Stub> stub() { return v1::ExplanationService::NewStub(installation_.channel()); }

  v1::ReplayTierResponse Replay(const std::string& customer, const std::string& ladder, int64_t version = 0) {
    v1::ReplayTierRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    request.set_version(version);
    v1::ReplayTierResponse response;
    auto context = Within(10'000);
    const grpc::Status status = stub()->ReplayTier(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << customer << " " << ladder << " " << version << ": " << status.error_message();
    return response;
  }

  // All label versions of all customers on all ladders. Returns how many.
  int ExpectAllReplay() {
    int count = 0;
    for (const char* ladder : {"kuailv", "kuailv-class", "kuailv-rfmpl", "meicai", "meicai-rfmp"}) {
      for (int c = 0; c < 12; ++c) {
        const int64_t newest = installation_.GetTier(Customer(c), ladder).tier().version();
        for (int64_t version = 1; version <= newest; ++version) {
          const auto replay = Replay(Customer(c), ladder, version);
          EXPECT_TRUE(replay.matches()) << replay.ShortDebugString();
          ++count;
        }
        EXPECT_TRUE(Replay(Customer(c), ladder).matches());
      }
    }
    return count;
  }

  v1::ModelVersion PublishKuailv(double weight) {
    v1::ApplyModelRequest request;
    request.set_request_id(fmt::format("weight-{}", weight));
    *request.mutable_model() = ReadModel("kuailv");
    request.mutable_model()->mutable_dimensions(0)->set_weight(weight);
    v1::ApplyModelResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.models().ApplyModel(context.get(), request, &response).ok());
    return response.model_version();
  }

  Installation installation_;
};

TEST_F(ReplayTest, EveryDecisionComesOutTheSameAfterRestartsAndModelChanges) {
  const int first = ExpectAllReplay();
  EXPECT_GE(first, 62);
  PublishKuailv(34.5);
  installation_.Regrade("second", "2026-03-31");
  installation_.Ingest({OrderEvent(Customer(3), "late", "2026-02-15", 400'000'00)});
  ASSERT_TRUE(installation_.StopSuite());
  installation_.StartSuite();
  EXPECT_GT(ExpectAllReplay(), first);
}

TEST_F(ReplayTest, ADecisionIsStoredWhenAnotherVersionOfTheModelHoldsTheTier) {
  const std::string of_kuailv = "FROM tier_change JOIN ladder USING (ladder_no) WHERE ladder_id = 'kuailv' AND reason = 'MODEL'";
  EXPECT_EQ(installation_.Sql("SELECT count(*) " + of_kuailv), "0");
  PublishKuailv(34.9);
  installation_.Regrade("second", "2026-03-31");
  EXPECT_EQ(installation_.Sql("SELECT count(DISTINCT customer_id) FROM tier_change JOIN ladder USING (ladder_no) WHERE ladder_id = 'kuailv' AND model_version = 2"),
            "12");
  EXPECT_NE(installation_.Sql("SELECT count(*) " + of_kuailv), "0");
  installation_.Regrade("third", "2026-03-31");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM tier_change WHERE cause = 'run:3'"), "0") << "nothing moved";
  EXPECT_EQ(Replay(Customer(5), "kuailv").model_version(), 2);
  EXPECT_EQ(Replay(Customer(5), "kuailv", 1).model_version(), 1) << "the version was made by the first model";
  v1::ListTierChangesRequest request;
  request.set_customer_id(Customer(5));
  v1::ListTierChangesResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.tiers().ListTierChanges(context.get(), request, &response).ok());
  for (const auto& change : response.changes()) EXPECT_NE(change.reason(), "MODEL");
}

TEST_F(ReplayTest, AStoredDecisionIsExplainedFromItsOwnInputs) {
  installation_.Ingest({OrderEvent(Customer(0), "later", "2026-03-31", 900'000'00)});
  v1::ExplainTierRequest request;
  request.set_customer_id(Customer(0));
  request.set_version(1);
  v1::ExplainTierResponse response;
  auto context = Within(5000);
  const grpc::Status status = stub()->ExplainTier(context.get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto replay = Replay(Customer(0), "", 1);
  EXPECT_EQ(response.explanation().score_milli(), replay.stored().score_milli());
  EXPECT_EQ(response.explanation().effective_tier_code(), replay.stored().effective_tier_code());
  v1::ExplainTierResponse now;
  request.clear_version();
  auto later = Within(5000);
  ASSERT_TRUE(stub()->ExplainTier(later.get(), request, &now).ok());
  EXPECT_GT(now.explanation().score_milli(), response.explanation().score_milli());
}

TEST_F(ReplayTest, TheAuditAfterARunCountsAndLogsEachDecisionThatDiffers) {
  ASSERT_TRUE(installation_.StopSuite());
  const int port = FreePort();
  const Child suite(WithMetrics(installation_.SuiteCommand(installation_.address()), port), installation_.folder() + "/suite.log");
  const auto counted = [&](const char* metric) { return MetricOn(MetricsPage(port), metric); };
  ASSERT_TRUE(Eventually(20'000, [&] { return MetricsPage(port).find("rung_decisions_differing_total 0") != std::string::npos; }));
  EXPECT_THAT(installation_.Log(), ::testing::Not(::testing::HasSubstr("is decided otherwise now")));
  installation_.Sql("SET session_replication_role = replica; UPDATE tier_change SET score_milli = score_milli + 1 WHERE cause = 'event:large' AND ladder_no = 0");
  const std::string ladder = installation_.Sql("SELECT ladder_id FROM ladder WHERE ladder_no = 0");
  EXPECT_FALSE(Replay(Customer(1), ladder).matches());
  installation_.Regrade("audited", "2026-03-31");
  ASSERT_TRUE(Eventually(10'000, [&] { return counted("rung_decisions_differing_total") > 0; })) << MetricsPage(port);
  EXPECT_TRUE(Eventually(10'000, [&] { return counted("rung_decisions_replayed_total") == std::stod(installation_.Sql("SELECT count(*) FROM tier_change")); }))
      << "a sample of 1,000 is all of this history";
  EXPECT_EQ(counted("rung_decisions_differing_total"), 1) << "the others come out the same";

  const std::string customer = installation_.Sql("SELECT customer_id FROM tier_change WHERE cause = 'event:large' LIMIT 1");
  std::vector<std::string> errors;
  std::istringstream log(installation_.Log());
  for (std::string line; std::getline(log, line);) {
    if (line.find("is decided otherwise now") != std::string::npos) errors.push_back(line);
  }
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_THAT(errors[0], ::testing::HasSubstr("error")) << "its level";
  EXPECT_THAT(errors[0], ::testing::HasSubstr("customer number " + customer + " on ladder " + ladder + ", version "));
}

TEST_F(ReplayTest, UnknownDecisionsAreNotFound) {
  v1::ReplayTierRequest request;
  request.set_customer_id(Customer(0));
  request.set_version(99);
  v1::ReplayTierResponse response;
  auto context = Within(5000);
  const grpc::Status status = stub()->ReplayTier(context.get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(DetailsOf(status).reason, "DECISION_UNKNOWN");
}

}  // namespace
}  // namespace rung::testing
