#include "tools/rungctl/fit_tables.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "libs/stats/rolling_holdout.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/stats_labels.h"
#include "tools/rungctl/stats_tables.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

Label MethodLabel(pb::ForecastMethod method) {
  switch (method) {
    case pb::FORECAST_METHOD_MODEL: return {"model", "模型"};
    case pb::FORECAST_METHOD_RATE: return {"rate so far", "历史频率"};
    case pb::FORECAST_METHOD_PAST: return {"last year again", "近一年重复"};
    default: return {"", ""};
  }
}

Label MeasureLabel(pb::ChurnMeasure measure) {
  if (measure == pb::CHURN_MEASURE_RECENCY) return {"recency", "沉默天数"};
  return {"P(alive) and overdue ratio", "活跃概率与超期倍数"};
}

Label ValueLabel(pb::ValueKind kind) {
  return kind == pb::VALUE_KIND_MARGIN ? Label{"margin", "毛利"} : kind == pb::VALUE_KIND_NET_SPEND ? Label{"net spend", "净采购额"} : Label{"", ""};
}

// "nobody leaves" as a whole sentence; as it is when this release doesn't know it.
std::string BoundarySentence(const std::string& name, Language language) {
  for (const stats::Boundary boundary : stats::kBoundaries) {
    if (stats::Name(boundary) == name) return SentenceOf(boundary).in(language);
  }
  return Printable(name);
}

class FactRows {
 public:
  explicit FactRows(Language language) : language_(language) {
    table_.AddColumn("");
    table_.AddColumn("");
  }
  void Add(const Label& label, std::string value) { table_.AddRow({label.in(language_), std::move(value)}); }
  std::string Render() const { return table_.Render(); }

 private:
  Table table_;
  const Language language_;
};

void AddParameters(const pb::ModelEstimate& estimate, const std::string& prefix, Table& table) {
  for (const pb::FittedParameter& parameter : estimate.parameters()) {
    table.AddRow({prefix + parameter.name(), fmt::format("{:.5g}", parameter.value()), parameter.has_lower() ? fmt::format("{:.5g}", parameter.lower()) : "-",
                  parameter.has_upper() ? fmt::format("{:.5g}", parameter.upper()) : "-"});
  }
}

std::string ParameterText(const pb::BaseFit& fit, Language language) {
  Table table;
  table.AddColumn(Label{"Parameter", "参数"}.in(language));
  table.AddColumn(Label{"Estimate", "估计值"}.in(language), Align::kRight);
  table.AddColumn(Label{"95 % from", "95% 下限"}.in(language), Align::kRight);
  table.AddColumn(Label{"to", "上限"}.in(language), Align::kRight);
  AddParameters(fit.orders(), "", table);
  AddParameters(fit.spend(), Label{"spend ", "消费 "}.in(language), table);
  return "\n" + table.Render();
}

// How well the churn rule warned, over all holdouts; how well the newest one's probabilities were.
std::string WarningText(const pb::HoldoutReport& report, Language language) {
  std::vector<stats::WarningRow> warnings;
  for (const pb::Holdout& holdout : report.holdouts()) {
    for (const pb::EarlyWarning& warning : holdout.warnings()) {
      if (warning.risk() == pb::CHURN_RISK_UNSPECIFIED || !pb::ChurnRisk_IsValid(warning.risk())) continue;
      warnings.push_back({static_cast<stats::ChurnRisk>(warning.risk() - 1), warning.customer_count(), warning.gone_count()});
    }
  }
  std::vector<stats::CalibrationRow> calibration;
  for (const pb::CalibrationBand& band : report.holdouts(0).calibration()) {
    calibration.push_back({band.lower(), band.upper(), band.customer_count(), band.predicted(), band.observed()});
  }
  const std::string warned = WarningTable(warnings, language), calibrated = CalibrationTable(calibration, language);
  return (warned.empty() ? "" : "\n" + warned) + (calibrated.empty() ? "" : "\n" + calibrated);
}

