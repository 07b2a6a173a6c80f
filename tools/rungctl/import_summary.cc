#include "tools/rungctl/import_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using importer::DroppedLines;
using importer::Reason;

constexpr Label kReasonLabels[importer::kReasonCount] = {
    {"malformed row", "行格式错误"},
    {"unknown customer", "客户未知"},
    {"cancellation", "取消的订单"},
    {"quantity <= 0", "数量 <= 0"},
    {"price <= 0", "价格 <= 0"},
    {"missing value", "缺少必填值"},
    {"bad number", "数字无效"},
    {"bad time", "时间无效"},
    {"bad text", "文本编码无效"},
    {"too long", "过长"},
    {"duplicate line", "重复行"},
    {"order continued too late", "订单后续行太晚"},
    {"order too large", "订单过大"},
    {"order with an unusable line", "订单含无法使用的行"},
};

// What would be right instead, for what is often wrong with a whole file.
std::string Advice(const ImportSummary& summary, Language language) {
  std::string lines;
  const auto add = [&](const Label& label) { lines += label.in(language) + "\n"; };
  const auto dropped = [&](Reason reason) { return summary.report.of(reason).count > 0; };
  if (dropped(Reason::kBadNumber)) {
    add({"Numbers have a decimal point (2.5, not 2,5) and nothing but digits else; at most 3 decimals in quantities, 6 in prices.",
         "数字须用小数点（2.5，而非 2,5），且不含其他字符；数量最多 3 位小数，价格最多 6 位。"});
  }
  if (dropped(Reason::kBadTime) && summary.time_formats.empty()) {
    add({"Times are read as 2026-03-31 19:05, 2026-03-31 19:05:00, 2026-03-31T19:05:00+08:00 or 2026-03-31, from 1990 on; "
         "another form is named by rungctl import --time-format, such as \"%Y/%m/%d %H:%M\".",
         "时间格式为 2026-03-31 19:05、2026-03-31 19:05:00、2026-03-31T19:05:00+08:00 或 2026-03-31，不早于 1990 年；"
         "其他格式请用 rungctl import --time-format 指定，例如 \"%Y/%m/%d %H:%M\"。"});
  } else if (dropped(Reason::kBadTime)) {
    const std::string formats = fmt::format("{}", fmt::join(summary.time_formats, ", "));
    add({"Times are read as --time-format says, from 1990 on: " + formats, "时间按 --time-format 读取，不早于 1990 年：" + formats});
  }
  if (dropped(Reason::kBadText)) {
    add({"Text must be UTF-8 without control characters: convert the file first, for example by iconv -f GB18030 -t UTF-8.",
         "文本须为不含控制字符的 UTF-8：请先转换文件，例如 iconv -f GB18030 -t UTF-8。"});
  }
  if (dropped(Reason::kOrderIncomplete)) {
    add({"Of an order with a line that can't be used nothing is imported: mend the line and import the file again; what is known already does no harm.",
         "订单中有无法使用的行时，整单不导入：请修正该行后重新导入文件，已导入的内容不受影响。"});
  }
  if (dropped(Reason::kOrderContinuedTooLate)) {
    add({"These orders are in without the lines that came too late: sort the file by order before it is imported. To mend them, withdraw their events "
         "(import:ORDER) and send the whole orders as events of other ids.",
         "这些订单缺少出现过晚的行：导入前请按订单排序。如需修正，请撤销其事件（import:订单号），再以其他事件 ID 发送完整订单。"});
  }
  if (summary.report.orders_over_days > 0) {
    add({"Orders count on the day of their first line; where a number is used again for another order, make it unique first.",
         "订单计入首行所在日期；若订单号被重复用于不同订单，请先使其唯一。"});
  }
  if (summary.future_orders > 0) {
    add({"The server refuses orders that lie more than a day ahead of its clock; counted by the clock of this machine.",
         "服务器拒绝比其时钟晚一天以上的订单；此处按本机时钟统计。"});
  }
  return lines.empty() ? "" : lines + "\n";
}

}  // namespace

