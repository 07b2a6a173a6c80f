#include "services/grading/churn_list.h"

#include <fmt/ranges.h>
#include <google/protobuf/util/json_util.h>

#include "libs/base/findings.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/fit_mapping.h"
#include "libs/wire/instant.h"
#include "libs/wire/retention_mapping.h"
#include "rung/grading/v1/retention_policy.pb.h"
#include "services/grading/outlook.h"

namespace rung::grading {
namespace {

using features::CodeKind;

constexpr size_t kMostCodes = 100;
constexpr size_t kIdBytes = 128;

std::string NameOf(const storage::WatchFilter& filter, int64_t scan_id) {
  return fmt::format("churn|{}|{}|{}|{}|{}", scan_id, fmt::join(filter.risks, ","), fmt::join(filter.tiers, ","), fmt::join(filter.regions, ","),
                     fmt::join(filter.account_managers, ","));
}

std::vector<Violation> ProblemsOf(const v1::ListRetentionActionsRequest& request) {
  Findings findings;
  findings.CheckText("customer_id", request.customer_id(), kIdBytes);
  findings.CheckText("rule_id", request.rule_id(), kIdBytes);
  findings.CheckText("account_manager", request.account_manager(), kIdBytes);
  if (!v1::RetentionActionState_IsValid(request.state())) {
    findings.Add("state", "UNKNOWN_VALUE", "{} is no value of this release", static_cast<int>(request.state()));
  }
  return std::move(findings).Take();
}

std::vector<Violation> ProblemsOf(const v1::CloseRetentionTaskRequest& request) {
  Findings findings;
  const auto required = [&](const char* field, const std::string& text) {
    if (text.empty()) findings.Add(field, "REQUIRED", "must not be empty");
    findings.CheckText(field, text, kIdBytes);
  };
  required("request_id", request.request_id());
  required("customer_id", request.customer_id());
  required("author", request.author());
  if (request.action_number() < 1) findings.Add("action_number", "OUT_OF_RANGE", "{} must be 1 or more", request.action_number());
  if (request.outcome() == v1::RETENTION_TASK_OUTCOME_UNSPECIFIED || !v1::RetentionTaskOutcome_IsValid(request.outcome())) {
    findings.Add("outcome", "UNKNOWN_VALUE", "choose RETENTION_TASK_OUTCOME_STAYS, _LEFT, _NOT_REACHED or _NOT_NEEDED");
  }
  return std::move(findings).Take();
}

// "DONE" for RETENTION_ACTION_STATE_DONE; empty for UNSPECIFIED.
std::string StateName(v1::RetentionActionState state) {
  constexpr std::string_view kPrefix = "RETENTION_ACTION_STATE_";
  return state == v1::RETENTION_ACTION_STATE_UNSPECIFIED ? "" : v1::RetentionActionState_Name(state).substr(kPrefix.size());
}

}  // namespace

absl::Status ChurnList::Scan(const v1::ScanChurnRequest& request, v1::ScanChurnResponse& response) {
  if (const auto problem = FindTextProblem("author", request.author(), kIdBytes)) return InvalidRequest({*problem});
  if (request.author() == "batch") return InvalidField("author", "RESERVED", "\"batch\" is the name of the scans after batches and fits");
  std::optional<Day> as_of;
  if (!request.as_of_date().empty()) {
    as_of = ParseDay(request.as_of_date());
    if (!as_of) return InvalidField("as_of_date", "BAD_DATE", "write it like \"2026-03-31\"");
  }
  RUNG_ASSIGN_OR_RETURN(const storage::ChurnScanRow scan, scanner_.Scan(as_of, request.author()));
  ToWire(scan, *response.mutable_scan());
  return absl::OkStatus();
}

absl::Status ChurnList::List(const v1::ListChurnRequest& request, v1::ListChurnResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  RUNG_ASSIGN_OR_RETURN(const auto scans, store_.Lists(deadline));
  if (scans.empty()) {
    return WithReason(FailedPreconditionError("there is no watch list yet: it comes with the first fit (`rungctl stats fit --store`), or with `rungctl churn scan`"),
                      "NO_WATCH_LIST");
  }
  absl::StatusOr<int64_t> after = 0;
  for (const storage::ChurnScanRow& scan : scans) {  // pages go on with the list that they began with
    const auto ladder = LadderOf(scan);
    RUNG_ASSIGN_OR_RETURN(const storage::WatchFilter filter, FilterOf(request, ladder.get()));
    const std::string name = NameOf(filter, scan.scan_id);
    after = rpc::ParsePageToken(request.page_token(), name);
    if (!after.ok()) continue;
    RUNG_ASSIGN_OR_RETURN(const auto rows, store_.List(scan.scan_id, filter, *after, page_size + 1, deadline));
    const size_t shown = std::min(rows.size(), static_cast<size_t>(page_size));
    for (size_t i = 0; i < shown; ++i) ToWire(rows[i], scan, ladder.get(), *response.add_customers());
    if (rows.size() > shown) response.set_next_page_token(rpc::PageToken(rows[shown - 1].place, name));
    ToWire(scan, *response.mutable_scan());
    return absl::OkStatus();
  }
  return after.status();
}

absl::Status ChurnList::Actions(const v1::ListRetentionActionsRequest& request, v1::ListRetentionActionsResponse& response, Deadline deadline) const {
  if (auto problems = ProblemsOf(request); !problems.empty()) return InvalidRequest(problems);
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  storage::ActionFilter filter;
  filter.rule_id = request.rule_id();
  filter.state = StateName(request.state());
  if (!request.customer_id().empty()) filter.customer = FingerprintOf(request.customer_id()).number;
  if (!request.account_manager().empty()) filter.account_manager = codes_.Find(CodeKind::kAccountManager, request.account_manager());
  const std::string name = fmt::format("actions|{}|{}|{}|{}", request.customer_id(), filter.rule_id, filter.state, request.account_manager());
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), name));
  if (filter.account_manager == features::CodeBook::kUnknown) return absl::OkStatus();  // has never had a customer
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.Actions(filter, before, page_size + 1, deadline));
  const size_t shown = std::min(rows.size(), static_cast<size_t>(page_size));
  for (size_t i = 0; i < shown; ++i) ToWire(rows[i], *response.add_actions());
  if (rows.size() > shown) response.set_next_page_token(rpc::PageToken(rows[shown - 1].turn, name));
  return absl::OkStatus();
}

