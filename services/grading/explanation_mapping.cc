#include "services/grading/explanation_mapping.h"

#include <cmath>

#include "libs/base/day.h"
#include "libs/features/fitted.h"

namespace rung::grading {
namespace {

namespace ex = explanation;

double OfMicro(scoring::Micro micro) { return static_cast<double>(micro) / scoring::kOneMicro; }

v1::StabilityRule RuleToWire(ex::StabilityRule rule) {
  switch (rule) {
    case ex::StabilityRule::kFirstAssignment:
      return v1::STABILITY_RULE_FIRST_ASSIGNMENT;
    case ex::StabilityRule::kUpgradeAtOnce:
      return v1::STABILITY_RULE_UPGRADE_AT_ONCE;
    case ex::StabilityRule::kProtection:
      return v1::STABILITY_RULE_PROTECTION;
    case ex::StabilityRule::kDowngradeWaits:
      return v1::STABILITY_RULE_DOWNGRADE_WAITS;
    case ex::StabilityRule::kDowngradeInBatch:
      return v1::STABILITY_RULE_DOWNGRADE_IN_BATCH;
    case ex::StabilityRule::kProtectionVoid:
      return v1::STABILITY_RULE_PROTECTION_VOID;
    case ex::StabilityRule::kWithinMargin:
      return v1::STABILITY_RULE_WITHIN_MARGIN;
    case ex::StabilityRule::kConfirmation:
      return v1::STABILITY_RULE_CONFIRMATION;
    case ex::StabilityRule::kLevelLimit:
      return v1::STABILITY_RULE_LEVEL_LIMIT;
    case ex::StabilityRule::kOlderFacts:
      return v1::STABILITY_RULE_OLDER_FACTS;
    case ex::StabilityRule::kOverride:
      return v1::STABILITY_RULE_OVERRIDE;
    case ex::StabilityRule::kFrozen:
      return v1::STABILITY_RULE_FROZEN;
    case ex::StabilityRule::kTierDropped:
      return v1::STABILITY_RULE_TIER_DROPPED;
  }
  return v1::STABILITY_RULE_UNSPECIFIED;
}

void FactorToWire(const ex::ExplainedFactor& factor, const v1::Factor& message, v1::ExplainedFactor& out) {
  out.set_feature(factor.feature);
  out.set_measured_feature(factor.measured);
  if (!std::isnan(factor.value)) out.set_value(factor.value);
  out.set_benchmark(factor.benchmark);
  if (factor.benchmark_value > 0) out.set_benchmark_value(factor.benchmark_value);
  if (!std::isnan(factor.compared)) out.set_compared_value(factor.compared);
  *out.mutable_normaliser() = message.normaliser();
  if (!std::isnan(factor.normalised)) out.set_normalised(factor.normalised);
  out.set_weight(OfMicro(factor.weight));
  out.set_rank(factor.rank);
  out.set_rank_count(factor.rank_size);
  if (message.normaliser().has_to_max()) out.set_population_maximum(factor.maximum);
}

void DimensionToWire(const ex::ExplainedDimension& dimension, const v1::Dimension& message, v1::ExplainedDimension& out) {
  out.set_name(dimension.name);
  out.set_weight(OfMicro(dimension.weight));
  out.set_combine(message.combine());
  out.set_missing_policy(message.missing());
  if (!std::isnan(dimension.points)) out.set_points(dimension.points);
  if (dimension.counted_share > 0) out.set_counted_points(dimension.counted_points);
  out.set_counted_share(dimension.counted_share);
  out.set_contribution_milli(dimension.contribution);
  for (size_t f = 0; f < dimension.factors.size(); ++f) {
    FactorToWire(dimension.factors[f], message.factors(static_cast<int>(f)), *out.add_factors());
  }
}

void MultiplierToWire(const ex::ExplainedMultiplier& multiplier, const v1::Multiplier& message, v1::ExplainedMultiplier& out) {
  out.set_name(multiplier.name);
  *out.mutable_condition() = message.when();
  out.set_measured_feature(multiplier.measured);
  if (!std::isnan(multiplier.value)) out.set_value(multiplier.value);
  out.set_held(multiplier.held);
  out.set_factor(OfMicro(multiplier.factor));
}

void CriterionToWire(const ex::ExplainedCriterion& criterion, const v1::Rules::Criterion& message, v1::ExplainedCriterion& out) {
  out.set_measured_feature(criterion.measured);
  if (criterion.top_share) {
    out.set_top_share(OfMicro(*criterion.top_share));
    out.mutable_condition()->set_feature(message.feature());
  } else {
    out.mutable_condition()->set_feature(message.feature());
    out.mutable_condition()->set_comparison(message.comparison());
    out.mutable_condition()->set_value(message.value());
  }
  if (!std::isnan(criterion.value)) out.set_value(criterion.value);
  out.set_rank(criterion.rank);
  out.set_rank_count(criterion.rank_size);
  out.set_rank_allowed(criterion.rank_allowed);
  out.set_held(criterion.held);
  if (!std::isnan(criterion.points)) out.set_points(criterion.points);
  out.set_contribution_milli(criterion.contribution);
}

void TierToWire(const ex::TierTest& tier, const v1::Tier& message, v1::TierTest& out) {
  out.set_tier_code(tier.code);
  out.set_reached(tier.reached);
  out.set_lower_bound_milli(tier.lower_bound);
  out.set_missing_milli(tier.missing_points);
  out.set_rank_allowed(tier.rank_allowed);
  out.set_missing_rank_count(tier.missing_ranks);
  out.set_at_least(tier.at_least);
  out.set_missing_criterion_count(tier.missing_criteria);
  for (size_t c = 0; c < tier.criteria.size(); ++c) {
    CriterionToWire(tier.criteria[c], message.rules().criteria(static_cast<int>(c)), *out.add_criteria());
  }
}

void AddSentences(const ex::Sentences& sentences, v1::Explanation& out) {
  ToWire(sentences.summary, *out.mutable_summary());
  for (const ex::Text& text : sentences.breakdown) ToWire(text, *out.add_breakdown_sentences());
  for (const ex::Text& text : sentences.stability) ToWire(text, *out.add_stability_sentences());
  for (const ex::Text& text : sentences.missing) ToWire(text, *out.add_missing_sentences());
  for (const ex::Text& text : sentences.next_tier) ToWire(text, *out.add_next_tier_sentences());
}

}  // namespace

void ToWire(const ex::Text& text, v1::Sentence& out) {
  out.set_en(text.en);
  out.set_zh(text.zh);
}

void ToWire(const ex::Explanation& explained, const ex::Sentences& sentences, const v1::Model& message, v1::Explanation& out) {
  out.set_as_of_date(FormatDay(explained.as_of));
  out.set_computed_tier_code(explained.tiers[explained.computed].code);
  out.set_effective_tier_code(explained.tiers[explained.decision.standing.effective].code);
  out.set_score_milli(explained.score);
  for (size_t d = 0; d < explained.dimensions.size(); ++d) {
    DimensionToWire(explained.dimensions[d], message.dimensions(static_cast<int>(d)), *out.add_dimensions());
  }
  for (size_t m = 0; m < explained.multipliers.size(); ++m) {
    MultiplierToWire(explained.multipliers[m], message.multipliers(static_cast<int>(m)), *out.add_multipliers());
  }
  out.set_base_milli(explained.base);
  out.set_multiplier(explained.multiplier);
  out.set_multiplier_effect_milli(explained.multiplier_effect);
  out.set_clamp_effect_milli(explained.clamp_effect);
  out.set_is_member(explained.is_member);
  out.set_score_rank(explained.score_rank);
  out.set_score_rank_count(explained.score_rank_size);
  for (size_t t = 0; t < explained.tiers.size(); ++t) {
    TierToWire(explained.tiers[t], message.tiers(static_cast<int>(t)), *out.add_tiers());
  }
  if (const ex::TierTest* next = explained.NextTier()) out.set_next_tier_code(next->code);
  for (const ex::ExplainedRule& rule : explained.rules) {
    v1::StabilityStep& step = *out.add_stability();
    step.set_rule(RuleToWire(rule.rule));
    step.set_decided(rule.decided);
    if (rule.until != 0) step.set_until_date(FormatDay(rule.until));
  }
  for (const ex::MissingFeature& missing : explained.missing) {
    v1::MissingFeature& item = *out.add_missing_features();
    item.set_feature(missing.feature);
    item.set_asked_by(missing.dimension);
    item.set_reason(std::string(features::WhyMissing(missing.feature)));
  }
  AddSentences(sentences, out);
}

}  // namespace rung::grading
