#include "tools/rungctl/run_table.h"

#include <fmt/format.h>

#include "tools/rungctl/grading_labels.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

std::string StateName(pb::RunState state, Language language) {
  switch (state) {
    case pb::RUN_STATE_RUNNING:
      return Label{"running", "运行中"}.in(language);
    case pb::RUN_STATE_PAUSED:
      return Label{"paused", "已暂停"}.in(language);
    case pb::RUN_STATE_HELD:
      return Label{"held", "待人工确认"}.in(language);
    case pb::RUN_STATE_DONE:
      return Label{"done", "已完成"}.in(language);
    case pb::RUN_STATE_CANCELLED:
      return Label{"cancelled", "已取消"}.in(language);
    case pb::RUN_STATE_FAILED:
      return Label{"failed", "失败"}.in(language);
    default:
      return "";
  }
}

}  // namespace

std::string RunDetails(const pb::RegradeRun& run, Language language) {
  Table table;
  table.AddColumn("");
  table.AddColumn("");
  const auto row = [&](const Label& label, std::string value) { table.AddRow({label.in(language), std::move(value)}); };
  row({"Run", "批次"}, std::to_string(run.run_id()));
  row({"State", "状态"}, StateName(run.state(), language));
  row({"As of", "截至"}, run.as_of_date());
  row({"Phase", "阶段"}, PhaseName(run.phase(), language));
  row({"Progress", "进度"}, FormatCount(run.progress_count()));
  row({"Customers", "客户数"}, FormatCount(run.customer_count()));
  row({"Changes planned", "计划变更"}, FormatCount(run.planned_count()));
  row({"  downgrades", "  其中降级"}, FormatCount(run.planned_downgrade_count()));
  row({"Upgraded", "升级"}, FormatCount(run.upgraded_count()));
  row({"Downgraded", "降级"}, FormatCount(run.downgraded_count()));
  row({"First grading", "首次评级"}, FormatCount(run.first_count()));
  row({"Superseded", "已被取代"}, FormatCount(run.superseded_count()));
  row({"Started", "开始时间"}, FormatInstant(run.started_time().seconds()));
  row({"Ended", "结束时间"}, FormatInstant(run.ended_time().seconds()));
  row({"Author", "发起人"}, run.author());
  if (!run.message().empty()) row({"Message", "说明"}, run.message());
  return table.Render();
}

std::string RunList(const pb::ListRegradesResponse& runs, Language language) {
  Table table;
  const auto column = [&](const Label& label, Align align) { table.AddColumn(label.in(language), align); };
  column({"Run", "批次"}, Align::kRight);
  column({"State", "状态"}, Align::kLeft);
  column({"As of", "截至"}, Align::kLeft);
  column({"Customers", "客户数"}, Align::kRight);
  column({"Planned", "计划变更"}, Align::kRight);
  column({"Up", "升级"}, Align::kRight);
  column({"Down", "降级"}, Align::kRight);
  column({"First", "首次评级"}, Align::kRight);
  column({"Started", "开始时间"}, Align::kLeft);
  column({"Ended", "结束时间"}, Align::kLeft);
  column({"Author", "发起人"}, Align::kLeft);
  column({"Message", "说明"}, Align::kLeft);
  for (const pb::RegradeRun& run : runs.runs()) {
    table.AddRow({std::to_string(run.run_id()), StateName(run.state(), language), run.as_of_date(),
                  FormatCount(run.customer_count()), FormatCount(run.planned_count()), FormatCount(run.upgraded_count()),
                  FormatCount(run.downgraded_count()), FormatCount(run.first_count()),
                  FormatInstant(run.started_time().seconds()), FormatInstant(run.ended_time().seconds()), run.author(),
                  run.message()});
  }
  return table.Render();
}

std::string RunProgress(const pb::RegradeRun& run, Language language) {
  const int64_t total = run.phase() == "writing" ? run.planned_count() : run.customer_count();
  return fmt::format("{} {}: {}, {} / {}", Label{"run", "批次"}.in(language), run.run_id(), PhaseName(run.phase(), language),
                     FormatCount(run.progress_count()), FormatCount(total));
}

}  // namespace rung::ctl
