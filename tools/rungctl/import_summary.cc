#include "tools/rungctl/import_summary.h"

#include <fmt/format.h>
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
    {"order too large", "订单行数过多"},
};

std::string ReasonTable(const importer::ImportReport& report, Language language) {
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

}  // namespace

std::string ImportTables(const importer::ImportReport& report, const std::optional<SendTotals>& sent,
                         const std::string& currency, Language language) {
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  const auto row = [&](const Label& label, std::string value) { table.AddRow({label.in(language), std::move(value)}); };
  row({"Lines read", "读取行数"}, FormatCount(report.lines_read));
  row({"Lines dropped", "剔除行数"}, FormatCount(report.dropped_count()));
  row({"Clean lines", "有效行数"}, FormatCount(report.clean_lines));
  row({"Exact duplicates", "完全重复行"}, FormatCount(report.duplicate_lines));
  if (report.repaired_lines > 0) row({"Repaired lines", "修复编码的行"}, FormatCount(report.repaired_lines));
  row({"Customers", "客户数"}, FormatCount(report.customer_count));
  row({"Orders", "订单数"}, FormatCount(report.order_count));
  row({"Revenue", "销售额"}, FormatMoney(report.revenue, currency));
  row({"Events", "事件数"}, FormatCount(report.event_count));
  if (sent) {
    row({"  accepted", "  已接收"}, FormatCount(sent->accepted));
    row({"  known already", "  已存在"}, FormatCount(sent->duplicate));
    row({"  refused", "  被拒绝"}, FormatCount(sent->refused));
  }
  return ReasonTable(report, language) + table.Render();
}

std::string ImportJson(const importer::ImportReport& report, const std::optional<SendTotals>& sent,
                       const std::string& currency) {
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
      {"dropped", std::move(dropped)},
  };
  if (sent) {
    json["acceptedCount"] = sent->accepted;
    json["duplicateCount"] = sent->duplicate;
    json["refusedCount"] = sent->refused;
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace rung::ctl
