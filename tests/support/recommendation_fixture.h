// Lists over the API: an installation, orders to train from, and the calls that most tests make.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/base/day.h"
#include "rung/recommendations/v1/recommendation.grpc.pb.h"
#include "tests/support/config_client.h"
#include "tests/support/installation.h"

namespace rung::testing {

namespace rec = recommendations::v1;

inline constexpr char kWeekly[] = "weekly";
inline constexpr int kOthers = 12;

inline v1::Event OrderOf(const std::string& customer, const std::string& order, const std::string& date, const std::vector<std::string>& skus) {
  v1::Event event = OrderEvent(customer, order, date, 1000);
  const v1::OrderLine line = event.order().lines(0);
  event.mutable_order()->clear_lines();
  for (const std::string& sku : skus) {
    v1::OrderLine& added = *event.mutable_order()->add_lines();
    added = line;
    added.set_sku(sku);
    added.set_category(sku == "caviar" ? "imported" : "daily");
  }
  return event;
}

// Milk every Tuesday until 2026-03-17 for one, milk and bread for the others; the suite's day is 2026-03-31.
inline std::vector<v1::Event> Orders() {
  std::vector<v1::Event> events;
  const Day tuesday = *ParseDay("2026-03-17");
  for (int week = 0; week < 8; ++week) {
    events.push_back(OrderOf(kWeekly, fmt::format("w-{}", week), FormatDay(tuesday - 7 * week), {"milk"}));
    for (int c = 0; c < kOthers; ++c) {
      std::vector<std::string> skus = {"milk", "bread"};
      if ((c + week) % 4 == 0) skus.push_back("caviar");
      events.push_back(OrderOf(fmt::format("other-{}", c), fmt::format("o-{}", week), FormatDay(tuesday - 7 * week + c % 5), skus));
    }
  }
  const v1::Event order = OrderOf("returner", "r-1", "2026-03-10", {"truffle"});
  events.push_back(order);
  v1::Event refund = OrderEvent("returner", "r-2", "2026-03-11", 1000);
  refund.mutable_refund()->set_order_id(order.order().order_id());
  refund.mutable_refund()->set_amount_minor(1000);
  events.push_back(refund);
  return events;
}

class RecommendationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    recommendations_ = rec::RecommendationService::NewStub(installation_.channel());
  }

  rec::RecommendResponse Recommend(const std::string& customer, int count = 10) { return RecommendBy(*recommendations_, customer, count); }
  static rec::RecommendResponse RecommendBy(rec::RecommendationService::Stub& service, const std::string& customer, int count = 10) {
    rec::RecommendRequest request;
    request.set_customer_id(customer);
    request.set_count(count);
    rec::RecommendResponse response;
    auto context = Within(5000);
    const grpc::Status status = service.Recommend(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  rec::ModelInfo Train() {
    rec::TrainModelResponse response;
    auto context = Within(30'000);
    const grpc::Status status = recommendations_->TrainModel(context.get(), rec::TrainModelRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.model();
  }
  void Publish(const rec::RecommendationPolicy& policy) { ConfigClient(installation_.channel()).SaveAndPublish(policy); }
  grpc::Status TrySetAvailability(const std::vector<std::string>& skus, rec::AvailabilityState state, const std::string& author = "",
                                  const std::string& reason = "") {
    rec::SetAvailabilityRequest request;
    for (const std::string& sku : skus) {
      request.add_skus()->set_sku(sku);
      request.mutable_skus()->rbegin()->set_state(state);
    }
    request.set_author(author);
    request.set_reason(reason);
    rec::SetAvailabilityResponse response;
    auto context = Within(5000);
    return recommendations_->SetAvailability(context.get(), request, &response);
  }
  void SetAvailability(const std::string& sku, rec::AvailabilityState state) {
    const bool blocked = state == rec::AVAILABILITY_STATE_BLOCKED;
    const grpc::Status status = TrySetAvailability({sku}, state, blocked ? "lin" : "", blocked ? "withdrawn" : "");
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  static std::vector<std::string> Skus(const rec::RecommendResponse& list) {
    std::vector<std::string> skus;
    for (const rec::Recommendation& item : list.items()) skus.push_back(item.sku());
    return skus;
  }

  Installation installation_;
  std::unique_ptr<rec::RecommendationService::Stub> recommendations_;
};

}  // namespace rung::testing
