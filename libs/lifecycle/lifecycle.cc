#include "libs/lifecycle/lifecycle.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/lifecycle/document_diff.h"
#include "libs/rpc/paging.h"

namespace rung::lifecycle {
namespace {

constexpr size_t kMaxId = 128;
constexpr size_t kMaxNote = 1000;
constexpr int64_t kMaxScheduleMicros = 366LL * 86'400 * 1'000'000;

struct Checks {
  std::vector<Violation> violations;

  Checks& Required(const char* field, const std::string& value, size_t limit = kMaxId) {
    if (value.empty()) violations.push_back({field, "REQUIRED", fmt::format("must not be empty; 1 to {} bytes", limit)});
    return Text(field, value, limit);
  }
  Checks& Text(const char* field, const std::string& value, size_t limit) {
    if (auto problem = FindTextProblem(field, value, limit)) violations.push_back(*std::move(problem));
    return *this;
  }
  absl::Status status() const { return violations.empty() ? absl::OkStatus() : InvalidRequest(violations); }
};

absl::Status ToWire(const storage::DraftRow& row, const DocumentKind& kind, pb::Draft& out) {
  out.set_kind(row.key.kind);
  out.set_document_id(row.key.document_id);
  out.set_etag(row.etag);
  out.set_base_version(row.base_version);
  out.set_author(row.author);
  SetTime(row.updated_at, out.mutable_updated_time());
  for (const storage::ApprovalRow& approval : row.approvals) {
    pb::Approval& item = *out.add_approvals();
    item.set_author(approval.author);
    item.set_note(approval.note);
    SetTime(approval.approved_at, item.mutable_approved_time());
  }
  if (row.body_json.empty()) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(kind, row.body_json));
  out.mutable_document()->PackFrom(*document);
  return absl::OkStatus();
}

absl::Status ToWire(const storage::VersionRow& row, const DocumentKind& kind, pb::Version& out) {
  out.set_kind(row.key.kind);
  out.set_document_id(row.key.document_id);
  out.set_version(row.version);
  out.set_etag(row.etag);
  out.set_author(row.author);
  out.set_approver(row.approver);
  out.set_note(row.note);
  out.set_restored_version(row.restored_version);
  SetTime(row.published_at, out.mutable_published_time());
  if (row.body_json.empty()) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(kind, row.body_json));
  out.mutable_document()->PackFrom(*document);
  return absl::OkStatus();
}

void ToWire(const storage::ScheduleRow& row, pb::Schedule& out) {
  out.set_schedule_id(row.schedule_id);
  out.set_kind(row.key.kind);
  out.set_document_id(row.key.document_id);
  SetTime(row.publish_at, out.mutable_publish_time());
  out.set_state(row.state == "WAITING"     ? pb::SCHEDULE_STATE_WAITING
                : row.state == "PUBLISHED" ? pb::SCHEDULE_STATE_PUBLISHED
                : row.state == "CANCELLED" ? pb::SCHEDULE_STATE_CANCELLED
                                           : pb::SCHEDULE_STATE_FAILED);
  out.set_author(row.author);
  out.set_note(row.note);
  out.set_version(row.version);
  out.set_message(row.message);
}

}  // namespace

void Lifecycle::ListKinds(pb::ListKindsResponse& response) const {
  for (const auto& [name, kind] : documents_.kinds()) {
    pb::KindInfo& item = *response.add_kinds();
    item.set_kind(name);
    item.set_message_type(kind->prototype().GetDescriptor()->full_name());
  }
  response.set_approvals_needed(options_.approvals_needed);
}

absl::Status Lifecycle::ListDocuments(const pb::ListDocumentsRequest& request, pb::ListDocumentsResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.Current(request.kind(), deadline));
  for (const auto& row : rows) RUNG_RETURN_IF_ERROR(ToWire(row, *kind, *response.add_versions()));
  return absl::OkStatus();
}

absl::Status Lifecycle::SaveDraft(const pb::SaveDraftRequest& request, pb::SaveDraftResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Checks().Required("author", request.author()).Text("etag", request.etag(), 256).status());
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.KindOf(request.document(), "document"));
  RUNG_ASSIGN_OR_RETURN(const Document document, Unpack(*kind, request.document(), "document"));
  storage::DraftRow draft;
  draft.key = {kind->name(), kind->IdOf(*document)};
  RUNG_RETURN_IF_ERROR(Checks().Required("document (its id)", draft.key.document_id).status());
  draft.body_json = DocumentJson(*document);
  draft.author = request.author();
  draft.updated_at = clock_.NowMicros();
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow saved, store_.SaveDraft(draft, request.etag(), deadline));
  lifecycle::ToWire(kind->Check(*document), response.mutable_findings());
  return ToWire(saved, *kind, *response.mutable_draft());
}

