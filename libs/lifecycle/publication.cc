// From a draft, a schedule or an older version to the next version.
#include <absl/time/time.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "libs/errors/errors.h"
#include "libs/lifecycle/lifecycle.h"
#include "libs/lifecycle/records.h"
#include "libs/lifecycle/request_checks.h"
#include "libs/storage/store_error.h"

namespace rung::lifecycle {
namespace {

constexpr int64_t kMaxScheduleSeconds = 366LL * 86'400;

std::string Instant(int64_t seconds) { return absl::FormatTime(absl::RFC3339_sec, absl::FromUnixSeconds(seconds), absl::UTCTimeZone()); }

absl::StatusOr<UnixMicros> PublishTime(const google::protobuf::Timestamp& time, UnixMicros now) {
  const int64_t ahead = time.seconds() - std::clamp(time.seconds(), now / 1'000'000, now / 1'000'000 + kMaxScheduleSeconds);
  const UnixMicros at = ahead == 0 ? time.seconds() * 1'000'000 + time.nanos() / 1000 : 0;
  if (at <= now || time.nanos() < 0 || time.nanos() > 999'999'999) {
    return InvalidField("publish_time", "OUT_OF_RANGE", fmt::format("{} must lie in the future, at most 366 days after now, {}; leave it out to publish now",
                                                                    Instant(time.seconds()), Instant(now / 1'000'000)));
  }
  return at;
}

}  // namespace

absl::StatusOr<storage::VersionRow> Lifecycle::Publish(DocumentKind& kind, storage::PublishRow publish, Deadline deadline) {
  publish.now = clock_.NowMicros();
  RUNG_ASSIGN_OR_RETURN(storage::VersionRow row, store_.Publish(publish, deadline));
  if (const absl::Status status = documents_.Published(kind, deadline); !status.ok()) {
    // Not the caller's concern: what notices the versions of other processes will notice this one, too.
    spdlog::warn("{} \"{}\" version {} is published, but isn't in effect at once: {}", row.key.kind, row.key.document_id, row.version, Message(status));
  }
  return row;
}

absl::Status Lifecycle::PublishDraft(const pb::PublishDraftRequest& request, pb::PublishDraftResponse& response, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Who(request).Which(request).status());
  const storage::DocumentKey key = KeyOf(request);
  const bool later = request.has_publish_time();
  const storage::WriteId write{later ? "ScheduleDraft" : "PublishDraft", request.request_id(), DeterministicBytes(request)};
  // First of all: the draft of an earlier call has ended, and its time may have come.
  if (later) {
    RUNG_ASSIGN_OR_RETURN(const auto earlier, store_.ReplaySchedule(write, deadline));
    if (earlier) {
      ToWire(*earlier, *response.mutable_schedule());
      return absl::OkStatus();
    }
  } else {
    RUNG_ASSIGN_OR_RETURN(const auto earlier, store_.Replay(key, write, deadline));
    if (earlier) return ToWire(*earlier, *kind, *response.mutable_version());
  }
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow draft, store_.GetDraft(key, request.etag(), deadline));
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, draft.body_json));
  if (const auto findings = kind->Check(*document); HasErrors(findings)) return Refuse(findings, "document");
  RUNG_ASSIGN_OR_RETURN(const std::string approver, ApproverOf(draft));
  if (later) {
    const UnixMicros now = clock_.NowMicros();
    storage::ScheduleRow schedule;
    schedule.key = key;
    schedule.body_json = draft.body_json;
    schedule.base_version = draft.base_version;
    schedule.author = request.author();
    schedule.approver = approver;
    schedule.note = request.note();
    RUNG_ASSIGN_OR_RETURN(schedule.publish_at, PublishTime(request.publish_time(), now));
    RUNG_ASSIGN_OR_RETURN(const storage::ScheduleRow row, store_.Schedule(schedule, request.etag(), write, now, deadline));
    ToWire(row, *response.mutable_schedule());
    return absl::OkStatus();
  }
  storage::PublishRow publish;
  publish.key = key;
  publish.body_json = draft.body_json;
  publish.author = request.author();
  publish.approver = approver;
  publish.note = request.note();
  publish.expected_base = draft.base_version;
  publish.draft_etag = request.etag();
  publish.write = write;
  kind->Amend(*document, publish);
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, Publish(*kind, std::move(publish), deadline));
  ToWire(row, *document, *response.mutable_version());
  return absl::OkStatus();
}

