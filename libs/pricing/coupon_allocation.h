// Spreads a coupon over lines to the fen.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/pricing/money.h"

namespace rung::pricing {

struct CouponBearer {
  uint32_t line = 0;
  Fen amount;    ///< current amount of the line
  Fen headroom;  ///< what it may give at most, up to `amount`
  Fen given;     ///< out
};

/// Gives min(wanted, sum of headrooms) in proportion to the amounts: whole fen first, then one fen each to the largest
/// remainders, ties to the earlier line. Lines that would give more than their headroom give exactly it and leave; the
/// rest is spread afresh over the others, until none exceeds. Returns what was given.
Fen Allocate(Fen wanted, std::span<CouponBearer> bearers);

}  // namespace rung::pricing
