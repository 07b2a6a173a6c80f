#include <fmt/format.h>

#include "rung/grading/v1/status.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

grpc::Status Fetch(Session& session, pb::GetStatusResponse& response) {
  return session.connection.Call<pb::StatusService>(&pb::StatusService::Stub::GetStatus, pb::GetStatusRequest(),
                                                    &response);
}

std::string Sources(const pb::GetStatusResponse& response) {
  std::string text;
  for (const std::string& source : response.sources()) text += (text.empty() ? "" : ", ") + source;
  return text;
}

void AddLabels(const pb::LabelTableStatus& labels, const Session& session, Table& table) {
  table.AddRow({session.In({"Labels in memory", "内存中的标签"}),
                fmt::format("{} / {} ({:.1f} MiB)", FormatCount(labels.customer_count()), FormatCount(labels.capacity()),
                            static_cast<double>(labels.bytes()) / (1 << 20))});
  table.AddRow({session.In({"Label stream", "标签变更流"}),
                fmt::format("{}, {} ms, {}", labels.live() ? session.In({"live", "正常"}) : session.In({"not live", "中断"}),
                            labels.staleness_ms(), labels.stream_position())});
  table.AddRow({session.In({"Refills", "重新装载次数"}), FormatCount(labels.refill_count())});
}

}  // namespace

std::string CurrencyOf(Session& session) {
  pb::GetStatusResponse response;
  return Fetch(session, response).ok() ? response.currency_code() : "";
}

grpc::Status ReadZone(Session& session, std::string& zone) {
  pb::GetStatusResponse response;
  const grpc::Status status = Fetch(session, response);
  if (status.ok()) zone = response.business_zone();
  return status;
}

int Run(const StatusCommand&, Session& session) {
  pb::GetStatusResponse response;
  const grpc::Status status = Fetch(session, response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn("");
  table.AddColumn("");
  table.AddRow({session.In({"Version", "版本"}), response.version()});
  table.AddRow({session.In({"Up for", "已运行"}), FormatDuration(response.uptime_seconds())});
  table.AddRow({session.In({"Now", "当前时间"}), FormatInstant(response.now().seconds())});
  table.AddRow({session.In({"Business day", "业务日"}), response.business_date() + " (" + response.business_zone() + ")"});
  table.AddRow({session.In({"Currency", "货币"}), response.currency_code()});
  table.AddRow({session.In({"Sources", "数据来源"}), Sources(response)});
  table.AddRow({session.In({"Default ladder", "默认分级体系"}), response.default_ladder_id()});
  table.AddRow({session.In({"Events accepted", "已接收事件"}), FormatCount(response.events_accepted_count())});
  table.AddRow({session.In({"Changes on their way", "待发布变更"}), FormatCount(response.outbox_count())});
  AddLabels(response.labels(), session, table);
  for (const pb::DependencyStatus& dependency : response.dependencies()) {
    const std::string state = dependency.reachable() ? session.In({"reachable", "正常"}) : session.In({"out of reach", "不可达"});
    table.AddRow({dependency.name(), dependency.message().empty() ? state : state + ": " + dependency.message()});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

}  // namespace rung::ctl
