#include <fmt/format.h>

#include "rung/grading/v1/explanation.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/grading_labels.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/sentences.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

// What adds up to the score, line by line.
std::string Sum(const pb::Explanation& explained, double scale, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Part", "组成"}));
  table.AddColumn(session.In({"Of 100", "满分100"}), Align::kRight);
  table.AddColumn(session.In({"Weight", "权重"}), Align::kRight);
  table.AddColumn(session.In({"Gives", "贡献"}), Align::kRight);
  const auto points = [&](int32_t milli) { return FormatScore(milli, scale); };
  for (const pb::ExplainedDimension& dimension : explained.dimensions()) {
    const std::string value = dimension.has_points() ? fmt::format("{:.3f}", dimension.points()) : session.In({"missing", "缺失"});
    table.AddRow({PartName(dimension.name(), session.options.language), value, FormatNumber(dimension.counted_share()), points(dimension.contribution_milli())});
  }
  if (explained.dimensions().empty() && !explained.tiers().empty()) {
    for (const pb::ExplainedCriterion& criterion : explained.tiers(0).criteria()) {
      const std::string value = criterion.has_points() ? fmt::format("{:.3f}", criterion.points()) : session.In({"missing", "缺失"});
      table.AddRow({PartName(criterion.measured_feature(), session.options.language), value, FormatNumber(1.0 / explained.tiers(0).criteria_size()),
                    points(criterion.contribution_milli())});
    }
  }
  if (explained.multiplier_effect_milli() != 0) {
    table.AddRow({session.In({"multipliers", "调整系数"}), fmt::format("x {}", FormatNumber(explained.multiplier())), "",
                  points(explained.multiplier_effect_milli())});
  }
  if (explained.clamp_effect_milli() != 0) {
    table.AddRow({session.In({"upper bound", "上限"}), "", "", points(explained.clamp_effect_milli())});
  }
  table.AddRow({session.In({"score", "得分"}), "", "", points(explained.score_milli())});
  return table.Render();
}

}  // namespace

int Run(const TierExplain& command, Session& session) {
  pb::ExplainTierRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_as_of_date(command.as_of_date);
  request.set_version(command.version);
  pb::ExplainTierResponse response;
  const grpc::Status status =
      session.connection.Call<pb::ExplanationService>(&pb::ExplanationService::Stub::ExplainTier, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const pb::Explanation& explained = response.explanation();
  fmt::print("{} · {} v{}\n{}\n\n{}", explained.customer_id(), explained.ladder_id(), explained.model_version(),
             SentenceIn(explained.summary(), session),
             Sum(explained, TierNames::Load(session).DisplayScale(explained.ladder_id()), session));
  PrintSection({"How it came about", "得分构成"}, explained.breakdown_sentences(), session);
  PrintSection({"Missing", "缺失数据"}, explained.missing_sentences(), session);
  PrintSection({"Stability", "稳定规则"}, explained.stability_sentences(), session);
  PrintSection({"Next tier", "更高等级"}, explained.next_tier_sentences(), session);
  return kExitOk;
}

}  // namespace rung::ctl
