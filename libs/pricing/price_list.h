// Prices for browsing: what one piece or kilogram of each SKU costs one customer.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "libs/pricing/quote.h"

namespace rung::pricing {

struct PriceListQuery {
  Day day = 0;
  std::string region;
  bool region_unknown = false;      ///< as in Basket
  std::optional<TierTerms> tier;    ///< as in Basket
  std::vector<OfferAnswer> offers;  ///< as in Basket
};

struct ListedPrice {
  Catalogue::ItemNo item = 0;
  Fen list;
  Fen price;
  bool cap_clipped = false;
  bool floor_clipped = false;
  uint8_t winner_count = 0;
  std::array<Winner, kKinds> winners;  ///< why the price differs from the list
};

/// Prices the items of one tariff for one customer, each as a basket of one piece or kilogram without coupons. What
/// depends on the customer is looked up once per category. Not thread-safe; looks into the tariff.
class PriceLister {
 public:
  PriceLister(const Tariff& tariff, const PriceListQuery& query);

  /// nullopt: not for sale in this region on this day.
  std::optional<ListedPrice> PriceOf(Catalogue::ItemNo item);

 private:
  struct Group {
    bool known = false;
    std::vector<Candidate> open;  ///< candidates that are in the running on every item of the group
  };

  void Add(RuleNo number, std::vector<Candidate>& open) const;
  bool OfferApplies(const Rule& rule) const;
  const std::vector<Candidate>& OpenOf(Catalogue::ItemNo item);

  const Tariff& tariff_;
  PriceListQuery query_;
  Catalogue::RegionNo region_;
  uint64_t tier_bit_;
  std::vector<Group> groups_;
  std::vector<Candidate> candidates_;
};

}  // namespace rung::pricing
