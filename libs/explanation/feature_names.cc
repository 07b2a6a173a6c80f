#include "libs/explanation/feature_names.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include <fmt/format.h>

#include "libs/features/fitted.h"

namespace rung::explanation {
namespace {

struct Name {
  std::string_view stem;
  std::string_view en;
  std::string_view zh;
};

// Without their windows, which FeatureName appends.
constexpr Name kFeatures[] = {
    {"tenure_days", "days since registration", "客龄天数"},
    {"recency_days", "days since the last order", "距上次下单天数"},
    {"orders", "orders", "订单数"},
    {"order_days", "days with an order", "下单天数"},
    {"order_days_per_month", "days with an order a month", "月均下单天数"},
    {"orders_total", "orders ever", "累计订单数"},
    {"orders_per_month", "orders a month", "月均订单数"},
    {"orders_per_week", "orders a week", "周均订单数"},
    {"orders_per_quarter", "orders a quarter", "季均订单数"},
    {"net_spend", "net spend", "净采购额"},
    {"net_spend_total", "net spend ever", "累计净采购额"},
    {"net_spend_per_month", "net spend a month", "月均净采购额"},
    {"gross_margin", "gross margin", "毛利"},
    {"gross_margin_rate", "gross margin rate", "毛利率"},
    {"aov", "average order value", "客单价"},
    {"aov_cv", "variation of the order value", "客单价变异系数"},
    {"aov_stability", "stability of the order value", "客单价稳定度"},
    {"interval_days_median", "median days between orders", "下单间隔天数中位数"},
    {"interval_days_mean", "mean days between orders", "下单间隔天数均值"},
    {"interval_days_cv", "variation of the days between orders", "下单间隔变异系数"},
    {"repeat_purchase_rate", "repeat purchase rate", "复购率"},
    {"category_count", "categories bought", "采购品类数"},
    {"repeat_category_rate", "share of categories bought again", "复购品类占比"},
    {"category_diversity", "effective number of categories", "有效品类数"},
    {"top_category_share", "share of the top category", "首位品类占比"},
    {"new_categories", "new categories", "新增品类数"},
    {"discount_spend_share", "share bought on promotion", "促销采购占比"},
    {"new_product_share", "share of new products", "新品采购占比"},
    {"on_time_rate", "deliveries on time", "准时收货率"},
    {"return_rate", "return rate", "退货率"},
    {"refund_rate", "refund rate", "退款率"},
    {"complaint_rate", "complaint rate", "投诉率"},
    {"app_sessions", "app sessions", "App使用次数"},
    {"review_rate", "review rate", "评价率"},
    {"payment_on_time_rate", "bills paid on time", "按时付款率"},
    {"overdue_days_mean", "mean days overdue", "平均逾期天数"},
    {"spend_growth", "growth of spend", "采购额增长"},
    {"loyalty_12", "active months of the last 12", "近12个月活跃占比"},
    {"credit_score", "credit score", "信用分"},
    {"p_alive", "probability of being active", "活跃概率"},
    {"expected_orders", "expected orders", "预期订单数"},
    {"ltv", "predicted lifetime value", "预测客户价值"},
    {"next_order_days", "days until the next order", "距下次下单天数"},
    {"potential_index", "potential index", "潜力指数"},
};

// Their windows lie ahead.
constexpr std::string_view kForecasts[] = {"expected_orders", "ltv"};

constexpr Name kDimensions[] = {
    {"spend", "spend", "消费"},           {"frequency", "frequency", "频次"},   {"repurchase", "repurchase", "复购"},
    {"fulfilment", "fulfilment", "履约"}, {"engagement", "engagement", "互动"}, {"recency", "recency", "近度"},
    {"diversity", "diversity", "品类"},   {"loyalty", "loyalty", "忠诚"},       {"monetary", "monetary", "金额"},
    {"potential", "potential", "潜力"},
};

// The features' own words for when they are missing.
struct Reason {
  std::string_view en;
  std::string_view zh;
};
constexpr Reason kReasons[] = {
    {"never", "始终有值"},
    {"no effective order", "没有有效订单"},
    {"no effective order in the window", "统计期内没有有效订单"},
    {"no effective order with costs", "没有带成本的有效订单"},
    {"no margin", "没有毛利数据"},
    {"fewer than 2 orders", "订单少于2张"},
    {"fewer than 2 order days", "下单天数少于2天"},
    {"fewer than 3 order days", "下单天数少于3天"},
    {"no order day", "没有下单日"},
    {"none bought", "没有采购"},
    {"none bought, or no listing dates", "没有采购，或缺少商品上架日期"},
    {"none, or source absent", "没有记录，或未接入该数据源"},
    {"source absent", "未接入该数据源"},
    {"no live order", "没有未取消的订单"},
    {"no live order, or source absent", "没有未取消的订单，或未接入该数据源"},
    {"gross 0", "订单总额为0"},
    {"no order placed, or source absent", "没有下过单，或未接入该数据源"},
    {"not on credit terms, none due, or source absent", "非账期客户、没有到期账单，或未接入该数据源"},
    {"both 0, or tenure < 180 days", "前后两期采购额均为0，或客龄不足180天"},
    {"no fit, or never ordered", "没有拟合结果，或从未下单"},
    {"no fit, never ordered, or no order with costs in a base with costs", "没有拟合结果、从未下单，或客户群按毛利估值而该客户的订单没有成本"},
    {"not reported", "外部系统未上报"},
};

template <size_t n>
const Name* Find(const Name (&names)[n], std::string_view stem) {
  const auto* it = std::find_if(std::begin(names), std::end(names), [&](const Name& name) { return name.stem == stem; });
  return it == std::end(names) ? nullptr : it;
}

// "net_spend_365d" -> 365, and the name becomes its stem; 0 without a window.
int TakeWindow(std::string_view& feature) {
  const size_t underscore = feature.rfind('_');
  if (underscore == std::string_view::npos || feature.back() != 'd') return 0;
  const std::string_view digits = feature.substr(underscore + 1, feature.size() - underscore - 2);
  int days = 0;
  for (const char c : digits) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0 || days > 100'000) return 0;
    days = 10 * days + (c - '0');
  }
  if (days > 0) feature = feature.substr(0, underscore);
  return days;
}

}  // namespace

Text FeatureName(std::string_view feature) {
  std::string_view stem = feature;
  const int days = TakeWindow(stem);
  const Name* name = Find(kFeatures, stem);
  if (name == nullptr) return {std::string(feature), std::string(feature)};
  if (days == 0) return {std::string(name->en), std::string(name->zh)};
  if (std::find(std::begin(kForecasts), std::end(kForecasts), stem) != std::end(kForecasts)) {
    return {fmt::format("{} over the next {} days", name->en, days), fmt::format("未来{}天{}", days, name->zh)};
  }
  return {fmt::format("{} over {} days", name->en, days), fmt::format("近{}天{}", days, name->zh)};
}

Text WhyMissing(std::string_view feature) {
  const std::string_view en = features::WhyMissing(feature);
  const auto* it = std::find_if(std::begin(kReasons), std::end(kReasons), [&](const Reason& reason) { return reason.en == en; });
  return {std::string(en), std::string(it == std::end(kReasons) ? en : it->zh)};
}

Text DimensionName(std::string_view dimension) {
  const Name* name = Find(kDimensions, dimension);
  if (name == nullptr) return {std::string(dimension), std::string(dimension)};
  return {std::string(name->en), std::string(name->zh)};
}

}  // namespace rung::explanation