std::string HoldoutText(const pb::HoldoutReport& report, Language language) {
  if (!report.note().empty()) {
    return fmt::format("\n{}: {}\n", Label{"No comparison with baselines", "未与基线比较"}.in(language), Printable(report.note()));
  }
  if (report.holdouts().empty()) return "";
  Table table;
  table.AddColumn(Label{"Method", "方法"}.in(language));
  for (const auto& metric : stats::HoldoutMetricDefinitions()) table.AddColumn(MetricLabel(metric.name).in(language), Align::kRight);
  for (const pb::HoldoutMethod& method : report.methods()) {
    std::vector<std::string> cells = {ctl::MethodLabel(method.name()).in(language)};
    for (const auto& metric : stats::HoldoutMetricDefinitions()) {
      const auto value = method.metrics().find(std::string(metric.name));
      cells.push_back(value == method.metrics().end() ? "-" : fmt::format("{:.4f}", value->second));
    }
    table.AddRow(std::move(cells));
  }
  std::string text = fmt::format("\n{}\n", fmt::format(fmt::runtime(Label{"Holdouts of 91 days until {} ({} customers):", "91天留出检验，截至{}（{}个客户）："}.in(language)),
                                                       report.holdouts(0).holdout_end_date(), FormatCount(report.sampled_count())));
  text += table.Render();
  if (report.baseline_wins().empty()) text += Label{"No baseline beats the model.\n", "没有基线优于模型。\n"}.in(language);
  for (const pb::BaselineWin& win : report.baseline_wins()) {
    const std::string metric = MetricLabel(win.metric()).in(language), baseline = ctl::MethodLabel(win.baseline()).in(language);
    text += language == Language::kChinese
                ? fmt::format("{}：基线“{}”优于模型（{:.4f} 对 {:.4f}）。\n", metric, baseline, win.baseline_value(), win.model_value())
                : fmt::format("{}: the baseline \"{}\" beats the model ({:.4f} against {:.4f}).\n", metric, baseline, win.baseline_value(), win.model_value());
  }
  const auto advise = [&](const Label& what, pb::ForecastMethod best) {
    if (best == pb::FORECAST_METHOD_MODEL) return;
    text += fmt::format(fmt::runtime(Label{"{} are forecast better by: {}.\n", "{}用“{}”预测更好。\n"}.in(language)), what.in(language), MethodLabel(best).in(language));
  };
  advise({"Orders", "订单"}, report.best_order_method());
  advise({"Values", "价值"}, report.best_value_method());
  if (report.best_churn_measure() == pb::CHURN_MEASURE_RECENCY) {
    text += Label{"Churn is told better by recency.\n", "按沉默天数判断流失更准。\n"}.in(language);
  }
  return text + WarningText(report, language);
}

}  // namespace

Label RiskLabel(pb::ChurnRisk risk) {
  if (risk == pb::CHURN_RISK_UNSPECIFIED || !pb::ChurnRisk_IsValid(risk)) return {"", ""};
  return LabelOf(static_cast<stats::ChurnRisk>(risk - 1));
}

