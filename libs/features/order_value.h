// What an order was worth as of a day.
#pragma once

#include <algorithm>
#include <optional>

#include "libs/features/customer_state.h"

namespace rung::features {

/// The lines in force: the highest revision whose day is not after `as_of`.
inline const LinesSummary& LinesAsOf(const OrderRecord& order, Day as_of) {
  const LinesSummary* lines = &order.lines;
  for (const Amendment& amendment : order.amendments) {
    if (amendment.day <= as_of) lines = &amendment.lines;
  }
  return *lines;
}

/// Gross less what was refunded by `as_of`, never below 0; 0 when it was cancelled by then.
inline Fen NetAsOf(const OrderRecord& order, const LinesSummary& lines, Day as_of) {
  if (order.cancelled <= as_of) return 0;
  __extension__ __int128 refunded = 0;
  for (const RefundRecord& refund : order.refunds) {
    if (refund.day > as_of) break;
    refunded += refund.amount;
  }
  return refunded >= lines.gross ? 0 : lines.gross - static_cast<Fen>(refunded);
}

/// net - round_half_up(cost * net / gross); nullopt when a line has no cost. `net` > 0.
inline std::optional<Fen> MarginOf(const LinesSummary& lines, Fen net) {
  if (!lines.cost_known) return std::nullopt;
  __extension__ using Int128 = __int128;
  const Int128 gross = lines.gross;
  return net - static_cast<Fen>((2 * Int128{lines.cost} * net + gross) / (2 * gross));
}

}  // namespace rung::features
