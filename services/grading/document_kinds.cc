#include "services/grading/document_kinds.h"

#include "libs/features/feature.h"
#include "libs/features/fitted.h"
#include "libs/wire/abuse_mapping.h"
#include "libs/wire/tag_mapping.h"

namespace rung::grading {
namespace {

std::vector<lifecycle::Finding> AsErrors(std::vector<Violation> violations) {
  std::vector<lifecycle::Finding> findings;
  for (Violation& violation : violations) findings.push_back({lifecycle::Finding::kError, std::move(violation)});
  return findings;
}

void Append(std::vector<Violation>& to, std::vector<Violation> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<lifecycle::Finding> TagSetKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> violations;
  const tags::TagSet set = wire::FromWire(static_cast<const v1::TagSet&>(document), violations);
  Append(violations, tags::Validate(set, [this](std::string_view name) {
           return features::FindFeature(name) != nullptr || features::FindFitted(name) != nullptr || codes_.Find(features::CodeKind::kOutsideValue, name) >= 0;
         }));
  return AsErrors(std::move(violations));
}

std::vector<lifecycle::Finding> AbusePolicyKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> violations;
  const abuse::Policy policy = wire::FromWire(static_cast<const v1::AbusePolicy&>(document), violations);
  Append(violations, abuse::Validate(policy));
  return AsErrors(std::move(violations));
}

}  // namespace rung::grading
