#include "services/grading/benefit_costs.h"

namespace rung::grading {

BenefitCosts::BenefitCosts(const benefits::AnnualCost& prices, const Ladder& ladder, const LoadedBase& base, const features::CodeBook& codes)
    : prices_(prices), ladder_(ladder), base_(base), codes_(codes), by_path_(prices.paths().size()),
      orders_from_(prices.thresholds().size()) {
  for (const benefits::Override& item : prices.benefits().plan().overrides) {
    by_traits_ |= !item.audience.regions.empty() || !item.audience.segments.empty();
    for (const std::string& id : item.audience.customers) named_.emplace(static_cast<int64_t>(FingerprintOf(id).number), id);
  }
}

benefits::AnnualCost::Cost BenefitCosts::Of(size_t row, uint8_t tier) {
  for (size_t p = 0; p < by_path_.size(); ++p) by_path_[p] = base_.goods_by_path[p][row];
  for (size_t t = 0; t < orders_from_.size(); ++t) orders_from_[t] = base_.orders_from[t][row];
  const benefits::Year year{base_.net[row], base_.goods[row], by_path_, orders_from_};
  return benefits::AnnualCost::Of(PricesOf(row, tier), year);
}

const BenefitCosts::Prices& BenefitCosts::PricesOf(size_t row, uint8_t tier) {
  if (!named_.empty()) {
    const auto named = named_.find(static_cast<int64_t>(base_.customers[row].number));
    if (named != named_.end()) return of_named_ = Ask(row, tier, named->second);
  }
  const std::pair<int32_t, int32_t> key = by_traits_ ? std::pair(base_.regions[row], base_.segments[row]) : std::pair(-1, -1);
  auto& by_tier = classes_[key];
  if (by_tier.empty()) by_tier.resize(labels::kMaxTiers + 1);
  if (!by_tier[tier]) by_tier[tier] = Ask(row, tier, "");
  return *by_tier[tier];
}

BenefitCosts::Prices BenefitCosts::Ask(size_t row, uint8_t tier, const std::string& customer_id) const {
  return prices_.PricesOf({ladder_.CodeOf(tier), WordOf(codes_, features::CodeKind::kRegion, base_.regions[row]),
                           WordOf(codes_, features::CodeKind::kSegment, base_.segments[row]), customer_id});
}

void WriteNotes(const benefits::AnnualCost& prices, v1::SimulationResult::BenefitCosts& out) {
  struct Words {
    v1::SimulationResult::BenefitCosts::Reason reason;
    const char* zh;
    const char* en;
  };
  using Costs = v1::SimulationResult::BenefitCosts;
  static constexpr Words kWords[] = {
      {Costs::REASON_NOT_MONEY, "不是金额，未计入", "isn't money; not counted"},
      {Costs::REASON_SINGLE_GOODS, "只针对单个商品，一年的消费只按品类记录，未计入", "is for single goods, and a year's goods are known by category; not counted"},
      {Costs::REASON_LIMITED, "有限量或预算，按不限量计入（上限）", "is limited; counted as if it weren't, the most that it can cost"}};
  for (const auto& note : prices.notes()) {
    const Words& words = kWords[static_cast<size_t>(note.why)];
    auto& item = *out.add_uncounted();
    item.set_benefit_id(note.benefit->id);
    item.set_reason(words.reason);
    (*item.mutable_messages())["zh"] = words.zh;
    (*item.mutable_messages())["en"] = words.en;
  }
}

}  // namespace rung::grading
