// Fits the models to a base that streams by, customer by customer.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/features/feature.h"
#include "libs/forecast/base_fit.h"
#include "libs/stats/bg_cnbd_fit.h"
#include "libs/stats/gamma_gamma.h"
#include "libs/stats/grouped_histories.h"

namespace rung::forecast {

/// Collects what the fit needs. Memory: distinct histories, and a few numbers per customer. One per thread.
class BaseCollector {
 public:
  /// Customers without an order in the window are left out: `facts.days` is empty. `segment` may be empty.
  absl::Status Add(const CustomerFacts& facts, const features::FeatureValues& values, const std::string& segment);
  /// Takes what another one has collected. Sums depend on the order of merging in their last bits.
  void Merge(BaseCollector&& other);

 private:
  friend class BaseFitter;

  struct Columns {  // of one segment, for the potential's reference
    std::vector<float> categories, spend, new_products;
  };
  struct Values {
    std::vector<stats::SpendHistory> spends;  // in kSpendUnit
    int64_t days = 0;
    double total = 0;
  };

  stats::HistoryGrouper histories_;
  Values margin_, net_;
  int64_t order_days_ = 0;
  std::array<int64_t, 2 * features::kWindowDays + 1> gaps_{};  // customers by twice their median gap
  std::map<std::string, Columns> columns_;
};

/// What the fit says of itself, for people.
struct FitFindings {
  int64_t customers = 0;
  int64_t distinct_histories = 0;
  stats::Estimate estimate;
  std::vector<double> log_likelihoods;  ///< of k = 1, 2, … as far as tried
  std::optional<stats::GammaGammaFit> spend;  ///< fitted, used or not
  std::string spend_note;                     ///< why the Gamma-Gamma isn't used; empty when it is
};

struct FittedBase {
  BaseFit fit;
  FitFindings findings;
};

struct BaseFitOptions {
  int largest_regularity = stats::kMaxRegularity;
  int threads = 1;
};

class BaseFitter {
 public:
  /// FAILED_PRECONDITION when the base is too small: nobody has ordered on two days of the window.
  static absl::StatusOr<FittedBase> Fit(BaseCollector&& base, Day as_of, const BaseFitOptions& options);
};

}  // namespace rung::forecast
