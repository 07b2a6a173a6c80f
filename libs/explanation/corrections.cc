#include "libs/explanation/corrections.h"

#include <cmath>

#include <fmt/format.h>

#include "libs/explanation/sentences.h"
#include "libs/features/feature.h"

namespace rung::explanation {
namespace {

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

scoring::FeatureGrid GridOf(std::string_view feature) {
  const features::FeatureDefinition* definition = features::FindFeature(feature);
  if (definition == nullptr) return {-1e6, 1e6, 1000};
  const std::string_view unit = definition->unit;
  if (unit.starts_with("fen")) return {feature.starts_with("gross_margin") ? -1e12 : 0, 1e12, 1};
  if (definition->integer) return {0, 1e5, 1};
  if (feature == "loyalty_12") return {0, 1, 12};
  if (feature == "spend_growth_90d") return {-1, 1, 10'000};
  if (Has(feature, "_cv_")) return {0, 100, 10'000};
  if (feature.starts_with("gross_margin_rate")) return {-10, 1, 10'000};
  if (unit == "ratio") return {0, 1, 10'000};
  return {0, 1e5, 100};
}

std::vector<Carrier> CarriersOf(std::string_view feature) {
  if (features::FindFeature(feature) == nullptr) return {Carrier::kOutsideValue};
  if (feature.starts_with("tenure")) return {Carrier::kProfile, Carrier::kOrder};
  if (feature.starts_with("return_rate") || feature.starts_with("refund_rate")) return {Carrier::kRefund, Carrier::kOrder};
  if (feature.starts_with("on_time")) return {Carrier::kDelivery};
  if (feature.starts_with("complaint")) return {Carrier::kComplaint, Carrier::kOrder};
  if (feature.starts_with("review_rate")) return {Carrier::kReview};
  if (feature.starts_with("app_sessions")) return {Carrier::kSession};
  if (feature.starts_with("payment_on_time") || feature.starts_with("overdue")) return {Carrier::kInvoice, Carrier::kProfile};
  if (Has(feature, "spend") || Has(feature, "margin") || feature.starts_with("aov")) return {Carrier::kOrder, Carrier::kRefund, Carrier::kCancellation};
  return {Carrier::kOrder, Carrier::kCancellation};
}

Text DescribeCorrection(std::string_view feature, const scoring::Correction& correction, const scoring::Model& model, const Style& style) {
  const Text name = FeatureName(feature), tier = TierName(model.tiers[correction.tier]);
  const Text was = Quantity(feature, correction.value, style), needed = Quantity(feature, correction.needed, style);
  return {fmt::format("{}: {} instead of {} would have given {}", name.en, needed.en, was.en, tier.en),
          fmt::format("{}若为{}（实际{}），当时即为{}", name.zh, needed.zh, was.zh, tier.zh)};
}

Text SummariseCorrections(const scoring::Corrections& corrections, bool is_best_tier) {
  if (is_best_tier) return {"There is no better tier.", "已是最高等级。"};
  const size_t count = corrections.found.size();
  Text text{count == 1 ? "One value, corrected alone, would have given a better tier." : fmt::format("{} values would each, corrected alone, have given a better tier.", count),
            fmt::format("有{}项数值，单独更正其中任意一项即可得到更高等级。", count)};
  if (count == 1) text.zh = "有1项数值，单独更正即可得到更高等级。";
  if (count == 0) text = {"No single value, whatever it were, would have given a better tier.", "单独更正任何一项数值都得不到更高等级。"};
  if (corrections.untried.empty()) return text;
  text.en += fmt::format(" {} that compare customers couldn't be tried: the others are no longer known as they were.",
                         corrections.untried.size() == 1 ? "One feature" : fmt::format("{} features", corrections.untried.size()));
  text.zh += fmt::format("另有{}项与其他客户比较的指标无法试算：当时的参评分布已不在。", corrections.untried.size());
  return text;
}

}  // namespace rung::explanation
