#include "libs/features/customer_state.h"

#include <algorithm>

#include "libs/base/status.h"
#include "libs/features/varint.h"

namespace rung::features {
namespace {

constexpr uint64_t kFormat = 1;

// Which optional parts of an order follow; most orders have none.
enum OrderPart : uint64_t {
  kPlaced = 1,
  kCancelled = 2,
  kReviewed = 4,
  kRefunds = 8,
  kAmendments = 16,
};
enum LinesPart : uint64_t { kCost = 1, kListing = 2, kPromotional = 4 };

void EncodeLines(const LinesSummary& lines, VarintWriter& out) {
  uint64_t parts = 0;
  if (lines.cost_known) parts |= kCost;
  if (lines.listing_known) parts |= kListing;
  if (lines.promotional != 0) parts |= kPromotional;
  out.Unsigned(lines.categories.size() << 3 | parts);
  out.Unsigned(lines.gross);
  if (lines.cost_known) out.Unsigned(lines.cost);
  if (lines.listing_known) out.Unsigned(lines.new_product);
  if (lines.promotional != 0) out.Unsigned(lines.promotional);
  for (const CategoryAmount& category : lines.categories) {
    out.Unsigned(category.category);
    out.Unsigned(category.amount);
  }
}

void DecodeLines(VarintReader& in, LinesSummary& lines) {
  const uint64_t head = in.Unsigned();
  lines.gross = static_cast<Fen>(in.Unsigned());
  lines.cost_known = (head & kCost) != 0;
  lines.listing_known = (head & kListing) != 0;
  lines.cost = lines.cost_known ? static_cast<Fen>(in.Unsigned()) : 0;
  lines.new_product = lines.listing_known ? static_cast<Fen>(in.Unsigned()) : 0;
  lines.promotional = (head & kPromotional) != 0 ? static_cast<Fen>(in.Unsigned()) : 0;
  lines.categories.clear();
  for (uint64_t left = head >> 3; left > 0 && in.ok(); --left) {
    CategoryAmount& category = lines.categories.emplace_back();
    category.category = static_cast<int32_t>(in.Unsigned());
    category.amount = static_cast<Fen>(in.Unsigned());
  }
}

// Days inside an order are written relative to its own day, which keeps most of them to one byte.
void EncodeOrder(const OrderRecord& order, Day previous_day, VarintWriter& out) {
  uint64_t parts = 0;
  if (order.placed()) parts |= kPlaced;
  if (order.cancelled != kNever) parts |= kCancelled;
  if (order.reviewed != kNever) parts |= kReviewed;
  if (!order.refunds.empty()) parts |= kRefunds;
  if (!order.amendments.empty()) parts |= kAmendments;
  out.Unsigned(parts);
  out.Fixed(order.key);
  Day base = previous_day;
  if (order.placed()) {
    out.Unsigned(static_cast<uint64_t>(order.day - previous_day));
    EncodeLines(order.lines, out);
    base = order.day;
  }
  if (order.cancelled != kNever) out.Signed(order.cancelled - base);
  if (order.reviewed != kNever) out.Signed(order.reviewed - base);
  if (!order.refunds.empty()) {
    out.Unsigned(order.refunds.size());
    for (const RefundRecord& refund : order.refunds) {
      out.Signed(refund.day - base);
      out.Unsigned(static_cast<uint64_t>(refund.amount) << 1 | (refund.counts_as_return ? 1 : 0));
    }
  }
  if (!order.amendments.empty()) {
    out.Unsigned(order.amendments.size());
    for (const Amendment& amendment : order.amendments) {
      out.Unsigned(amendment.revision);
      out.Signed(amendment.day - base);
      EncodeLines(amendment.lines, out);
    }
  }
}

Day DecodeOrder(VarintReader& in, Day previous_day, OrderRecord& order) {
  const uint64_t parts = in.Unsigned();
  order.key = in.Fixed<uint64_t>();
  Day base = previous_day;
  if ((parts & kPlaced) != 0) {
    order.day = base = previous_day + static_cast<Day>(in.Unsigned());
    DecodeLines(in, order.lines);
  } else {
    order.day = kNever;
    order.lines = LinesSummary{};
  }
  order.cancelled = (parts & kCancelled) != 0 ? base + static_cast<Day>(in.Signed()) : kNever;
  order.reviewed = (parts & kReviewed) != 0 ? base + static_cast<Day>(in.Signed()) : kNever;
  order.refunds.clear();
  if ((parts & kRefunds) != 0) {
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      RefundRecord& refund = order.refunds.emplace_back();
      refund.day = base + static_cast<Day>(in.Signed());
      const uint64_t packed = in.Unsigned();
      refund.amount = static_cast<Fen>(packed >> 1);
      refund.counts_as_return = (packed & 1) != 0;
    }
  }
  order.amendments.clear();
  if ((parts & kAmendments) != 0) {
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      Amendment& amendment = order.amendments.emplace_back();
      amendment.revision = static_cast<int32_t>(in.Unsigned());
      amendment.day = base + static_cast<Day>(in.Signed());
      DecodeLines(in, amendment.lines);
    }
  }
  return base;
}

