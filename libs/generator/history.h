// One customer's facts in draft: small values that are sorted by time before they become events.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "libs/base/day.h"
#include "libs/features/event.h"
#include "libs/generator/catalogue.h"

namespace rung::generator {

struct LineDraft {
  SkuIndex sku = 0;
  int64_t quantity_milli = 0;
  features::Fen amount = 0;
  features::Fen cost = 0;
  features::Fen promotional_discount = 0;
};

/// Position in History::orders.
using OrderIndex = int32_t;
inline constexpr OrderIndex kNoOrder = -1;

struct OrderDraft {
  UnixSeconds time = 0;
  Day day = 0;
  int32_t first_line = 0;
  int32_t line_count = 0;
  int32_t delivery = 0;        ///< orders with the same number come with one delivery
  features::Fen gross = 0;
  features::Fen weighed = 0;   ///< of the gross, lines sold by weight
  Day review_day = 0;          ///< of the burst it belongs to; 0 outside of bursts
  bool cancelled = false;
};

struct OrderPlaced { OrderIndex order; };
struct OrderCancelled { OrderIndex order; };
struct Refunded { int32_t number; OrderIndex order; features::Fen amount; features::RefundReason reason; };
struct Delivered { OrderIndex order; std::optional<UnixSeconds> promised; bool carrier_fault; };
struct Reviewed { OrderIndex order; int32_t stars; };
enum class Grievance : uint8_t { kLate, kQuality, kOther };
struct Complained { int32_t number; OrderIndex order; Grievance about; };
struct Visited { int32_t number; };
struct Invoiced { int32_t number; OrderIndex order; Day due_day; std::optional<Day> paid_day; features::Fen amount; };
struct Paid { int32_t invoice; };
struct Registered {};
struct ManagerChanged {};
struct AccountClosed {};
struct PotentialRated { int32_t number; int32_t potential_permille; };
struct CreditScored { int32_t number; int32_t score; };

struct FactDraft {
  UnixSeconds time;
  int32_t sequence;  ///< order of drafting, among facts of one second
  std::variant<OrderPlaced, OrderCancelled, Refunded, Delivered, Reviewed, Complained, Visited, Invoiced, Paid,
               Registered, ManagerChanged, AccountClosed, PotentialRated, CreditScored>
      fact;
};

struct History {
  std::vector<LineDraft> lines;    ///< those of an order lie together
  std::vector<OrderDraft> orders;  ///< in the order of their days
  std::vector<FactDraft> facts;

  template <class Fact>
  void Add(UnixSeconds time, Fact fact) {
    facts.push_back({time, static_cast<int32_t>(facts.size()), fact});
  }

  /// Into the order of time, without what lies after `last_instant`.
  void SortUpTo(UnixSeconds last_instant);
};

}  // namespace rung::generator
