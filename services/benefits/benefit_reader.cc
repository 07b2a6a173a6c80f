#include "services/benefits/benefit_reader.h"

#include <algorithm>

#include "libs/base/text.h"
#include "libs/benefits/quota_period.h"
#include "libs/errors/errors.h"
#include "libs/storage/store_error.h"
#include "libs/wire/benefit_mapping.h"
#include "libs/wire/instant.h"
#include "libs/wire/quote_mapping.h"

namespace rung::benefits_service {
namespace {

constexpr size_t kMaxCustomerId = 128;
constexpr size_t kMaxRegion = 128;

bool Limited(const benefits::Entitlement& entitlement) {
  return entitlement.answer == benefits::Answer::kApplies && entitlement.entry->benefit->quota.has_value();
}

}  // namespace

storage::Share ShareOf(const benefits::Plan& plan, const benefits::Benefit& benefit, const std::optional<benefits::Quota>& quota, Day day) {
  storage::Share share;
  share.meter.subject = fmt::format("benefit:{}/{}", plan.plan_id, benefit.id);
  share.uses_name = fmt::format("uses of benefit \"{}\"", benefit.id);
  share.pool_name = fmt::format("the budget of benefit \"{}\" for all customers", benefit.id);
  share.currency = plan.currency;
  if (!quota) return share;
  share.meter.period_start = benefits::PeriodStart(quota->period, day);
  share.metered = quota->uses.has_value();
  share.uses_limit = quota->uses;
  if (quota->budget) {
    share.pool = share.meter.subject;
    share.pool_limit = quota->budget->value;
  }
  return share;
}

void WriteRemaining(const std::optional<int64_t>& uses, const std::optional<int64_t>& budget, const benefits::Quota& quota, const BusinessZone& zone,
                    Day day, benefits::v1::Remaining* out) {
  if (uses) out->set_uses(*uses);
  if (budget) out->set_budget_fen(*budget);
  const auto renewed = benefits::NextPeriodStart(quota.period, day);
  if (uses && renewed) wire::SetTime(zone.StartOf(*renewed) * 1'000'000, out->mutable_renewed_time());
}

absl::StatusOr<BenefitReader::Question> BenefitReader::Read(const benefits::v1::GetBenefitsRequest& request) const {
  if (request.customer_id().empty()) return InvalidField("customer_id", "REQUIRED", "give the customer's id");
  if (const auto problem = FindTextProblem("customer_id", request.customer_id(), kMaxCustomerId)) return InvalidRequest({*problem});
  if (const auto problem = FindTextProblem("region", request.region(), kMaxRegion)) return InvalidRequest({*problem});
  std::vector<Violation> violations;
  Question question{.languages = wire::ReadLanguages(request.languages(), violations)};
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(question.plan, parts_.published.Plan(request.plan_id()));
  return question;
}

absl::StatusOr<BenefitReader::Answers> BenefitReader::Answer(const Question& question, CustomerFacts facts, const benefits::v1::GetBenefitsRequest& request) const {
  if (request.fail_closed()) RUNG_RETURN_IF_ERROR(RequireTier(facts));
  if (!request.region().empty()) facts.customer.region = request.region();
  Answers answers{.facts = std::move(facts), .day = parts_.zone.DayOf(parts_.clock.NowSeconds())};
  answers.entitlements = question.plan->benefits->For(answers.facts.customer, answers.day);
  answers.limited = std::any_of(answers.entitlements.begin(), answers.entitlements.end(), Limited);
  return answers;
}

std::optional<absl::Status> BenefitReader::GetFromMemory(const benefits::v1::GetBenefitsRequest& request, benefits::v1::GetBenefitsResponse& response) const {
  const auto question = Read(request);
  if (!question.ok()) return question.status();
  const PublishedPlan& plan = *question->plan;
  auto facts = parts_.customers.GetFromMemory(request.customer_id(), plan.benefits->plan().ladder_id, plan.by_traits);
  if (!facts) return std::nullopt;
  if (!facts->ok()) return facts->status();
  if ((*facts)->merged) return std::nullopt;
  const auto answers = Answer(*question, **std::move(facts), request);
  if (!answers.ok()) return answers.status();
  if (answers->limited) return std::nullopt;
  Write(*question, *answers, request.with_rejected(), response);
  return absl::OkStatus();
}

absl::Status BenefitReader::Get(const benefits::v1::GetBenefitsRequest& request, benefits::v1::GetBenefitsResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const Question question, Read(request));
  const benefits::Plan& plan = question.plan->benefits->plan();
  RUNG_ASSIGN_OR_RETURN(CustomerFacts facts, parts_.customers.Get(request.customer_id(), plan.ladder_id, deadline));
  const bool merged = facts.merged;
  RUNG_ASSIGN_OR_RETURN(Answers answers, Answer(question, std::move(facts), request));
  absl::Status counted;
  if (merged) {
    auto target = parts_.customers.MergedInto(request.customer_id(), deadline);
    counted = target.status();
    if (target.ok()) answers.merged_into = *std::move(target);
  }
  if (answers.limited) {
    if (counted.ok()) counted = CountQuotas(plan, answers, deadline);
    const bool may_pass = storage::MayPass(counted) && !request.fail_closed();
    if (!counted.ok() && !may_pass) return counted;
    response.set_quotas_unknown(!counted.ok());
  }
  Write(question, answers, request.with_rejected(), response);
  return absl::OkStatus();
}

