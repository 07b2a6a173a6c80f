#include "tools/rungctl/config_tables.h"

#include <fmt/format.h>

#include "tools/rungctl/display_width.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

std::string Approvers(const cfg::Draft& draft) {
  std::string names;
  for (const cfg::Approval& approval : draft.approvals()) names += (names.empty() ? "" : ", ") + approval.author();
  return names;
}

std::string VersionOrNone(int32_t version) { return version == 0 ? "" : std::to_string(version); }

// Whole elements that came or went can be long; `diff -o json` has them all.
std::string Short(const std::string& json) {
  constexpr size_t kMost = 60;
  if (json.size() <= kMost) return json;
  size_t end = kMost;
  while (end > 0 && (json[end] & 0xC0) == 0x80) --end;
  return json.substr(0, end) + "…";
}

}  // namespace

std::string DraftTable(const Rows<cfg::Draft>& drafts, Language language) {
  Table table;
  table.AddColumn(Label{"Document", "文档"}.in(language));
  table.AddColumn(Label{"Base", "基于版本"}.in(language), Align::kRight);
  table.AddColumn(Label{"Saved", "保存时间"}.in(language));
  table.AddColumn(Label{"Author", "作者"}.in(language));
  table.AddColumn(Label{"Approved by", "已批准"}.in(language));
  table.AddColumn("ETag");
  for (const cfg::Draft& draft : drafts) {
    table.AddRow({draft.document_id(), VersionOrNone(draft.base_version()), FormatInstant(draft.updated_time().seconds()), draft.author(),
                  Approvers(draft), draft.etag()});
  }
  return table.Render();
}

std::string DocumentTable(const Rows<cfg::Version>& versions, Language language) {
  Table table;
  table.AddColumn(Label{"Document", "文档"}.in(language));
  table.AddColumn(Label{"Version", "版本"}.in(language), Align::kRight);
  table.AddColumn(Label{"Published", "发布时间"}.in(language));
  table.AddColumn(Label{"Author", "发布人"}.in(language));
  table.AddColumn("ETag");
  for (const cfg::Version& version : versions) {
    table.AddRow({version.document_id(), std::to_string(version.version()), FormatInstant(version.published_time().seconds()), version.author(),
                  version.etag()});
  }
  return table.Render();
}

std::string VersionTable(const Rows<cfg::Version>& versions, Language language) {
  Table table;
  table.AddColumn(Label{"Version", "版本"}.in(language), Align::kRight);
  table.AddColumn(Label{"Published", "发布时间"}.in(language));
  table.AddColumn(Label{"Author", "发布人"}.in(language));
  table.AddColumn(Label{"Approved by", "批准人"}.in(language));
  table.AddColumn(Label{"Restores", "恢复自"}.in(language), Align::kRight);
  table.AddColumn("ETag");
  table.AddColumn(Label{"Note", "说明"}.in(language));
  for (const cfg::Version& version : versions) {
    table.AddRow({std::to_string(version.version()), FormatInstant(version.published_time().seconds()), version.author(), version.approver(),
                  VersionOrNone(version.restored_version()), version.etag(), version.note()});
  }
  return table.Render();
}

std::string StateName(cfg::ScheduleState state, Language language) {
  switch (state) {
    case cfg::SCHEDULE_STATE_WAITING:
      return Label{"waiting", "等待发布"}.in(language);
    case cfg::SCHEDULE_STATE_PUBLISHED:
      return Label{"published", "已发布"}.in(language);
    case cfg::SCHEDULE_STATE_CANCELLED:
      return Label{"cancelled", "已取消"}.in(language);
    case cfg::SCHEDULE_STATE_FAILED:
      return Label{"failed", "失败"}.in(language);
    default:
      return std::to_string(state);
  }
}

std::string ScheduleTable(const Rows<cfg::Schedule>& schedules, Language language) {
  Table table;
  table.AddColumn(Label{"Schedule", "计划"}.in(language), Align::kRight);
  table.AddColumn(Label{"Document", "文档"}.in(language));
  table.AddColumn(Label{"When", "发布时间"}.in(language));
  table.AddColumn(Label{"State", "状态"}.in(language));
  table.AddColumn(Label{"Version", "版本"}.in(language), Align::kRight);
  table.AddColumn(Label{"Author", "发布人"}.in(language));
  table.AddColumn(Label{"Note", "说明"}.in(language));
  table.AddColumn(Label{"Message", "信息"}.in(language));
  for (const cfg::Schedule& schedule : schedules) {
    table.AddRow({std::to_string(schedule.schedule_id()), schedule.document_id(), FormatInstant(schedule.publish_time().seconds()),
                  StateName(schedule.state(), language), VersionOrNone(schedule.version()), schedule.author(), schedule.note(), schedule.message()});
  }
  return table.Render();
}

std::string DiffTable(const Rows<cfg::DiffResponse::Change>& changes, Language language) {
  Table table;
  table.AddColumn(Label{"Field", "字段"}.in(language));
  table.AddColumn(Label{"Before", "之前"}.in(language));
  table.AddColumn(Label{"After", "之后"}.in(language));
  for (const auto& change : changes) table.AddRow({change.field(), Short(change.before()), Short(change.after())});
  return table.Render();
}

std::string FindingLines(const Rows<cfg::Finding>& findings, Language language) {
  std::string lines;
  for (const cfg::Finding& finding : findings) {
    const Label severity = finding.severity() == cfg::SEVERITY_WARNING ? Label{"warning", "警告"} : Label{"error", "错误"};
    lines += fmt::format("  {}: {}: {} ({})\n", severity.in(language), Printable(finding.field()), Printable(finding.message()), Printable(finding.reason()));
  }
  return lines;
}

}  // namespace rung::ctl
