#include "services/recommendations/policy_preview.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "libs/errors/errors.h"
#include "libs/wire/recommendation_mapping.h"

namespace rung::recommendations {
namespace {

constexpr int32_t kCountDefault = 20;
constexpr int64_t kSampleDefault = 10'000;

struct Sum {
  int64_t customers = 0;
  double hits = 0;
  double cost = 0;

  void Add(const recommend::List& list) {
    ++customers;
    hits += list.expected_hits;
    cost += std::max(0.0, list.expected_hits_by_relevance - list.expected_hits);
  }
  void Put(const std::string& audience, v1::AudiencePreview& out) const {
    const double n = static_cast<double>(std::max<int64_t>(1, customers));
    out.set_audience(audience);
    out.set_customer_count(static_cast<int32_t>(customers));
    out.set_expected_hits_milli(static_cast<int32_t>(std::lround(hits / n * 1000)));
    out.set_policy_cost_milli(static_cast<int32_t>(std::lround(cost / n * 1000)));
  }
};

absl::StatusOr<recommend::Policy> PolicyOf(const v1::PreviewPolicyRequest& request, const Serving& serving) {
  if (!request.has_policy()) return *serving.policy;
  std::vector<Violation> violations;
  recommend::Policy policy = wire::FromWire(request.policy(), violations);
  for (Violation& violation : recommend::Validate(policy)) violations.push_back(std::move(violation));
  for (Violation& violation : violations) violation.field = "policy." + violation.field;
  if (!violations.empty()) return InvalidRequest(violations);
  return policy;
}

}  // namespace

absl::Status PreviewPolicy(const v1::PreviewPolicyRequest& request, const PreviewParts& parts, v1::PreviewPolicyResponse& response, Deadline deadline) {
  const recommend::RecommendModel& model = *parts.serving.model;
  RUNG_ASSIGN_OR_RETURN(const recommend::Policy policy, PolicyOf(request, parts.serving));
  if (policy.NamesChurnRisks()) RUNG_RETURN_IF_ERROR(parts.watched.Refresh(deadline));
  const recommend::CompiledPolicy lists(model, policy, *parts.serving.unavailable);
  const int64_t wanted = std::min(model.customers(), request.sample_count() == 0 ? kSampleDefault : request.sample_count());
  recommend::ListRequest listed;
  listed.today = parts.today;
  listed.count = request.count() == 0 ? kCountDefault : request.count();
  std::unordered_map<std::string, Sum> sums;
  Sum all;
  for (int64_t i = 0; i < wanted; ++i) {
    listed.customer.id = model.IdOf(i * model.customers() / wanted);
    listed.customer.tier_code = parts.tier_now(listed.customer.id).value_or("");
    listed.customer.churn_risk = parts.watched.RiskOf(listed.customer.id.number);
    const recommend::List list = lists.MakeList(listed);
    sums[list.audience].Add(list);
    all.Add(list);
  }
  for (const recommend::Audience& audience : policy.audiences) sums[audience.name].Put(audience.name, *response.add_audiences());
  all.Put("", *response.mutable_everybody());
  response.set_model_version(parts.serving.row.version);
  if (!request.has_policy()) response.set_policy_version(parts.serving.policy_version);
  response.set_tags_unknown(policy.NamesTags());
  return absl::OkStatus();
}

}  // namespace rung::recommendations
