#include "services/grading/model_kind.h"

#include <algorithm>
#include <set>

#include "libs/features/feature.h"
#include "libs/scoring/lint.h"
#include "libs/lifecycle/documents.h"
#include "libs/scoring/validation.h"
#include "libs/wire/model_mapping.h"
#include "services/grading/base_lint.h"

namespace rung::grading {
namespace {

constexpr int kMostStrangers = 1000;
constexpr size_t kMaxElements = 20'000;  // far above any model that people can read

const v1::Model& AsModel(const google::protobuf::Message& document) { return static_cast<const v1::Model&>(document); }

}  // namespace

std::string ModelKind::IdOf(const google::protobuf::Message& document) const { return AsModel(document).model_id(); }

std::vector<Violation> ModelKind::Violations(const v1::Model& message) const {
  std::vector<Violation> violations = lifecycle::FindShapeProblems(message, kMaxElements);
  if (!violations.empty()) return violations;
  const scoring::Model model = wire::FromWire(message, violations);
  int strangers = 0;
  const auto is_feature = [&](std::string_view name) {
    if (features::FindFeature(name) != nullptr) return true;
    if (features::FindFitted(name) != nullptr) return true;
    // Each stranger is asked for in storage, and a hostile model has many.
    if (strangers >= kMostStrangers) return false;
    const bool known = codes_.Find(features::CodeKind::kOutsideValue, name) >= 0;
    strangers += known ? 0 : 1;
    return known;
  };
  std::set<std::string> reported;
  for (const Violation& violation : violations) reported.insert(violation.field);
  for (Violation& violation : scoring::Validate(model, is_feature)) {
    if (reported.insert(violation.field).second) violations.push_back(std::move(violation));
  }
  if (violations.size() > lifecycle::kMaxFindings) violations.resize(lifecycle::kMaxFindings);
  return violations;
}

std::vector<lifecycle::Finding> ModelKind::Check(const google::protobuf::Message& document) const {
  std::vector<lifecycle::Finding> findings;
  for (Violation& violation : Violations(AsModel(document))) {
    findings.push_back({lifecycle::Finding::kError, std::move(violation)});
  }
  if (!findings.empty()) return findings;  // lint reads valid models only
  std::vector<Violation> none;
  for (scoring::Finding& lint : scoring::Lint(wire::FromWire(AsModel(document), none), {LintTraitsOf})) {
    if (lint.severity == scoring::Severity::kNote) continue;
    findings.push_back({lint.severity == scoring::Severity::kError ? lifecycle::Finding::kError : lifecycle::Finding::kWarning,
                        {std::move(lint.field), std::move(lint.code), lint.message.en + "; " + lint.way_out.en}});
  }
  return findings;
}

std::vector<Violation> ModelKind::Errors(const v1::Model& message) const {
  std::vector<Violation> errors;
  for (lifecycle::Finding& finding : Check(message)) {
    if (finding.severity == lifecycle::Finding::kError) errors.push_back(std::move(finding.violation));
  }
  return errors;
}

void ModelKind::Amend(const google::protobuf::Message& document, storage::PublishRow& publish) const {
  storage::LadderChange& change = publish.ladder.emplace();
  for (const v1::Tier& tier : AsModel(document).tiers()) change.tier_codes.push_back(tier.code());
}

}  // namespace rung::grading
