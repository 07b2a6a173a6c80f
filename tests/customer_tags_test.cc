// Tags by the published set: of one customer, and of the base as an audience.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include <google/protobuf/util/json_util.h>

#include "rung/grading/v1/tag.grpc.pb.h"
#include "tests/support/config_client.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class CustomerTagsTest : public ::testing::Test {
 protected:
  CustomerTagsTest() : stub_(v1::TagService::NewStub(installation_.channel())) {
    std::vector<v1::Event> events;
    for (int o = 0; o < 3; ++o) events.push_back(OrderEvent("bulky", fmt::format("o{}", o), fmt::format("2026-03-{}", 10 + o), 600'000));
    for (int o = 0; o < 3; ++o) events.push_back(OrderEvent("small", fmt::format("o{}", o), fmt::format("2026-03-{}", 10 + o), 1'000));
    for (int o = 0; o < 3; ++o) events.push_back(OrderEvent("tester", fmt::format("o{}", o), fmt::format("2026-03-{}", 10 + o), 600'000));
    v1::Event profile = OrderEvent("tester", "profile", "2026-03-10", 1);
    profile.mutable_profile()->set_status(v1::CUSTOMER_STATUS_TEST);
    events.push_back(profile);
    installation_.Ingest(events);
  }

  void PublishTheShippedSet() {
    std::ifstream file(RUNG_SOURCE_DIR "/deploy/presets/tags/default.json");
    std::stringstream text;
    text << file.rdbuf();
    v1::TagSet set;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(text.str(), &set).ok());
    EXPECT_EQ(ConfigClient(installation_.channel()).SaveAndPublish(set).version(), 1);
  }
  grpc::Status Get(const std::string& customer, v1::GetCustomerTagsResponse& response) {
    v1::GetCustomerTagsRequest request;
    request.set_customer_id(customer);
    auto context = Within(10'000);
    return stub_->GetCustomerTags(context.get(), request, &response);
  }
  grpc::Status List(const v1::ListAudienceRequest& request, std::vector<std::string>& ids, v1::ListAudienceResponse::Summary* summary = nullptr) {
    auto context = Within(10'000);
    const auto stream = stub_->ListAudience(context.get(), request);
    for (v1::ListAudienceResponse response; stream->Read(&response);) {
      for (const auto& member : response.members()) ids.push_back(member.customer_id());
      if (summary != nullptr && response.has_summary()) *summary = response.summary();
    }
    return stream->Finish();
  }

  Installation installation_;
  std::unique_ptr<v1::TagService::Stub> stub_;
};

TEST_F(CustomerTagsTest, BeforeAnythingIsPublishedTheWayOutIsSaid) {
  v1::GetCustomerTagsResponse response;
  const grpc::Status status = Get("bulky", response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "NO_TAGS");
}

TEST_F(CustomerTagsTest, ACustomerHasTheTagsWhoseConditionsHoldAndAudiencesAreThoseCustomers) {
  PublishTheShippedSet();
  v1::GetCustomerTagsResponse response;
  ASSERT_TRUE(Get("bulky", response).ok());
  EXPECT_EQ(response.tag_set_version(), 1);
  std::map<std::string, bool> has;
  for (const auto& tag : response.tags()) has[tag.tag_id()] = tag.has();
  EXPECT_TRUE(has.at("bulk-buyer")) << "3 orders of 6,000 yuan in 90 days";
  EXPECT_TRUE(has.at("new-customer"));
  EXPECT_FALSE(has.at("frequent-buyer"));
  EXPECT_EQ(ReasonOf(Get("nobody", response)), "CUSTOMER_UNKNOWN");

  v1::ListAudienceRequest request;
  std::vector<std::string> ids;
  v1::ListAudienceResponse::Summary summary;
  ASSERT_TRUE(List(request, ids, &summary).ok());
  EXPECT_THAT(ids, UnorderedElementsAre("bulky", "small")) << "a test account is nobody's audience";
  EXPECT_EQ(summary.population_count(), 2);
  request.add_all_tag_ids("bulk-buyer");
  ids.clear();
  ASSERT_TRUE(List(request, ids).ok());
  EXPECT_THAT(ids, ElementsAre("bulky"));
  request.clear_all_tag_ids();
  request.add_any_tag_ids("bulk-buyer");
  request.add_any_tag_ids("new-customer");
  request.add_no_tag_ids("bulk-buyer");
  ids.clear();
  ASSERT_TRUE(List(request, ids).ok());
  EXPECT_THAT(ids, ElementsAre("small"));
  request.add_tier_codes("diamond");
  ids.clear();
  ASSERT_TRUE(List(request, ids, &summary).ok());
  EXPECT_THAT(ids, ElementsAre());
  EXPECT_EQ(summary.audience_count(), 0);
}

TEST_F(CustomerTagsTest, UnknownTagsTiersAndLaddersAreNamed) {
  PublishTheShippedSet();
  std::vector<std::string> ids;
  v1::ListAudienceRequest request;
  request.add_all_tag_ids("new-customer");
  request.add_all_tag_ids("no-such");
  EXPECT_EQ(DetailsOf(List(request, ids)).ViolationOf("all_tag_ids[1]"), "TAG_UNKNOWN");
  request.clear_all_tag_ids();
  request.add_tier_codes("tin");
  EXPECT_EQ(DetailsOf(List(request, ids)).ViolationOf("tier_codes[0]"), "TIER_UNKNOWN");
  request.clear_tier_codes();
  request.set_ladder_id("nope");
  EXPECT_EQ(ReasonOf(List(request, ids)), "LADDER_UNKNOWN");
}

}  // namespace
}  // namespace rung::testing