std::string BaseFitText(const pb::BaseFit& fit, const std::string& currency, Language language) {
  FactRows rows(language);
  rows.Add({"Fit", "拟合版本"}, std::to_string(fit.version()));
  rows.Add({"As of", "截至"}, fit.as_of_date());
  rows.Add({"Made", "拟合时间"}, FormatInstant(fit.fitted_time().seconds()));
  if (!fit.author().empty()) rows.Add({"By", "操作人"}, fit.author());
  rows.Add({"Model", "模型"}, fmt::format("MBG/CNBD-{}", fit.k()));
  rows.Add({"Customers", "客户数"}, FormatCount(fit.customer_count()));
  rows.Add({"Distinct histories", "不同的购买史"}, FormatCount(fit.distinct_history_count()));
  rows.Add({"Log-likelihood", "对数似然"}, fmt::format("{:.3f}", fit.orders().log_likelihood()));
  rows.Add({"Usual gap", "通常间隔"}, fmt::format("{:.1f} {}", fit.base_gap_days(), Label{"days", "天"}.in(language)));
  rows.Add({"Values are", "价值口径"}, ValueLabel(fit.value_kind()).in(language));
  rows.Add({"Value of an order day", "每个下单日价值"}, FormatMoney(std::llround(fit.mean_value()), currency));
  rows.Add({"Orders forecast by", "订单预测方法"}, MethodLabel(fit.order_method()).in(language));
  rows.Add({"Values forecast by", "价值预测方法"}, MethodLabel(fit.value_method()).in(language));
  rows.Add({"Churn judged by", "流失判断依据"}, MeasureLabel(fit.churn_measure()).in(language));
  rows.Add({"Correlation of frequency and value", "频率与金额的相关"}, fmt::format("{:.3f}", fit.spend_correlation()));
  rows.Add({"Took", "耗时"}, fmt::format("{:.1f} s", fit.seconds()));
  std::string text = rows.Render() + ParameterText(fit, language);
  for (const auto* estimate : {&fit.orders(), &fit.spend()}) {
    for (const std::string& boundary : estimate->boundaries()) text += BoundarySentence(boundary, language) + "\n";
  }
  if (!fit.orders().converged()) text += Label{"The search didn't converge.\n", "拟合未收敛。\n"}.in(language);
  if (!fit.spend_note().empty()) {
    text += fmt::format("{}: {}\n", Label{"Value is each customer's own mean", "金额取客户自身均值"}.in(language), Printable(fit.spend_note()));
  }
  return text + HoldoutText(fit.holdout(), language);
}

std::string BaseFitTable(const pb::ListBaseFitsResponse& fits, Language language) {
  Table table;
  table.AddColumn(Label{"Fit", "版本"}.in(language), Align::kRight);
  table.AddColumn(Label{"As of", "截至"}.in(language));
  table.AddColumn(Label{"Made", "拟合时间"}.in(language));
  table.AddColumn(Label{"By", "操作人"}.in(language));
  table.AddColumn(Label{"Customers", "客户数"}.in(language), Align::kRight);
  table.AddColumn("k", Align::kRight);
  table.AddColumn(Label{"Values", "价值口径"}.in(language));
  for (const pb::BaseFit& fit : fits.fits()) {
    table.AddRow({std::to_string(fit.version()), fit.as_of_date(), FormatInstant(fit.fitted_time().seconds()), fit.author(), FormatCount(fit.customer_count()),
                  std::to_string(fit.k()), ValueLabel(fit.value_kind()).in(language)});
  }
  return table.Render();
}

std::string OutlookText(const pb::Outlook& outlook, const std::string& currency, Language language) {
  FactRows rows(language);
  rows.Add({"Customer", "客户"}, outlook.customer_id());
  rows.Add({"As of", "截至"}, outlook.as_of_date());
  rows.Add({"Fit", "拟合版本"}, std::to_string(outlook.fit_version()));
  if (!outlook.has_p_alive()) {
    rows.Add({"Outlook", "预测"}, Label{"never ordered", "从未下单"}.in(language));
    return rows.Render();
  }
  rows.Add({"P(alive)", "活跃概率"}, fmt::format("{:.3f}", outlook.p_alive()));
  rows.Add({"Orders of the next 90 days", "未来90天预期订单"}, fmt::format("{:.2f}", outlook.expected_orders_90d()));
  if (outlook.has_ltv_365d_minor()) {
    rows.Add({"Value of the next 365 days", "未来365天价值"},
             fmt::format("{} ({})", FormatMoney(outlook.ltv_365d_minor(), currency), ValueLabel(outlook.value_kind()).in(language)));
  }
  rows.Add({"Next order, if still active", "如仍活跃，预计下次下单"}, fmt::format("{} ({})", outlook.next_order_date(), outlook.next_order_days()));
  rows.Add({"Potential", "潜力指数"}, fmt::format("{:.3f}", outlook.potential_index()));
  rows.Add({"Churn risk", "流失风险"}, fmt::format("{} ({:.2f})", RiskLabel(outlook.churn_risk()).in(language), outlook.retention()));
  std::string text = rows.Render();
  for (const pb::ChurnReasonText& reason : outlook.reasons()) {
    text += fmt::format("  {}\n", Printable(language == Language::kChinese ? reason.text_zh() : reason.text_en()));
  }
  return text;
}

}  // namespace rung::ctl
