#include "tools/rungctl/stats_tables.h"

#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/rungctl/stats_labels.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using nlohmann::ordered_json;

std::string Digits(double value, int digits) { return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "-"; }
std::string Significant(double value) { return std::isfinite(value) ? fmt::format("{:.5g}", value) : "-"; }
std::string Value(double value) {
  return std::isfinite(value) && std::abs(value) < 9e16 ? FormatMoney(std::llround(value * 100), "") : "-";
}

// NaN and infinity have no JSON; null says that there is no value.
ordered_json Json(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

std::string Dump(const ordered_json& json) { return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n"; }

std::string SkippedTable(const PurchaseFile& file, Language language) {
  Table table;
  table.AddColumn(Label{"Skipped because", "跳过原因"}.in(language));
  table.AddColumn(Label{"Lines", "行数"}.in(language), Align::kRight);
  table.AddColumn(Label{"First line", "首行号"}.in(language), Align::kRight);
  for (size_t i = 0; i < kSkipReasonCount; ++i) {
    if (file.skipped[i].count == 0) continue;
    table.AddRow({LabelOf(static_cast<SkipReason>(i)).in(language), FormatCount(file.skipped[i].count),
                  FormatCount(file.skipped[i].first_line)});
  }
  return table.empty() ? "" : table.Render() + "\n";
}

std::string ParameterTable(const stats::Estimate& estimate, const std::vector<stats::Parameter>& spend, Language language) {
  Table table;
  table.AddColumn(Label{"Parameter", "参数"}.in(language));
  table.AddColumn(Label{"Estimate", "估计值"}.in(language), Align::kRight);
  table.AddColumn(Label{"95 % from", "95% 下限"}.in(language), Align::kRight);
  table.AddColumn(Label{"to", "上限"}.in(language), Align::kRight);
  const auto add = [&](const stats::Parameter& parameter, std::string_view prefix) {
    table.AddRow({fmt::format("{}{}", prefix, parameter.name), Significant(parameter.value), Significant(parameter.lower),
                  Significant(parameter.upper)});
  };
  for (const stats::Parameter& parameter : estimate.parameters) add(parameter, "");
  for (const stats::Parameter& parameter : spend) add(parameter, Label{"spend ", "消费 "}.in(language));
  return table.Render();
}

std::string FactTable(const PurchaseFile& file, const FitReport& report, Language language) {
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  const auto row = [&](const Label& label, std::string value) { table.AddRow({label.in(language), std::move(value)}); };
  row({"Model", "模型"}, report.model == "mbg-cnbd" ? fmt::format("MBG/CNBD-{}", report.k) : report.model);
  row({"As of", "截至"}, FormatDay(report.as_of));
  row({"Customers", "客户数"}, FormatCount(report.estimate.customers));
  row({"Distinct histories", "不同的购买史"}, FormatCount(report.distinct_histories));
  row({"Log-likelihood", "对数似然"}, Digits(report.estimate.log_likelihood, 3));
  for (size_t i = 0; i < report.log_likelihoods.size(); ++i) {
    row({"  of k = ", "  k = "}, fmt::format("{}: {}", i + 1, Digits(report.log_likelihoods[i], 3)));
  }
  if (report.regularity) row({"Regularity (Wheat-Morrison)", "规律性（Wheat-Morrison）"}, Digits(*report.regularity, 2));
  row({"Expected to be alive", "预计仍活跃"}, Digits(report.expected_alive, 1));
  row({"Expected orders in days", "预计订单数（天）"},
      fmt::format("{}: {}", report.horizon_days, Digits(report.expected_transactions, 1)));
  if (report.discount_percent > 0) row({"  discounted, a year", "  年折现率"}, fmt::format("{:g} %", report.discount_percent));
  row(file.margin ? Label{"Expected margin", "预计毛利"} : Label{"Expected spend", "预计消费"}, Value(report.expected_value));
  if (report.spend) row({"Correlation of frequency and value", "频率与金额的相关"}, Digits(report.spend->correlation, 3));
  return table.Render();
}

std::string CustomerTable(const std::vector<CustomerRow>& customers, bool margin, Language language) {
  if (customers.empty()) return "";
  Table table;
  table.AddColumn(Label{"Customer", "客户"}.in(language));
  table.AddColumn(Label{"Order days", "下单天数"}.in(language), Align::kRight);
  table.AddColumn(Label{"Last", "最近"}.in(language));
  table.AddColumn("P(alive)", Align::kRight);
  table.AddColumn(Label{"Orders", "预计订单"}.in(language), Align::kRight);
  table.AddColumn((margin ? Label{"Margin", "预计毛利"} : Label{"Spend", "预计消费"}).in(language), Align::kRight);
  table.AddColumn(Label{"Next order", "预计下单日"}.in(language));
  table.AddColumn(Label{"Overdue", "超期倍数"}.in(language), Align::kRight);
  table.AddColumn(Label{"Churn risk", "流失风险"}.in(language));
  for (const CustomerRow& row : customers) {
    std::string reasons;
    for (const stats::ChurnReason reason : row.churn.reasons) {
      reasons += (reasons.empty() ? ": " : ", ") + LabelOf(reason).in(language);
    }
    table.AddRow({row.id, FormatCount(row.summary.history.repeats + 1), FormatDay(row.summary.last_day),
                  Digits(row.value.p_alive, 3), Digits(row.value.transactions, 2), Value(row.value.value),
                  FormatDay(row.next.likely), Digits(row.churn.overdue_ratio, 2), LabelOf(row.churn.risk).in(language) + reasons});
  }
  return "\n" + table.Render();
}

// Only of customers that were asked for by name.
std::string IntervalTable(const std::vector<CustomerRow>& customers, bool margin, Language language) {
  Table table;
  table.AddColumn(Label{"95 % intervals", "95% 区间"}.in(language));
  table.AddColumn("P(alive)", Align::kRight);
  table.AddColumn(Label{"Orders", "预计订单"}.in(language), Align::kRight);
  table.AddColumn(Label{"Value of an order day", "下单日金额"}.in(language), Align::kRight);
  table.AddColumn((margin ? Label{"Margin", "预计毛利"} : Label{"Spend", "预计消费"}).in(language), Align::kRight);
  for (const CustomerRow& row : customers) {
    if (!row.intervals) continue;
    const auto both = [](const stats::Interval& interval, const auto& text) {
      return std::isfinite(interval.lower) ? fmt::format("{} .. {}", text(interval.lower), text(interval.upper)) : std::string("-");
    };
    table.AddRow({row.id, both(row.intervals->p_alive, [](double value) { return Digits(value, 3); }),
                  both(row.intervals->transactions, [](double value) { return Digits(value, 2); }), both(row.intervals->value_per_transaction, Value),
                  both(row.intervals->value, Value)});
  }
  return table.empty() ? "" : "\n" + table.Render();
}

ordered_json SourceJson(const PurchaseFile& file) {
  ordered_json skipped = ordered_json::array();
  for (size_t i = 0; i < kSkipReasonCount; ++i) {
    if (file.skipped[i].count == 0) continue;
    skipped.push_back({{"reason", NameOf(static_cast<SkipReason>(i))},
                       {"lineCount", file.skipped[i].count},
                       {"firstLine", file.skipped[i].first_line}});
  }
  return {{"lineCount", file.lines_read},
          {"customerCount", file.customer_ids.size()},
          {"firstDate", file.first_day == 0 ? "" : FormatDay(file.first_day)},
          {"lastDate", file.last_day == 0 ? "" : FormatDay(file.last_day)},
          {"valueKind", file.margin ? "margin" : "amount"},
          {"lineWithoutCostCount", file.lines_without_cost},
          {"skipped", std::move(skipped)}};
}

ordered_json ParametersJson(const stats::Estimate& estimate) {
  ordered_json parameters = ordered_json::array();
  for (const stats::Parameter& parameter : estimate.parameters) {
    parameters.push_back({{"name", parameter.name},
                          {"value", Json(parameter.value)},
                          {"lower95", Json(parameter.lower)},
                          {"upper95", Json(parameter.upper)}});
  }
  return parameters;
}

ordered_json EstimateJson(const stats::Estimate& estimate) {
  ordered_json boundaries = ordered_json::array();
  for (const stats::Boundary boundary : estimate.boundaries) boundaries.push_back(Name(boundary));
  return {{"parameters", ParametersJson(estimate)}, {"logLikelihood", Json(estimate.log_likelihood)},
          {"customerCount", estimate.customers},    {"evaluationCount", estimate.evaluations},
          {"converged", estimate.converged},        {"boundaries", std::move(boundaries)}};
}

ordered_json CustomerJson(const CustomerRow& row) {
  ordered_json reasons = ordered_json::array();
  for (const stats::ChurnReason reason : row.churn.reasons) reasons.push_back(Name(reason));
  ordered_json json = {{"customerId", row.id},
          {"orderDayCount", row.summary.history.repeats + 1},
          {"lastOrderDate", FormatDay(row.summary.last_day)},
          {"pAlive", row.value.p_alive},
          {"expectedOrders", row.value.transactions},
          {"valuePerOrder", Json(row.value.value_per_transaction)},
          {"expectedValue", Json(row.value.value)},
          {"nextOrderDate", FormatDay(row.next.likely)},
          {"nextOrderEarlyDate", FormatDay(row.next.early)},
          {"nextOrderLateDate", FormatDay(row.next.late)},
          {"overdueRatio", row.churn.overdue_ratio},
          {"usualGapDays", row.churn.usual_gap_days},
          {"retention", row.churn.retention},
          {"churnRisk", Name(row.churn.risk)},
          {"churnReasons", std::move(reasons)}};
  if (row.intervals) {
    const auto both = [](const stats::Interval& interval) { return ordered_json::array({Json(interval.lower), Json(interval.upper)}); };
    json["pAlive95"] = both(row.intervals->p_alive);
    json["expectedOrders95"] = both(row.intervals->transactions);
    json["valuePerOrder95"] = both(row.intervals->value_per_transaction);
    json["expectedValue95"] = both(row.intervals->value);
  }
  return json;
}

std::string CamelCase(std::string_view snake) {
  std::string camel;
  for (size_t i = 0; i < snake.size(); ++i) {
    camel += snake[i] == '_' ? static_cast<char>(snake[++i] - 'a' + 'A') : snake[i];
  }
  return camel;
}

ordered_json MethodsJson(const std::vector<stats::MethodScore>& methods) {
  ordered_json json = ordered_json::array();
  for (const stats::MethodScore& method : methods) {
    ordered_json metrics;
    for (const auto& metric : stats::HoldoutMetricDefinitions()) metrics[CamelCase(metric.name)] = Json(method.metrics.*metric.value);
    json.push_back({{"method", method.name},
                    {"baseline", method.kind == stats::MethodKind::kBaseline},
                    {"metrics", std::move(metrics)}});
  }
  return json;
}

std::string MethodTable(const std::vector<stats::MethodScore>& methods, Language language) {
  Table table;
  table.AddColumn(Label{"Method", "方法"}.in(language));
  for (const auto& metric : stats::HoldoutMetricDefinitions()) table.AddColumn(MetricLabel(metric.name).in(language), Align::kRight);
  for (const stats::MethodScore& method : methods) {
    std::vector<std::string> cells = {MethodLabel(method.name).in(language)};
    for (const auto& metric : stats::HoldoutMetricDefinitions()) cells.push_back(Digits(method.metrics.*metric.value, 4));
    table.AddRow(std::move(cells));
  }
  return table.Render();
}

std::string FoldTable(const std::vector<stats::FoldReport>& folds, Language language) {
  Table table;
  table.AddColumn(Label{"Known until", "已知截至"}.in(language));
  table.AddColumn(Label{"Holdout until", "检验截至"}.in(language));
  table.AddColumn(Label{"Customers", "客户数"}.in(language), Align::kRight);
  table.AddColumn(Label{"Buyers", "购买客户"}.in(language), Align::kRight);
  table.AddColumn(Label{"Orders", "订单数"}.in(language), Align::kRight);
  table.AddColumn("k", Align::kRight);
  table.AddColumn(Label{"Note", "说明"}.in(language));
  for (const stats::FoldReport& fold : folds) {
    std::string note;
    for (const stats::Boundary boundary : fold.estimate.boundaries) note += std::string(Name(boundary)) + " ";
    if (!fold.spend_note.empty()) note += fold.spend_note;
    table.AddRow({FormatDay(fold.period.calibration_end), FormatDay(fold.period.holdout_end), FormatCount(fold.customers),
                  FormatCount(fold.buyers), FormatCount(fold.transactions), std::to_string(fold.k), note});
  }
  return table.Render();
}

std::string Verdict(const std::vector<stats::BaselineWin>& wins, Language language) {
  if (wins.empty()) return Label{"No baseline beats the model.\n", "没有基线优于模型。\n"}.in(language);
  std::string text;
  for (const stats::BaselineWin& win : wins) {
    const std::string metric = MetricLabel(win.metric).in(language), baseline = MethodLabel(win.baseline).in(language);
    text += language == Language::kChinese
                ? fmt::format("{}：基线“{}”优于模型（{:.4f} 对 {:.4f}）。\n", metric, baseline, win.baseline_value, win.model_value)
                : fmt::format("{}: the baseline \"{}\" beats the model ({:.4f} against {:.4f}).\n", metric, baseline,
                              win.baseline_value, win.model_value);
  }
  return text;
}

}  // namespace

std::string CalibrationTable(const std::vector<stats::CalibrationRow>& rows, Language language) {
  Table table;
  table.AddColumn(Label{"P(buys)", "购买概率"}.in(language));
  table.AddColumn(Label{"Customers", "客户数"}.in(language), Align::kRight);
  table.AddColumn(Label{"Predicted", "预测"}.in(language), Align::kRight);
  table.AddColumn(Label{"Observed", "实际"}.in(language), Align::kRight);
  for (const stats::CalibrationRow& row : rows) {
    table.AddRow({fmt::format("{:.1f}-{:.1f}", row.lower, row.upper), FormatCount(row.customers), Digits(row.predicted, 3),
                  Digits(row.observed, 3)});
  }
  return table.empty() ? "" : table.Render();
}

std::string WarningTable(const std::vector<stats::WarningRow>& rows, Language language) {
  std::map<stats::ChurnRisk, stats::WarningRow> sums;
  for (const stats::WarningRow& row : rows) {
    sums[row.risk].customers += row.customers;
    sums[row.risk].gone += row.gone;
  }
  Table table;
  table.AddColumn(Label{"Churn risk before", "检验前的流失风险"}.in(language));
  table.AddColumn(Label{"Customers", "客户数"}.in(language), Align::kRight);
  table.AddColumn(Label{"Didn't buy in the holdout", "检验期内未购买"}.in(language), Align::kRight);
  table.AddColumn("%", Align::kRight);
  for (const auto& [risk, sum] : sums) {
    const double share = sum.customers == 0 ? 0 : 100.0 * static_cast<double>(sum.gone) / static_cast<double>(sum.customers);
    table.AddRow({LabelOf(risk).in(language), FormatCount(sum.customers), FormatCount(sum.gone), fmt::format("{:.1f}", share)});
  }
  return table.empty() ? "" : table.Render();
}

std::string FitTables(const PurchaseFile& file, const FitReport& report, const std::vector<CustomerRow>& customers,
                      Language language) {
  std::string notes;
  for (const stats::Boundary boundary : report.estimate.boundaries) notes += SentenceOf(boundary).in(language) + "\n";
  if (!report.estimate.converged) notes += Label{"The search didn't converge.\n", "拟合未收敛。\n"}.in(language);
  for (const stats::Boundary boundary : report.spend ? report.spend->estimate.boundaries : std::vector<stats::Boundary>()) {
    notes += Label{"Spend: ", "消费："}.in(language) + SentenceOf(boundary).in(language) + "\n";
  }
  if (report.spend && !report.spend->estimate.converged) notes += Label{"The search of spend didn't converge.\n", "消费拟合未收敛。\n"}.in(language);
  if (!report.spend_note.empty()) {
    notes += fmt::format("{}: {}\n", Label{"Value is each customer's own mean", "金额取客户自身均值"}.in(language), report.spend_note);
  }
  return SkippedTable(file, language) + FactTable(file, report, language) + "\n" +
         ParameterTable(report.estimate, report.spend ? report.spend->estimate.parameters : std::vector<stats::Parameter>(),
                        language) +
         notes + CustomerTable(customers, file.margin, language) + IntervalTable(customers, file.margin, language);
}

std::string FitJson(const PurchaseFile& file, const FitReport& report, const std::vector<CustomerRow>& customers) {
  ordered_json list = ordered_json::array();
  for (const CustomerRow& row : customers) list.push_back(CustomerJson(row));
  ordered_json json = {{"source", SourceJson(file)},
                       {"model", report.model},
                       {"asOfDate", FormatDay(report.as_of)},
                       {"k", report.k},
                       {"distinctHistoryCount", report.distinct_histories},
                       {"estimate", EstimateJson(report.estimate)},
                       {"logLikelihoodsByK", report.log_likelihoods},
                       {"regularity", report.regularity ? Json(*report.regularity) : ordered_json(nullptr)},
                       {"horizonDays", report.horizon_days},
                       {"discountPercentPerYear", report.discount_percent},
                       {"expectedAlive", report.expected_alive},
                       {"expectedOrders", report.expected_transactions},
                       {"expectedValue", Json(report.expected_value)}};
  json["spend"] = report.spend ? EstimateJson(report.spend->estimate) : ordered_json(nullptr);
  if (report.spend) json["spend"]["correlation"] = Json(report.spend->correlation);
  json["spendNote"] = report.spend_note;
  json["customers"] = std::move(list);
  return Dump(json);
}

std::string EvaluationTables(const PurchaseFile& file, const stats::HoldoutReport& report, Language language) {
  std::vector<stats::WarningRow> warnings;
  for (const stats::FoldReport& fold : report.folds) warnings.insert(warnings.end(), fold.warnings.begin(), fold.warnings.end());
  return SkippedTable(file, language) + FoldTable(report.folds, language) + "\n" + MethodTable(report.methods, language) + "\n" +
         CalibrationTable(report.folds[0].calibration, language) + "\n" + WarningTable(warnings, language) + "\n" + Verdict(report.wins, language);
}

std::string EvaluationJson(const PurchaseFile& file, const stats::HoldoutReport& report) {
  ordered_json folds = ordered_json::array(), wins = ordered_json::array();
  for (const stats::FoldReport& fold : report.folds) {
    ordered_json calibration = ordered_json::array();
    for (const stats::CalibrationRow& row : fold.calibration) {
      calibration.push_back({{"lower", row.lower},
                             {"upper", row.upper},
                             {"customerCount", row.customers},
                             {"predicted", row.predicted},
                             {"observed", row.observed}});
    }
    ordered_json warnings = ordered_json::array();
    for (const stats::WarningRow& row : fold.warnings) {
      warnings.push_back({{"churnRisk", Name(row.risk)}, {"customerCount", row.customers}, {"goneCount", row.gone}});
    }
    folds.push_back({{"calibrationEndDate", FormatDay(fold.period.calibration_end)},
                     {"holdoutEndDate", FormatDay(fold.period.holdout_end)},
                     {"customerCount", fold.customers},
                     {"buyerCount", fold.buyers},
                     {"orderCount", fold.transactions},
                     {"value", fold.value},
                     {"k", fold.k},
                     {"estimate", EstimateJson(fold.estimate)},
                     {"spendNote", fold.spend_note},
                     {"methods", MethodsJson(fold.methods)},
                     {"calibration", std::move(calibration)},
                     {"warnings", std::move(warnings)}});
  }
  for (const stats::BaselineWin& win : report.wins) {
    wins.push_back({{"metric", CamelCase(win.metric)},
                    {"baseline", win.baseline},
                    {"modelValue", Json(win.model_value)},
                    {"baselineValue", Json(win.baseline_value)}});
  }
  return Dump({{"source", SourceJson(file)}, {"methods", MethodsJson(report.methods)}, {"baselineWins", std::move(wins)},
               {"folds", std::move(folds)}});
}

}  // namespace rung::ctl
