// Calendars of closed days, published like any configuration: what they change for their region's customers, and when.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/day.h"
#include "rung/config/v1/config.grpc.pb.h"
#include "rung/grading/v1/calendar.pb.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

namespace config = config::v1;
using ::testing::HasSubstr;

v1::ClosedDayCalendar Calendar(const std::string& id, const std::string& region, const std::string& first, const std::string& last) {
  v1::ClosedDayCalendar calendar;
  calendar.set_calendar_id(id);
  calendar.add_regions(region);
  v1::ClosedPeriod& period = *calendar.add_closed_periods();
  period.set_first_date(first);
  period.set_last_date(last);
  return calendar;
}

class CalendarTest : public ::testing::Test {
 protected:
  config::ValidateResponse Validate(const v1::ClosedDayCalendar& calendar) {
    config::ValidateRequest request;
    request.mutable_document()->PackFrom(calendar);
    config::ValidateResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(configs_->Validate(context.get(), request, &response).ok());
    return response;
  }
  void Publish(const v1::ClosedDayCalendar& calendar) {
    config::SaveDraftRequest save;
    save.mutable_document()->PackFrom(calendar);
    save.set_author("ops");
    config::SaveDraftResponse saved;
    auto context = Within(10'000);
    grpc::Status status = configs_->SaveDraft(context.get(), save, &saved);
    ASSERT_TRUE(status.ok()) << status.error_message();
    config::PublishDraftRequest publish;
    publish.set_kind("calendar");
    publish.set_document_id(calendar.calendar_id());
    publish.set_etag(saved.draft().etag());
    publish.set_author("ops");
    publish.set_request_id(fmt::format("publish-{}", ++requests_));
    config::PublishDraftResponse published;
    auto publish_context = Within(10'000);
    status = configs_->PublishDraft(publish_context.get(), publish, &published);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  void Register(const std::string& customer, const std::string& region) {
    v1::Event event = OrderEvent(customer, "profile", "2024-06-01", 1);
    event.mutable_profile()->set_region(region);
    installation_.Ingest({event});
  }
  double Feature(const std::string& customer, const std::string& name) {
    v1::GetFeaturesRequest request;
    request.set_customer_id(customer);
    request.add_names(name);
    v1::GetFeaturesResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.features().GetFeatures(context.get(), request, &response).ok());
    return response.features(0).number();
  }
  std::string Tier(const std::string& customer) { return installation_.GetTier(customer).tier().tier_code(); }

  Installation installation_;  // on March 31, 2026
  std::unique_ptr<config::ConfigService::Stub> configs_ = config::ConfigService::NewStub(installation_.channel());
  int requests_ = 0;
};

TEST_F(CalendarTest, ClosedDaysDoNotCountAgainstTheirRegion) {
  for (const std::string region : {"north", "south"}) {
    Register(region, region);
    installation_.Ingest({OrderEvent(region, "before", "2026-02-14", 1000), OrderEvent(region, "within", "2026-02-20", 1000)});
    EXPECT_EQ(Feature(region, "recency_days"), 39);
  }
  Publish(Calendar("spring", "north", "2026-02-15", "2026-02-28"));
  EXPECT_EQ(Feature("north", "recency_days"), 31) << "from February 14, which the 20th counts on, without 14 days";
  EXPECT_EQ(Feature("north", "order_days_90d"), 1);
  EXPECT_EQ(Feature("south", "recency_days"), 39);
  Publish(Calendar("spring", "north", "2026-02-20", "2026-02-21"));
  EXPECT_EQ(Feature("north", "recency_days"), 38) << "the next version: from the 19th, without two days";
}

TEST_F(CalendarTest, RealTimeAndTheBatchCountInOpenDays) {
  // An order a week until a long closure, and none during it: only the calendar keeps the rhythm.
  for (const std::string customer : {"school", "shop"}) {
    Register(customer, customer == "school" ? "schools" : "shops");
    std::vector<v1::Event> events;
    for (int week = 0; week < 40; ++week) {
      events.push_back(OrderEvent(customer, fmt::format("w{}", week), FormatDay(*ParseDay("2026-01-05") - 7 * week), 500'000));
    }
    installation_.Ingest(events);
  }
  Publish(Calendar("schools", "schools", "2026-01-06", "2026-03-25"));
  EXPECT_EQ(Feature("school", "orders_90d"), 12) << "6 open days since, 84 before";
  EXPECT_EQ(Feature("shop", "orders_90d"), 1);
  installation_.Ingest({OrderEvent("school", "now", "2026-03-31", 1), OrderEvent("shop", "now", "2026-03-31", 1)});
  v1::GradeCustomerRequest request;
  std::map<std::string, int> scores;
  for (const std::string customer : {"school", "shop"}) {
    request.set_customer_id(customer);
    v1::GradeCustomerResponse response;
    auto context = Within(10'000);
    ASSERT_TRUE(installation_.regrades().GradeCustomer(context.get(), request, &response).ok());
    scores[customer] = response.score_milli();
  }
  EXPECT_GT(scores["school"], scores["shop"]);
  ASSERT_EQ(installation_.Regrade("night", "2026-03-31").state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(installation_.Regrade("again", "2026-03-31").planned_count(), 0) << "real time and the batch agree";
}

TEST_F(CalendarTest, AYearOfOpenDaysReachesBackToFactsThatWereFolded) {
  Register("school", "schools");
  std::vector<v1::Event> events;
  for (int i = 0; i < 60; ++i) {
    events.push_back(OrderEvent("school", fmt::format("o{}", i), FormatDay(*ParseDay("2026-03-30") - 10 * i), 1000));
  }
  installation_.Ingest(events);
  EXPECT_EQ(Feature("school", "orders_365d"), 37);
  v1::ClosedDayCalendar calendar = Calendar("schools", "schools", "2025-06-01", "2025-09-28");  // 120 days
  Publish(calendar);
  EXPECT_EQ(Feature("school", "orders_365d"), 49) << "485 civil days; the state kept some 440";
  ASSERT_EQ(installation_.Regrade("night", "2026-03-30").state(), v1::RUN_STATE_DONE);
  installation_.Ingest({OrderEvent("school", "next", "2026-03-31", 1000)});
  EXPECT_EQ(Feature("school", "orders_365d"), 50);
  v1::AuditFeaturesRequest audit;
  audit.set_sample_every(1);
  auto context = Within(10'000);
  const auto reader = installation_.features().AuditFeatures(context.get(), audit);
  v1::AuditFeaturesResponse counts;
  while (reader->Read(&counts)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(counts.audited_count(), 1);
  EXPECT_EQ(counts.differing_count(), 0);
}

TEST_F(CalendarTest, ARegionBelongsToOneCalendar) {
  Publish(Calendar("first", "north", "2026-02-15", "2026-02-28"));
  const config::ValidateResponse taken = Validate(Calendar("second", "north", "2026-05-01", "2026-05-03"));
  EXPECT_FALSE(taken.publishable());
  ASSERT_EQ(taken.findings_size(), 1);
  EXPECT_EQ(taken.findings(0).field(), "regions[0]");
  EXPECT_THAT(taken.findings(0).message(), HasSubstr("calendar \"first\""));
  EXPECT_TRUE(Validate(Calendar("first", "north", "2026-05-01", "2026-05-03")).publishable()) << "its own next version";
  EXPECT_EQ(Validate(Calendar("second", "south", "2026-05-03", "2026-05-01")).findings(0).field(), "closed_periods[0].last_date");
}

}  // namespace
}  // namespace rung::testing
