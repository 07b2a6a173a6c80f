// Price books and policies between the wire and the pricing library.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/pricing/rules.h"
#include "rung/pricing/v1/price_book.pb.h"
#include "rung/pricing/v1/price_policy.pb.h"

namespace rung::wire {

/// Maps a document; dates, scopes and enums that this release doesn't understand become violations. What it understands
/// is checked by pricing::Validate.
pricing::PriceBook FromWire(const pricing::v1::PriceBook& in, std::vector<Violation>& violations);
pricing::Policy FromWire(const pricing::v1::PricePolicy& in, std::vector<Violation>& violations);
pricing::v1::PriceBook ToWire(const pricing::PriceBook& in);
pricing::v1::PricePolicy ToWire(const pricing::Policy& in);

pricing::v1::Unit ToWire(pricing::Unit unit);
pricing::v1::Kind ToWire(pricing::Kind kind);

}  // namespace rung::wire
