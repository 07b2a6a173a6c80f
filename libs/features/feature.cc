#include "libs/features/feature.h"

#include <map>

namespace rung::features {
namespace {

using enum Feature;

constexpr std::string_view kNeverMissing = "never";
constexpr std::string_view kNoOrder = "no effective order in the window";

// Order (365/12 days a month), windows, "effective", "live", net and margin: docs/GLOSSARY.md.
constexpr FeatureDefinition kDefinitions[] = {
    {kTenureDays, "tenure_days", "days", "max(0, D - first day + 1)", kNeverMissing, kSpendGroup, true},
    {kRecencyDays, "recency_days", "days", "D - day of the last effective order", "no effective order", kSpendGroup, true},
    {kOrders7d, "orders_7d", "orders", "effective orders in 7 days", kNeverMissing, kSpendGroup, true},
    {kOrders30d, "orders_30d", "orders", "effective orders in 30 days", kNeverMissing, kSpendGroup, true},
    {kOrders90d, "orders_90d", "orders", "effective orders in 90 days", kNeverMissing, kSpendGroup, true},
    {kOrders365d, "orders_365d", "orders", "effective orders in 365 days", kNeverMissing, kSpendGroup, true},
    {kOrdersTotal, "orders_total", "orders", "effective orders ever", kNeverMissing, kSpendGroup, true},
    {kOrderDays7d, "order_days_7d", "days", "distinct days with an effective order in 7 days", kNeverMissing, kSpendGroup, true},
    {kOrderDays30d, "order_days_30d", "days", "distinct days with an effective order in 30 days", kNeverMissing, kSpendGroup, true},
    {kOrderDays90d, "order_days_90d", "days", "distinct days with an effective order in 90 days", kNeverMissing, kSpendGroup, true},
    {kOrderDays365d, "order_days_365d", "days", "distinct days with an effective order in 365 days", kNeverMissing, kSpendGroup, true},
    {kOrdersPerMonth90d, "orders_per_month_90d", "orders/month", "orders_90d / months(90)", kNeverMissing, kSpendGroup, false},
    {kOrdersPerMonth365d, "orders_per_month_365d", "orders/month", "orders_365d / months(365)", kNeverMissing, kSpendGroup, false},
    {kNetSpend7d, "net_spend_7d", "fen", "sum of net over 7 days", kNeverMissing, kSpendGroup, true},
    {kNetSpend30d, "net_spend_30d", "fen", "sum of net over 30 days", kNeverMissing, kSpendGroup, true},
    {kNetSpend90d, "net_spend_90d", "fen", "sum of net over 90 days", kNeverMissing, kSpendGroup, true},
    {kNetSpend365d, "net_spend_365d", "fen", "sum of net over 365 days", kNeverMissing, kSpendGroup, true},
    {kNetSpendTotal, "net_spend_total", "fen", "sum of net ever", kNeverMissing, kSpendGroup, true},
    {kNetSpendPerMonth365d, "net_spend_per_month_365d", "fen/month", "net_spend_365d / months(365)", kNeverMissing, kSpendGroup, false},
    {kGrossMargin90d, "gross_margin_90d", "fen", "sum of margin over effective orders in 90 days", "no effective order with costs", kSpendGroup, true},
    {kGrossMargin365d, "gross_margin_365d", "fen", "sum of margin over effective orders in 365 days", "no effective order with costs", kSpendGroup, true},
    {kGrossMarginRate365d, "gross_margin_rate_365d", "ratio", "gross_margin_365d / net of the orders that have a margin", "no margin", kSpendGroup, false},
    {kAov90d, "aov_90d", "fen", "net_spend_90d / orders_90d", kNoOrder, kSpendGroup, false},
    {kAov365d, "aov_365d", "fen", "net_spend_365d / orders_365d", kNoOrder, kSpendGroup, false},
    {kAovCv365d, "aov_cv_365d", "ratio", "population standard deviation / mean of net per effective order in 365 days", "fewer than 2 orders", kDispersionGroup, false},
    {kAovStability365d, "aov_stability_365d", "ratio", "max(0, 1 - aov_cv_365d)", "fewer than 2 orders", kDispersionGroup, false},
    {kIntervalDaysMedian365d, "interval_days_median_365d", "days", "median gap between consecutive order days in 365 days", "fewer than 2 order days", kDispersionGroup, false},
    {kIntervalDaysMean365d, "interval_days_mean_365d", "days", "mean gap between consecutive order days in 365 days", "fewer than 2 order days", kDispersionGroup, false},
    {kIntervalDaysCv365d, "interval_days_cv_365d", "ratio", "population standard deviation / mean of the gaps", "fewer than 3 order days", kDispersionGroup, false},
    {kRepeatPurchaseRate365d, "repeat_purchase_rate_365d", "ratio", "(order_days_365d - 1) / order_days_365d", "no order day", kSpendGroup, false},
    {kCategoryCount90d, "category_count_90d", "categories", "categories with a line in an effective order in 90 days", kNeverMissing, kCategoryGroup, true},
    {kCategoryCount365d, "category_count_365d", "categories", "categories with a line in an effective order in 365 days", kNeverMissing, kCategoryGroup, true},
    {kRepeatCategoryRate365d, "repeat_category_rate_365d", "ratio", "categories bought on >= 2 days / categories bought", "none bought", kCategoryGroup, false},
    {kCategoryDiversity365d, "category_diversity_365d", "categories", "effective number of categories, (sum a)^2 / sum a^2 of their line amounts", "none bought", kCategoryGroup, false},
    {kTopCategoryShare365d, "top_category_share_365d", "ratio", "largest category's share of line amounts", "none bought", kCategoryGroup, false},
    {kNewCategories90d, "new_categories_90d", "categories", "categories bought in 90 days and not in the 275 before", kNeverMissing, kCategoryGroup, true},
    {kDiscountSpendShare365d, "discount_spend_share_365d", "ratio", "share of line amounts on lines with a promotional discount", "none bought", kSpendGroup, false},
    {kNewProductShare90d, "new_product_share_90d", "ratio", "share of line amounts on SKUs listed at most 60 days before the order's day", "none bought, or no listing dates", kSpendGroup, false},
    {kOnTimeRate365d, "on_time_rate_365d", "ratio", "deliveries at or before their promise / deliveries with a promise, without those late by the carrier's fault", "none, or source absent", kServiceGroup, false},
    {kReturnRate365d, "return_rate_365d", "ratio", "live orders with a refund or return / live orders", "no live order", kSpendGroup, false},
    {kRefundRate365d, "refund_rate_365d", "ratio", "refunds of live orders, each at most its gross / their gross", "gross 0", kSpendGroup, false},
    {kComplaintRate365d, "complaint_rate_365d", "ratio", "complaints / orders placed, cancelled ones too", "no order placed, or source absent", kServiceGroup, false},
    {kAppSessions30d, "app_sessions_30d", "sessions", "app sessions in 30 days", "source absent", kServiceGroup, true},
    {kReviewRate365d, "review_rate_365d", "ratio", "reviewed live orders / live orders", "no live order, or source absent", kSpendGroup, false},
    {kPaymentOnTimeRate365d, "payment_on_time_rate_365d", "ratio", "invoices due in the window and paid by the due day / all due", "not on credit terms, none due, or source absent", kServiceGroup, false},
    {kOverdueDaysMean365d, "overdue_days_mean_365d", "days", "mean days late of the invoices due in the window (in time: 0; unpaid: to D)", "not on credit terms, none due, or source absent", kServiceGroup, false},
    {kSpendGrowth90d, "spend_growth_90d", "ratio", "(s1 - s0) / (s1 + s0); s1 = net of the last 90 days, s0 = of the 90 before", "both 0, or tenure < 180 days", kSpendGroup, false},
    {kLoyalty12, "loyalty_12", "ratio", "of the 12 blocks of 30 days back from D, those with an effective order / 12", kNeverMissing, kSpendGroup, false},
    {kOrderDaysPerMonth90d, "order_days_per_month_90d", "days/month", "order_days_90d / months(90)", kNeverMissing, kSpendGroup, false},
    {kOrderDaysPerMonth365d, "order_days_per_month_365d", "days/month", "order_days_365d / months(365)", kNeverMissing, kSpendGroup, false},
};

static_assert(std::size(kDefinitions) == kFeatureCount);

constexpr bool InEnumOrder() {
  for (size_t i = 0; i < kFeatureCount; ++i) {
    if (static_cast<size_t>(kDefinitions[i].feature) != i) return false;
  }
  return true;
}
static_assert(InEnumOrder());

}  // namespace

std::span<const FeatureDefinition> FeatureDefinitions() { return kDefinitions; }

const FeatureDefinition* FindFeature(std::string_view name) {
  static const auto* const by_name = [] {
    auto* map = new std::map<std::string_view, const FeatureDefinition*>;
    for (const FeatureDefinition& definition : kDefinitions) (*map)[definition.name] = &definition;
    return map;
  }();
  const auto it = by_name->find(name);
  return it == by_name->end() ? nullptr : it->second;
}

}  // namespace rung::features
