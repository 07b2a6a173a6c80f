#include "tests/support/vectors.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

#include <zlib.h>

namespace rung::testing {
namespace {

using nlohmann::json;
using namespace features;

constexpr UnixSeconds kShanghaiNoon = 4 * 3600;

Day DayOf(const json& text) { return ParseDay(text.get<std::string>()).value(); }

std::optional<Day> OptionalDay(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<Day>(DayOf(value));
}

Order OrderOf(const json& event) {
  Order order{.order_id = event["order_id"]};
  for (const json& line : event["lines"]) {
    OrderLine& item = order.lines.emplace_back();
    item.sku = line["sku"];
    item.category = line["category"];
    item.quantity_milli = 1000;
    item.amount = line["amount_fen"];
    if (!line["cost_fen"].is_null()) item.cost = line["cost_fen"].get<Fen>();
    item.promotional_discount = line["discount_fen"];
  }
  return order;
}

Fact FactOf(const json& event) {
  const std::string type = event["type"];
  if (type == "order") return OrderOf(event);
  if (type == "cancel") return Cancellation{event["order_id"]};
  if (type == "refund") return Refund{event["order_id"], event["amount_fen"]};
  if (type == "delivery") {
    return Delivery{event["order_id"], event["promised_ts"].get<UnixSeconds>(), event["actual_ts"]};
  }
  if (type == "review") return Review{event["order_id"]};
  if (type == "complaint") return Complaint{event["order_id"]};
  if (type == "session") return Session{};
  if (type == "invoice") {
    return Invoice{event["event_id"], event["order_id"], DayOf(event["due_day"]), OptionalDay(event["paid_day"])};
  }
  if (type == "outside") return OutsideValue{event["name"], event["value"]};
  std::cerr << "unknown event type " << type << "\n";
  std::abort();
}

Event ProfileOf(const json& customer) {
  Event event;
  event.customer_id = customer["customer_id"];
  event.event_id = event.customer_id + "-profile";
  event.day = DayOf("2024-01-01");
  event.event_time = event.day * kSecondsPerDay + kShanghaiNoon;
  event.fact = CustomerProfile{.registered_day = OptionalDay(customer["registered_day"]),
                               .credit_terms = customer["credit_terms"].get<bool>()};
  return event;
}

}  // namespace

std::string SourcePath(const std::string& relative) { return std::string(RUNG_SOURCE_DIR) + "/" + relative; }

std::string ReadGzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    std::cerr << "cannot open " << path << "\n";
    std::abort();
  }
  std::string text;
  char buffer[1 << 16];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, n);
  gzclose(file);
  return text;
}

FeatureVectors LoadFeatureVectors() {
  const json document = json::parse(ReadGzip(SourcePath("tests/data/feature_vectors.json.gz")));
  FeatureVectors vectors;
  vectors.as_of = DayOf(document["as_of"]);
  for (const json& customer : document["customers"]) {
    VectorCustomer& item = vectors.customers.emplace_back();
    item.customer_id = customer["customer_id"];
    item.expected = customer["expect"];
    item.events.push_back(ProfileOf(customer));
    for (const json& source : customer["events"]) {
      Event& event = item.events.emplace_back();
      event.customer_id = item.customer_id;
      event.event_id = source["event_id"];
      event.day = DayOf(source["day"]);
      event.event_time = event.day * kSecondsPerDay + kShanghaiNoon;
      event.fact = FactOf(source);
    }
  }
  return vectors;
}

json LoadScoringVectors() {
  std::ifstream file(SourcePath("tests/data/scoring_vectors.json"));
  return json::parse(file);
}

void InternWords(const std::vector<Event>& events, LocalCodeBook& codes) {
  for (const Event& event : events) {
    if (const auto* order = std::get_if<Order>(&event.fact)) {
      for (const OrderLine& line : order->lines) codes.Intern(CodeKind::kCategory, line.category);
    } else if (const auto* outside = std::get_if<OutsideValue>(&event.fact)) {
      codes.Intern(CodeKind::kOutsideValue, outside->name);
    } else if (const auto* profile = std::get_if<CustomerProfile>(&event.fact)) {
      if (profile->region) codes.Intern(CodeKind::kRegion, *profile->region);
      if (profile->segment) codes.Intern(CodeKind::kSegment, *profile->segment);
      if (profile->account_manager) codes.Intern(CodeKind::kAccountManager, *profile->account_manager);
    }
  }
}

}  // namespace rung::testing
