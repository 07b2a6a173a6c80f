#include "libs/stats/lifetime_value.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "libs/base/status.h"

namespace rung::stats {
namespace {

constexpr double kFarthestDays = 3'650;

}  // namespace

SpendForecast SpendForecast::Fit(std::span<const CustomerSummary> customers) {
  SpendForecast forecast;
  std::vector<SpendHistory> histories;
  double value = 0, transactions = 0;
  for (const CustomerSummary& customer : customers) {
    histories.push_back({customer.history.repeats, customer.mean_repeat_value(), customer.repeat_squares});
    value += customer.first_value + customer.repeat_value;
    transactions += static_cast<double>(customer.history.repeats) + 1;
  }
  forecast.base_mean_ = transactions == 0 ? 0 : value / transactions;
  auto fit = FitGammaGamma(histories);
  if (!fit.ok()) {
    forecast.why_not_ = Message(fit.status());
  } else if (std::string why_not = WhyNotBelieved(*fit); !why_not.empty()) {
    forecast.why_not_ = std::move(why_not);
  } else {
    forecast.gamma_gamma_ = *std::move(fit);
  }
  return forecast;
}

double SpendForecast::PerTransaction(const CustomerSummary& customer) const {
  if (gamma_gamma_) {
    return gamma_gamma_->model.ExpectedSpend({customer.history.repeats, customer.mean_repeat_value(), customer.repeat_squares});
  }
  const double transactions = static_cast<double>(customer.history.repeats) + 1;
  return (customer.first_value + customer.repeat_value + base_mean_) / (transactions + 1);
}

LifetimeValue ExpectedValue(const CustomerModel& model, const SpendForecast& spend, const CustomerSummary& customer,
                            const Period& period, double horizon_days, double discount_per_day) {
  const double horizon = horizon_days / period.days_per_unit;
  LifetimeValue value;
  value.p_alive = model.PAlive(customer.history);
  value.transactions =
      discount_per_day == 0
          ? model.ExpectedTransactions(customer.history, horizon)
          : model.DiscountedTransactions(customer.history, horizon, discount_per_day * period.days_per_unit);
  value.value_per_transaction = spend.PerTransaction(customer);
  value.value = value.transactions * value.value_per_transaction;
  return value;
}

NextOrder ExpectedNextOrder(const CustomerModel& model, const CustomerSummary& customer, const Period& period) {
  const auto day = [&](double probability) {
    const double days = model.NextTransactionQuantile(customer.history, probability) * period.days_per_unit;
    // Transactions fall on whole days, the first possible one being tomorrow.
    return period.calibration_end + static_cast<Day>(std::clamp(std::ceil(days), 1.0, kFarthestDays));
  };
  return {day(0.5), day(0.1), day(0.9)};
}

}  // namespace rung::stats
