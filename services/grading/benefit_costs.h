// What the benefits of each customer would have cost in a year, in any tier.
#pragma once

#include <absl/container/flat_hash_map.h>

#include "rung/grading/v1/simulation.pb.h"
#include "services/grading/base_loader.h"
#include "services/grading/ladder_prices.h"

namespace rung::grading {

/// For one base, which was loaded with the plan's prices, regions and segments.
class BenefitCosts {
 public:
  /// All must outlive the object.
  BenefitCosts(const benefits::AnnualCost& prices, const Ladder& ladder, const LoadedBase& base, const features::CodeBook& codes);

  /// Of a row in the tier of this number.
  benefits::AnnualCost::Cost Of(size_t row, uint8_t tier);

 private:
  using Prices = benefits::AnnualCost::Prices;

  const Prices& PricesOf(size_t row, uint8_t tier);
  Prices Ask(size_t row, uint8_t tier, const std::string& customer_id) const;

  const benefits::AnnualCost& prices_;
  const Ladder& ladder_;
  const LoadedBase& base_;
  const features::CodeBook& codes_;
  bool by_traits_ = false;
  absl::flat_hash_map<int64_t, std::string> named_;  // customers of whom an override speaks, by number
  absl::flat_hash_map<std::pair<int32_t, int32_t>, std::vector<std::optional<Prices>>> classes_;  // by region and segment, then tier
  Prices of_named_;
  std::vector<int64_t> by_path_;
  std::vector<int32_t> orders_from_;
};

/// Sums of costs.
struct CostSum {
  int64_t discount_fen = 0;
  int64_t free_deliveries = 0;

  void Add(const benefits::AnnualCost::Cost& cost) {
    discount_fen += cost.discount_fen;
    free_deliveries += cost.free_deliveries;
  }
  int64_t Fen(int64_t delivery_fee) const { return discount_fen + free_deliveries * delivery_fee; }
};

/// What isn't counted, in words.
void WriteNotes(const benefits::AnnualCost& prices, v1::SimulationResult::BenefitCosts& out);

}  // namespace rung::grading
