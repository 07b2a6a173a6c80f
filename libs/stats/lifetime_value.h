// What a customer will bring, and when it is due.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "libs/base/day.h"
#include "libs/stats/customer_model.h"
#include "libs/stats/gamma_gamma.h"
#include "libs/stats/purchase_log.h"

namespace rung::stats {

/// Days of the horizon of a lifetime value: the next 12 months.
inline constexpr double kLifetimeDays = 365;

/// Expected value per transaction. Values are what the caller put into the purchases: net margin for a lifetime value.
class SpendForecast {
 public:
  /// Fits the Gamma-Gamma to repeat transactions. When it can't be fitted or isn't to be believed, the forecast is the
  /// customer's own mean, drawn towards the base's as if by one more transaction of that value.
  static SpendForecast Fit(std::span<const CustomerSummary> customers);

  /// The Gamma-Gamma in use; nullopt when it isn't, and why_not() says why.
  const std::optional<GammaGammaFit>& gamma_gamma() const { return gamma_gamma_; }
  const std::string& why_not() const { return why_not_; }

  double PerTransaction(const CustomerSummary& customer) const;

 private:
  std::optional<GammaGammaFit> gamma_gamma_;
  std::string why_not_;
  double base_mean_ = 0;  ///< of all transactions of the base
};

struct LifetimeValue {
  double p_alive = 0;
  double transactions = 0;           ///< expected within the horizon
  double value_per_transaction = 0;
  double value = 0;                  ///< expected within the horizon: transactions times value per transaction
};

/// Of the next `horizon_days`. `discount_per_day` (continuous, 0: none) makes later transactions count less.
LifetimeValue ExpectedValue(const CustomerModel& model, const SpendForecast& spend, const CustomerSummary& customer,
                            const Period& period, double horizon_days = kLifetimeDays, double discount_per_day = 0);

/// When the next order of a customer who hasn't left is expected. A customer with two orders a week and one with two a year
/// differ in both the day and the width.
struct NextOrder {
  Day likely = 0;  ///< as likely before as after
  Day early = 0;   ///< one in ten comes before
  Day late = 0;    ///< one in ten comes after
};

/// Days after period.calibration_end, at most ten years later.
NextOrder ExpectedNextOrder(const CustomerModel& model, const CustomerSummary& customer, const Period& period);

}  // namespace rung::stats
