#include "libs/lifecycle/lifecycle.h"

#include "libs/errors/errors.h"
#include "libs/lifecycle/document_diff.h"
#include "libs/lifecycle/records.h"
#include "libs/lifecycle/request_checks.h"
#include "libs/rpc/paging.h"

namespace rung::lifecycle {

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
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.CurrentHeads(request.kind(), deadline));
  for (const auto& row : rows) RUNG_RETURN_IF_ERROR(ToWire(row, *kind, *response.add_versions()));
  return absl::OkStatus();
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

absl::Status Lifecycle::GetVersion(const pb::GetVersionRequest& request, pb::GetVersionResponse& response, Deadline deadline) const {
  if (request.version() < 0) return InvalidField("version", "OUT_OF_RANGE", "must be 0 (current) or greater");
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Which(request).status());
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, store_.GetVersion(KeyOf(request), request.version(), deadline));
  return ToWire(row, *kind, *response.mutable_version());
}

absl::Status Lifecycle::ListVersions(const pb::ListVersionsRequest& request, pb::ListVersionsResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const DocumentKind* kind, documents_.Kind(request.kind()));
  RUNG_RETURN_IF_ERROR(RequestChecks().Which(request).status());
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "versions|" + request.kind() + "|" + request.document_id();
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(auto rows, store_.ListVersions(KeyOf(request), static_cast<int32_t>(before), page_size + 1, deadline));
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
  RUNG_RETURN_IF_ERROR(RequestChecks().Which(request).status());
  const storage::DocumentKey key = KeyOf(request);
  const auto from = store_.GetVersion(key, request.from_version(), deadline);
  const bool nothing_yet = ReasonOf(from.status()) == "DOCUMENT_UNKNOWN" && request.from_version() == 0;
  if (!from.ok() && !nothing_yet) return from.status();
  RUNG_ASSIGN_OR_RETURN(const Document before, ParseDocument(*kind, nothing_yet ? "{}" : from->body_json));
  std::string to;
  if (request.to_version() == 0) {
    RUNG_ASSIGN_OR_RETURN(storage::DraftRow draft, store_.GetDraft(key, deadline));
    to = std::move(draft.body_json);
  } else {
    RUNG_ASSIGN_OR_RETURN(storage::VersionRow version, store_.GetVersion(key, request.to_version(), deadline));
    to = std::move(version.body_json);
  }
  RUNG_ASSIGN_OR_RETURN(const Document after, ParseDocument(*kind, to));
  DiffDocuments(*before, *after, response);
  return absl::OkStatus();
}

}  // namespace rung::lifecycle
