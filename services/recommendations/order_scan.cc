#include "services/recommendations/order_scan.h"

#include <map>
#include <set>
#include <tuple>

#include "libs/base/status.h"
#include "libs/wire/stored_events.h"

namespace rung::recommendations {
namespace {

// Numbers of the facts' fields in rung.grading.v1.Event.
constexpr int16_t kOrder = 10, kCancellation = 11, kRefund = 12, kProfile = 19, kVoid = 21;

struct OrderFacts {
  bool placed = false;
  Day day = 0;
  int32_t revision = -1;
  std::vector<features::OrderLine> lines;
  bool cancelled = false;
  int64_t refunded = 0;

  int64_t Amount() const {
    int64_t amount = 0;
    for (const features::OrderLine& line : lines) amount += line.amount;
    return amount;
  }
};

// Later by time; the event id breaks ties, so that the order of reading never shows.
struct Newest {
  UnixSeconds time = 0;
  std::string event_id;
  std::string value;

  void Take(const features::Event& event, const std::optional<std::string>& told) {
    if (!told || std::tie(event.event_time, event.event_id) < std::tie(time, event_id)) return;
    *this = {event.event_time, event.event_id, *told};
  }
};

std::optional<std::string> StatusOf(const features::CustomerProfile& profile) {
  if (!profile.status) return std::nullopt;
  return *profile.status == features::CustomerStatus::kTest ? "test" : "";
}

class Purchases {
 public:
  void Take(const features::Event& event) {
    if (const auto* order = std::get_if<features::Order>(&event.fact)) {
      OrderFacts& facts = orders_[order->order_id];
      if (order->revision == 0) {
        facts.placed = true;
        facts.day = event.day;
      }
      if (order->revision <= facts.revision) return;
      facts.revision = order->revision;
      facts.lines = order->lines;
    } else if (const auto* cancellation = std::get_if<features::Cancellation>(&event.fact)) {
      orders_[cancellation->order_id].cancelled = true;
    } else if (const auto* refund = std::get_if<features::Refund>(&event.fact)) {
      if (refund->reason == features::RefundReason::kCustomerReturn) orders_[refund->order_id].refunded += refund->amount;
    } else if (const auto* profile = std::get_if<features::CustomerProfile>(&event.fact)) {
      region_.Take(event, profile->region);
      segment_.Take(event, profile->segment);
      status_.Take(event, StatusOf(*profile));
    }
  }

  CustomerPurchases Finish() && {
    CustomerPurchases purchases;
    purchases.region = std::move(region_.value);
    purchases.segment = std::move(segment_.value);
    if (status_.value == "test") return purchases;  // nobody's habits
    for (auto& [id, facts] : orders_) {
      if (!facts.placed || facts.cancelled || (facts.refunded > 0 && facts.refunded >= facts.Amount())) continue;
      purchases.orders.push_back({facts.day, std::move(facts.lines)});
    }
    return purchases;
  }

 private:
  std::map<std::string, OrderFacts> orders_;
  Newest region_, segment_, status_;
};

}  // namespace

CustomerPurchases PurchasesOf(const std::vector<features::Event>& events) {
  std::set<std::string> voided;
  for (const features::Event& event : events) {
    if (const auto* what = std::get_if<features::Void>(&event.fact)) voided.insert(what->voided_event_id);
  }
  Purchases purchases;
  for (const features::Event& event : events) {
    if (!voided.contains(event.event_id)) purchases.Take(event);
  }
  return std::move(purchases).Finish();
}

absl::StatusOr<recommend::Training> ReadTraining(storage::RecommendationStore& store, const sealing::Codec& codec, const BusinessZone& zone,
                                                 Day as_of) {
  recommend::Training training;
  training.as_of = as_of;
  recommend::BaseBuilder builder;
  std::vector<storage::EventRow> rows;
  uint64_t check = 0;
  const auto finish = [&]() -> absl::Status {
    if (rows.empty()) return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(const auto events, wire::OpenEvents(rows, codec, zone));
    CustomerPurchases purchases = PurchasesOf(events);
    const auto customer = static_cast<int32_t>(training.customers.size());
    training.customers.push_back({{rows.front().customer, check}, std::move(purchases.region), std::move(purchases.segment), ""});
    for (const CustomerPurchases::Order& order : purchases.orders) {
      if (order.day > as_of) continue;
      for (const features::OrderLine& line : order.lines) {
        builder.Add({.customer = customer, .day = order.day, .sku = line.sku, .category = line.category, .quantity_milli = line.quantity_milli,
                     .amount_fen = line.amount, .cost_fen = line.cost, .listed_day = line.listed_day});
      }
    }
    rows.clear();
    return absl::OkStatus();
  };
  for (int part = 0; part < storage::RecommendationStore::kParts; ++part) {
    RUNG_RETURN_IF_ERROR(store.ScanEvents(part, {kOrder, kCancellation, kRefund, kProfile, kVoid}, [&](const storage::EventView& event) -> absl::Status {
      if (!rows.empty() && rows.front().customer != event.customer) RUNG_RETURN_IF_ERROR(finish());
      check = event.check;
      storage::EventRow& row = rows.emplace_back();
      row.customer = event.customer;
      row.event_id = event.event_id;
      row.key_id = event.key_id;
      row.body = event.body;
      return absl::OkStatus();
    }));
    RUNG_RETURN_IF_ERROR(finish());
  }
  training.base = std::move(builder).Finish(static_cast<int32_t>(training.customers.size()));
  return training;
}

}  // namespace rung::recommendations
