#include "services/grading/appeal_file.h"

#include <google/protobuf/util/json_util.h>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/wire/instant.h"

namespace rung::grading {
namespace {

std::string Place(const char* kind, CustomerNumber customer, const std::string& id) {
  return fmt::format("{}|{}|{}", kind, static_cast<int64_t>(customer), id);
}

v1::AppealState StateOf(const std::string& name) {
  v1::AppealState state = v1::APPEAL_STATE_UNSPECIFIED;
  v1::AppealState_Parse("APPEAL_STATE_" + name, &state);
  return state;
}

// What changes in an appeal, as JSON.
std::string Json(const storage::AppealRow& row) {
  v1::Appeal out;
  out.set_version(row.version);
  out.set_tier_code(row.tier_code);
  out.set_state(StateOf(row.state));
  out.set_due_date(FormatDay(row.due));
  out.set_assignee(row.assignee);
  out.set_correcting_event_id(row.event_id);
  out.set_tier_code_before(row.tier_before);
  out.set_tier_code_after(row.tier_after);
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(out, &json, options);
  return json;
}

}  // namespace

absl::StatusOr<std::string> AppealFile::Open(const storage::SealedText& text, const std::string& place) const {
  return codec_.Open(text.key_id, text.bytes, place);
}

std::string AppealFile::BodyPlace(const storage::AppealRow& row) { return Place("appeal", row.customer, row.appeal_id); }
std::string AppealFile::CorrectionPlace(const storage::AppealRow& row) { return Place("appeal-correction", row.customer, row.appeal_id); }
std::string AppealFile::CommentPlace(const storage::AppealCommentRow& row) {
  return Place("appeal-comment", row.customer, fmt::format("{}|{}|{}", row.appeal_id.size(), row.appeal_id, row.comment_id));
}

absl::Status AppealFile::ToWire(const storage::AppealRow& row, v1::Appeal& out) const {
  RUNG_ASSIGN_OR_RETURN(const std::string body, Open(row.body, BodyPlace(row)));
  v1::Appeal texts;
  if (!texts.ParseFromString(body)) return Error(absl::StatusCode::kDataLoss, "the text of appeal {} doesn't parse", row.appeal_id);
  out.set_customer_id(row.external_id);
  out.set_appeal_id(row.appeal_id);
  for (const auto& ladder : *ladders_.Current()) {
    if (ladder->row.ladder_no == row.ladder_no) out.set_ladder_id(ladder->row.ladder_id);
  }
  out.set_version(row.version);
  out.set_tier_code(row.tier_code);
  out.set_state(StateOf(row.state));
  out.set_text(texts.text());
  out.set_contact(texts.contact());
  out.set_author(row.author);
  wire::SetTime(row.filed_at, out.mutable_filed_time());
  out.set_due_date(FormatDay(row.due));
  out.set_overdue(IsPending(row) && row.due < Today());
  out.set_assignee(row.assignee);
  wire::SetTime(row.updated_at, out.mutable_updated_time());
  out.set_etag(std::to_string(row.revision));
  if (row.resolved_at != 0) wire::SetTime(row.resolved_at, out.mutable_resolved_time());
  out.set_resolved_by(row.resolved_by);
  out.set_resolution_reason(row.resolution_reason);
  out.set_correcting_event_id(row.event_id);
  out.set_tier_code_before(row.tier_before);
  out.set_tier_code_after(row.tier_after);
  out.set_merged_into_customer_id(row.merged_into);
  return absl::OkStatus();
}

absl::Status AppealFile::ToWire(const storage::AppealCommentRow& row, v1::AppealComment& out) const {
  RUNG_ASSIGN_OR_RETURN(*out.mutable_text(), Open(row.body, CommentPlace(row)));
  out.set_comment_id(row.comment_id);
  out.set_author(row.author);
  wire::SetTime(row.created_at, out.mutable_created_time());
  return absl::OkStatus();
}

storage::AuditRow AppealFile::Entry(const std::string& action, const storage::AppealRow* before, const storage::AppealRow& after,
                                    const std::string& actor, const std::string& reason) const {
  storage::AuditRow entry;
  entry.customer = after.customer;
  entry.chain = storage::ChainOf(after.customer);
  entry.recorded_at = clock_.NowMicros();
  entry.actor = actor;
  entry.action = action;
  entry.subject = fmt::format("appeal/{}/{}", after.external_id, after.appeal_id);
  entry.reason = reason;
  if (before != nullptr) entry.before = Json(*before);
  entry.after = Json(after);
  return entry;
}

bool IsPending(const storage::AppealRow& row) { return row.state == "OPEN" || row.state == "ACCEPTING"; }

absl::Status CheckEtag(const std::string& etag, const storage::AppealRow& row) {
  if (etag == std::to_string(row.revision)) return absl::OkStatus();
  return WithReason(AbortedError("appeal \"{}\" has changed since it was read: read it again", row.appeal_id), "ETAG_MISMATCH",
                    {{"current_etag", std::to_string(row.revision)}});
}

absl::Status AlreadyResolved(const storage::AppealRow& row) {
  return WithReason(FailedPreconditionError("appeal \"{}\" was resolved by \"{}\" already: {}", row.appeal_id, row.resolved_by, row.state), "APPEAL_RESOLVED");
}

absl::Status BeingAccepted(const storage::AppealRow& row) {
  return WithReason(FailedPreconditionError("appeal \"{}\" is being accepted with event \"{}\"; send that resolution again to complete it", row.appeal_id,
                                            row.event_id),
                    "APPEAL_ACCEPTING", {{"event_id", row.event_id}});
}

}  // namespace rung::grading
