#include "libs/wire/recommendation_mapping.h"

#include <fmt/format.h>

#include "libs/wire/retention_mapping.h"
#include "libs/wire/rule_mapping.h"

namespace rung::wire {
namespace {

namespace v1 = recommendations::v1;

std::vector<std::string> Strings(const google::protobuf::RepeatedPtrField<std::string>& in) { return {in.begin(), in.end()}; }

std::optional<recommend::Source> SourceOf(v1::RecommendationSource source) {
  switch (source) {
    case v1::RECOMMENDATION_SOURCE_BUY_AGAIN: return recommend::Source::kBuyAgain;
    case v1::RECOMMENDATION_SOURCE_BOUGHT_TOGETHER: return recommend::Source::kBoughtTogether;
    case v1::RECOMMENDATION_SOURCE_POPULAR: return recommend::Source::kPopular;
    case v1::RECOMMENDATION_SOURCE_NEW_ARRIVAL: return recommend::Source::kNewArrival;
    case v1::RECOMMENDATION_SOURCE_PROMOTION: return recommend::Source::kPromotion;
    default: return std::nullopt;
  }
}

std::optional<recommend::GroupKind> GroupOf(v1::PopularGroup group) {
  switch (group) {
    case v1::POPULAR_GROUP_SEGMENT: return recommend::GroupKind::kSegment;
    case v1::POPULAR_GROUP_REGION: return recommend::GroupKind::kRegion;
    case v1::POPULAR_GROUP_TIER: return recommend::GroupKind::kTier;
    default: return std::nullopt;
  }
}

recommend::AudienceCondition ConditionOf(const std::string& path, const v1::AudienceCondition& in, std::vector<Violation>& violations) {
  recommend::AudienceCondition when;
  when.tier_codes = Strings(in.tier_codes());
  when.regions = Strings(in.regions());
  when.segments = Strings(in.segments());
  when.tags = Strings(in.all_tag_ids());
  for (int r = 0; r < in.churn_risks_size(); ++r) {
    const auto risk = FromWire(static_cast<grading::v1::ChurnRisk>(in.churn_risks(r)));
    if (risk && *risk != ChurnRisk::kNone) {
      when.churn_risks.push_back(*risk);
    } else {
      violations.push_back({fmt::format("{}.churn_risks[{}]", path, r), "UNKNOWN_VALUE", "choose CHURN_RISK_WATCH, CHURN_RISK_HIGH or CHURN_RISK_LOST"});
    }
  }
  if (in.has_most_purchase_days()) when.most_purchase_days = in.most_purchase_days().value();
  if (in.has_least_overdue_permille()) when.least_overdue_permille = in.least_overdue_permille().value();
  return when;
}

}  // namespace

recommend::Policy FromWire(const v1::RecommendationPolicy& in, std::vector<Violation>& violations) {
  recommend::Policy policy;
  policy.excluded_skus = Strings(in.excluded_skus());
  policy.excluded_categories = Strings(in.excluded_categories());
  RuleReader reader(violations);
  for (int p = 0; p < in.promotions_size(); ++p) {
    const v1::Promotion& from = in.promotions(p);
    const pricing::Days days = reader.ReadDays(fmt::format("promotions[{}]", p), from.from_date(), from.until_date());
    policy.promotions.push_back({from.promotion_id(), Strings(from.skus()), Strings(from.categories()), days.from, days.until});
  }
  for (int a = 0; a < in.audiences_size(); ++a) {
    const v1::Audience& from = in.audiences(a);
    recommend::Audience& audience = policy.audiences.emplace_back();
    audience.name = from.name();
    audience.when = ConditionOf(fmt::format("audiences[{}].when", a), from.when(), violations);
    audience.margin_weight_permille = from.margin_weight_permille();
    audience.most_per_category = from.most_per_category();
    audience.exploration_permille = from.exploration_permille();
    audience.coupon_program = from.coupon_program();
    for (int s = 0; s < from.slots_size(); ++s) {
      const v1::Slot& slot = from.slots(s);
      audience.slots.push_back({slot.name(), slot.count(), SourceOf(slot.source()), Strings(slot.categories())});
      if (slot.source() != v1::RECOMMENDATION_SOURCE_UNSPECIFIED && !audience.slots.back().source) {
        violations.push_back({fmt::format("audiences[{}].slots[{}].source", a, s), "UNKNOWN_VALUE", "a source that this release doesn't know"});
      }
    }
    for (int g = 0; g < from.popular_by_size(); ++g) {
      if (const auto group = GroupOf(from.popular_by(g))) {
        audience.popular_by.push_back(*group);
      } else {
        violations.push_back({fmt::format("audiences[{}].popular_by[{}]", a, g), "UNKNOWN_VALUE", "choose POPULAR_GROUP_SEGMENT, _REGION or _TIER"});
      }
    }
    for (const v1::Boost& boost : from.boosts()) {
      audience.boosts.push_back({Strings(boost.categories()), Strings(boost.skus()), boost.factor_permille()});
    }
  }
  return policy;
}

v1::RecommendationSource ToWire(recommend::Source source) {
  switch (source) {
    case recommend::Source::kBuyAgain: return v1::RECOMMENDATION_SOURCE_BUY_AGAIN;
    case recommend::Source::kBoughtTogether: return v1::RECOMMENDATION_SOURCE_BOUGHT_TOGETHER;
    case recommend::Source::kPopular: return v1::RECOMMENDATION_SOURCE_POPULAR;
    case recommend::Source::kNewArrival: return v1::RECOMMENDATION_SOURCE_NEW_ARRIVAL;
    case recommend::Source::kPromotion: return v1::RECOMMENDATION_SOURCE_PROMOTION;
  }
  return v1::RECOMMENDATION_SOURCE_UNSPECIFIED;
}

}  // namespace rung::wire
