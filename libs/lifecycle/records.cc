#include "libs/lifecycle/records.h"

#include "libs/base/status.h"
#include "libs/wire/instant.h"

namespace rung::lifecycle {
namespace {

absl::Status PackDocument(const std::string& body_json, const DocumentKind& kind, google::protobuf::Any& out) {
  RUNG_ASSIGN_OR_RETURN(const Document document, ParseDocument(kind, body_json));
  out.PackFrom(*document);
  return absl::OkStatus();
}

void WriteHead(const storage::DraftRow& row, pb::Draft& out) {
  out.set_kind(row.key.kind);
  out.set_document_id(row.key.document_id);
  out.set_etag(row.etag);
  out.set_base_version(row.base_version);
  out.set_author(row.author);
  wire::SetTime(row.updated_at, out.mutable_updated_time());
  for (const storage::ApprovalRow& approval : row.approvals) {
    pb::Approval& item = *out.add_approvals();
    item.set_author(approval.author);
    item.set_note(approval.note);
    wire::SetTime(approval.approved_at, item.mutable_approved_time());
  }
}

void WriteHead(const storage::VersionRow& row, pb::Version& out) {
  out.set_kind(row.key.kind);
  out.set_document_id(row.key.document_id);
  out.set_version(row.version);
  out.set_etag(row.etag);
  out.set_author(row.author);
  out.set_approver(row.approver);
  out.set_note(row.note);
  out.set_restored_version(row.restored_version);
  wire::SetTime(row.published_at, out.mutable_published_time());
}

}  // namespace

absl::Status ToWire(const storage::DraftRow& row, const DocumentKind& kind, pb::Draft& out) {
  WriteHead(row, out);
  return row.body_json.empty() ? absl::OkStatus() : PackDocument(row.body_json, kind, *out.mutable_document());
}

absl::Status ToWire(const storage::VersionRow& row, const DocumentKind& kind, pb::Version& out) {
  WriteHead(row, out);
  return row.body_json.empty() ? absl::OkStatus() : PackDocument(row.body_json, kind, *out.mutable_document());
}

void ToWire(const storage::DraftRow& row, const google::protobuf::Message& document, pb::Draft& out) {
  WriteHead(row, out);
  out.mutable_document()->PackFrom(document);
}

void ToWire(const storage::VersionRow& row, const google::protobuf::Message& document, pb::Version& out) {
  WriteHead(row, out);
  out.mutable_document()->PackFrom(document);
}

void ToWire(const storage::ScheduleRow& row, pb::Schedule& out) {
  out.set_schedule_id(row.schedule_id);
  out.set_kind(row.key.kind);
  out.set_document_id(row.key.document_id);
  wire::SetTime(row.publish_at, out.mutable_publish_time());
  out.set_state(row.state == "WAITING"     ? pb::SCHEDULE_STATE_WAITING
                : row.state == "PUBLISHED" ? pb::SCHEDULE_STATE_PUBLISHED
                : row.state == "CANCELLED" ? pb::SCHEDULE_STATE_CANCELLED
                                           : pb::SCHEDULE_STATE_FAILED);
  out.set_author(row.author);
  out.set_note(row.note);
  out.set_version(row.version);
  out.set_message(row.message);
}

}  // namespace rung::lifecycle
