#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/base/status.h"
#include "libs/recommend/evaluation.h"
#include "tools/rungctl/basket_file.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/import_summary.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/unused_lines.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using nlohmann::ordered_json;
using recommend::EvaluationReport;
using recommend::NextBasketMetrics;
using recommend::Scope;

Label LabelOf(Scope scope) {
  switch (scope) {
    case Scope::kAll: return {"all", "全部"};
    case Scope::kRepeats: return {"repeats", "复购"};
    case Scope::kNew: return {"new", "新品"};
  }
  return {};
}

Label MethodLabel(const std::string& name) {
  if (name == "popular") return {"popular", "热门"};
  if (name == "personal-top") return {"personal top", "个人常购"};
  if (name == "personal-decay") return {"personal top, decayed", "个人常购（衰减）"};
  if (name == "item-knn") return {"item-kNN", "item-kNN"};
  if (name == "rung-served") return {"rung, as served", "rung（线上列表）"};
  return {"rung", "rung"};
}

std::string Facts(const EvaluationReport& report, const RecommendEvaluate& command, Language language) {
  const auto tested = [&](Scope scope) { return FormatCount(report.tested[static_cast<size_t>(scope)]); };
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  table.AddRow({Label{"Customers", "客户数"}.in(language), FormatCount(report.customers)});
  table.AddRow({Label{"Tested (purchase days at least)", "测试客户（购买天数至少）"}.in(language),
                fmt::format("{}: {}", command.least_baskets, tested(Scope::kAll))});
  table.AddRow({Label{"  with repeats in the target", "  目标含复购"}.in(language), tested(Scope::kRepeats)});
  table.AddRow({Label{"  with new items in the target", "  目标含新品"}.in(language), tested(Scope::kNew)});
  table.AddRow({Label{"SKUs known", "已知SKU"}.in(language), FormatCount(report.items)});
  table.AddRow({Label{"Repeat share of the target", "目标中复购占比"}.in(language), fmt::format("{:.3f}", report.repeat_share)});
  return table.Render() + "\n";
}

std::string Scores(const EvaluationReport& report, Language language) {
  Table table;
  table.AddColumn(Label{"Items", "范围"}.in(language));
  table.AddColumn(Label{"Method", "方法"}.in(language));
  for (const char* metric : {"Recall", "NDCG", "Hit"}) table.AddColumn(fmt::format("{}@{}", metric, report.k), Align::kRight);
  for (size_t s = 0; s < recommend::kScopes.size(); ++s) {
    for (const auto& score : report.scores) {
      const NextBasketMetrics& metrics = score.by_scope[s];
      const auto text = [&](double value) { return report.tested[s] == 0 ? std::string("-") : fmt::format("{:.4f}", value); };
      table.AddRow({LabelOf(recommend::kScopes[s]).in(language), MethodLabel(score.name).in(language), text(metrics.recall), text(metrics.ndcg),
                    text(metrics.hit)});
    }
  }
  return table.Render() + "\n";
}

std::string Notes(Language language) {
  return Label{
      "Target: the distinct SKUs of a customer's last purchase day; known: everything before. Means over the tested customers\n"
      "whose target has anything in the scope; recall divides by the whole target, NDCG by the ideal of min(k, target).\n"
      "Ties: personal tops by the last purchase, then by popularity; everything else by SKU code. Weights were fitted on the\n"
      "last day of what is known, never on a target. As served: the trained model's lists without a policy.\n",
      "目标：客户最后一个购买日的不同SKU；此前均为已知。对目标中有该范围商品的测试客户取平均；Recall除以整个目标，NDCG除以min(k, 目标)的理想值。\n"
      "并列：个人常购先按最近购买、再按热度；其余按SKU编码。权重在已知部分的最后一天上拟合，从不使用目标。线上列表：训练后的模型在无策略时给出的列表。\n"}
      .in(language);
}

std::string Json(const EvaluationReport& report, const BasketFile& file) {
  ordered_json scores = ordered_json::array();
  for (const auto& score : report.scores) {
    ordered_json scopes;
    for (size_t s = 0; s < recommend::kScopes.size(); ++s) {
      const NextBasketMetrics& metrics = score.by_scope[s];
      const auto json = [&](double value) { return report.tested[s] == 0 ? ordered_json(nullptr) : ordered_json(value); };
      scopes[std::string(recommend::Name(recommend::kScopes[s]))] = {
          {"recall", json(metrics.recall)}, {"ndcg", json(metrics.ndcg)}, {"hit", json(metrics.hit)}};
    }
    scores.push_back({{"name", score.name}, {"baseline", score.baseline}, {"scopes", std::move(scopes)}});
  }
  const ordered_json json = {{"lineCount", file.report.lines_read},
                             {"cleanLineCount", file.report.clean_lines},
                             {"leftOutLineCount", file.left_out_lines},
                             {"customerCount", report.customers},
                             {"testedCustomerCount", report.tested[0]},
                             {"testedWithRepeatsCount", report.tested[1]},
                             {"testedWithNewItemsCount", report.tested[2]},
                             {"skuCount", report.items},
                             {"repeatShare", report.repeat_share},
                             {"k", report.k},
                             {"scores", std::move(scores)}};
  return json.dump(2) + "\n";
}

absl::Status NothingUsable(const importer::ImportReport& report, const std::string& file) {
  UnusedLines unused;
  for (size_t i = 0; i < importer::kReasonCount; ++i) {
    unused.Add(importer::ReasonName(static_cast<importer::Reason>(i)), report.dropped[i].count, report.dropped[i].first_line);
  }
  return FailedPreconditionError("{}: none of the {} lines could be used{}", file, FormatCount(report.lines_read), unused.text());
}

absl::StatusOr<std::string> Evaluate(const RecommendEvaluate& command, Session& session) {
  RUNG_ASSIGN_OR_RETURN(const BasketFile file, ReadBaskets(command.source));
  recommend::EvaluationPlan plan;
  plan.least_baskets = command.least_baskets;
  plan.k = static_cast<size_t>(command.k);
  plan.others = command.with_others ? recommend::PurchaseHistory::Others::kKeep : recommend::PurchaseHistory::Others::kLeaveOut;
  plan.ranker.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (file.report.clean_lines == 0) return NothingUsable(file.report, command.source.file);
  const EvaluationReport report = recommend::Evaluate(file.base, plan);
  if (report.tested[0] == 0) {
    return FailedPreconditionError("nobody has {} days with purchases{}: there is nothing to measure", command.least_baskets,
                                   file.left_out_lines == 0 ? "" : " of SKUs that --sku-pattern takes");
  }
  if (session.options.json) return Json(report, file);
  return DroppedTable(file.report, session.options.language) + Facts(report, command, session.options.language) + Scores(report, session.options.language) +
         Notes(session.options.language);
}

}  // namespace

int Run(const RecommendEvaluate& command, Session& session) {
  const absl::StatusOr<std::string> text = Evaluate(command, session);
  if (!text.ok()) return FailLocally(text.status());
  fmt::print("{}", *text);
  return kExitOk;
}

}  // namespace rung::ctl
