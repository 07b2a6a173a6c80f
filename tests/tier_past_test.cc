// The tier that held at an instant, and changes followed without gaps or repetitions through restarts.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <set>
#include <thread>

#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr int64_t kLarge = 100'000'000;  // fen: moves a customer up in one order

class TierPastTest : public ::testing::Test {
 protected:
  grpc::Status At(const std::string& customer, int64_t seconds, v1::GetTierAtResponse& response, bool with_correction = false,
                  const std::string& ladder = "") {
    v1::GetTierAtRequest request;
    request.set_ladder_id(ladder);
    request.set_customer_id(customer);
    request.mutable_time()->set_seconds(seconds);
    request.set_with_correction(with_correction);
    auto context = Within(10'000);
    return installation_.tiers().GetTierAt(context.get(), request, &response);
  }
  int64_t Now() {
    v1::GetStatusResponse status;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.status().GetStatus(context.get(), {}, &status).ok());
    return status.now().seconds();
  }
  void WaitForTheNextSecond() {
    const int64_t now = Now();
    EXPECT_TRUE(Eventually(5000, [&] { return Now() > now + 1; }));
  }

  Installation installation_;
};

TEST_F(TierPastTest, EachInstantHasTheTierThatHeldThenWhateverIsKnownLater) {
  const int64_t before = Now() - 1;
  installation_.Ingest({OrderEvent("past", "o1", "2026-03-20", 1000)});
  WaitForTheNextSecond();
  const int64_t between = Now() - 1;
  installation_.Ingest({OrderEvent("past", "o2", "2026-03-31", kLarge)});
  WaitForTheNextSecond();
  const int64_t after = Now() - 1;

  v1::GetTierAtResponse then;
  ASSERT_TRUE(At("past", before, then).ok());
  EXPECT_FALSE(then.tier().graded());
  EXPECT_FALSE(then.has_change());
  EXPECT_EQ(then.tier().tier_code(), "bronze");
  ASSERT_TRUE(At("past", between, then).ok());
  EXPECT_EQ(then.tier().tier_code(), "bronze");
  EXPECT_EQ(then.tier().version(), 1);
  EXPECT_EQ(then.change().reason(), "FIRST");
  ASSERT_TRUE(At("past", after, then).ok());
  EXPECT_EQ(then.tier().tier_code(), installation_.GetTier("past").tier().tier_code());
  EXPECT_NE(then.tier().tier_code(), "bronze");
  EXPECT_EQ(then.change().cause(), "event:o2");

  // A late fact about that day changes the corrected history, never the answer.
  installation_.Ingest({OrderEvent("past", "late", "2026-03-19", kLarge)});
  ASSERT_TRUE(At("past", between, then, true).ok());
  EXPECT_EQ(then.tier().tier_code(), "bronze");
  EXPECT_NE(then.correction().computed_tier_code(), "bronze");
  EXPECT_EQ(then.correction().as_of_date(), "2026-03-31");
  EXPECT_EQ(then.correction().model_version(), 1);
}