absl::StatusOr<storage::VersionRow> Lifecycle::PublishDirectly(DocumentKind& kind, const google::protobuf::Message& document,
                                                               const DirectPublication& publication, Deadline deadline) {
  if (options_.approvals_needed > 0 && publication.approver.empty()) {
    return WithReason(FailedPreconditionError("publications need {} approvals here: save a draft, have it approved, publish it",
                                              options_.approvals_needed),
                      "APPROVAL_MISSING");
  }
  storage::PublishRow publish;
  publish.key = {kind.name(), kind.IdOf(document)};
  publish.body_json = DocumentJson(document);
  publish.author = publication.author;
  publish.approver = publication.approver;
  publish.note = publication.note;
  publish.expected_etag = publication.expected_etag;
  publish.write = publication.write;
  kind.Amend(document, publish);
  if (publish.ladder) publish.ladder->make_default = publication.make_default;
  return Publish(kind, std::move(publish), deadline);
}

absl::Status Lifecycle::Rollback(const pb::RollbackRequest& request, pb::RollbackResponse& response, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Who(request).Which(request).status());
  if (request.version() < 1) return InvalidField("version", "OUT_OF_RANGE", "name the version to bring back, from 1");
  const storage::DocumentKey key = KeyOf(request);
  const storage::WriteId write{"Rollback", request.request_id(), DeterministicBytes(request)};
  RUNG_ASSIGN_OR_RETURN(const auto earlier, store_.Replay(key, write, deadline));
  if (earlier) return ToWire(*earlier, *kind, *response.mutable_version());
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow old, store_.GetVersion(key, request.version(), deadline));
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, old.body_json));
  if (const auto findings = kind->Check(*document); HasErrors(findings)) return Refuse(findings, "document");
  if (options_.approvals_needed > 0 && old.approver.empty()) {
    return WithReason(FailedPreconditionError("nobody approved version {} when it was published: save it as a draft and have it approved",
                                              request.version()),
                      "APPROVAL_MISSING");
  }
  storage::PublishRow publish;
  publish.key = key;
  publish.body_json = old.body_json;
  publish.author = request.author();
  publish.approver = old.approver;
  publish.note = request.note();
  publish.restored_version = request.version();
  publish.expected_etag = request.etag();
  publish.write = write;
  kind->Amend(*document, publish);
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, Publish(*kind, std::move(publish), deadline));
  ToWire(row, *document, *response.mutable_version());
  return absl::OkStatus();
}

absl::Status Lifecycle::CancelSchedule(const pb::CancelScheduleRequest& request, pb::CancelScheduleResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(RequestChecks().Who(request).status());
  storage::ScheduleRow ended;
  ended.schedule_id = request.schedule_id();
  ended.state = "CANCELLED";
  ended.message = request.note();
  RUNG_ASSIGN_OR_RETURN(const storage::ScheduleRow row, store_.EndSchedule(ended, request.author(), clock_.NowMicros(), deadline));
  ToWire(row, *response.mutable_schedule());
  return absl::OkStatus();
}

void Lifecycle::PublishDue(Deadline deadline) {
  const auto due = store_.Due(documents_.names(), clock_.NowMicros(), deadline);
  if (!due.ok()) return;  // the store's absence shows elsewhere; they stay due
  for (const storage::ScheduleRow& schedule : *due) {
    const absl::Status status = PublishScheduled(schedule, deadline);
    if (status.ok() || ReasonOf(status) == "SCHEDULE_ENDED") continue;  // another process was quicker
    if (storage::MayPass(status)) continue;
    spdlog::error("schedule {} of {} \"{}\" can't be published: {}", schedule.schedule_id, schedule.key.kind, schedule.key.document_id, Message(status));
    storage::ScheduleRow failed = schedule;
    failed.state = "FAILED";
    failed.message = std::string(Message(status));
    store_.EndSchedule(failed, schedule.author, clock_.NowMicros(), deadline).status().IgnoreError();
  }
}

absl::Status Lifecycle::PublishScheduled(const storage::ScheduleRow& schedule, Deadline deadline) {
  DocumentKind* kind = documents_.kinds().at(schedule.key.kind);
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, schedule.body_json));
  if (const auto findings = kind->Check(*document); HasErrors(findings)) return Refuse(findings, "document");
  storage::PublishRow publish;
  publish.key = schedule.key;
  publish.body_json = schedule.body_json;
  publish.author = schedule.author;
  publish.approver = schedule.approver;
  publish.note = schedule.note;
  publish.expected_base = schedule.base_version;
  publish.schedule_id = schedule.schedule_id;
  kind->Amend(*document, publish);
  return Publish(*kind, std::move(publish), deadline).status();
}

}  // namespace rung::lifecycle
