#include "libs/features/order_splitting.h"

#include <algorithm>

namespace rung::features {
namespace {

// The i-th of `parts` shares of an amount; the shares differ by at most one fen and add up to it.
Fen Share(Fen amount, int parts, int i) { return amount / parts + (i < amount % parts ? 1 : 0); }

LinesSummary Share(const LinesSummary& lines, int parts, int i) {
  LinesSummary out = lines;
  out.cost = Share(lines.cost, parts, i);
  out.promotional = Share(lines.promotional, parts, i);
  out.new_product = Share(lines.new_product, parts, i);
  out.gross = Share(lines.gross, parts, i);
  for (CategoryAmount& item : out.categories) item.amount = Share(item.amount, parts, i);
  return out;
}

}  // namespace

CustomerState SplitOrders(const CustomerState& state, int parts) {
  CustomerState out = state;
  out.orders.clear();
  out.folded.placed *= parts;
  out.folded.effective *= parts;
  for (const OrderRecord& order : state.orders) {
    for (int i = 0; i < parts; ++i) {
      OrderRecord& part = out.orders.emplace_back(order);
      part.key = order.key + static_cast<uint64_t>(i);
      part.lines = Share(order.lines, parts, i);
      for (Amendment& amendment : part.amendments) amendment.lines = Share(amendment.lines, parts, i);
      for (RefundRecord& refund : part.refunds) refund.amount = Share(refund.amount, parts, i);
    }
  }
  std::sort(out.orders.begin(), out.orders.end(),
            [](const OrderRecord& a, const OrderRecord& b) { return a.day != b.day ? a.day < b.day : a.key < b.key; });
  return out;
}

}  // namespace rung::features