TEST_F(TierPastTest, ACorrectionIsComparedWithThePopulationOfItsTimeOrNotMade) {
  for (int c = 0; c < 8; ++c) {
    const std::string customer = fmt::format("c{}", c);
    installation_.Ingest({OrderEvent(customer, "o1", "2026-03-20", 1000 * (1 + c * c)), OrderEvent(customer, "o2", "2026-03-28", 1000)});
  }
  const auto correction = [&](int64_t seconds, const std::string& ladder) {
    v1::GetTierAtResponse response;
    const grpc::Status status = At("c7", seconds, response, true, ladder);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(response.tier().graded()) << "what held is told anyway";
    EXPECT_EQ(response.correction().computed_tier_code().empty(), !response.correction().unavailable_reason().empty());
    return response.correction().unavailable_reason();
  };
  ASSERT_EQ(installation_.Regrade("first", "2026-03-29").state(), v1::RUN_STATE_DONE);
  WaitForTheNextSecond();
  const int64_t between = Now() - 1;
  for (const char* ladder : {"meicai", "meicai-rfmp", "kuailv"}) EXPECT_EQ(correction(between, ladder), "") << ladder;

  ASSERT_EQ(installation_.Regrade("second", "2026-03-30").state(), v1::RUN_STATE_DONE);
  WaitForTheNextSecond();
  for (const char* ladder : {"meicai", "meicai-rfmp"}) {
    EXPECT_EQ(correction(between, ladder), "NO_POPULATION") << ladder << ": another population has been frozen since";
    EXPECT_EQ(correction(Now() - 1, ladder), "") << ladder;
  }
  EXPECT_EQ(correction(between, "kuailv"), "") << "it compares with nobody";

  ASSERT_EQ(installation_.Regrade("third", "2026-03-31").state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(correction(between, "meicai"), "") << "the population is of that very day";
}

TEST_F(TierPastTest, TheFutureAndStrangersAreRefused) {
  v1::GetTierAtResponse response;
  for (const int64_t seconds : {Now() + 3600, int64_t{-1}, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(DetailsOf(At("past", seconds, response)).ViolationOf("time"), "OUT_OF_RANGE") << seconds;
  }
  EXPECT_EQ(At("nobody", Now() - 1, response).error_code(), grpc::StatusCode::NOT_FOUND);
  auto context = Within(10'000);
  v1::GetTierAtRequest request;
  request.set_customer_id("past");
  EXPECT_EQ(installation_.tiers().GetTierAt(context.get(), request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "without a time";
}

// What one client saw, over as many connections as it took.
class Client {
 public:
  Client(Installation& installation, v1::WatchTiersRequest request)
      : stub_(v1::TierService::NewStub(ChannelTo(installation.address()))), request_(std::move(request)) {}

  /// Reads until `enough` or for 20 seconds; reconnects with the last token.
  void Follow(const std::function<bool()>& enough) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!enough() && std::chrono::steady_clock::now() < end) {
      auto context = Within(2000);
      const auto stream = stub_->WatchTiers(context.get(), request_);
      for (v1::WatchTiersResponse response; stream->Read(&response);) {
        request_.set_resume_token(response.resume_token());
        ++messages_;
        for (const v1::TierChange& change : response.changes()) seen.push_back(fmt::format("{}/{}/{}", change.customer_id(), change.ladder_id(), change.version()));
        if (enough()) context->TryCancel();
      }
      stream->Finish();
    }
  }
  int messages() const { return messages_; }

  std::vector<std::string> seen;

 private:
  const std::unique_ptr<v1::TierService::Stub> stub_;  // its own: a restart renews the installation's
  v1::WatchTiersRequest request_;
  std::atomic<int> messages_{0};
};

v1::WatchTiersRequest OnKuailv() {
  v1::WatchTiersRequest request;
  request.set_ladder_id("kuailv");
  return request;
}

TEST_F(TierPastTest, AWatchHasNoGapsOrRepetitionsThroughRestartsOfTheServiceAndRedis) {
  constexpr int kCustomers = 40;
  Client client(installation_, OnKuailv());
  client.Follow([&] { return client.messages() > 0; });  // a token from before everything
  std::thread writer([&] {
    for (int c = 0; c < kCustomers; ++c) {
      installation_.Ingest({OrderEvent(fmt::format("w{:02}", c), "o1", "2026-03-20", 1000)});
      if (c == 10) {
        installation_.KillSuite();
        installation_.StartSuite();
      }
      if (c == 20) {
        installation_.KillRedis();
        installation_.StartRedis();
      }
      installation_.Ingest({OrderEvent(fmt::format("w{:02}", c), "o2", "2026-03-31", kLarge)});
    }
  });
  client.Follow([&] { return client.seen.size() >= 2 * kCustomers; });
  writer.join();
  client.Follow([&] { return client.seen.size() >= 2 * kCustomers; });
  const std::set<std::string> different(client.seen.begin(), client.seen.end());
  EXPECT_EQ(different.size(), client.seen.size()) << "repeated";
  EXPECT_THAT(different, SizeIs(2 * kCustomers));
  EXPECT_TRUE(different.contains("w00/kuailv/1"));
  EXPECT_TRUE(different.contains("w39/kuailv/2"));
}

TEST_F(TierPastTest, AWatchMayBeOfSomeCustomersAndStartsNowByDefault) {
  installation_.Ingest({OrderEvent("a", "o1", "2026-03-20", 1000), OrderEvent("b", "o1", "2026-03-20", 1000)});
  v1::WatchTiersRequest request = OnKuailv();
  request.add_customer_ids("a");
  Client client(installation_, request);
  client.Follow([&] { return client.messages() > 0; });
  installation_.Ingest({OrderEvent("b", "o2", "2026-03-31", kLarge), OrderEvent("a", "o2", "2026-03-31", kLarge)});
  client.Follow([&] { return !client.seen.empty(); });
  EXPECT_THAT(client.seen, ElementsAre("a/kuailv/2"));
}

TEST_F(TierPastTest, TokensOfOthersAreRefused) {
  for (const char* token : {"x", "AAAA", "!!!"}) {
    v1::WatchTiersRequest request;
    request.set_resume_token(token);
    auto context = Within(5000);
    const auto stream = installation_.tiers().WatchTiers(context.get(), request);
    v1::WatchTiersResponse response;
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << token;
    EXPECT_THAT(status.error_message(), ::testing::HasSubstr("resume_token"));
  }
}

TEST_F(TierPastTest, ATokenOfAnotherInstallationIsRefusedBeforeItHidesChanges) {
  installation_.Ingest({OrderEvent("a", "o1", "2026-03-20", 1000)});
  auto context = Within(5000), other_context = Within(5000);
  v1::WatchTiersResponse first;
  ASSERT_TRUE(installation_.tiers().WatchTiers(context.get(), {})->Read(&first));
  context->TryCancel();
  Installation other;
  v1::WatchTiersRequest request;
  request.set_resume_token(first.resume_token());
  const auto stream = other.tiers().WatchTiers(other_context.get(), request);
  EXPECT_FALSE(stream->Read(&first));
  EXPECT_EQ(DetailsOf(stream->Finish()).ViolationOf("resume_token"), "BAD_RESUME_TOKEN");
}

}  // namespace
}  // namespace rung::testing
