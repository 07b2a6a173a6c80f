#include <fmt/format.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"

namespace rung::ctl {

namespace health = grpc::health::v1;

int Run(const HealthCommand& command, Session& session) {
  health::HealthCheckRequest request;
  request.set_service(command.service);
  health::HealthCheckResponse response;
  const grpc::Status status = session.connection.Call<health::Health>(&health::Health::Stub::Check, request, &response);
  if (!status.ok()) return Fail(status);
  const bool serving = response.status() == health::HealthCheckResponse::SERVING;
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else {
    fmt::print("{}\n", serving ? session.In({"takes calls", "正常服务"}) : session.In({"takes no calls", "暂停服务"}));
  }
  return serving ? kExitOk : kExitRefused;
}

}  // namespace rung::ctl