absl::Status Lifecycle::GetDraft(const pb::GetDraftRequest& request, pb::GetDraftResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow row, store_.GetDraft({request.kind(), request.document_id()}, deadline));
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, row.body_json));
  lifecycle::ToWire(kind->Check(*document), response.mutable_findings());
  return ToWire(row, *kind, *response.mutable_draft());
}

absl::Status Lifecycle::ListDrafts(const pb::ListDraftsRequest& request, pb::ListDraftsResponse& response, Deadline deadline) const {
  if (!request.kind().empty()) RUNG_RETURN_IF_ERROR(documents_.Kind(request.kind()).status());
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.ListDrafts(request.kind(), deadline));
  for (const auto& row : rows) {
    const auto kind = documents_.Kind(row.key.kind);
    if (kind.ok()) RUNG_RETURN_IF_ERROR(ToWire(row, **kind, *response.add_drafts()));
  }
  return absl::OkStatus();
}

absl::Status Lifecycle::DeleteDraft(const pb::DeleteDraftRequest& request, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Checks().Required("author", request.author()).Required("etag", request.etag(), 256).status());
  RUNG_RETURN_IF_ERROR(documents_.Kind(request.kind()).status());
  return store_.DeleteDraft({request.kind(), request.document_id()}, request.etag(), request.author(), clock_.NowMicros(), deadline);
}

absl::Status Lifecycle::Validate(const pb::ValidateRequest& request, pb::ValidateResponse& response, Deadline deadline) const {
  std::vector<Finding> findings;
  if (request.has_document()) {
    RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.KindOf(request.document(), "document"));
    RUNG_ASSIGN_OR_RETURN(const Document document, Unpack(*kind, request.document(), "document"));
    findings = kind->Check(*document);
  } else {
    RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
    RUNG_ASSIGN_OR_RETURN(const storage::DraftRow row, store_.GetDraft({request.kind(), request.document_id()}, deadline));
    RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, row.body_json));
    findings = kind->Check(*document);
  }
  lifecycle::ToWire(findings, response.mutable_findings());
  response.set_publishable(!HasErrors(findings));
  return absl::OkStatus();
}

absl::Status Lifecycle::ApproveDraft(const pb::ApproveDraftRequest& request, pb::ApproveDraftResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Checks().Required("author", request.author()).Required("etag", request.etag(), 256).Text("note", request.note(), kMaxNote).status());
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  const storage::DocumentKey key{request.kind(), request.document_id()};
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow draft, store_.GetDraft(key, deadline));
  if (options_.approvals_needed > 0 && draft.author == request.author()) {
    return WithReason(FailedPreconditionError("\"{}\" wrote this draft: somebody else has to approve it", draft.author), "OWN_APPROVAL");
  }
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow approved,
                        store_.Approve(key, request.etag(), {request.author(), request.note(), clock_.NowMicros()}, deadline));
  return ToWire(approved, *kind, *response.mutable_draft());
}

absl::StatusOr<std::string> Lifecycle::ApproverOf(const storage::DraftRow& draft) const {
  std::string approvers;
  int count = 0;
  for (const storage::ApprovalRow& approval : draft.approvals) {
    if (approval.author == draft.author) continue;
    approvers += (approvers.empty() ? "" : ", ") + approval.author;
    ++count;
  }
  if (count < options_.approvals_needed) {
    return WithReason(FailedPreconditionError("{} of {} approvals by others than \"{}\" are there; ApproveDraft gives one", count,
                                              options_.approvals_needed, draft.author),
                      "APPROVAL_MISSING");
  }
  return approvers;
}