void EncodeAttribute(const AttributeValue& value, VarintWriter& out) {
  out.Unsigned(value.attribute);
  out.Signed(value.time);
  out.Text(value.event_id);
  out.Signed(value.day);
  out.Fixed(value.value);
}

void DecodeAttribute(VarintReader& in, AttributeValue& value) {
  value.attribute = static_cast<int32_t>(in.Unsigned());
  value.time = in.Signed();
  value.event_id = in.Text();
  value.day = static_cast<Day>(in.Signed());
  value.value = in.Fixed<double>();
}

template <typename T, typename Decode>
void DecodeList(VarintReader& in, std::vector<T>& list, Decode decode) {
  const size_t count = in.Count();
  list.resize(count);
  for (T& item : list) {
    if (!in.ok()) return;
    decode(item);
  }
}

void EncodeCounts(const std::vector<DayCount>& counts, VarintWriter& out) {
  out.Unsigned(counts.size());
  Day previous = 0;
  for (const DayCount& item : counts) {
    out.Signed(item.day - previous);
    out.Unsigned(item.count);
    previous = item.day;
  }
}

void DecodeCounts(VarintReader& in, std::vector<DayCount>& counts) {
  Day previous = 0;
  DecodeList(in, counts, [&](DayCount& item) {
    item.day = previous += static_cast<Day>(in.Signed());
    item.count = static_cast<int32_t>(in.Unsigned());
  });
}

void EncodeFilter(const IdFilter& filter, VarintWriter& out) {
  out.Unsigned(filter.halves.size());
  uint32_t previous = 0;
  for (const uint32_t half : filter.halves) {
    out.Unsigned(half - previous);
    previous = half;
  }
}

void DecodeFilter(VarintReader& in, IdFilter& filter) {
  uint32_t previous = 0;
  DecodeList(in, filter.halves, [&](uint32_t& half) { half = previous += static_cast<uint32_t>(in.Unsigned()); });
}

void EncodeFolded(const FoldedOrders& folded, VarintWriter& out) {
  out.Unsigned(folded.placed);
  if (folded.placed == 0) return;
  out.Unsigned(folded.effective);
  out.Unsigned(folded.net);
  out.Signed(folded.first_placed);
  out.Signed(folded.last_effective);
  EncodeFilter(folded.ids, out);
}

void DecodeFolded(VarintReader& in, FoldedOrders& folded) {
  folded.placed = static_cast<int64_t>(in.Unsigned());
  if (folded.placed == 0) {
    folded = FoldedOrders{};
    return;
  }
  folded.effective = static_cast<int64_t>(in.Unsigned());
  folded.net = static_cast<Fen>(in.Unsigned());
  folded.first_placed = static_cast<Day>(in.Signed());
  folded.last_effective = static_cast<Day>(in.Signed());
  DecodeFilter(in, folded.ids);
}

}  // namespace

