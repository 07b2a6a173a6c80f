#include "tools/rungctl/stats_labels.h"

#include <algorithm>
#include <iterator>

namespace rung::ctl {
namespace {

struct Named {
  std::string_view name;
  Label label;
};

constexpr Named kSkips[kSkipReasonCount] = {
    {"shortRow", {"malformed row", "行格式错误"}},   {"unknownCustomer", {"unknown customer", "客户未知"}},
    {"cancellation", {"cancellation", "取消的订单"}}, {"badTime", {"bad time", "时间无效"}},
    {"badNumber", {"bad number", "数字无效"}},        {"notPositive", {"amount <= 0", "金额 <= 0"}},
};

constexpr Named kMetrics[] = {
    {"mean_absolute_error", {"Mean error", "平均误差"}},
    {"total_ratio", {"Total", "总量比"}},
    {"correlation", {"Corr.", "相关"}},
    {"spearman", {"Rank corr.", "秩相关"}},
    {"value_ratio", {"Value total", "价值总量比"}},
    {"value_correlation", {"Value corr.", "价值相关"}},
    {"value_spearman", {"Value rank", "价值秩相关"}},
    {"top_tenth_capture", {"Top 10 %", "前10%占比"}},
    {"top_fifth_capture", {"Top 20 %", "前20%占比"}},
    {"auc", {"AUC", "AUC"}},
    {"brier", {"Brier", "Brier"}},
};

constexpr Named kMethods[] = {
    {"mbg-cnbd", {"MBG/CNBD-k", "MBG/CNBD-k"}},
    {"pareto-nbd", {"Pareto/NBD", "Pareto/NBD"}},
    {"rate", {"rate so far", "历史频率"}},
    {"past-spend", {"past spend", "历史消费"}},
    {"recency", {"recency", "最近购买"}},
    {"churn-rule", {"churn rule", "流失规则"}},
    {"p-alive", {"P(alive) alone", "仅活跃概率"}},
};

Label Find(const Named* begin, const Named* end, std::string_view name) {
  const Named* found = std::find_if(begin, end, [&](const Named& named) { return named.name == name; });
  return found == end ? Label{name, name} : found->label;
}

}  // namespace

Label LabelOf(SkipReason reason) { return kSkips[static_cast<size_t>(reason)].label; }
std::string_view NameOf(SkipReason reason) { return kSkips[static_cast<size_t>(reason)].name; }
Label MetricLabel(std::string_view metric) { return Find(std::begin(kMetrics), std::end(kMetrics), metric); }
Label MethodLabel(std::string_view method) { return Find(std::begin(kMethods), std::end(kMethods), method); }

Label LabelOf(stats::ChurnRisk risk) {
  switch (risk) {
    case stats::ChurnRisk::kNone: return {"none", "无"};
    case stats::ChurnRisk::kWatch: return {"watch", "关注"};
    case stats::ChurnRisk::kHigh: return {"high", "高"};
    case stats::ChurnRisk::kLost: return {"lost", "已流失"};
  }
  return {};
}

Label LabelOf(stats::ChurnReason reason) {
  switch (reason) {
    case stats::ChurnReason::kOverdue: return {"overdue", "超期未购"};
    case stats::ChurnReason::kProbablyLeft: return {"probably left", "可能已离开"};
    case stats::ChurnReason::kSingleOrder: return {"single order", "仅一单"};
    case stats::ChurnReason::kNoneLately: return {"none lately", "近一年无订单"};
  }
  return {};
}

Label SentenceOf(stats::Boundary boundary) {
  switch (boundary) {
    case stats::Boundary::kNobodyLeaves:
      return {"Nobody leaves, as far as these data tell: don't take P(alive) for a churn signal.",
              "数据看不出有人流失：活跃概率不能作为流失信号。"};
    case stats::Boundary::kEqualRates:
      return {"All customers buy equally often: differences between them can't be told from chance.",
              "客户的购买频率没有差异：彼此的不同无法与偶然区分。"};
    case stats::Boundary::kEqualDropout:
      return {"All customers leave with the same probability: differences can't be told from chance.",
              "客户的流失概率相同：彼此的不同无法与偶然区分。"};
    case stats::Boundary::kPolarRates:
      return {"Rates are all or nothing: a customer buys at every chance or at none, as far as these data tell.",
              "购买频率非此即彼：数据显示客户要么每次都买，要么从不购买。"};
    case stats::Boundary::kPolarDropout:
      return {"Dropout is all or nothing: a customer leaves at its first chance or never, as far as these data tell. P(alive) says nothing of those "
              "who came back.",
              "流失非此即彼：数据显示客户要么在首次机会就流失，要么永不流失。对回购过的客户，活跃概率不能说明问题。"};
    case stats::Boundary::kEqualSpend:
      return {"All customers spend the same: differences between them can't be told from chance.", "客户的消费水平没有差异：彼此的不同无法与偶然区分。"};
    case stats::Boundary::kSteadySpend:
      return {"A customer spends the same each time, as far as these data tell.", "数据显示同一客户每次消费相同。"};
    case stats::Boundary::kRegularityLimit:
      return {"Customers are more regular than the largest k that is tried.", "客户的规律性超出了所尝试的最大 k。"};
    case stats::Boundary::kInfiniteMean:
      return {"Expected spend has no finite value: a few customers spend without bound.",
              "预期消费没有有限值：少数客户的消费没有上限。"};
    case stats::Boundary::kFlat:
      return {"The likelihood is flat: parameters are undetermined and have no intervals.",
              "似然函数平坦：参数无法确定，没有置信区间。"};
    case stats::Boundary::kSearchLimit:
      return {"A parameter lies where the search ends: its value says no more than \"very small\" or \"very large\".",
              "某个参数到达搜索边界：其数值只表示“极小”或“极大”。"};
  }
  return {};
}

}  // namespace rung::ctl
