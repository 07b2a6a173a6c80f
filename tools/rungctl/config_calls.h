// What the commands of the life of configuration share.
#pragma once

#include <string>

#include "rung/config/v1/config.grpc.pb.h"
#include "tools/rungctl/commands.h"

namespace rung::ctl {

namespace cfg = config::v1;
using ConfigStub = cfg::ConfigService::Stub;

template <typename Request, typename Response>
grpc::Status CallConfig(Session& session, grpc::Status (ConfigStub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request, Response* response) {
  return session.connection.Call<cfg::ConfigService>(method, request, response);
}

/// A request for the document that the command names.
template <typename Request, typename C>
Request RequestFor(const C& command) {
  Request request;
  request.set_kind(command.kind);
  request.set_document_id(command.document_id);
  return request;
}

/// The etag that the command gives, else the draft's as it is now.
template <typename C>
grpc::Status DraftEtag(const C& command, Session& session, std::string* etag) {
  *etag = command.etag;
  if (!etag->empty()) return grpc::Status::OK;
  cfg::GetDraftResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::GetDraft, RequestFor<cfg::GetDraftRequest>(command), &response);
  *etag = response.draft().etag();
  return status;
}

/// Saves a document as the draft that the command describes; its file is only named.
int SaveDocument(const DraftSave& command, const google::protobuf::Message& document, Session& session);

/// What lint found, on standard error, for commands that publish at once.
void WarnOf(const std::string& file, const google::protobuf::RepeatedPtrField<cfg::Finding>& findings, const Session& session);

/// Prints the document alone; with -o json the whole response.
int ShowDocument(const std::string& kind, const google::protobuf::Any& any, const google::protobuf::Message& response, const Session& session);

}  // namespace rung::ctl
