#include "libs/wire/event_mapping.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/vectors.h"

namespace rung::wire {
namespace {

namespace pb = grading::v1;

class EventMappingTest : public ::testing::Test {
 protected:
  BusinessZone zone_ = *BusinessZone::Load("Asia/Shanghai");
  EventRules rules_{&zone_, "CNY", 1775000000};

  pb::Event Order() {
    pb::Event event;
    event.set_customer_id("c1");
    event.set_event_id("e1");
    event.mutable_event_time()->set_seconds(1774972800);  // 2026-04-01 00:00 in Shanghai
    auto* line = event.mutable_order()->add_lines();
    event.mutable_order()->set_order_id("o1");
    line->set_sku("s1");
    line->set_quantity_milli(1500);
    line->set_amount_minor(1999);
    return event;
  }
  std::vector<Violation> Check(const pb::Event& event) {
    std::vector<Violation> violations;
    features::Event out;
    FromWire(event, rules_, "events[3]", out, violations);
    return violations;
  }
  void ExpectOne(const pb::Event& event, const std::string& field, const std::string& reason) {
    const auto violations = Check(event);
    ASSERT_EQ(violations.size(), 1u) << field;
    EXPECT_EQ(violations[0].field, "events[3]." + field);
    EXPECT_EQ(violations[0].reason, reason);
  }
};

TEST_F(EventMappingTest, PutsTheEventIntoItsBusinessDay) {
  std::vector<Violation> violations;
  features::Event out;
  FromWire(Order(), rules_, "events[0]", out, violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_EQ(FormatDay(out.day), "2026-04-01");
}

TEST_F(EventMappingTest, EveryHostileEventGetsItsFieldAndReason) {
  struct Case {
    std::string field, reason;
    std::function<void(pb::Event&)> spoil;
  };
  const std::vector<Case> cases = {
      {"customer_id", "REQUIRED", [](auto& e) { e.clear_customer_id(); }},
      {"customer_id", "TOO_LONG", [](auto& e) { e.set_customer_id(std::string(10 << 20, 'x')); }},
      {"customer_id", "BAD_CHARACTER", [](auto& e) { e.set_customer_id(std::string("a\0b", 3)); }},
      {"event_id", "REQUIRED", [](auto& e) { e.clear_event_id(); }},
      {"event_time", "REQUIRED", [](auto& e) { e.clear_event_time(); }},
      {"event_time", "OUT_OF_RANGE", [](auto& e) { e.mutable_event_time()->set_seconds(1775000001); }},
      {"event_time", "OUT_OF_RANGE", [](auto& e) { e.mutable_event_time()->set_seconds(0); }},
      {"event_time", "OUT_OF_RANGE",
       [](auto& e) { e.mutable_event_time()->set_seconds(std::numeric_limits<int64_t>::max()); }},
      {"note", "TOO_LONG", [](auto& e) { e.set_note(std::string(5000, 'x')); }},
      {"fact", "REQUIRED", [](auto& e) { e.clear_fact(); }},
      {"order.order_id", "REQUIRED", [](auto& e) { e.mutable_order()->clear_order_id(); }},
      {"order.revision", "OUT_OF_RANGE", [](auto& e) { e.mutable_order()->set_revision(-1); }},
      {"order.currency_code", "WRONG_CURRENCY", [](auto& e) { e.mutable_order()->set_currency_code("GBP"); }},
      {"order.lines", "OUT_OF_RANGE", [](auto& e) { e.mutable_order()->clear_lines(); }},
      {"order.lines[0].sku", "REQUIRED", [](auto& e) { e.mutable_order()->mutable_lines(0)->clear_sku(); }},
      {"order.lines[0].quantity_milli", "OUT_OF_RANGE",
       [](auto& e) { e.mutable_order()->mutable_lines(0)->set_quantity_milli(0); }},
      {"order.lines[0].amount_minor", "OUT_OF_RANGE",
       [](auto& e) { e.mutable_order()->mutable_lines(0)->set_amount_minor(-1); }},
      {"order.lines[0].amount_minor", "OUT_OF_RANGE",
       [](auto& e) { e.mutable_order()->mutable_lines(0)->set_amount_minor(std::numeric_limits<int64_t>::max()); }},
      {"order.lines[0].cost_minor", "OUT_OF_RANGE",
       [](auto& e) { e.mutable_order()->mutable_lines(0)->set_cost_minor(-5); }},
      {"order.lines[0].listed_date", "BAD_DATE",
       [](auto& e) { e.mutable_order()->mutable_lines(0)->set_listed_date("2026-02-30"); }},
      {"refund.amount_minor", "OUT_OF_RANGE",
       [](auto& e) {
         e.mutable_refund()->set_order_id("o");
         e.mutable_refund()->set_amount_minor(-1);
       }},
      {"delivery.actual_time", "REQUIRED", [](auto& e) { e.mutable_delivery()->set_order_id("o"); }},
      {"review.stars", "OUT_OF_RANGE",
       [](auto& e) {
         e.mutable_review()->set_order_id("o");
         e.mutable_review()->set_stars(6);
       }},
      {"invoice.due_date", "REQUIRED", [](auto& e) { e.mutable_invoice()->set_invoice_id("i"); }},
      {"outside_value.value", "NOT_FINITE",
       [](auto& e) {
         e.mutable_outside_value()->set_name("credit_score");
         e.mutable_outside_value()->set_value(std::numeric_limits<double>::quiet_NaN());
       }},
      {"outside_value.value", "NOT_FINITE",
       [](auto& e) {
         e.mutable_outside_value()->set_name("credit_score");
         e.mutable_outside_value()->set_value(std::numeric_limits<double>::infinity());
       }},
      {"outside_value.value", "OUT_OF_RANGE",
       [](auto& e) {
         e.mutable_outside_value()->set_name("p_alive");
         e.mutable_outside_value()->set_value(1.5);
       }},
      {"outside_value.value", "OUT_OF_RANGE",
       [](auto& e) {
         e.mutable_outside_value()->set_name("credit_score");
         e.mutable_outside_value()->set_value(1e300);
       }},
      {"order.lines[0].unit", "OUT_OF_RANGE", [](auto& e) { e.mutable_order()->mutable_lines(0)->set_unit(static_cast<pb::Unit>(99)); }},
      {"outside_value.name", "RESERVED", [](auto& e) { e.mutable_outside_value()->set_name("net_spend_365d"); }},
      {"outside_value.name", "BAD_ID", [](auto& e) { e.mutable_outside_value()->set_name("Credit Score"); }},
      {"void_event.voided_event_id", "BAD_REFERENCE",
       [](auto& e) { e.mutable_void_event()->set_voided_event_id("e1"); }},
      {"profile.registered_date", "BAD_DATE", [](auto& e) { e.mutable_profile()->set_registered_date("yesterday"); }},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.field + " " + item.reason);
    pb::Event event = Order();
    item.spoil(event);
    ExpectOne(event, item.field, item.reason);
  }
}

TEST_F(EventMappingTest, ReportsAllViolationsOfAnEvent) {
  pb::Event event = Order();
  event.clear_customer_id();
  event.mutable_order()->mutable_lines(0)->set_quantity_milli(-1);
  event.mutable_order()->mutable_lines(0)->set_amount_minor(-1);
  EXPECT_EQ(Check(event).size(), 3u);
}

TEST_F(EventMappingTest, StoredEventsComeBackAsTheyWere) {
  for (const auto& customer : testing::LoadFeatureVectors().customers) {
    for (const features::Event& event : customer.events) {
      pb::Event wire, again;
      ToWire(event, wire);
      ToWire(FromStored(wire, zone_), again);
      EXPECT_EQ(wire.SerializeAsString(), again.SerializeAsString());
      EXPECT_EQ(FromStored(wire, zone_).day, event.day);
    }
  }
}

TEST_F(EventMappingTest, KnowsWhatIsSensitive) {
  pb::Event event = Order();
  EXPECT_FALSE(IsSensitive(FromStored(event, zone_)));
  event.set_note("allergic to peanuts");
  EXPECT_TRUE(IsSensitive(FromStored(event, zone_)));
  event.clear_note();
  event.mutable_profile()->set_region("beijing");
  EXPECT_FALSE(IsSensitive(FromStored(event, zone_)));
  event.mutable_profile()->set_phone("13800000000");
  EXPECT_TRUE(IsSensitive(FromStored(event, zone_)));
}

}  // namespace
}  // namespace rung::wire
