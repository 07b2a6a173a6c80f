#include "services/grading/document_kinds.h"

#include <algorithm>

#include "libs/errors/errors.h"
#include "libs/features/feature.h"
#include "libs/features/fitted.h"
#include "libs/wire/abuse_mapping.h"
#include "libs/wire/retention_mapping.h"
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

std::vector<lifecycle::Finding> RetentionPolicyKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> violations;
  const forecast::RetentionPolicy policy = wire::FromWire(static_cast<const v1::RetentionPolicy&>(document), violations);
  Append(violations, forecast::Validate(policy));
  std::vector<lifecycle::Finding> findings = AsErrors(std::move(violations));
  const auto warn = [&findings](std::string field, const char* reason, std::string message) {
    findings.push_back({lifecycle::Finding::kWarning, {std::move(field), reason, std::move(message)}});
  };
  const auto coupons = config_.CurrentHeads("coupon", Deadline::After(5000));
  const auto ladder = ladders_.Find("");
  std::vector<lifecycle::NamedTag> tags;
  for (size_t r = 0; r < policy.rules.size(); ++r) {
    const forecast::RetentionRule& rule = policy.rules[r];
    const auto is_published = [&](const storage::VersionRow& row) { return row.key.document_id == rule.coupon_id; };
    if (!rule.coupon_id.empty() && coupons.ok() && std::none_of(coupons->begin(), coupons->end(), is_published)) {
      warn(fmt::format("rules[{}].coupon.coupon_id", r), "COUPON_UNKNOWN",
           fmt::format("no coupon \"{}\" is published: actions of this rule would be refused (`rungctl coupon apply FILE`)", rule.coupon_id));
    }
    for (size_t t = 0; ladder.ok() && t < rule.when.tiers.size(); ++t) {
      const auto& codes = (*ladder)->row.tier_codes;
      if (std::find(codes.begin(), codes.end(), rule.when.tiers[t]) != codes.end()) continue;
      warn(fmt::format("rules[{}].when.tier_codes[{}]", r, t), "TIER_UNKNOWN", fmt::format("the default ladder has no tier \"{}\"", rule.when.tiers[t]));
    }
    for (size_t t = 0; t < rule.when.tags.size(); ++t) tags.push_back({fmt::format("rules[{}].when.tag_ids[{}]", r, t), rule.when.tags[t]});
  }
  for (Violation& violation : lifecycle::ReviewTags(tags, config_)) findings.push_back({lifecycle::Finding::kWarning, std::move(violation)});
  return findings;
}

}  // namespace rung::grading
