#include <fmt/format.h>

#include "libs/base/status.h"
#include "rung/grading/v1/model.grpc.pb.h"
#include "tools/rungctl/config_calls.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::ModelService::Stub;

// Publication says nothing of lint's warnings. What it refuses is told by its own error.
void Warn(const std::string& path, const pb::Model& model, Session& session) {
  cfg::ValidateRequest request;
  request.mutable_document()->PackFrom(model);
  cfg::ValidateResponse response;
  if (CallConfig(session, &ConfigStub::Validate, request, &response).ok()) WarnOf(path, response.findings(), session);
}

int ApplyOne(const ModelApply& command, const std::string& path, const pb::Model& model, Session& session) {
  pb::ApplyModelRequest request;
  *request.mutable_model() = model;
  request.set_request_id(NewRequestId());
  request.set_etag(command.etag);
  request.set_make_default(command.make_default);
  request.set_author(AuthorOr(command.author));
  request.set_validate_only(command.validate_only);
  pb::ApplyModelResponse response;
  const grpc::Status status = session.connection.Call<pb::ModelService>(&Stub::ApplyModel, request, &response);
  if (!status.ok()) {
    Complain(path + ": " + DescribeError(status));
    return ExitCodeOf(status);
  }
  Warn(path, model, session);
  if (session.options.json) {
    fmt::print("{}", ToJson(response, JsonStyle::kOneLine));
    return kExitOk;
  }
  const pb::ModelVersion& version = response.model_version();
  const std::string outcome = command.validate_only ? session.In({"is valid", "有效"})
                              : response.unchanged() ? session.In({"is unchanged", "没有变化"})
                                                     : session.In({"is published", "已发布"});
  fmt::print("{}: {} {}", Printable(path), Printable(model.model_id()), outcome);
  if (version.version() != 0) fmt::print(" (v{}, etag {})", version.version(), Printable(version.etag()));
  fmt::print("\n");
  return kExitOk;
}

}  // namespace

int Run(const ModelList&, Session& session) {
  pb::ListModelsResponse response;
  const grpc::Status status = session.connection.Call<pb::ModelService>(&Stub::ListModels, pb::ListModelsRequest(), &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn(session.In({"Model", "模型"}));
  table.AddColumn(session.In({"Name", "名称"}));
  table.AddColumn(session.In({"Version", "版本"}), Align::kRight);
  table.AddColumn(session.In({"Tiers", "等级数"}), Align::kRight);
  table.AddColumn(session.In({"Published", "发布时间"}));
  table.AddColumn(session.In({"Author", "发布人"}));
  table.AddColumn(session.In({"Default", "默认"}));
  table.AddColumn("ETag");
  for (const pb::ModelVersion& version : response.model_versions()) {
    const pb::Model& model = version.model();
    table.AddRow({model.model_id(), NameIn(model.names(), session.options.language, ""), std::to_string(version.version()),
                  std::to_string(model.tiers_size()), FormatInstant(version.published_time().seconds()),
                  version.author(), version.is_default() ? "*" : "", version.etag()});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

// The model alone, so that the output can be edited and applied; with -o json all that is known of the version.
int Run(const ModelGet& command, Session& session) {
  pb::GetModelRequest request;
  request.set_model_id(command.model_id);
  request.set_version(command.version);
  pb::GetModelResponse response;
  const grpc::Status status = session.connection.Call<pb::ModelService>(&Stub::GetModel, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : ToEditableJson(response.model_version().model()));
  return kExitOk;
}

int Run(const ModelApply& command, Session& session) {
  // All files are read before the first is published: a typo in the last one publishes nothing.
  std::vector<pb::Model> models;
  for (const std::string& path : command.files) {
    if (const absl::Status status = ReadDocument(path, models.emplace_back()); !status.ok()) return FailLocally(status);
  }
  int exit_code = kExitOk;
  for (size_t i = 0; i < models.size(); ++i) {
    exit_code = std::max(exit_code, ApplyOne(command, command.files[i], models[i], session));
  }
  return exit_code;
}

}  // namespace rung::ctl
