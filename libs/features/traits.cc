#include "libs/features/traits.h"

#include <map>

namespace rung::features {

Traits TraitsOf(std::string_view feature) {
  static const auto* const known = new std::map<std::string_view, Traits>{
      {"tenure_days", {"", 1, ""}},
      {"recency_days", {"", -1, ""}},
      {"orders_7d", {"frequency 7d", 1, "order_days_7d"}},
      {"orders_30d", {"frequency 30d", 1, "order_days_30d"}},
      {"orders_90d", {"frequency 90d", 1, "order_days_90d"}},
      {"orders_365d", {"frequency 365d", 1, "order_days_365d"}},
      {"orders_total", {"", 1, "order_days_365d"}},
      {"order_days_7d", {"frequency 7d", 1, ""}},
      {"order_days_30d", {"frequency 30d", 1, ""}},
      {"order_days_90d", {"frequency 90d", 1, ""}},
      {"order_days_365d", {"frequency 365d", 1, ""}},
      {"orders_per_month_90d", {"frequency 90d", 1, "order_days_per_month_90d"}},
      {"orders_per_month_365d", {"frequency 365d", 1, "order_days_per_month_365d"}},
      {"order_days_per_month_90d", {"frequency 90d", 1, ""}},
      {"order_days_per_month_365d", {"frequency 365d", 1, ""}},
      {"net_spend_7d", {"", 1, ""}},
      {"net_spend_30d", {"", 1, ""}},
      {"net_spend_90d", {"", 1, ""}},
      {"net_spend_365d", {"spend 365d", 1, ""}},
      {"net_spend_total", {"", 1, ""}},
      {"net_spend_per_month_365d", {"spend 365d", 1, ""}},
      {"gross_margin_90d", {"", 1, ""}},
      {"gross_margin_365d", {"", 1, ""}},
      {"gross_margin_rate_365d", {"", 1, ""}},
      {"aov_90d", {"", 1, ""}},
      {"aov_365d", {"", 1, ""}},
      {"aov_cv_365d", {"variation of order values", -1, ""}},
      {"aov_stability_365d", {"variation of order values", 1, ""}},
      {"interval_days_median_365d", {"interval", -1, ""}},
      {"interval_days_mean_365d", {"interval", -1, ""}},
      {"interval_days_cv_365d", {"", -1, ""}},
      {"repeat_purchase_rate_365d", {"frequency 365d", 1, ""}},
      {"category_count_90d", {"", 1, ""}},
      {"category_count_365d", {"categories 365d", 1, ""}},
      {"repeat_category_rate_365d", {"", 1, ""}},
      {"category_diversity_365d", {"categories 365d", 1, ""}},
      {"top_category_share_365d", {"categories 365d", 0, ""}},
      {"new_categories_90d", {"", 1, ""}},
      {"discount_spend_share_365d", {"", -1, ""}},
      {"on_time_rate_365d", {"", 1, ""}},
      {"return_rate_365d", {"returns", -1, ""}},
      {"refund_rate_365d", {"returns", -1, ""}},
      {"complaint_rate_365d", {"", -1, ""}},
      {"app_sessions_30d", {"", 1, ""}},
      {"review_rate_365d", {"", 1, ""}},
      {"payment_on_time_rate_365d", {"payment", 1, ""}},
      {"overdue_days_mean_365d", {"payment", -1, ""}},
      {"spend_growth_90d", {"", 1, ""}},
      {"loyalty_12", {"", 1, ""}},
      {"p_alive", {"", 1, ""}},
      {"expected_orders_90d", {"", 1, ""}},
      {"ltv_365d", {"", 1, ""}},
      {"next_order_days", {"", -1, ""}},
      {"potential_index", {"", 1, ""}},
      {"credit_score", {"", 1, ""}},
  };
  const auto it = known->find(feature);
  return it == known->end() ? Traits{} : it->second;
}

}  // namespace rung::features
