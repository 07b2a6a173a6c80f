// One customer's history, condensed to what the features need: the row that the night reads instead of order lines.
//
// The state is a pure function of the customer's events and of `fold_day`: the order in which events arrive never
// shows. Orders older than the fold day are kept as lifetime sums only; the rest is a log with the days of all facts,
// so that features can be computed as of any day from fold_day + 365 on.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/inlined_vector.h>
#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/features/event.h"

namespace rung::features {

inline constexpr Day kNever = std::numeric_limits<Day>::max();
inline constexpr int kWindowDays = 365;  ///< the longest window of any feature

struct CategoryAmount {
  int32_t category = 0;  ///< code of CodeKind::kCategory
  Fen amount = 0;

  bool operator==(const CategoryAmount&) const = default;
};

/// What the features need of an order's lines.
struct LinesSummary {
  Fen gross = 0;
  Fen cost = 0;
  bool cost_known = false;     ///< every line had a cost
  bool listing_known = false;  ///< at least one line had its SKU's listing day
  Fen promotional = 0;         ///< amount of the lines with a promotional discount
  Fen new_product = 0;         ///< amount of the lines whose SKU was listed at most 60 days before the order's day
  absl::InlinedVector<CategoryAmount, 6> categories;  ///< by code; lines without a category are left out

  bool operator==(const LinesSummary&) const = default;
};

struct Amendment {
  int32_t revision = 0;
  Day day = 0;
  LinesSummary lines;

  bool operator==(const Amendment&) const = default;
};

struct RefundRecord {
  Day day = 0;
  Fen amount = 0;
  bool counts_as_return = false;  ///< not a weight settlement and not the supplier's fault

  bool operator==(const RefundRecord&) const = default;
  auto operator<=>(const RefundRecord&) const = default;
};

struct OrderRecord {
  uint64_t key = 0;    ///< LocalFingerprint of the order id
  Day day = kNever;    ///< day placed; kNever while facts wait for their order
  Day cancelled = kNever;
  Day reviewed = kNever;
  LinesSummary lines;                             ///< revision 0
  std::vector<Amendment> amendments;              ///< by revision
  absl::InlinedVector<RefundRecord, 1> refunds;   ///< sorted

  bool placed() const { return day != kNever; }
  bool operator==(const OrderRecord&) const = default;
};

struct InvoiceRecord {
  uint64_t key = 0;   ///< LocalFingerprint of the invoice id
  Day day = kNever;   ///< day of the invoice; kNever while a payment waits for it
  Day due = kNever;
  Day paid = kNever;

  bool operator==(const InvoiceRecord&) const = default;
};

struct DayCount {
  Day day = 0;
  int32_t count = 0;

  bool operator==(const DayCount&) const = default;
};

struct DeliveryDay {
  Day day = 0;
  int32_t promised = 0;  ///< with a promise, without those late by the carrier's fault
  int32_t on_time = 0;

  bool operator==(const DeliveryDay&) const = default;
};

/// What a latest-value fact is about. Outside values follow at kFirstOutside + their code.
enum Attribute : int32_t {
  kRegisteredDay = 0,
  kRegion = 1,
  kSegment = 2,
  kCreditTerms = 3,
  kStatus = 4,
  kAccountManager = 5,
  kFirstOutside = 16,
};

struct AttributeValue {
  int32_t attribute = 0;
  UnixSeconds time = 0;
  std::string event_id;  ///< breaks ties of the time
  Day day = 0;
  double value = 0;

  bool operator==(const AttributeValue&) const = default;
};

/// The ids that left the log, as sorted 32-bit halves of their fingerprints. A miss is certain; a hit (one in four
/// million by chance, for a thousand ids) sends the caller to the events themselves.
struct IdFilter {
  std::vector<uint32_t> halves;

  void Add(uint64_t key);
  bool MayContain(uint64_t key) const;
  bool operator==(const IdFilter&) const = default;
};

/// Orders at or before the fold day.
struct FoldedOrders {
  IdFilter ids;
  int64_t placed = 0;
  int64_t effective = 0;
  Fen net = 0;
  Day first_placed = kNever;
  Day last_effective = -kNever;

  bool operator==(const FoldedOrders&) const = default;
};

struct CustomerState {
  Day fold_day = -kNever;  ///< features are exact as of fold_day + kWindowDays and later
  FoldedOrders folded;
  std::vector<OrderRecord> orders;       ///< by (day, key); those not placed yet come last
  std::vector<DeliveryDay> deliveries;   ///< by day
  std::vector<DayCount> complaints;      ///< by day
  std::vector<DayCount> sessions;        ///< by day
  std::vector<InvoiceRecord> invoices;   ///< by (day, key)
  std::vector<AttributeValue> attributes;  ///< by (attribute, time, event id)
  IdFilter settled_invoices;               ///< invoices due too long ago to count
  std::vector<uint64_t> awaited_voids;   ///< fingerprints of events withdrawn before they came; sorted

  /// The value of an attribute as of a day, or nullptr.
  const AttributeValue* Latest(int32_t attribute, Day as_of) const;
  void Clear();
  bool operator==(const CustomerState&) const = default;
};

/// Appends the state's bytes (varints, format 1) to `out`. Equal states give equal bytes.
void EncodeState(const CustomerState& state, std::string& out);

/// Reads bytes of EncodeState into `state`, reusing its memory. DATA_LOSS when they are damaged or of a later format.
absl::Status DecodeState(std::string_view bytes, CustomerState& state);

}  // namespace rung::features