absl::Status ChurnList::CloseTask(const v1::CloseRetentionTaskRequest& request, v1::CloseRetentionTaskResponse& response, Deadline deadline) {
  if (auto problems = ProblemsOf(request); !problems.empty()) return InvalidRequest(problems);
  RUNG_ASSIGN_OR_RETURN(const storage::RetentionActionRow task,
                        store_.CloseTask({request.request_id(), request.customer_id(), request.action_number(), static_cast<int16_t>(request.outcome()),
                                          request.author(), clock_.NowMicros()}, deadline));
  ToWire(task, *response.mutable_action());
  return absl::OkStatus();
}

std::shared_ptr<const Ladder> ChurnList::LadderOf(const storage::ChurnScanRow& scan) const {
  const auto ladders = ladders_.Current();
  for (const auto& ladder : *ladders) {
    if (ladder->row.ladder_no == scan.ladder_no) return ladder;
  }
  return nullptr;
}

absl::StatusOr<storage::WatchFilter> ChurnList::FilterOf(const v1::ListChurnRequest& request, const Ladder* ladder) const {
  storage::WatchFilter filter;
  for (int i = 0; i < request.risks_size(); ++i) {
    const auto risk = wire::FromWire(request.risks(i));
    if (!risk || *risk == stats::ChurnRisk::kNone) {
      return InvalidField(fmt::format("risks[{}]", i), "UNKNOWN_VALUE", "choose CHURN_RISK_WATCH, CHURN_RISK_HIGH or CHURN_RISK_LOST");
    }
    filter.risks.push_back(static_cast<int32_t>(*risk));
  }
  for (int i = 0; i < request.tier_codes_size(); ++i) {
    const std::vector<std::string> codes = ladder == nullptr ? std::vector<std::string>() : ladder->row.tier_codes;
    const auto code = std::find(codes.begin(), codes.end(), request.tier_codes(i));
    if (code == codes.end()) {
      return InvalidField(fmt::format("tier_codes[{}]", i), "TIER_UNKNOWN", fmt::format("the list's ladder has the tiers {}", fmt::join(codes, ", ")));
    }
    filter.tiers.push_back(static_cast<int32_t>(code - codes.begin()));
  }
  RUNG_RETURN_IF_ERROR(FindCodes(request.regions(), CodeKind::kRegion, "regions", filter.regions));
  RUNG_RETURN_IF_ERROR(FindCodes(request.account_managers(), CodeKind::kAccountManager, "account_managers", filter.account_managers));
  return filter;
}

