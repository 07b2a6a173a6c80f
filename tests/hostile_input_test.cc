// Input nobody should send: a clear error for it, and everything else goes on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <future>
#include <limits>

#include "libs/base/day.h"
#include "libs/wire/model_mapping.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

class HostileInputTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { installation_ = new Installation(); }
  static void TearDownTestSuite() {
    EXPECT_EQ(installation_->Sql("SELECT count(*) FROM event"), std::to_string(accepted_)) << "what was accepted is kept";
    delete installation_;
  }
  // After every attack the server takes and answers as before.
  void TearDown() override {
    const std::string customer = fmt::format("after-{}", ++number_);
    const auto [status, response] = Send({OrderEvent(customer, "e", "2026-03-30", 1000)});
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.accepted_count(), 1);
    EXPECT_TRUE(installation_->GetTier(customer).tier().graded());
  }

  static std::pair<grpc::Status, v1::IngestEventsResponse> Send(const std::vector<v1::Event>& events) {
    v1::IngestEventsRequest request;
    for (const v1::Event& event : events) *request.add_events() = event;
    v1::IngestEventsResponse response;
    auto context = Within(30'000);
    const grpc::Status status = installation_->ingest().IngestEvents(context.get(), request, &response);
    accepted_ += response.accepted_count();
    return {status, response};
  }
  // Reason of the first violation of a call that was refused as a whole.
  static std::string Refusal(const v1::Event& event) {
    const auto [status, response] = Send({event});
    if (status.error_code() != grpc::StatusCode::INVALID_ARGUMENT) return fmt::format("code {}", static_cast<int>(status.error_code()));
    const ErrorDetails details = DetailsOf(status);
    EXPECT_TRUE(details.decoded);
    if (details.violations.empty()) return "no violation";
    const auto& [field, reason] = details.violations[0];
    return field.substr(std::string_view("events[0].").size()) + " " + reason;
  }
  static grpc::Status SendRaw(const std::string& method, const std::string& bytes) {
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    auto context = Within(20'000);
    grpc::GenericStub stub(installation_->channel());
    std::promise<grpc::Status> done;
    stub.UnaryCall(context.get(), method, {}, &request, &response, [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }

  static inline Installation* installation_;
  static inline int64_t accepted_ = 0;
  static inline int number_ = 0;
};

TEST_F(HostileInputTest, BytesThatAreNoMessageAreRefused) {
  std::string groups(20'000, '\x0b');  // unknown groups, nested without end
  const std::vector<std::string> garbage = {"\x0a\xff\xff\xff\xff\x0f", std::string(1000, '\xff'), groups, "\x0a\x05" "ab",
                                            std::string("\x00\x00\x00", 3)};
  for (const std::string method : {"/rung.grading.v1.TierService/GetTier", "/rung.grading.v1.IngestService/IngestEvents",
                                   "/rung.grading.v1.ModelService/ApplyModel", "/rung.grading.v1.RegradeService/StartRegrade"}) {
    // gRPC 1.51 answers so by itself when a callback method's message doesn't parse: nothing of it reaches us.
    for (const std::string& bytes : garbage) {
      const grpc::Status status = SendRaw(method, bytes);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method << ": " << status.error_message();
      EXPECT_EQ(status.error_details(), "") << method;
    }
    v1::GetTierResponse response;
    auto context = Within(5000);
    v1::GetTierRequest request;
    request.set_customer_id("nobody");
    EXPECT_EQ(installation_->tiers().GetTier(context.get(), request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(SendRaw(method + "X", "").error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
}

TEST_F(HostileInputTest, IdsThatAreNoUtf8AreRefused) {
  for (const grpc::Status& status : {SendRaw("/rung.grading.v1.TierService/GetTier", "\x0a\x02\xff\xfe"),
                                     Send({OrderEvent("\xff\xfe", "e", "2026-03-30", 1)}).first,
                                     Send({OrderEvent("c", "e\xed\xa0\x80", "2026-03-30", 1)}).first}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << "the message doesn't parse: " << status.error_message();
  }
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM customer WHERE external_id = 'c'"), "0");
}

TEST_F(HostileInputTest, TenMegabytesInAFieldAreRefusedBriefly) {
  const std::string huge(10 << 20, 'x');
  v1::Event event = OrderEvent("huge", "e", "2026-03-30", 1);
  event.set_note(huge);
  EXPECT_EQ(Refusal(event), "note TOO_LONG");
  EXPECT_EQ(Refusal(OrderEvent(huge, "e", "2026-03-30", 1)), "customer_id TOO_LONG");
  event = OrderEvent("huge", "e", "2026-03-30", 1);
  event.mutable_order()->mutable_lines(0)->set_sku(huge);
  EXPECT_EQ(Refusal(event), "order.lines[0].sku TOO_LONG");
  const auto brief = [](const grpc::Status& status, grpc::StatusCode code, const char* what) {
    EXPECT_EQ(status.error_code(), code) << what << ": " << status.error_message().substr(0, 200);
    EXPECT_LT(status.error_message().size(), 1000u) << what;
  };
  v1::GetTierRequest tier;
  tier.set_customer_id(huge);
  v1::GetTierResponse tier_response;
  auto context = Within(20'000);
  brief(installation_->tiers().GetTier(context.get(), tier, &tier_response), grpc::StatusCode::NOT_FOUND, "GetTier customer");
  tier.set_customer_id("after-1");
  tier.set_ladder_id(huge);
  context = Within(20'000);
  brief(installation_->tiers().GetTier(context.get(), tier, &tier_response), grpc::StatusCode::NOT_FOUND, "GetTier ladder");
  v1::GetModelRequest model;
  model.set_model_id(huge);
  v1::GetModelResponse model_response;
  context = Within(20'000);
  brief(installation_->models().GetModel(context.get(), model, &model_response), grpc::StatusCode::NOT_FOUND, "GetModel");
  v1::GetFeaturesRequest features;
  features.set_customer_id("after-1");
  features.add_names(huge);
  v1::GetFeaturesResponse features_response;
  context = Within(20'000);
  brief(installation_->features().GetFeatures(context.get(), features, &features_response), grpc::StatusCode::INVALID_ARGUMENT, "GetFeatures");
  v1::StartRegradeRequest regrade;
  regrade.set_request_id("r");
  regrade.set_as_of_date(huge);
  v1::StartRegradeResponse regrade_response;
  context = Within(20'000);
  brief(installation_->regrades().StartRegrade(context.get(), regrade, &regrade_response), grpc::StatusCode::INVALID_ARGUMENT, "StartRegrade");
}

TEST_F(HostileInputTest, AMessageOfSeventyMegabytesIsTooLarge) {
  v1::Event event = OrderEvent("huge", "e", "2026-03-30", 1);
  event.set_note(std::string(70 << 20, 'x'));
  EXPECT_EQ(Send({event}).first.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(HostileInputTest, ListsAreBounded) {
  std::vector<v1::Event> events;
  for (int i = 0; i < 1001; ++i) events.push_back(OrderEvent("many", fmt::format("e{}", i), "2026-03-30", 1));
  EXPECT_EQ(Send(events).first.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Send({}).first.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  events.pop_back();
  EXPECT_EQ(Send(events).second.accepted_count(), 1000);
  v1::Event wide = OrderEvent("many", "wide", "2026-03-30", 1);
  while (wide.order().lines_size() < 1000) *wide.mutable_order()->add_lines() = wide.order().lines(0);
  EXPECT_EQ(Send({wide}).second.accepted_count(), 1);
  wide.set_event_id("wider");
  wide.mutable_order()->set_order_id("wider");
  *wide.mutable_order()->add_lines() = wide.order().lines(0);
  EXPECT_EQ(Refusal(wide), "order.lines OUT_OF_RANGE");
}

TEST_F(HostileInputTest, DeeplyNestedModelsAreRefused) {
  std::string json = "{\"names\": ";
  for (int i = 0; i < 100'000; ++i) json += "{\"a\": ";
  EXPECT_FALSE(wire::ParseModelJson(json).ok());
}

TEST_F(HostileInputTest, TimesOutsideTheRangeAreRefused) {
  v1::Event event = OrderEvent("times", "e", "2026-03-30", 1);
  for (const int64_t seconds : {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), int64_t{-62135596801},
                                int64_t{253402300800}, *ParseDay("1989-12-30") * kSecondsPerDay, *ParseDay("2026-04-03") * kSecondsPerDay}) {
    event.mutable_event_time()->set_seconds(seconds);
    EXPECT_EQ(Refusal(event), "event_time OUT_OF_RANGE") << seconds;
  }
  event.mutable_event_time()->set_seconds(*ParseDay("2026-03-30") * kSecondsPerDay);
  event.mutable_event_time()->set_nanos(-1);
  EXPECT_EQ(Refusal(event).substr(0, 10), "event_time") << "no valid Timestamp";
  EXPECT_EQ(Send({OrderEvent("times", "first", "1990-01-02", 1), OrderEvent("times", "last", "2026-04-01", 1)}).second.accepted_count(), 2);
}

TEST_F(HostileInputTest, ExtremeFactsKeepTheFeaturesConsistent) {
  std::vector<v1::Event> events;
  for (int i = 0; i < 60; ++i) events.push_back(OrderEvent("extreme", fmt::format("o{}", i), "2026-03-30", 100'000'000'000));
  v1::Event delivery = OrderEvent("extreme", "d", "2026-03-30", 1);
  delivery.mutable_delivery()->set_order_id("o1");
  delivery.mutable_delivery()->mutable_actual_time()->set_seconds(std::numeric_limits<int64_t>::max());
  delivery.mutable_delivery()->mutable_promised_time()->set_seconds(std::numeric_limits<int64_t>::min());
  v1::Event invoice = OrderEvent("extreme", "i", "2026-03-30", 1);
  invoice.mutable_invoice()->set_invoice_id("i");
  invoice.mutable_invoice()->set_due_date("9999-12-31");
  v1::Event profile = OrderEvent("extreme", "p", "2026-03-30", 1);
  profile.mutable_profile()->set_registered_date("0001-01-01");
  v1::Event outside = OrderEvent("extreme", "v", "2026-03-30", 1);
  outside.mutable_outside_value()->set_name("credit_score");
  outside.mutable_outside_value()->set_value(std::numeric_limits<double>::max());
  events.insert(events.end(), {delivery, invoice, profile, outside});
  const auto [status, response] = Send(events);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_GE(response.accepted_count(), 60) << response.ShortDebugString();
  v1::GetFeaturesRequest request;
  request.set_customer_id("extreme");
  v1::GetFeaturesResponse features;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_->features().GetFeatures(context.get(), request, &features).ok());
  for (const v1::FeatureValue& value : features.features()) {
    if (value.has_number()) {
      EXPECT_TRUE(std::isfinite(value.number())) << value.name();
    }
    if (value.name() == "net_spend_365d") {
      EXPECT_EQ(value.number(), 60 * 1e11);
    }
    if (value.name() == "aov_cv_365d") {
      EXPECT_EQ(value.number(), 0);
    }
  }
  auto audit = Within(30'000);
  const auto reader = installation_->features().AuditFeatures(audit.get(), {});
  v1::AuditFeaturesResponse last;
  while (reader->Read(&last)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.differing_count(), 0) << last.ShortDebugString();
  outside.set_event_id("nan");
  outside.mutable_outside_value()->set_value(std::nan(""));
  EXPECT_EQ(Refusal(outside), "outside_value.value NOT_FINITE");
}

TEST_F(HostileInputTest, NulAndControlCharactersAreRefusedEverywhere) {
  const std::string nul("a\0b", 3);
  EXPECT_EQ(Refusal(OrderEvent(nul, "e", "2026-03-30", 1)), "customer_id BAD_CHARACTER");
  EXPECT_EQ(Refusal(OrderEvent("nul", nul, "2026-03-30", 1)), "event_id BAD_CHARACTER");
  v1::Event event = OrderEvent("nul", "e1", "2026-03-30", 1);
  event.mutable_order()->set_order_id(nul);
  EXPECT_EQ(Refusal(event), "order.order_id BAD_CHARACTER");
  event = OrderEvent("nul", "e2", "2026-03-30", 1);
  event.mutable_order()->mutable_lines(0)->set_category(nul);
  EXPECT_EQ(Refusal(event), "order.lines[0].category BAD_CHARACTER");
  event = OrderEvent("nul", "e3", "2026-03-30", 1);
  event.mutable_order()->mutable_lines(0)->set_sku(nul);
  EXPECT_EQ(Refusal(event), "order.lines[0].sku BAD_CHARACTER");
  event = OrderEvent("nul", "e4", "2026-03-30", 1);
  event.clear_order();
  event.mutable_profile()->set_region(nul);
  EXPECT_EQ(Refusal(event), "profile.region BAD_CHARACTER");
  v1::StartRegradeRequest regrade;
  regrade.set_request_id(nul);
  v1::StartRegradeResponse response;
  auto context = Within(10'000);
  EXPECT_EQ(installation_->regrades().StartRegrade(context.get(), regrade, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  regrade.set_request_id("plain");
  regrade.set_author(nul);
  context = Within(10'000);
  EXPECT_EQ(installation_->regrades().StartRegrade(context.get(), regrade, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(HostileInputTest, StrangeButValidIdsWork) {
  int i = 0;
  for (const std::string id : {"'; DROP TABLE customer; --", "\\N", "{\"a\",NULL}", "%s%n", "🥬🍅", "مطعم السلام", "\u202E\u200Bx", "a b\tc\n", "..", "$1"}) {
    SCOPED_TRACE(id);
    v1::Event event = OrderEvent(id, id, "2026-03-30", 4242 + ++i);
    event.mutable_order()->mutable_lines(0)->set_category(id);
    event.mutable_order()->mutable_lines(0)->set_sku(id);
    v1::Event profile = OrderEvent(id, id + "p", "2026-03-30", 1);
    profile.mutable_profile()->set_region(id);
    profile.mutable_profile()->set_name(id);
    const auto [status, response] = Send({event, profile});
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.accepted_count(), 2);
    EXPECT_EQ(installation_->GetTier(id).tier().customer_id(), id);
    v1::ListTierChangesRequest changes;
    changes.set_customer_id(id);
    v1::ListTierChangesResponse history;
    auto context = Within(10'000);
    ASSERT_TRUE(installation_->tiers().ListTierChanges(context.get(), changes, &history).ok());
    ASSERT_GE(history.changes_size(), 1);
    EXPECT_EQ(history.changes(0).cause(), "event:" + id + "p");
    v1::GetFeaturesRequest request;
    request.set_customer_id(id);
    request.add_names("top_category_365d");
    request.add_names("net_spend_total");
    v1::GetFeaturesResponse features;
    context = Within(10'000);
    ASSERT_TRUE(installation_->features().GetFeatures(context.get(), request, &features).ok());
    EXPECT_EQ(features.features(0).text(), id);
    EXPECT_EQ(features.features(1).number(), 4242 + i);
  }
}

}  // namespace
}  // namespace rung::testing
