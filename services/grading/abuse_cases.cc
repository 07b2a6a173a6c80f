#include "services/grading/abuse_cases.h"

#include <absl/strings/numbers.h>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"

namespace rung::grading {
namespace {

constexpr int kFreezeDaysDefault = 90;
constexpr int kFreezeDaysMax = 3650;

// "OPEN" for ABUSE_CASE_STATE_OPEN; empty for anything that isn't a state.
std::string StateName(v1::AbuseCaseState state) {
  constexpr std::string_view kPrefix = "ABUSE_CASE_STATE_";
  if (state == v1::ABUSE_CASE_STATE_UNSPECIFIED || !v1::AbuseCaseState_IsValid(state)) return "";
  return v1::AbuseCaseState_Name(state).substr(kPrefix.size());
}

void Require(const char* field, const std::string& text, size_t limit, std::vector<Violation>& violations) {
  if (auto problem = FindRequiredTextProblem(field, text, limit)) violations.push_back(*std::move(problem));
}

std::vector<Violation> ProblemsOf(const v1::ReviewAbuseCaseRequest& request) {
  std::vector<Violation> violations;
  Require("customer_id", request.customer_id(), 128, violations);
  if (request.case_number() < 1) violations.push_back({"case_number", "OUT_OF_RANGE", fmt::format("{} must be 1 or more", request.case_number())});
  int32_t revision = 0;
  if (!absl::SimpleAtoi(ToAbsl(request.etag()), &revision)) violations.push_back({"etag", "REQUIRED", "give the etag of the case as you read it"});
  if (request.verdict() != v1::ABUSE_CASE_STATE_CONFIRMED && request.verdict() != v1::ABUSE_CASE_STATE_CLEARED) {
    violations.push_back({"verdict", "REQUIRED", "choose ABUSE_CASE_STATE_CONFIRMED or ABUSE_CASE_STATE_CLEARED"});
  }
  Require("reason", request.reason(), 1000, violations);
  Require("author", request.author(), 128, violations);
  if (request.freeze_days() < 0 || request.freeze_days() > kFreezeDaysMax) {
    violations.push_back({"freeze_days", "OUT_OF_RANGE", fmt::format("{} is outside 0 to {}", request.freeze_days(), kFreezeDaysMax)});
  }
  return violations;
}

}  // namespace

void AbuseCases::ToWire(const storage::AbuseCaseRow& row, v1::AbuseCase& out) const {
  v1::AbuseCaseState state = v1::ABUSE_CASE_STATE_UNSPECIFIED;
  v1::AbuseCaseState_Parse("ABUSE_CASE_STATE_" + row.state, &state);
  out.set_customer_id(row.external_id);
  out.set_case_number(row.case_no);
  out.set_state(state);
  out.set_upgrades_frozen(row.frozen && (row.state == "OPEN" || row.frozen_until > zone_.DayOf(clock_.NowSeconds())));
  out.set_score_milli(row.score_milli);
  out.set_as_of_date(FormatDay(row.as_of));
  v1::AbuseSignals signals;
  signals.ParseFromString(row.signals);
  out.mutable_signals()->Swap(signals.mutable_signals());
  wire::SetTime(row.opened_at, out.mutable_opened_time());
  wire::SetTime(row.updated_at, out.mutable_updated_time());
  out.set_etag(std::to_string(row.revision));
  if (row.decided_at == 0) return;
  wire::SetTime(row.decided_at, out.mutable_decided_time());
  out.set_decided_by(row.decided_by);
  out.set_decision_reason(row.decision_reason);
  if (row.state == "CONFIRMED") out.set_frozen_until_date(FormatDay(row.frozen_until));
}

absl::Status AbuseCases::Scan(const v1::ScanAbuseRequest& request, v1::ScanAbuseResponse& response) {
  if (const auto problem = FindTextProblem("author", request.author(), 128)) return InvalidRequest({*problem});
  if (request.author() == "batch") return InvalidField("author", "RESERVED", "\"batch\" is the name of the scans after batches");
  std::optional<Day> as_of;
  if (!request.as_of_date().empty()) {
    as_of = ParseDay(request.as_of_date());
    if (!as_of) return InvalidField("as_of_date", "BAD_DATE", "write it like \"2026-03-31\"");
  }
  RUNG_ASSIGN_OR_RETURN(const storage::ScanRow scan, scanner_.Scan(as_of, request.author()));
  response.set_as_of_date(FormatDay(scan.as_of));
  response.set_customer_count(scan.customers);
  response.set_listed_count(scan.listed);
  response.set_frozen_count(scan.frozen);
  response.set_opened_count(scan.opened);
  response.set_group_count(scan.groups);
  return absl::OkStatus();
}

absl::Status AbuseCases::List(const v1::ListAbuseCasesRequest& request, v1::ListAbuseCasesResponse& response, Deadline deadline) {
  const std::string state = request.state() == v1::ABUSE_CASE_STATE_UNSPECIFIED ? "OPEN" : StateName(request.state());
  if (state.empty()) return InvalidField("state", "UNKNOWN_VALUE", fmt::format("{} is no value of this release", static_cast<int>(request.state())));
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "abuse/" + state;
  RUNG_ASSIGN_OR_RETURN(const int64_t offset, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.List(state, offset, page_size + 1, deadline));
  for (size_t i = 0; i < std::min<size_t>(rows.size(), static_cast<size_t>(page_size)); ++i) ToWire(rows[i], *response.add_cases());
  if (rows.size() > static_cast<size_t>(page_size)) response.set_next_page_token(rpc::PageToken(offset + page_size, filter));
  return absl::OkStatus();
}

absl::Status AbuseCases::Get(const v1::GetAbuseCaseRequest& request, v1::GetAbuseCaseResponse& response, Deadline deadline) {
  if (request.customer_id().empty()) return InvalidField("customer_id", "REQUIRED", "give the customer's id");
  RUNG_ASSIGN_OR_RETURN(const auto row, store_.Get(FingerprintOf(request.customer_id()).number, request.case_number(), deadline));
  ToWire(row, *response.mutable_abuse_case());
  return absl::OkStatus();
}

absl::Status AbuseCases::Review(const v1::ReviewAbuseCaseRequest& request, v1::ReviewAbuseCaseResponse& response, Deadline deadline) {
  if (auto problems = ProblemsOf(request); !problems.empty()) return InvalidRequest(problems);
  storage::AbuseReview review{.customer = FingerprintOf(request.customer_id()).number, .case_no = request.case_number()};
  (void)absl::SimpleAtoi(ToAbsl(request.etag()), &review.revision);
  review.verdict = StateName(request.verdict());
  review.reason = request.reason();
  review.author = request.author();
  review.now = clock_.NowMicros();
  review.frozen_until = zone_.DayOf(review.now / 1'000'000) + (request.has_freeze_days() ? request.freeze_days() : kFreezeDaysDefault);
  RUNG_ASSIGN_OR_RETURN(const auto row, store_.Review(review, deadline));
  RUNG_RETURN_IF_ERROR(freezer_.Apply());
  ToWire(row, *response.mutable_abuse_case());
  return absl::OkStatus();
}

}  // namespace rung::grading
