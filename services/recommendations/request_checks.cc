#include "services/recommendations/request_checks.h"

#include <charconv>
#include <set>

#include "libs/base/day.h"
#include "libs/base/findings.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"

namespace rung::recommendations {
namespace {

constexpr size_t kIdBytes = 128;
constexpr size_t kReasonBytes = 1000;
constexpr int64_t kMostAtOnce = 10'000;
constexpr int64_t kMostFeedback = 1000;
constexpr Day kMostDays = 366;

absl::Status Result(Findings findings) {
  const auto violations = std::move(findings).Take();
  return violations.empty() ? absl::OkStatus() : InvalidRequest(violations);
}

template <typename T>
bool TakeNumber(std::string_view& text, char before, T& out) {
  if (text.empty() || text.front() != before) return false;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), out);
  if (error != std::errc() || end == text.data() + 1 || out < 0) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

absl::Status CheckRecommend(const v1::RecommendRequest& request) {
  Findings findings;
  findings.CheckId("customer_id", request.customer_id(), kIdBytes);
  findings.CheckRange("count", request.count(), 0, 100);
  return Result(std::move(findings));
}

absl::Status CheckPreview(const v1::PreviewPolicyRequest& request) {
  Findings findings;
  findings.CheckRange("count", request.count(), 0, 100);
  findings.CheckRange("sample_count", request.sample_count(), 0, 100'000);
  return Result(std::move(findings));
}

absl::Status CheckClaim(const v1::ClaimCouponRequest& request) {
  Findings findings;
  findings.CheckId("customer_id", request.customer_id(), kIdBytes);
  return Result(std::move(findings));
}

absl::Status CheckAvailability(const v1::SetAvailabilityRequest& request) {
  Findings findings;
  findings.CheckRange("skus", request.skus_size(), 1, kMostAtOnce);
  std::set<std::string_view> seen;
  for (int i = 0; i < request.skus_size() && !findings.full(); ++i) {
    const v1::SkuAvailability& sku = request.skus(i);
    findings.CheckId(fmt::format("skus[{}].sku", i), sku.sku(), kIdBytes);
    if (!seen.insert(sku.sku()).second) findings.Add(fmt::format("skus[{}].sku", i), "DUPLICATE", "\"{}\" comes twice", sku.sku());
    if (sku.state() == v1::AVAILABILITY_STATE_UNSPECIFIED || !v1::AvailabilityState_IsValid(sku.state())) {
      findings.Add(fmt::format("skus[{}].state", i), "REQUIRED", "choose AVAILABLE, OUT_OF_STOCK or BLOCKED");
    }
  }
  findings.CheckText("author", request.author(), kIdBytes);
  findings.CheckText("reason", request.reason(), kReasonBytes);
  return Result(std::move(findings));
}

absl::Status CheckFeedback(const v1::RecordFeedbackRequest& request) {
  Findings findings;
  findings.CheckRange("feedback", request.feedback_size(), 1, kMostFeedback);
  for (int i = 0; i < request.feedback_size() && !findings.full(); ++i) {
    const v1::Feedback& feedback = request.feedback(i);
    const std::string at = fmt::format("feedback[{}]", i);
    findings.CheckId(at + ".feedback_id", feedback.feedback_id(), kIdBytes);
    findings.CheckId(at + ".customer_id", feedback.customer_id(), kIdBytes);
    findings.CheckId(at + ".sku", feedback.sku(), kIdBytes);
    if (!ParseListId(feedback.list_id())) findings.Add(at + ".list_id", "UNKNOWN_VALUE", "give the list_id of the answer that made the list, as it was");
    if (feedback.source() == v1::RECOMMENDATION_SOURCE_UNSPECIFIED || !v1::RecommendationSource_IsValid(feedback.source())) {
      findings.Add(at + ".source", "REQUIRED", "give the item's source");
    }
    if (feedback.action() == v1::FEEDBACK_ACTION_UNSPECIFIED || !v1::FeedbackAction_IsValid(feedback.action())) {
      findings.Add(at + ".action", "REQUIRED", "choose SHOWN, CLICKED or BOUGHT");
    }
  }
  return Result(std::move(findings));
}

absl::Status CheckConversion(const v1::GetConversionRequest& request) {
  Findings findings;
  const auto from = ParseDay(request.from_date()), to = ParseDay(request.to_date());
  if (!from) findings.Add("from_date", "BAD_DATE", "\"{}\" isn't like 2026-03-31", Shorten(request.from_date(), 40));
  if (!to) findings.Add("to_date", "BAD_DATE", "\"{}\" isn't like 2026-03-31", Shorten(request.to_date(), 40));
  if (from && to && (*to < *from || *to - *from >= kMostDays)) {
    findings.Add("to_date", "OUT_OF_RANGE", "{} to {} must be 1 to {} days", request.from_date(), request.to_date(), kMostDays);
  }
  return Result(std::move(findings));
}

std::string FormatListId(const ListId& id) { return fmt::format("m{}p{}:{}", id.model_version, id.policy_version, id.audience); }

std::optional<ListId> ParseListId(std::string_view text) {
  ListId id;
  if (text.size() > 256 || !TakeNumber(text, 'm', id.model_version) || !TakeNumber(text, 'p', id.policy_version)) return std::nullopt;
  if (text.empty() || text.front() != ':' || FindTextProblem("list_id", text, 128)) return std::nullopt;
  id.audience = text.substr(1);
  return id;
}

}  // namespace rung::recommendations