absl::Status BenefitReader::CountQuotas(const benefits::Plan& plan, Answers& answers, Deadline deadline) const {
  std::vector<storage::Meter> meters;
  std::vector<std::string> pools;
  std::vector<std::pair<size_t, storage::Share>> shares;
  for (size_t i = 0; i < answers.entitlements.size(); ++i) {
    if (!Limited(answers.entitlements[i])) continue;
    const benefits::Benefit& benefit = *answers.entitlements[i].entry->benefit;
    const storage::Share& share = shares.emplace_back(i, ShareOf(plan, benefit, benefit.quota, answers.day)).second;
    if (share.metered) meters.push_back(share.meter);
    if (!share.pool.empty()) pools.push_back(share.pool);
  }
  const CustomerNumber customer = FingerprintOf(answers.merged_into.empty() ? answers.facts.customer.customer_id : answers.merged_into).number;
  RUNG_ASSIGN_OR_RETURN(const storage::Taken taken, parts_.store.ReadTaken(customer, meters, pools, parts_.clock.NowMicros(), deadline));
  answers.left.resize(answers.entitlements.size());
  size_t meter = 0, pool = 0;
  for (const auto& [i, share] : shares) {
    storage::Left& left = answers.left[i];
    if (share.metered) left.uses = std::max<int64_t>(0, *share.uses_limit - taken.meters[meter++]);
    if (!share.pool.empty()) left.amount = std::max<int64_t>(0, *share.pool_limit - taken.pools[pool++]);
    if (left.amount == 0) answers.entitlements[i].answer = benefits::Answer::kBudgetExhausted;
    if (left.uses == 0) answers.entitlements[i].answer = benefits::Answer::kQuotaExhausted;
  }
  return absl::OkStatus();
}

void BenefitReader::Write(const Question& question, const Answers& answers, bool with_rejected, benefits::v1::GetBenefitsResponse& response) const {
  const benefits::Benefits& benefits = *question.plan->benefits;
  response.set_customer_id(answers.facts.customer.customer_id);
  response.set_merged_into_customer_id(answers.merged_into);
  response.set_plan_id(benefits.plan().plan_id);
  response.set_plan_version(question.plan->version);
  if (answers.facts.customer.tier) response.set_tier_code(*answers.facts.customer.tier);
  response.set_tier_version(answers.facts.tier_version);
  response.set_degraded(!answers.facts.customer.tier);
  response.set_degraded_reason(answers.facts.why_unknown);
  for (const bool applies : {true, false}) {
    if (!applies && !with_rejected) break;
    for (size_t i = 0; i < answers.entitlements.size(); ++i) {
      const benefits::Entitlement& entitlement = answers.entitlements[i];
      if ((entitlement.answer == benefits::Answer::kApplies) != applies) continue;
      benefits::v1::Entitlement* out = response.add_entitlements();
      wire::WriteEntitlement(benefits, entitlement, question.languages, out);
      if (answers.left.empty() || !(answers.left[i].uses || answers.left[i].amount)) continue;
      WriteRemaining(answers.left[i].uses, answers.left[i].amount, *entitlement.entry->benefit->quota, parts_.zone, answers.day, out->mutable_remaining());
    }
  }
}

}  // namespace rung::benefits_service
