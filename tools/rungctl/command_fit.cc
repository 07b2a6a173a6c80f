#include <fmt/format.h>

#include <cmath>

#include "rung/grading/v1/retention.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/connection.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/fit_tables.h"
#include "tools/rungctl/json_output.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::RetentionService::Stub;

pb::ForecastMethod MethodOf(const std::string& name) {
  if (name == "model") return pb::FORECAST_METHOD_MODEL;
  if (name == "rate") return pb::FORECAST_METHOD_RATE;
  if (name == "past") return pb::FORECAST_METHOD_PAST;
  return pb::FORECAST_METHOD_UNSPECIFIED;
}

pb::ChurnMeasure MeasureOf(const std::string& name) {
  if (name == "joined") return pb::CHURN_MEASURE_JOINED;
  if (name == "recency") return pb::CHURN_MEASURE_RECENCY;
  return pb::CHURN_MEASURE_UNSPECIFIED;
}

int Show(const pb::BaseFit& fit, Session& session) {
  fmt::print("{}", session.options.json ? ToJson(fit) : BaseFitText(fit, CurrencyOf(session), session.options.language));
  return kExitOk;
}

}  // namespace

int FitStoredBase(const StatsFit& command, Session& session) {
  pb::FitBaseRequest request;
  request.set_request_id(NewRequestId());
  request.set_as_of_date(command.source.until_date);
  request.set_author(AuthorOr(command.author));
  request.set_order_method(MethodOf(command.order_method));
  request.set_value_method(MethodOf(command.value_method));
  request.set_churn_measure(MeasureOf(command.churn_measure));
  request.set_without_holdout(command.without_holdout);
  pb::FitBaseResponse response;
  const grpc::Status status = session.connection.Call<pb::RetentionService>(&Stub::FitBase, request, &response);
  return status.ok() ? Show(response.fit(), session) : Fail(status);
}

int Run(const StatsShow& command, Session& session) {
  pb::GetBaseFitRequest request;
  request.set_version(command.version);
  pb::GetBaseFitResponse response;
  const grpc::Status status = session.connection.Call<pb::RetentionService>(&Stub::GetBaseFit, request, &response);
  return status.ok() ? Show(response.fit(), session) : Fail(status);
}

int Run(const StatsList& command, Session& session) {
  pb::ListBaseFitsRequest request;
  request.set_page_size(command.limit);
  pb::ListBaseFitsResponse response;
  const grpc::Status status = session.connection.Call<pb::RetentionService>(&Stub::ListBaseFits, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : BaseFitTable(response, session.options.language));
  return kExitOk;
}

int Run(const OutlookGet& command, Session& session) {
  std::vector<pb::Outlook> outlooks;
  for (const std::string& id : command.customer_ids) {
    pb::GetOutlookRequest request;
    request.set_customer_id(id);
    request.set_as_of_date(command.as_of_date);
    pb::GetOutlookResponse response;
    const grpc::Status status = session.connection.Call<pb::RetentionService>(&Stub::GetOutlook, request, &response);
    if (!status.ok()) return Fail(status);
    outlooks.push_back(response.outlook());
  }
  if (session.options.json) {
    for (const pb::Outlook& outlook : outlooks) fmt::print("{}", ToJson(outlook, outlooks.size() == 1 ? JsonStyle::kIndented : JsonStyle::kOneLine));
    return kExitOk;
  }
  const std::string currency = CurrencyOf(session);
  for (const pb::Outlook& outlook : outlooks) fmt::print("{}", OutlookText(outlook, currency, session.options.language));
  return kExitOk;
}

}  // namespace rung::ctl
