// One line: candidates to amount.
#pragma once

#include <span>

#include "libs/pricing/catalogue.h"
#include "libs/pricing/quote.h"

namespace rung::pricing {

/// Whether amounts of the line stay within kMaxAmount; only then may it be priced.
bool LineFits(const UnitPrice& price, QtyMilli quantity);

/// Prices a line of `quantity` > 0 that fits. Candidates that are out of the running carry their verdict already; the
/// others come in with kNotStacked and get theirs. Fills everything of `line` but item and trace range.
void PriceLine(const Policy& policy, const UnitPrice& price, std::span<Candidate> candidates, QuotedLine& line);

}  // namespace rung::pricing
