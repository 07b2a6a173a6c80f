#include "libs/forecast/base_fitter.h"

#include <algorithm>
#include <cmath>

#include "libs/base/status.h"

namespace rung::forecast {
namespace {

using features::Feature;

constexpr double kReferenceShare = 0.9;
constexpr size_t kSegmentSizeMin = 50;  // below this a percentile says little

void Append(auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); }

// The smallest value that at least the share of the values doesn't exceed; 0 without values. NaN doesn't count.
double ReferenceOf(std::vector<float> values) {
  std::erase_if(values, [](float value) { return std::isnan(value); });
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::ceil(kReferenceShare * static_cast<double>(values.size()))) - 1;
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Median of customers' median gaps, of which `customers` counts twice the length.
template <typename Counts>
double MedianGap(const Counts& customers) {
  int64_t all = 0;
  for (const int64_t count : customers) all += count;
  if (all == 0) return 0;
  const auto at = [&](int64_t rank) {
    size_t gap = 0;
    for (int64_t seen = customers[0]; seen <= rank; seen += customers[gap]) ++gap;
    return 0.5 * static_cast<double>(gap);
  };
  return 0.5 * (at((all - 1) / 2) + at(all / 2));
}

}  // namespace

absl::Status BaseCollector::Add(const CustomerFacts& facts, const features::FeatureValues& values, const std::string& segment) {
  if (facts.days.empty()) return absl::OkStatus();
  RUNG_RETURN_IF_ERROR(histories_.Add(facts.history));
  order_days_ += static_cast<int64_t>(facts.days.size());
  const auto add = [](const ValueSums& sums, Values& to) {
    to.days += sums.days;
    to.total += static_cast<double>(sums.total);
    const stats::SpendHistory spend = sums.spend();
    if (spend.transactions > 0) to.spends.push_back({spend.transactions, spend.mean / kSpendUnit, spend.squares / (kSpendUnit * kSpendUnit)});
  };
  add(facts.margin, margin_);
  add(facts.net, net_);
  if (facts.median_gap_days > 0) ++gaps_[static_cast<size_t>(std::min(2 * facts.median_gap_days, 2.0 * features::kWindowDays))];
  Columns& columns = columns_[segment];
  columns.categories.push_back(static_cast<float>(values[Feature::kCategoryCount365d]));
  columns.spend.push_back(static_cast<float>(values[Feature::kNetSpendPerMonth365d]));
  columns.new_products.push_back(static_cast<float>(values[Feature::kNewProductShare90d]));
  return absl::OkStatus();
}

void BaseCollector::Merge(BaseCollector&& other) {
  histories_.Merge(std::move(other.histories_));
  const auto merge = [](Values& to, Values& from) {
    Append(to.spends, from.spends);
    to.days += from.days;
    to.total += from.total;
  };
  merge(margin_, other.margin_);
  merge(net_, other.net_);
  order_days_ += other.order_days_;
  for (size_t gap = 0; gap < gaps_.size(); ++gap) gaps_[gap] += other.gaps_[gap];
  for (auto& [segment, from] : other.columns_) {
    Columns& to = columns_[segment];
    Append(to.categories, from.categories);
    Append(to.spend, from.spend);
    Append(to.new_products, from.new_products);
  }
  other = {};
}

absl::StatusOr<FittedBase> BaseFitter::Fit(BaseCollector&& base, Day as_of, const BaseFitOptions& options) {
  FittedBase fitted;
  BaseFit& fit = fitted.fit;
  fit.as_of = as_of;
  const stats::GroupedHistories histories = std::move(base.histories_).Finish();
  RUNG_ASSIGN_OR_RETURN(stats::RegularityFit orders,
                        stats::FitRegularity(histories, options.largest_regularity, {.threads = options.threads}));
  fit.parameters = orders.best.model.parameters();
  fit.base_gap_days = MedianGap(base.gaps_);
  fitted.findings.customers = histories.customers;
  fitted.findings.distinct_histories = static_cast<int64_t>(histories.groups.size());
  fitted.findings.estimate = std::move(orders.best.estimate);
  fitted.findings.log_likelihoods = std::move(orders.log_likelihoods);

  // Chosen once for the base: margins where most order days have one.
  fit.value_kind = 2 * base.margin_.days >= base.order_days_ ? ValueKind::kMargin : ValueKind::kNetSpend;
  const BaseCollector::Values& values = fit.value_kind == ValueKind::kMargin ? base.margin_ : base.net_;
  fit.mean_value = values.days == 0 ? 0 : values.total / static_cast<double>(values.days);
  if (auto spend = stats::FitGammaGamma(values.spends); !spend.ok()) {
    fitted.findings.spend_note = Message(spend.status());
  } else {
    fitted.findings.spend_note = stats::WhyNotBelieved(*spend);
    if (fitted.findings.spend_note.empty()) fit.spend = spend->model.parameters();
    fitted.findings.spend = *std::move(spend);
  }

  const auto reference = [](const BaseCollector::Columns& columns) {
    return PotentialReference{ReferenceOf(columns.categories), ReferenceOf(columns.spend), ReferenceOf(columns.new_products),
                              static_cast<int64_t>(columns.categories.size())};
  };
  BaseCollector::Columns all;
  for (auto& [segment, columns] : base.columns_) {
    if (!segment.empty() && columns.categories.size() >= kSegmentSizeMin) fit.potential_by_segment[segment] = reference(columns);
    Append(all.categories, columns.categories);
    Append(all.spend, columns.spend);
    Append(all.new_products, columns.new_products);
  }
  fit.potential = reference(all);
  return fitted;
}

}  // namespace rung::forecast