absl::Status ChurnList::FindCodes(const google::protobuf::RepeatedPtrField<std::string>& words, CodeKind kind, const char* field, std::vector<int32_t>& out) const {
  if (static_cast<size_t>(words.size()) > kMostCodes) return InvalidField(field, "TOO_MANY", fmt::format("{} codes; at most {}", words.size(), kMostCodes));
  for (int i = 0; i < words.size(); ++i) {
    const int32_t code = codes_.Find(kind, words[i]);
    if (code == features::CodeBook::kUnknown) {
      return InvalidField(fmt::format("{}[{}]", field, i), "UNKNOWN_VALUE", fmt::format("no customer's profile has ever named \"{}\"", Shorten(words[i], 80)));
    }
    out.push_back(code);
  }
  return absl::OkStatus();
}

void ChurnList::ToWire(const storage::ChurnScanRow& scan, v1::ChurnScan& out) const {
  out.set_scan_id(scan.scan_id);
  out.set_as_of_date(FormatDay(scan.as_of));
  out.set_fit_version(scan.fit_version);
  out.set_policy_version(scan.policy_version);
  if (const auto ladder = LadderOf(scan); ladder != nullptr) out.set_ladder_id(ladder->row.ladder_id);
  wire::SetTime(scan.ended_at, out.mutable_scanned_time());
  out.set_author(scan.author);
  out.set_customer_count(scan.customers);
  out.set_watch_count(scan.watch);
  out.set_high_count(scan.high);
  out.set_lost_count(scan.lost);
  out.set_action_count(scan.actions);
  out.set_value_kind(static_cast<v1::ValueKind>(scan.value_kind));
  out.set_churn_measure(wire::ToWire(static_cast<stats::ChurnMeasure>(scan.measure)));
}

void ChurnList::ToWire(const storage::WatchRow& row, const storage::ChurnScanRow& scan, const Ladder* ladder, v1::WatchedCustomer& out) const {
  const stats::ChurnFacts facts{row.p_alive, static_cast<double>(row.days_silent), row.repeats, row.own_gap_days, row.base_gap_days};
  const stats::ChurnAssessment assessment = stats::AssessChurn(facts, {.measure = static_cast<stats::ChurnMeasure>(scan.measure)});
  out.set_customer_id(row.external_id);
  if (ladder != nullptr && row.tier >= 0) out.set_tier_code(ladder->CodeOf(static_cast<uint8_t>(row.tier)));
  out.set_region(Word(CodeKind::kRegion, row.region));
  out.set_account_manager(Word(CodeKind::kAccountManager, row.account_manager));
  out.set_churn_risk(wire::ToWire(static_cast<stats::ChurnRisk>(row.risk)));
  out.set_retention(assessment.retention);
  out.set_p_alive(row.p_alive);
  out.set_overdue_ratio(assessment.overdue_ratio);
  out.set_days_silent(row.days_silent);
  out.set_usual_gap_days(assessment.usual_gap_days);
  out.set_value_365d_minor(row.value);
  out.set_value_at_risk_minor(row.at_risk);
  if (row.ltv) out.set_ltv_365d_minor(*row.ltv);
  AddReasons(facts, assessment, *out.mutable_reasons());
}

void ChurnList::ToWire(const storage::RetentionActionRow& row, v1::RetentionAction& out) const {
  v1::RetentionActionState state = v1::RETENTION_ACTION_STATE_UNSPECIFIED;
  v1::RetentionActionState_Parse("RETENTION_ACTION_STATE_" + row.state, &state);
  out.set_customer_id(row.external_id);
  out.set_action_number(row.action_no);
  out.set_rule_id(row.rule_id);
  out.set_policy_version(row.policy_version);
  out.set_state(state);
  out.set_coupon_id(row.coupon_id);
  out.set_issued_coupon_id(row.issued_coupon_id);
  if (v1::TaskAction task; google::protobuf::util::JsonStringToMessage(row.task_texts, &task).ok()) out.mutable_task_texts()->swap(*task.mutable_texts());
  out.set_churn_risk(wire::ToWire(static_cast<stats::ChurnRisk>(row.risk)));
  out.set_account_manager(Word(CodeKind::kAccountManager, row.account_manager));
  out.set_planned_date(FormatDay(row.planned_day));
  wire::SetTime(row.planned_at, out.mutable_planned_time());
  if (row.ended_at != 0) wire::SetTime(row.ended_at, out.mutable_ended_time());
  out.set_refusal(row.refusal);
  out.set_closed_by(row.closed_by);
  out.set_outcome(static_cast<v1::RetentionTaskOutcome>(row.outcome));
}

}  // namespace rung::grading