void IdFilter::Add(uint64_t key) {
  const auto half = static_cast<uint32_t>(key >> 32);
  halves.insert(std::upper_bound(halves.begin(), halves.end(), half), half);
}

bool IdFilter::MayContain(uint64_t key) const {
  return std::binary_search(halves.begin(), halves.end(), static_cast<uint32_t>(key >> 32));
}

const AttributeValue* CustomerState::Latest(int32_t attribute, Day as_of) const {
  const AttributeValue* latest = nullptr;
  for (const AttributeValue& value : attributes) {
    if (value.attribute == attribute && value.day <= as_of) latest = &value;  // sorted: the last one wins
  }
  return latest;
}

void CustomerState::Clear() { *this = CustomerState{}; }

void EncodeState(const CustomerState& state, std::string& out) {
  VarintWriter writer(out);
  writer.Unsigned(kFormat);
  writer.Signed(state.fold_day);
  EncodeFolded(state.folded, writer);
  writer.Unsigned(state.orders.size());
  Day previous = 0;
  for (const OrderRecord& order : state.orders) {
    EncodeOrder(order, previous, writer);
    if (order.placed()) previous = order.day;
  }
  writer.Unsigned(state.deliveries.size());
  previous = 0;
  for (const DeliveryDay& item : state.deliveries) {
    writer.Signed(item.day - previous);
    writer.Unsigned(item.promised);
    writer.Unsigned(item.promised - item.on_time);
    previous = item.day;
  }
  EncodeCounts(state.complaints, writer);
  EncodeCounts(state.sessions, writer);
  writer.Unsigned(state.invoices.size());
  for (const InvoiceRecord& invoice : state.invoices) {
    writer.Fixed(invoice.key);
    writer.Signed(invoice.day);
    writer.Signed(invoice.due);
    writer.Signed(invoice.paid);
  }
  EncodeFilter(state.settled_invoices, writer);
  writer.Unsigned(state.attributes.size());
  for (const AttributeValue& value : state.attributes) EncodeAttribute(value, writer);
  writer.Unsigned(state.awaited_voids.size());
  for (const uint64_t event : state.awaited_voids) writer.Fixed(event);
}

absl::Status DecodeState(std::string_view bytes, CustomerState& state) {
  if (bytes.empty()) {
    state.Clear();
    return absl::OkStatus();
  }
  VarintReader in(bytes);
  if (const uint64_t format = in.Unsigned(); format != kFormat) {
    return Error(absl::StatusCode::kDataLoss, "customer state has format {}; this binary reads {}", format, kFormat);
  }
  state.fold_day = static_cast<Day>(in.Signed());
  DecodeFolded(in, state.folded);
  Day previous = 0;
  DecodeList(in, state.orders, [&](OrderRecord& order) { previous = DecodeOrder(in, previous, order); });
  previous = 0;
  DecodeList(in, state.deliveries, [&](DeliveryDay& item) {
    item.day = previous += static_cast<Day>(in.Signed());
    item.promised = static_cast<int32_t>(in.Unsigned());
    item.on_time = item.promised - static_cast<int32_t>(in.Unsigned());
  });
  DecodeCounts(in, state.complaints);
  DecodeCounts(in, state.sessions);
  DecodeList(in, state.invoices, [&](InvoiceRecord& invoice) {
    invoice.key = in.Fixed<uint64_t>();
    invoice.day = static_cast<Day>(in.Signed());
    invoice.due = static_cast<Day>(in.Signed());
    invoice.paid = static_cast<Day>(in.Signed());
  });
  DecodeFilter(in, state.settled_invoices);
  DecodeList(in, state.attributes, [&](AttributeValue& value) { DecodeAttribute(in, value); });
  DecodeList(in, state.awaited_voids, [&](uint64_t& event) { event = in.Fixed<uint64_t>(); });
  if (!in.ok() || !in.AtEnd()) {
    return Error(absl::StatusCode::kDataLoss, "customer state is damaged ({} bytes)", bytes.size());
  }
  return absl::OkStatus();
}

}  // namespace rung::features
