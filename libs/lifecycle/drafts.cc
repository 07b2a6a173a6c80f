// Drafts and their approvals.
#include "libs/errors/errors.h"
#include "libs/lifecycle/lifecycle.h"
#include "libs/lifecycle/records.h"
#include "libs/lifecycle/request_checks.h"

namespace rung::lifecycle {

absl::Status Lifecycle::SaveDraft(const pb::SaveDraftRequest& request, pb::SaveDraftResponse& response, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(RequestChecks().Who(request).Text("etag", request.etag(), 256).status());
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.KindOf(request.document(), "document"));
  RUNG_ASSIGN_OR_RETURN(const Document document, Unpack(*kind, request.document(), "document"));
  storage::DraftRow draft;
  draft.key = {kind->name(), kind->IdOf(*document)};
  if (auto problem = FindIdProblem("document." + IdField(*kind), draft.key.document_id)) return InvalidRequest({*std::move(problem)});
  draft.body_json = DocumentJson(*document);
  draft.author = request.author();
  draft.updated_at = clock_.NowMicros();
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow saved, store_.SaveDraft(draft, request.etag(), deadline));
  lifecycle::ToWire(documents_.Check(*kind, *document), response.mutable_findings());
  ToWire(saved, *document, *response.mutable_draft());
  return absl::OkStatus();
}

absl::Status Lifecycle::GetDraft(const pb::GetDraftRequest& request, pb::GetDraftResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Which(request).status());
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow row, store_.GetDraft(KeyOf(request), deadline));
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, row.body_json));
  lifecycle::ToWire(documents_.Check(*kind, *document), response.mutable_findings());
  ToWire(row, *document, *response.mutable_draft());
  return absl::OkStatus();
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
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Who(request).Which(request).status());
  return store_.DeleteDraft({kind->name(), request.document_id()}, request.etag(), request.author(), clock_.NowMicros(), deadline);
}

absl::Status Lifecycle::Validate(const pb::ValidateRequest& request, pb::ValidateResponse& response, Deadline deadline) const {
  std::vector<Finding> findings;
  if (request.has_document()) {
    RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.KindOf(request.document(), "document"));
    RUNG_ASSIGN_OR_RETURN(const Document document, Unpack(*kind, request.document(), "document"));
    findings = documents_.Check(*kind, *document);
  } else {
    RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
    RUNG_RETURN_IF_ERROR(RequestChecks().Which(request).status());
    RUNG_ASSIGN_OR_RETURN(const storage::DraftRow row, store_.GetDraft(KeyOf(request), deadline));
    RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(*kind, row.body_json));
    findings = documents_.Check(*kind, *document);
  }
  lifecycle::ToWire(findings, response.mutable_findings());
  response.set_publishable(!HasErrors(findings));
  return absl::OkStatus();
}

absl::Status Lifecycle::ApproveDraft(const pb::ApproveDraftRequest& request, pb::ApproveDraftResponse& response, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Who(request).Which(request).status());
  const storage::DocumentKey key = KeyOf(request);
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow draft, store_.GetDraft(key, request.etag(), deadline));
  if (draft.author == request.author()) {
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

}  // namespace rung::lifecycle
