#include <fmt/format.h>

#include "tools/rungctl/config_calls.h"
#include "tools/rungctl/config_kinds.h"
#include "tools/rungctl/config_tables.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"

namespace rung::ctl {
namespace {

// The etag of whatever draft there is; empty when there is none.
grpc::Status CurrentEtag(const std::string& kind, const std::string& id, Session& session, std::string* etag) {
  cfg::GetDraftRequest request;
  request.set_kind(kind);
  request.set_document_id(id);
  cfg::GetDraftResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::GetDraft, request, &response);
  *etag = response.draft().etag();
  return status.error_code() == grpc::StatusCode::NOT_FOUND ? grpc::Status::OK : status;
}

}  // namespace

int ShowDocument(const std::string& kind, const google::protobuf::Any& any, const google::protobuf::Message& response, const Session& session) {
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const auto document = NewDocument(kind);
  if (!any.UnpackTo(document.get())) return FailLocally(absl::InternalError("the server sent another kind of document"));
  fmt::print("{}", ToEditableJson(*document));
  return kExitOk;
}

void WarnOf(const std::string& file, const google::protobuf::RepeatedPtrField<cfg::Finding>& findings, const Session& session) {
  if (!findings.empty()) fmt::print(stderr, "{}:\n{}", Printable(file), FindingLines(findings, session.options.language));
}

int Run(const DraftSave& command, Session& session) {
  const auto document = NewDocument(command.kind);
  if (const absl::Status status = ReadDocument(command.file, *document); !status.ok()) return FailLocally(status);
  return SaveDocument(command, *document, session);
}

int SaveDocument(const DraftSave& command, const google::protobuf::Message& document, Session& session) {
  cfg::SaveDraftRequest request;
  request.mutable_document()->PackFrom(document);
  request.set_author(AuthorOr(command.author));
  request.set_etag(command.etag);
  if (command.replace) {
    const grpc::Status status = CurrentEtag(command.kind, IdOf(command.kind, document), session, request.mutable_etag());
    if (!status.ok()) return Fail(status);
  }
  cfg::SaveDraftResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::SaveDraft, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{}: {} {} (etag {})\n{}", Printable(command.file), Printable(response.draft().document_id()),
             session.In({"is saved as a draft", "已保存为草稿"}), Printable(response.draft().etag()),
             FindingLines(response.findings(), session.options.language));
  return kExitOk;
}

// The document alone, so that the output can be edited and saved; with -o json all that is known of the draft.
int Run(const DraftGet& command, Session& session) {
  cfg::GetDraftResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::GetDraft, RequestFor<cfg::GetDraftRequest>(command), &response);
  return status.ok() ? ShowDocument(command.kind, response.draft().document(), response, session) : Fail(status);
}

int Run(const DraftList& command, Session& session) {
  cfg::ListDraftsRequest request;
  request.set_kind(command.kind);
  cfg::ListDraftsResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::ListDrafts, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : DraftTable(response.drafts(), session.options.language));
  return kExitOk;
}

int Run(const DraftDelete& command, Session& session) {
  auto request = RequestFor<cfg::DeleteDraftRequest>(command);
  request.set_author(AuthorOr(command.author));
  grpc::Status status = DraftEtag(command, session, request.mutable_etag());
  cfg::DeleteDraftResponse response;
  if (status.ok()) status = CallConfig(session, &ConfigStub::DeleteDraft, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else {
    fmt::print("{} {}\n", Printable(command.document_id), session.In({"has no draft any more", "的草稿已删除"}));
  }
  return kExitOk;
}

}  // namespace rung::ctl
