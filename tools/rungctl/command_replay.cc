#include <fmt/format.h>

#include "rung/grading/v1/explanation.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {

namespace pb = grading::v1;

int Run(const TierReplay& command, Session& session) {
  pb::ReplayTierRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_version(command.version);
  pb::ReplayTierResponse response;
  const grpc::Status status = session.connection.Call<pb::ExplanationService>(&pb::ExplanationService::Stub::ReplayTier, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return response.matches() ? kExitOk : kExitRefused;
  }
  Table table;
  table.AddColumn("");
  table.AddColumn(session.In({"Stored", "存档"}));
  table.AddColumn(session.In({"Replayed", "重算"}));
  const pb::ReplayTierResponse::Outcome &stored = response.stored(), &replayed = response.replayed();
  table.AddRow({session.In({"score (thousandths)", "得分（千分之一）"}), std::to_string(stored.score_milli()), std::to_string(replayed.score_milli())});
  table.AddRow({session.In({"computed tier", "计算等级"}), stored.computed_tier_code(), replayed.computed_tier_code()});
  table.AddRow({session.In({"effective tier", "生效等级"}), stored.effective_tier_code(), replayed.effective_tier_code()});
  table.AddRow({session.In({"version", "版本"}), std::to_string(stored.version()), std::to_string(replayed.version())});
  fmt::print("{} · v{} · {} {} · {}\n\n{}\n{}\n", command.customer_id, response.version(), session.In({"model", "模型"}), response.model_version(),
             response.as_of_date(), table.Render(),
             response.matches() ? session.In({"the same, bit for bit", "完全一致"}) : session.In({"DIFFERENT", "不一致"}));
  return response.matches() ? kExitOk : kExitRefused;
}

}  // namespace rung::ctl
