#include "libs/path/known_facts.h"

#include <gtest/gtest.h>

#include "libs/path/base_for_test.h"

namespace rung::path {
namespace {

constexpr Day kToday = 20'543;

features::Event EventOf(const std::string& id, Day day, features::Fact fact) {
  return {.event_id = id, .day = day, .fact = std::move(fact)};
}

TEST(OpenInvoices, AreThoseWithoutPaymentNextDueFirst) {
  const std::vector<features::Event> events = {
      EventOf("i1", kToday - 40, features::Invoice{.invoice_id = "overdue", .due_day = kToday - 10, .amount = 5}),
      EventOf("i2", kToday - 20, features::Invoice{.invoice_id = "later", .due_day = kToday + 9}),
      EventOf("i3", kToday - 20, features::Invoice{.invoice_id = "next", .due_day = kToday}),
      EventOf("i4", kToday - 20, features::Invoice{.invoice_id = "paid", .due_day = kToday + 1}),
      EventOf("p4", kToday - 1, features::Payment{"paid"}),
      EventOf("i5", kToday - 20, features::Invoice{.invoice_id = "told-paid", .due_day = kToday + 1, .paid_day = kToday - 2}),
      EventOf("i6", kToday - 20, features::Invoice{.invoice_id = "withdrawn", .due_day = kToday + 1}),
      EventOf("v6", kToday - 19, features::Void{"i6"}),
      EventOf("i7", kToday - 20, features::Invoice{.invoice_id = "payment-withdrawn", .due_day = kToday + 2}),
      EventOf("p7", kToday - 3, features::Payment{"payment-withdrawn"}),
      EventOf("v7", kToday - 2, features::Void{"p7"}),
  };
  std::vector<std::string> ids;
  for (const OpenInvoice& invoice : OpenInvoices(events, kToday)) ids.push_back(invoice.invoice_id);
  EXPECT_EQ(ids, (std::vector<std::string>{"next", "payment-withdrawn", "later", "overdue"}));
}

TEST(UnreviewedOrders, AreLiveOrdersOfAYearNewestFirst) {
  const std::vector<features::Event> events = {
      OrderOn("old", kToday - 365, 1), OrderOn("b", kToday - 9, 1), OrderOn("a", kToday - 2, 1), OrderOn("reviewed", kToday - 5, 1),
      EventOf("r", kToday - 4, features::Review{"reviewed", 4}), OrderOn("cancelled", kToday - 3, 1),
      EventOf("c", kToday - 3, features::Cancellation{"cancelled"}),
  };
  EXPECT_EQ(UnreviewedOrders(events, kToday), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace rung::path
