// From stored events to what was bought: amendments, cancellations, withdrawals and returns applied.
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/features/event.h"
#include "libs/recommend/model.h"
#include "libs/sealing/codec.h"
#include "libs/storage/recommendation_store.h"

namespace rung::recommendations {

/// What one customer bought. The newest revision of an order counts, on the day on which the order was placed. A cancelled
/// order doesn't, nor does one whose customer got all of its amount back: refunds don't name SKUs, so a return of a part can't be
/// told from the rest.
struct CustomerPurchases {
  std::string region;   ///< newest told; empty: none
  std::string segment;
  struct Order {
    Day day = 0;
    std::vector<features::OrderLine> lines;
  };
  std::vector<Order> orders;
};
CustomerPurchases PurchasesOf(const std::vector<features::Event>& events);

/// Reads the whole store. Days after `as_of` are left out.
absl::StatusOr<recommend::Training> ReadTraining(storage::RecommendationStore& store, const sealing::Codec& codec, const BusinessZone& zone,
                                                 Day as_of);

}  // namespace rung::recommendations
