// A price book, offers and a policy, one version of each, indexed so that a line finds its rules at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/pricing/catalogue.h"
#include "libs/pricing/rules.h"

namespace rung::pricing {

using RuleNo = uint32_t;
/// Stands for the tier's own rate, which belongs to the customer and not to the tariff.
inline constexpr RuleNo kTierRule = UINT32_MAX;

/// An offer or a quantity break.
struct Rule {
  Kind kind = Kind::kOffer;
  std::string id;
  Scope scope;
  Terms terms;
  // Offers.
  uint32_t offer = 0;  ///< index in offers()
  uint64_t tiers = 0;  ///< bit i: tier_codes()[i] may have it
  Days days;
  // Breaks.
  uint32_t ladder = 0;
  QtyMilli min_quantity;
};

/// Immutable and thread-safe. A new version of the book, the offers or the policy makes a new tariff; the catalogue,
/// which is the costly part, is shared.
class Tariff {
 public:
  inline static constexpr size_t kMaxTierCodes = 64;

  /// All parts have passed validation; the offers name at most kMaxTierCodes tiers.
  static std::shared_ptr<const Tariff> Build(std::shared_ptr<const Catalogue> catalogue, std::vector<Offer> offers,
                                             Policy policy);
  Tariff(const Tariff&) = delete;
  Tariff& operator=(const Tariff&) = delete;

  const Catalogue& catalogue() const { return *catalogue_; }
  const Policy& policy() const { return policy_; }
  const std::vector<Offer>& offers() const { return offers_; }
  const Rule& rule(RuleNo rule) const { return rules_[rule]; }
  size_t rule_count() const { return rules_.size(); }

  /// Rules whose scope holds the item, breaks of another unit left out: those of its category path (and of all), then
  /// those of the SKU itself.
  std::span<const RuleNo> CategoryRules(Catalogue::ItemNo item) const { return by_group_[catalogue_->GroupOf(item)].rules; }
  std::span<const RuleNo> SkuRules(Catalogue::ItemNo item) const { return Own(item).rules; }

  /// A ladder is all breaks of one scope and unit: they count the same lines.
  std::span<const uint32_t> CategoryLadders(Catalogue::ItemNo item) const { return by_group_[catalogue_->GroupOf(item)].ladders; }
  std::span<const uint32_t> SkuLadders(Catalogue::ItemNo item) const { return Own(item).ladders; }

  /// The bit of a tier in Rule::tiers; 0 for one that no offer names.
  uint64_t TierBit(std::string_view code) const;

 private:
  struct Found {
    std::vector<RuleNo> rules;
    std::vector<uint32_t> ladders;
  };

  Tariff(std::shared_ptr<const Catalogue> catalogue, std::vector<Offer> offers, Policy policy);
  void AddOffers();
  void AddBreaks();
  void Index(RuleNo rule, const Unit* unit);
  static void Enter(const Rule& rule, RuleNo number, Found& found);
  const Found& Own(Catalogue::ItemNo item) const {
    static const Found kNone;
    const uint32_t place = own_[item];
    return place == 0 ? kNone : by_sku_[place];
  }

  std::shared_ptr<const Catalogue> catalogue_;
  std::vector<Offer> offers_;
  Policy policy_;
  std::vector<std::string> tier_codes_;
  std::vector<Rule> rules_;
  std::vector<Found> by_group_;
  std::vector<Found> by_sku_;   // [0] unused
  std::vector<uint32_t> own_;   // item -> place in by_sku_; 0: none
};

}  // namespace rung::pricing
