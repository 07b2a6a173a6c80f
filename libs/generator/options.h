// What a generated base looks like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/base/day.h"

namespace rung::generator {

/// Facts besides orders. Leaving one out leaves every other event as it was.
struct FactChoice {
  bool profiles = true;
  bool deliveries = true;
  bool refunds = true;
  bool cancellations = true;
  bool complaints = true;
  bool invoices = true;  ///< and their payments
  bool sessions = true;
  bool reviews = true;
  bool outside_values = true;

  /// Nothing but orders.
  static constexpr FactChoice OrdersOnly() {
    return {false, false, false, false, false, false, false, false, false};
  }
};

struct GeneratorOptions {
  uint64_t seed = 1;

  /// At least 0. Decides which accounts can be linked at the end of the base, and nothing else about a customer.
  int64_t customer_count = 1000;

  /// Orders lie in first_day ... last_day, both included; 2000-01-01 <= first_day <= last_day, at most 4000 days.
  /// Nothing is dated after last_day; a customer's registration may lie up to three years before first_day.
  /// Spring Festival is known for 2023 to 2027; in other years the trade has none.
  Day first_day = 20144;  ///< 2025-02-25
  Day last_day = 20543;   ///< 2026-03-31

  /// Order lines a customer places in the whole span, on average over a large base; 1 to 5000. Customers order at
  /// most six days in seven, so that short spans can't reach a high mean: they then come as near as they can.
  int64_t mean_lines_per_customer = 50;

  /// Planted abusers of all kinds together, in basis points of the base; 0 to 5000.
  int32_t abuser_share_bps = 200;

  /// Honest chains, whose branches share a payer and a brand, in basis points of the base; 0 to 2000. They are what a
  /// search for linked accounts must not report.
  int32_t chain_share_bps = 100;

  FactChoice facts;
};

/// What is wrong with `options`, as a sentence that says what to change; nullopt when nothing is.
std::optional<std::string> FindOptionsProblem(const GeneratorOptions& options);

}  // namespace rung::generator