absl::Status Lifecycle::PublishDraft(const pb::PublishDraftRequest& request, pb::PublishDraftResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Checks()
                           .Required("author", request.author())
                           .Required("etag", request.etag(), 256)
                           .Required("request_id", request.request_id())
                           .Text("note", request.note(), kMaxNote)
                           .status());
  RUNG_ASSIGN_OR_RETURN(DocumentKind* kind, documents_.Kind(request.kind()));
  const storage::DocumentKey key{request.kind(), request.document_id()};
  const bool later = request.has_publish_time();
  const storage::WriteId write{later ? "ScheduleDraft" : "PublishDraft", request.request_id(), DeterministicBytes(request)};
  const UnixMicros now = clock_.NowMicros();
  const auto draft = store_.GetDraft(key, deadline);
  if (!draft.ok()) {  // an earlier call may have published it already
    if (!absl::IsNotFound(draft.status())) return draft.status();
    if (later) {
      const auto known = store_.Schedule({}, "", write, now, deadline);
      if (!known.ok()) return ReasonOf(known.status()) == "REQUEST_ID_REUSED" ? known.status() : draft.status();
      ToWire(*known, *response.mutable_schedule());
      return absl::OkStatus();
    }
    RUNG_ASSIGN_OR_RETURN(const auto earlier, store_.Replay(key, write, deadline));
    return earlier ? ToWire(*earlier, *kind, *response.mutable_version()) : draft.status();
  }
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, draft->body_json));
  if (const auto findings = kind->Check(*document); HasErrors(findings)) return Refuse(findings, "document");
  RUNG_ASSIGN_OR_RETURN(const std::string approver, ApproverOf(*draft));
  if (later) {
    const UnixMicros at = request.publish_time().seconds() * 1'000'000 + request.publish_time().nanos() / 1000;
    if (at <= now || at > now + kMaxScheduleMicros) {
      return InvalidField("publish_time", "OUT_OF_RANGE", "must lie in the future, at most 366 days; leave it out to publish now");
    }
    storage::ScheduleRow schedule;
    schedule.key = key;
    schedule.body_json = draft->body_json;
    schedule.base_version = draft->base_version;
    schedule.author = request.author();
    schedule.approver = approver;
    schedule.note = request.note();
    schedule.publish_at = at;
    RUNG_ASSIGN_OR_RETURN(const storage::ScheduleRow row, store_.Schedule(schedule, request.etag(), write, now, deadline));
    ToWire(row, *response.mutable_schedule());
    return absl::OkStatus();
  }
  storage::PublishRow publish;
  publish.key = key;
  publish.body_json = draft->body_json;
  publish.author = request.author();
  publish.approver = approver;
  publish.note = request.note();
  publish.now = now;
  publish.expected_base = draft->base_version;
  publish.draft_etag = request.etag();
  publish.write = write;
  kind->Amend(*document, publish);
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, store_.Publish(publish, deadline));
  RUNG_RETURN_IF_ERROR(kind->Published(deadline));
  return ToWire(row, *kind, *response.mutable_version());
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
  publish.now = clock_.NowMicros();
  publish.expected_etag = publication.expected_etag;
  publish.write = publication.write;
  kind.Amend(document, publish);
  if (publish.ladder) publish.ladder->make_default = publication.make_default;
  RUNG_ASSIGN_OR_RETURN(storage::VersionRow row, store_.Publish(publish, deadline));
  RUNG_RETURN_IF_ERROR(kind.Published(deadline));
  return row;
}

absl::Status Lifecycle::Rollback(const pb::RollbackRequest& request, pb::RollbackResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Checks()
                           .Required("author", request.author())
                           .Required("etag", request.etag(), 256)
                           .Required("request_id", request.request_id())
                           .Text("note", request.note(), kMaxNote)
                           .status());
  if (request.version() < 1) return InvalidField("version", "OUT_OF_RANGE", "name the version to bring back, from 1");
  RUNG_ASSIGN_OR_RETURN(DocumentKind* kind, documents_.Kind(request.kind()));
  const storage::DocumentKey key{request.kind(), request.document_id()};
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow old, store_.GetVersion(key, request.version(), deadline));
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, old.body_json));
  if (const auto findings = kind->Check(*document); HasErrors(findings)) return Refuse(findings, "document");
  storage::PublishRow publish;
  publish.key = key;
  publish.body_json = old.body_json;
  publish.author = request.author();
  publish.approver = old.approver;
  publish.note = request.note();
  publish.restored_version = request.version();
  publish.now = clock_.NowMicros();
  publish.expected_etag = request.etag();
  publish.write = storage::WriteId{"Rollback", request.request_id(), DeterministicBytes(request)};
  kind->Amend(*document, publish);
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, store_.Publish(publish, deadline));
  RUNG_RETURN_IF_ERROR(kind->Published(deadline));
  return ToWire(row, *kind, *response.mutable_version());
}