std::string DroppedTable(const importer::ImportReport& report, Language language) {
  Table table;
  table.AddColumn(Label{"Dropped because", "剔除原因"}.in(language));
  table.AddColumn(Label{"Lines", "行数"}.in(language), Align::kRight);
  table.AddColumn(Label{"First line", "首行号"}.in(language), Align::kRight);
  table.AddColumn(Label{"Value", "值"}.in(language));
  for (size_t i = 0; i < importer::kReasonCount; ++i) {
    const DroppedLines& lines = report.dropped[i];
    if (lines.count == 0) continue;
    table.AddRow({kReasonLabels[i].in(language), FormatCount(lines.count), std::to_string(lines.first_line), lines.first_value});
  }
  return table.empty() ? "" : table.Render() + "\n";
}

std::string ImportTables(const ImportSummary& summary, Language language) {
  const auto& [report, sent, currency, future_orders, time_formats] = summary;
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  const auto row = [&](const Label& label, std::string value) { table.AddRow({label.in(language), std::move(value)}); };
  row({"Lines read", "读取行数"}, FormatCount(report.lines_read));
  row({"Lines dropped", "剔除行数"}, FormatCount(report.dropped_count()));
  row({"Clean lines", "有效行数"}, FormatCount(report.clean_lines));
  row({"Exact duplicates, within a million lines", "完全重复行（百万行以内）"}, FormatCount(report.duplicate_lines));
  if (report.repaired_lines > 0) row({"Repaired lines", "修复编码的行"}, FormatCount(report.repaired_lines));
  row({"Customers", "客户数"}, FormatCount(report.customer_count));
  row({"Orders", "订单数"}, FormatCount(report.order_count));
  if (future_orders > 0) row({"  later than tomorrow", "  晚于明天"}, FormatCount(future_orders));
  if (report.orders_over_days > 0) row({"  with lines of different days", "  各行日期不同"}, FormatCount(report.orders_over_days));
  row({"Revenue", "销售额"}, FormatMoney(report.revenue, currency));
  row({"Events", "事件数"}, FormatCount(report.event_count));
  if (sent) {
    row({"  accepted", "  已接收"}, FormatCount(sent->accepted));
    row({"  known already", "  已存在"}, FormatCount(sent->duplicate));
    row({"  refused", "  被拒绝"}, FormatCount(sent->refused));
  }
  return DroppedTable(report, language) + Advice(summary, language) + table.Render();
}

std::string ImportJson(const ImportSummary& summary) {
  const auto& [report, sent, currency, future_orders, time_formats] = summary;
  nlohmann::ordered_json dropped = nlohmann::ordered_json::array();
  for (size_t i = 0; i < importer::kReasonCount; ++i) {
    const DroppedLines& lines = report.dropped[i];
    if (lines.count == 0) continue;
    dropped.push_back({{"reason", importer::ReasonName(static_cast<Reason>(i))},
                       {"lineCount", lines.count},
                       {"firstLine", lines.first_line},
                       {"firstValue", lines.first_value}});
  }
  nlohmann::ordered_json json = {
      {"lineCount", report.lines_read},         {"droppedLineCount", report.dropped_count()},
      {"cleanLineCount", report.clean_lines},   {"duplicateLineCount", report.duplicate_lines},
      {"repairedLineCount", report.repaired_lines}, {"customerCount", report.customer_count},
      {"orderCount", report.order_count},       {"revenueMinor", report.revenue},
      {"currencyCode", currency},               {"eventCount", report.event_count},
      {"ordersOverDaysCount", report.orders_over_days},
      {"dropped", std::move(dropped)},
  };
  if (sent) {
    json["acceptedCount"] = sent->accepted;
    json["duplicateCount"] = sent->duplicate;
    json["refusedCount"] = sent->refused;
  } else {
    json["futureOrderCount"] = future_orders;
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace rung::ctl
