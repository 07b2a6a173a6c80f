#include "services/grading/model_kind.h"

#include <algorithm>

#include "libs/features/feature.h"
#include "libs/features/traits.h"
#include "libs/scoring/lint.h"
#include "libs/scoring/validation.h"
#include "libs/wire/model_mapping.h"

namespace rung::grading {
namespace {

// Outside values that a model may name before anybody has reported them.
constexpr std::string_view kFittedFeatures[] = {"ltv_365d", "p_alive", "expected_orders_90d", "potential_index"};

const v1::Model& AsModel(const google::protobuf::Message& document) { return static_cast<const v1::Model&>(document); }

scoring::FeatureTraits TraitsOf(std::string_view feature) {
  const features::Traits traits = features::TraitsOf(feature);
  return {std::string(traits.family), traits.direction, std::string(traits.by_days)};
}

}  // namespace

std::string ModelKind::IdOf(const google::protobuf::Message& document) const { return AsModel(document).model_id(); }

std::vector<Violation> ModelKind::Violations(const v1::Model& message) const {
  std::vector<Violation> violations;
  const scoring::Model model = wire::FromWire(message, violations);
  const auto is_feature = [this](std::string_view name) {
    return features::FindFeature(name) != nullptr || codes_.Find(features::CodeKind::kOutsideValue, name) >= 0 ||
           std::find(std::begin(kFittedFeatures), std::end(kFittedFeatures), name) != std::end(kFittedFeatures);
  };
  for (Violation& violation : scoring::Validate(model, is_feature)) {
    const bool reported = std::any_of(violations.begin(), violations.end(),
                                      [&](const Violation& known) { return known.field == violation.field; });
    if (!reported) violations.push_back(std::move(violation));
  }
  return violations;
}

std::vector<lifecycle::Finding> ModelKind::Check(const google::protobuf::Message& document) const {
  std::vector<lifecycle::Finding> findings;
  for (Violation& violation : Violations(AsModel(document))) {
    findings.push_back({lifecycle::Finding::kError, std::move(violation)});
  }
  if (!findings.empty()) return findings;  // lint reads valid models only
  std::vector<Violation> none;
  for (scoring::Finding& lint : scoring::Lint(wire::FromWire(AsModel(document), none), {TraitsOf})) {
    if (lint.severity == scoring::Severity::kNote) continue;
    findings.push_back({lifecycle::Finding::kWarning,
                        {std::move(lint.field), std::move(lint.code), lint.message.en + "; " + lint.way_out.en}});
  }
  return findings;
}

void ModelKind::Amend(const google::protobuf::Message& document, storage::PublishRow& publish) const {
  storage::LadderChange& change = publish.ladder.emplace();
  for (const v1::Tier& tier : AsModel(document).tiers()) change.tier_codes.push_back(tier.code());
}

}  // namespace rung::grading
