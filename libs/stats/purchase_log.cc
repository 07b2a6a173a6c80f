#include "libs/stats/purchase_log.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/base/status.h"

namespace rung::stats {
namespace {

void SortByCustomerAndDay(std::vector<Purchase>& purchases) {
  // Stable, so that sums of values don't depend on the sort.
  std::stable_sort(purchases.begin(), purchases.end(), [](const Purchase& a, const Purchase& b) {
    return std::pair(a.customer, a.day) < std::pair(b.customer, b.day);
  });
}

std::span<const Purchase> TakeCustomer(std::span<const Purchase>& rest) {
  size_t size = 0;
  while (size < rest.size() && rest[size].customer == rest[0].customer) ++size;
  const auto taken = rest.first(size);
  rest = rest.subspan(size);
  return taken;
}

// One transaction per day, up to `last`.
std::vector<Purchase> ByDay(std::span<const Purchase> sorted, Day last) {
  std::vector<Purchase> days;
  for (const Purchase& purchase : sorted) {
    if (purchase.day > last) break;
    if (days.empty() || days.back().day != purchase.day) {
      days.push_back(purchase);
    } else {
      days.back().value += purchase.value;
    }
  }
  return days;
}

double Median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

CustomerSummary Summary(const std::vector<Purchase>& days, const Period& period) {
  CustomerSummary summary;
  summary.customer = days[0].customer;
  summary.first_day = summary.last_day = days[0].day;
  summary.first_value = days[0].value;
  PurchaseHistory& history = summary.history;
  history.age = (period.calibration_end - days[0].day) / period.days_per_unit;
  std::vector<double> gaps;
  for (size_t i = 1; i < days.size(); ++i) {
    if (days[i].day > period.calibration_end) {
      ++summary.holdout_transactions;
      summary.holdout_value += days[i].value;
      continue;
    }
    const double gap = days[i].day - days[i - 1].day;
    gaps.push_back(gap);
    ++history.repeats;
    history.log_gap_sum += std::log(gap / period.days_per_unit);
    summary.repeat_value += days[i].value;
    summary.repeat_squares += days[i].value * days[i].value;
    summary.last_day = days[i].day;
  }
  history.recency = (summary.last_day - summary.first_day) / period.days_per_unit;
  summary.median_gap = Median(gaps);
  return summary;
}

}  // namespace

absl::StatusOr<std::vector<CustomerSummary>> Summarise(std::vector<Purchase>& purchases, const Period& period) {
  if (period.holdout_end < period.calibration_end) {
    return InvalidArgumentError("holdout_end: {} is before calibration_end {}", FormatDay(period.holdout_end),
                                FormatDay(period.calibration_end));
  }
  if (!(period.days_per_unit > 0)) return InvalidArgumentError("days_per_unit: {} isn't above 0", period.days_per_unit);
  for (const Purchase& purchase : purchases) {
    if (!std::isfinite(purchase.value)) {
      return InvalidArgumentError("purchases: the value {} of customer {} on {} isn't a number", purchase.value,
                                  purchase.customer, FormatDay(purchase.day));
    }
  }
  SortByCustomerAndDay(purchases);
  std::vector<CustomerSummary> summaries;
  for (std::span<const Purchase> rest(purchases); !rest.empty();) {
    const std::vector<Purchase> days = ByDay(TakeCustomer(rest), period.holdout_end);
    if (days.empty() || days[0].day > period.calibration_end) continue;
    summaries.push_back(Summary(days, period));
    RUNG_RETURN_IF_ERROR(Check(summaries.back().history));
  }
  return summaries;
}

absl::StatusOr<double> WheatMorrisonRegularity(std::vector<Purchase>& purchases, Day last) {
  SortByCustomerAndDay(purchases);
  double count = 0, mean = 0, squares = 0;  // Welford's running sums
  for (std::span<const Purchase> rest(purchases); !rest.empty();) {
    const std::vector<Purchase> days = ByDay(TakeCustomer(rest), last);
    const size_t n = days.size();
    if (n < 3) continue;
    const double share = static_cast<double>(days[n - 1].day - days[n - 2].day) / (days[n - 1].day - days[n - 3].day);
    count += 1;
    const double off = share - mean;
    mean += off / count;
    squares += off * (share - mean);
  }
  if (count < 2 || squares == 0) {
    return FailedPreconditionError("regularity needs two customers with three transactions and different gaps; {} have three",
                                   count);
  }
  const double variance = squares / (count - 1);
  return (1 - 4 * variance) / (8 * variance);
}

}  // namespace rung::stats
