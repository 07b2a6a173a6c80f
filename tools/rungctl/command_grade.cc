#include <fmt/format.h>

#include "rung/grading/v1/regrade.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/feature_table.h"
#include "tools/rungctl/grading_labels.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

std::string Summary(const pb::GradeCustomerResponse& graded, Session& session) {
  const TierNames names = TierNames::Load(session);
  const auto tier = [&](const std::string& code) {
    const std::string name = names.Name(graded.ladder_id(), code);
    return name == code ? code : name + " (" + code + ")";
  };
  Table table;
  table.AddColumn("");
  table.AddColumn("");
  table.AddRow({session.In({"Customer", "客户"}), graded.customer_id()});
  table.AddRow({session.In({"Ladder", "分级体系"}), fmt::format("{} v{}", graded.ladder_id(), graded.model_version())});
  table.AddRow({session.In({"As of", "截至"}), graded.as_of_date()});
  table.AddRow({session.In({"Score", "得分"}),
                FormatScore(graded.score_milli(), names.DisplayScale(graded.ladder_id()))});
  table.AddRow({session.In({"Computed tier", "计算等级"}), tier(graded.computed_tier_code())});
  table.AddRow({session.In({"Effective tier", "生效等级"}), tier(graded.effective_tier_code())});
  table.AddRow({session.In({"Current tier", "当前等级"}), tier(graded.current_tier_code())});
  table.AddRow({session.In({"Reason", "原因"}), ReasonName(graded.reason(), session.options.language)});
  if (graded.provisional_reason() == "NO_POPULATION") {
    table.AddRow({session.In({"Provisional", "暂定"}), session.In({"compared with nobody: no run has graded with this version yet; "
                                                                   "`rungctl regrade start` starts one",
                                                                   "尚无可比总体：该版本还没有批量评级；可用 `rungctl regrade start` 启动"})});
  } else if (!graded.provisional_reason().empty()) {
    table.AddRow({session.In({"Provisional", "暂定"}), graded.provisional_reason()});
  }
  if (!graded.held_by().empty()) table.AddRow({session.In({"Held by", "暂缓原因"}), ReasonName(graded.held_by(), session.options.language)});
  if (graded.protection_void()) {
    table.AddRow({session.In({"Protection", "保护期"}), session.In({"void: the upgrade's facts were taken back", "已失效：升级所依据的事实已被撤回"})});
  }
  if (!graded.protected_until_date().empty()) {
    table.AddRow({session.In({"Protected until", "保护期至"}), graded.protected_until_date()});
  }
  return table.Render();
}

std::string Parts(const pb::GradeCustomerResponse& graded, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Part", "组成"}));
  table.AddColumn(session.In({"Value", "值"}), Align::kRight);
  table.AddColumn(session.In({"Weight", "权重"}), Align::kRight);
  for (const pb::GradedPart& part : graded.parts()) {
    table.AddRow({PartName(part.name(), session.options.language), part.has_value() ? fmt::format("{:.3f}", part.value()) : session.In({"missing", "缺失"}),
                  part.has_weight() ? FormatNumber(part.weight()) : ""});
  }
  for (const pb::GradedMultiplier& multiplier : graded.multipliers()) {
    const std::string applied = multiplier.applied() ? fmt::format("x {}", FormatNumber(multiplier.factor()))
                                                     : session.In({"doesn't apply", "不适用"});
    table.AddRow({multiplier.name(), applied, ""});
  }
  return table.Render();
}

}  // namespace

int Run(const GradeCommand& command, Session& session) {
  pb::GradeCustomerRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_as_of_date(command.as_of_date);
  pb::GradeCustomerResponse response;
  const grpc::Status status =
      session.connection.Call<pb::RegradeService>(&pb::RegradeService::Stub::GradeCustomer, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{}\n{}\n{}", Summary(response, session), Parts(response, session),
             FeatureTable(response.features(), session).Render());
  return kExitOk;
}

}  // namespace rung::ctl
