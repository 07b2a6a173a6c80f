#include <fmt/format.h>

#include "rung/grading/v1/feature.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/feature_table.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {

namespace pb = grading::v1;
using Stub = pb::FeatureService::Stub;

int Run(const FeaturesGet& command, Session& session) {
  pb::GetFeaturesRequest request;
  request.set_customer_id(command.customer_id);
  request.set_as_of_date(command.as_of_date);
  for (const std::string& name : command.names) request.add_names(name);
  request.set_pooled(command.pooled);
  pb::GetFeaturesResponse response;
  const grpc::Status status = session.connection.Call<pb::FeatureService>(&Stub::GetFeatures, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{}{}: {}\n", FeatureTable(response.features(), session).Render(), session.In({"As of", "截至"}),
             response.as_of_date());
  return kExitOk;
}

int Run(const FeaturesDefinitions&, Session& session) {
  pb::ListFeatureDefinitionsResponse response;
  const grpc::Status status = session.connection.Call<pb::FeatureService>(
      &Stub::ListFeatureDefinitions, pb::ListFeatureDefinitionsRequest(), &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn(session.In({"Feature", "特征"}));
  table.AddColumn(session.In({"Unit", "单位"}));
  table.AddColumn(session.In({"Formula", "公式"}));
  table.AddColumn(session.In({"Missing when", "何时缺失"}));
  for (const pb::FeatureDefinition& definition : response.definitions()) {
    table.AddRow({definition.name(), definition.unit(), definition.formula(), definition.missing()});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

int Run(const FeaturesAudit& command, Session& session) {
  pb::AuditFeaturesRequest request;
  request.set_sample_every(command.sample_every);
  const auto stub = pb::FeatureService::NewStub(session.connection.channel());
  grpc::ClientContext context;  // no deadline: it takes as long as the base is large
  const auto stream = stub->AuditFeatures(&context, request);
  Progress progress;
  pb::AuditFeaturesResponse last;
  for (pb::AuditFeaturesResponse response; stream->Read(&response);) {
    last = response;
    progress.Show(fmt::format("{} / {}", FormatCount(last.audited_count()), FormatCount(last.total_count())));
  }
  progress.Clear();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(last));
  } else {
    Table table;
    table.AddColumn("");
    table.AddColumn("", Align::kRight);
    table.AddRow({session.In({"Customers audited", "已核对客户"}), FormatCount(last.audited_count())});
    table.AddRow({session.In({"Differing", "不一致"}), FormatCount(last.differing_count())});
    for (const std::string& id : last.differing_customer_ids()) table.AddRow({"  " + id});
    fmt::print("{}", table.Render());
  }
  return last.differing_count() == 0 ? kExitOk : kExitRefused;
}

}  // namespace rung::ctl
