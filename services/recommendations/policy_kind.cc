#include "services/recommendations/policy_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/lifecycle/tag_review.h"
#include "libs/wire/recommendation_mapping.h"

namespace rung::recommendations {

std::vector<lifecycle::Finding> PolicyKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> violations;
  const recommend::Policy policy = wire::FromWire(static_cast<const v1::RecommendationPolicy&>(document), violations);
  for (Violation& violation : recommend::Validate(policy)) violations.push_back(std::move(violation));
  std::vector<lifecycle::Finding> findings;
  for (Violation& violation : violations) findings.push_back({lifecycle::Finding::kError, std::move(violation)});
  for (Violation& violation : recommend::Lint(policy)) findings.push_back({lifecycle::Finding::kWarning, std::move(violation)});
  const auto coupons = config_.CurrentHeads("coupon", Deadline::After(5000));
  for (size_t a = 0; a < policy.audiences.size() && coupons.ok(); ++a) {
    const std::string& program = policy.audiences[a].coupon_program;
    const auto names_it = [&](const storage::VersionRow& row) { return row.key.document_id == program; };
    if (program.empty() || std::any_of(coupons->begin(), coupons->end(), names_it)) continue;
    findings.push_back({lifecycle::Finding::kWarning, {"audiences[" + std::to_string(a) + "].coupon_program", "COUPON_UNKNOWN",
                        "no coupon \"" + program + "\" is published: nobody can claim it (`rungctl coupon apply FILE`)"}});
  }
  std::vector<lifecycle::NamedTag> tags;
  for (size_t a = 0; a < policy.audiences.size(); ++a) {
    const std::vector<std::string>& named = policy.audiences[a].when.tags;
    for (size_t t = 0; t < named.size(); ++t) tags.push_back({fmt::format("audiences[{}].when.all_tag_ids[{}]", a, t), named[t]});
  }
  for (Violation& violation : lifecycle::ReviewTags(tags, config_)) findings.push_back({lifecycle::Finding::kWarning, std::move(violation)});
  const std::shared_ptr<const Serving> serving = in_force_.Current();
  for (size_t i = 0; i < policy.excluded_skus.size() && serving->row.version > 0; ++i) {
    if (serving->model->FindSku(policy.excluded_skus[i]) >= 0) continue;
    findings.push_back({lifecycle::Finding::kWarning, {"excluded_skus[" + std::to_string(i) + "]", "SKU_UNKNOWN",
                        "nobody has bought \"" + policy.excluded_skus[i] + "\" as far as the model knows"}});
    if (findings.size() > 100) break;
  }
  return findings;
}

}  // namespace rung::recommendations
