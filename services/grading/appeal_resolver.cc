#include "services/grading/appeal_resolver.h"

#include <future>
#include <utility>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/labels/standings.h"
#include "libs/storage/store_error.h"
#include "services/grading/appeals.h"

namespace rung::grading {
namespace {

std::string SourceOf(const storage::AppealRow& row) { return "appeal:" + row.appeal_id; }

std::vector<Violation> ProblemsOf(const v1::ResolveAppealRequest& request) {
  std::vector<Violation> violations;
  RequireText("customer_id", request.customer_id(), 128, violations);
  RequireText("appeal_id", request.appeal_id(), 57, violations);
  RequireText("etag", request.etag(), 32, violations);
  RequireText("reason", request.reason(), 1000, violations);
  RequireText("author", request.author(), 128, violations);
  const bool accepts = request.verdict() == v1::APPEAL_STATE_ACCEPTED;
  if (!accepts && request.verdict() != v1::APPEAL_STATE_REJECTED) {
    violations.push_back({"verdict", "REQUIRED", "choose APPEAL_STATE_ACCEPTED or APPEAL_STATE_REJECTED"});
  }
  if (accepts && !request.has_correction()) {
    violations.push_back({"correction", "REQUIRED", "an appeal is accepted with the event that corrects a fact; the engine decides the tier"});
  }
  if (!accepts && request.has_correction()) violations.push_back({"correction", "MISMATCH", "a rejected appeal corrects nothing: leave it out, or accept"});
  if (!accepts && request.dry_run()) violations.push_back({"dry_run", "MISMATCH", "only acceptances can be tried"});
  return violations;
}

// Violations of an event of a batch, as those of the correction.
std::vector<Violation> OfCorrection(std::vector<Violation> violations) {
  constexpr std::string_view kBatchPath = "events[0]";
  for (Violation& violation : violations) {
    if (violation.field.starts_with(kBatchPath)) violation.field.replace(0, kBatchPath.size(), "correction");
  }
  return violations;
}

bool SameResolution(const storage::AppealRow& row, const v1::ResolveAppealRequest& request) {
  return row.resolved_by == request.author() && row.resolution_reason == request.reason();
}

}  // namespace

absl::Status AppealResolver::Resolve(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse& response, Deadline deadline) {
  if (auto violations = ProblemsOf(request); !violations.empty()) return InvalidRequest(violations);
  return request.verdict() == v1::APPEAL_STATE_REJECTED ? Reject(request, response, deadline) : Accept(request, response, deadline);
}

absl::Status AppealResolver::Reject(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse& response, Deadline deadline) {
  const UnixMicros now = context_.rules.clock.NowMicros();
  const auto change = [&](storage::AppealRow& row) -> absl::StatusOr<std::optional<storage::AuditRow>> {
    if (row.state == "REJECTED" && SameResolution(row, request)) return std::nullopt;
    if (row.state == "ACCEPTING") return BeingAccepted(row);
    if (row.state != "OPEN") return AlreadyResolved(row);
    RUNG_RETURN_IF_ERROR(CheckEtag(request.etag(), row));
    const storage::AppealRow before = row;
    row.state = "REJECTED";
    row.resolved_at = now;
    row.resolved_by = request.author();
    row.resolution_reason = request.reason();
    return context_.file.Entry("REJECT_APPEAL", &before, row, request.author(), request.reason());
  };
  RUNG_ASSIGN_OR_RETURN(const auto row, context_.store.Update(FingerprintOf(request.customer_id()).number, request.appeal_id(), now, change, deadline));
  RUNG_RETURN_IF_ERROR(FillTier(row, response, deadline));
  return context_.file.ToWire(row, *response.mutable_appeal());
}

absl::StatusOr<v1::Event> AppealResolver::StoredCorrection(const storage::AppealRow& row) const {
  RUNG_ASSIGN_OR_RETURN(const std::string body, context_.file.Open(row.correction, AppealFile::CorrectionPlace(row)));
  v1::Event event;
  if (!event.ParseFromString(body)) return Error(absl::StatusCode::kDataLoss, "the correction of appeal {} doesn't parse", row.appeal_id);
  return event;
}

absl::StatusOr<v1::Event> AppealResolver::Complete(const v1::ResolveAppealRequest& request, const storage::AppealRow& row) const {
  v1::Event event = request.correction();
  event.DiscardUnknownFields();
  std::vector<Violation> violations;
  if (event.customer_id().empty()) event.set_customer_id(row.external_id);
  if (event.customer_id() != row.external_id) {
    violations.push_back({"correction.customer_id", "MISMATCH", fmt::format("the appeal is of customer \"{}\": leave it out", row.external_id)});
  }
  if (event.source().empty()) event.set_source(SourceOf(row));
  if (event.source() != SourceOf(row)) {
    violations.push_back({"correction.source", "MISMATCH", fmt::format("the source of a correction is its appeal, \"{}\": leave it out", SourceOf(row))});
  }
  if (!violations.empty()) return InvalidRequest(violations);
  if (event.event_id().empty()) event.set_event_id(SourceOf(row));
  if (event.has_event_time()) return event;
  if (!row.correction.bytes.empty()) {
    RUNG_ASSIGN_OR_RETURN(const v1::Event stored, StoredCorrection(row));
    *event.mutable_event_time() = stored.event_time();
  } else {
    event.mutable_event_time()->set_seconds(context_.rules.clock.NowSeconds());
  }
  return event;
}

absl::StatusOr<IncomingEvent> AppealResolver::Check(const v1::Event& event, CustomerNumber customer, Deadline deadline) const {
  google::protobuf::RepeatedPtrField<v1::Event> events;
  *events.Add() = event;
  CheckedEvents checked = CheckEvents(events, context_.rules);
  if (checked.events.empty()) return InvalidRequest(OfCorrection(std::move(checked.violations)));
  if (event.has_void_event()) {
    // A withdrawal may come before its event; of an appeal it would correct nothing.
    RUNG_ASSIGN_OR_RETURN(const auto rows, context_.customers.EventsOf(customer, deadline));
    const auto& voided = event.void_event().voided_event_id();
    if (std::none_of(rows.begin(), rows.end(), [&](const storage::EventRow& row) { return row.event_id == voided; })) {
      return InvalidField("correction.void_event.voided_event_id", "UNKNOWN_EVENT", fmt::format("the customer has no event \"{}\"", voided));
    }
  }
  return std::move(checked.events[0]);
}

absl::Status AppealResolver::Try(const IncomingEvent& event, const storage::AppealRow& row, v1::ResolveAppealResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(context_.file.ToWire(row, *response.mutable_appeal()));
  RUNG_ASSIGN_OR_RETURN(const auto ladder, context_.ladders.Find(response.appeal().ladder_id()));
  RUNG_ASSIGN_OR_RETURN(auto trial, CorrectionTrial::Read(context_.reader, context_.codes, ladder, row.external_id, context_.file.Today(), deadline));
  const CorrectionTrial::Outcome outcome = trial.With(event.event);
  if (!outcome.conflict.empty()) {
    return InvalidField("correction", "CONFLICT", fmt::format("it contradicts event \"{}\"; withdraw that one, or amend the order with a higher revision", outcome.conflict));
  }
  response.set_tier_code(outcome.tier_code);
  response.set_computed_tier_code(outcome.computed_tier_code);
  response.set_score_milli(outcome.score_milli);
  return absl::OkStatus();
}

absl::StatusOr<storage::AppealRow> AppealResolver::Begin(const v1::ResolveAppealRequest& request, const v1::Event& event, const std::string& tier_before,
                                                         Deadline deadline) {
  const auto change = [&](storage::AppealRow& row) -> absl::StatusOr<std::optional<storage::AuditRow>> {
    if (row.state == "ACCEPTED" || row.state == "ACCEPTING") {
      RUNG_ASSIGN_OR_RETURN(const v1::Event stored, StoredCorrection(row));
      if (stored.SerializeAsString() == event.SerializeAsString() && SameResolution(row, request)) return std::nullopt;
      return row.state == "ACCEPTED" ? AlreadyResolved(row) : BeingAccepted(row);
    }
    if (row.state != "OPEN") return AlreadyResolved(row);
    RUNG_RETURN_IF_ERROR(CheckEtag(request.etag(), row));
    const storage::AppealRow before = row;
    row.state = "ACCEPTING";
    row.resolved_by = request.author();
    row.resolution_reason = request.reason();
    row.event_id = event.event_id();
    row.correction = context_.file.Seal(event.SerializeAsString(), AppealFile::CorrectionPlace(row));
    row.tier_before = tier_before;
    return context_.file.Entry("ACCEPT_APPEAL", &before, row, request.author(), request.reason());
  };
  return context_.store.Update(FingerprintOf(request.customer_id()).number, request.appeal_id(), context_.rules.clock.NowMicros(), change, deadline);
}

absl::Status AppealResolver::Ingest(IncomingEvent event, Deadline deadline) {
  using Answer = std::pair<EventOutcome, absl::Status>;
  auto answer = std::make_shared<std::promise<Answer>>();  // the queue may answer after this call has given up
  auto future = answer->get_future();
  std::vector<IncomingEvent> events;
  events.push_back(std::move(event));
  RUNG_RETURN_IF_ERROR(context_.queue.Submit(std::move(events), [answer](std::vector<EventOutcome> outcomes, const absl::Status& status) {
    answer->set_value({outcomes.empty() ? EventOutcome() : std::move(outcomes[0]), status});
  }));
  if (future.wait_for(std::chrono::milliseconds(deadline.RemainingMs())) != std::future_status::ready) {
    return WithReason(DeadlineExceededError("the event wasn't written within the deadline; send the resolution again"), "STORE_TIMEOUT");
  }
  const auto [outcome, status] = future.get();
  if (outcome.kind == EventOutcome::kAccepted || outcome.kind == EventOutcome::kDuplicate) return absl::OkStatus();
  if (!status.ok()) return status;
  const std::string reason = outcome.reason.empty() ? "INTERNAL" : outcome.reason;
  return WithReason(WithViolations(AlreadyExistsError("correction: {}", outcome.message), {{"correction", reason, outcome.message}}), reason);
}

absl::Status AppealResolver::Reopen(const storage::AppealRow& begun, const absl::Status& why, Deadline deadline) {
  const auto change = [&](storage::AppealRow& row) -> absl::StatusOr<std::optional<storage::AuditRow>> {
    if (row.state != "ACCEPTING" || row.event_id != begun.event_id) return std::nullopt;
    const storage::AppealRow before = row;
    row.state = "OPEN";
    row.resolved_by.clear();
    row.resolution_reason.clear();
    row.event_id.clear();
    row.correction = {};
    row.tier_before.clear();
    return context_.file.Entry("REOPEN_APPEAL", &before, row, before.resolved_by, std::string(Message(why)));
  };
  return context_.store.Update(begun.customer, begun.appeal_id, context_.rules.clock.NowMicros(), change, deadline).status();
}

absl::Status AppealResolver::Finish(const storage::AppealRow& begun, v1::ResolveAppealResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(FillTier(begun, response, deadline));
  const UnixMicros now = context_.rules.clock.NowMicros();
  const auto change = [&](storage::AppealRow& row) -> absl::StatusOr<std::optional<storage::AuditRow>> {
    if (row.state != "ACCEPTING" || row.event_id != begun.event_id) return std::nullopt;
    const storage::AppealRow before = row;
    row.state = "ACCEPTED";
    row.resolved_at = now;
    row.tier_after = response.tier_code();
    return context_.file.Entry("RESOLVE_APPEAL", &before, row, row.resolved_by, row.resolution_reason);
  };
  RUNG_ASSIGN_OR_RETURN(const auto row, context_.store.Update(begun.customer, begun.appeal_id, now, change, deadline));
  return context_.file.ToWire(row, *response.mutable_appeal());
}

absl::Status AppealResolver::Accept(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse& response, Deadline deadline) {
  const CustomerNumber customer = FingerprintOf(request.customer_id()).number;
  RUNG_ASSIGN_OR_RETURN(const auto row, context_.store.Get(customer, request.appeal_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const v1::Event event, Complete(request, row));
  RUNG_ASSIGN_OR_RETURN(IncomingEvent incoming, Check(event, customer, deadline));
  if (request.dry_run()) return Try(incoming, row, response, deadline);
  v1::ResolveAppealResponse before;
  RUNG_RETURN_IF_ERROR(FillTier(row, before, deadline));
  RUNG_ASSIGN_OR_RETURN(const auto begun, Begin(request, event, before.tier_code(), deadline));
  if (begun.state == "ACCEPTED") {
    RUNG_RETURN_IF_ERROR(FillTier(begun, response, deadline));
    return context_.file.ToWire(begun, *response.mutable_appeal());
  }
  if (const absl::Status ingested = Ingest(std::move(incoming), deadline); !ingested.ok()) {
    const bool passes = storage::MayPass(ingested) || ReasonOf(ingested) == "OVERLOADED";
    if (!passes) RUNG_RETURN_IF_ERROR(Reopen(begun, ingested, deadline));
    return ingested;
  }
  return Finish(begun, response, deadline);
}

absl::Status AppealResolver::FillTier(const storage::AppealRow& row, v1::ResolveAppealResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow customer, context_.customers.Find(row.external_id, deadline));
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.standings, standings));
  const scoring::Standing* known = labels::Find(standings, row.ladder_no);
  if (known == nullptr) return absl::OkStatus();
  for (const auto& ladder : *context_.ladders.Current()) {
    if (ladder->row.ladder_no != row.ladder_no) continue;
    response.set_tier_code(ladder->CodeOf(known->effective));
    response.set_computed_tier_code(ladder->CodeOf(known->computed));
  }
  response.set_score_milli(known->score);
  response.set_version(known->version);
  return absl::OkStatus();
}

}  // namespace rung::grading