absl::Status Lifecycle::ListSchedules(const pb::ListSchedulesRequest& request, pb::ListSchedulesResponse& response, Deadline deadline) const {
  if (!request.kind().empty()) RUNG_RETURN_IF_ERROR(documents_.Kind(request.kind()).status());
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "schedules|" + request.kind();
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(auto rows, store_.ListSchedules(request.kind(), before, page_size + 1, deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(page_size);
    response.set_next_page_token(rpc::PageToken(rows.back().schedule_id, filter));
  }
  for (const auto& row : rows) ToWire(row, *response.add_schedules());
  return absl::OkStatus();
}

absl::Status Lifecycle::CancelSchedule(const pb::CancelScheduleRequest& request, pb::CancelScheduleResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Checks().Required("author", request.author()).Text("note", request.note(), kMaxNote).status());
  storage::ScheduleRow ended;
  ended.schedule_id = request.schedule_id();
  ended.state = "CANCELLED";
  ended.message = request.note();
  RUNG_ASSIGN_OR_RETURN(const storage::ScheduleRow row, store_.EndSchedule(ended, request.author(), clock_.NowMicros(), deadline));
  ToWire(row, *response.mutable_schedule());
  return absl::OkStatus();
}

absl::Status Lifecycle::GetVersion(const pb::GetVersionRequest& request, pb::GetVersionResponse& response, Deadline deadline) const {
  if (request.version() < 0) return InvalidField("version", "OUT_OF_RANGE", "must be 0 (current) or greater");
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, store_.GetVersion({request.kind(), request.document_id()}, request.version(), deadline));
  return ToWire(row, *kind, *response.mutable_version());
}

absl::Status Lifecycle::ListVersions(const pb::ListVersionsRequest& request, pb::ListVersionsResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "versions|" + request.kind() + "|" + request.document_id();
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(auto rows, store_.ListVersions({request.kind(), request.document_id()}, static_cast<int32_t>(before), page_size + 1, deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(page_size);
    response.set_next_page_token(rpc::PageToken(rows.back().version, filter));
  }
  for (const auto& row : rows) RUNG_RETURN_IF_ERROR(ToWire(row, *kind, *response.add_versions()));
  return absl::OkStatus();
}

absl::Status Lifecycle::Diff(const pb::DiffRequest& request, pb::DiffResponse& response, Deadline deadline) const {
  if (request.from_version() < 0) return InvalidField("from_version", "OUT_OF_RANGE", "must be 0 (current) or greater");
  if (request.to_version() < 0) return InvalidField("to_version", "OUT_OF_RANGE", "must be 0 (the draft) or greater");
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  const storage::DocumentKey key{request.kind(), request.document_id()};
  const auto from = store_.GetVersion(key, request.from_version(), deadline);
  const bool nothing_yet = !from.ok() && ReasonOf(from.status()) == "DOCUMENT_UNKNOWN" && request.from_version() == 0;
  if (!from.ok() && !nothing_yet) return from.status();
  RUNG_ASSIGN_OR_RETURN(const Document before, ParseDocument(*kind, nothing_yet ? "{}" : from->body_json));
  std::string to;
  if (request.to_version() == 0) {
    RUNG_ASSIGN_OR_RETURN(const storage::DraftRow draft, store_.GetDraft(key, deadline));
    to = draft.body_json;
  } else {
    RUNG_ASSIGN_OR_RETURN(const storage::VersionRow version, store_.GetVersion(key, request.to_version(), deadline));
    to = version.body_json;
  }
  RUNG_ASSIGN_OR_RETURN(const Document after, ParseDocument(*kind, to));
  DiffDocuments(*before, *after, response);
  return absl::OkStatus();
}

void Lifecycle::PublishDue(Deadline deadline) {
  const auto due = store_.Due(clock_.NowMicros(), deadline);
  if (!due.ok()) return;  // the store's absence shows elsewhere; they stay due
  for (const storage::ScheduleRow& schedule : *due) {
    if (!documents_.kinds().contains(schedule.key.kind)) continue;  // another service's
    const absl::Status status = PublishScheduled(schedule, deadline);
    if (status.ok() || ReasonOf(status) == "SCHEDULE_ENDED") continue;  // another process was quicker
    const bool passing = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || ReasonOf(status) == "STORE_CONFLICT";
    if (passing) continue;
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
  publish.now = clock_.NowMicros();
  publish.expected_base = schedule.base_version;
  publish.schedule_id = schedule.schedule_id;
  kind->Amend(*document, publish);
  RUNG_RETURN_IF_ERROR(store_.Publish(publish, deadline).status());
  return kind->Published(deadline);
}

}  // namespace rung::lifecycle
