#include "libs/wire/fit_mapping.h"

#include <cmath>

#include "libs/base/status.h"

namespace rung::wire {
namespace {

namespace pb = grading::v1;

void Put(const stats::Estimate& estimate, pb::ModelEstimate& out) {
  for (const stats::Parameter& parameter : estimate.parameters) {
    pb::FittedParameter& item = *out.add_parameters();
    item.set_name(std::string(parameter.name));
    item.set_value(parameter.value);
    if (std::isfinite(parameter.lower)) item.set_lower(parameter.lower);
    if (std::isfinite(parameter.upper)) item.set_upper(parameter.upper);
  }
  out.set_log_likelihood(estimate.log_likelihood);
  out.set_customer_count(estimate.customers);
  out.set_converged(estimate.converged);
  for (const stats::Boundary boundary : estimate.boundaries) out.add_boundaries(std::string(stats::Name(boundary)));
}

void Put(const forecast::PotentialReference& reference, pb::PotentialReference& out) {
  out.set_category_count(reference.categories);
  out.set_spend_per_month(reference.spend_per_month);
  out.set_new_product_share(reference.new_product_share);
  out.set_customer_count(reference.customers);
}

forecast::PotentialReference Take(const pb::PotentialReference& in) {
  return {in.category_count(), in.spend_per_month(), in.new_product_share(), in.customer_count()};
}

void Put(const std::vector<stats::MethodScore>& methods, google::protobuf::RepeatedPtrField<pb::HoldoutMethod>& out) {
  for (const stats::MethodScore& method : methods) {
    pb::HoldoutMethod& item = *out.Add();
    item.set_name(method.name);
    for (const stats::MetricDefinition& metric : stats::HoldoutMetricDefinitions()) {
      const double value = method.metrics.*metric.value;
      if (std::isfinite(value)) (*item.mutable_metrics())[std::string(metric.name)] = value;
    }
  }
}

}  // namespace

pb::ForecastMethod ToWire(forecast::Method method) {
  switch (method) {
    case forecast::Method::kModel: return pb::FORECAST_METHOD_MODEL;
    case forecast::Method::kRate: return pb::FORECAST_METHOD_RATE;
    case forecast::Method::kPast: return pb::FORECAST_METHOD_PAST;
  }
  return pb::FORECAST_METHOD_UNSPECIFIED;
}

forecast::Method FromWire(pb::ForecastMethod method, forecast::Method otherwise) {
  switch (method) {
    case pb::FORECAST_METHOD_MODEL: return forecast::Method::kModel;
    case pb::FORECAST_METHOD_RATE: return forecast::Method::kRate;
    case pb::FORECAST_METHOD_PAST: return forecast::Method::kPast;
    default: return otherwise;
  }
}

pb::ChurnMeasure ToWire(stats::ChurnMeasure measure) {
  return measure == stats::ChurnMeasure::kRecency ? pb::CHURN_MEASURE_RECENCY : pb::CHURN_MEASURE_JOINED;
}

stats::ChurnMeasure FromWire(pb::ChurnMeasure measure, stats::ChurnMeasure otherwise) {
  switch (measure) {
    case pb::CHURN_MEASURE_JOINED: return stats::ChurnMeasure::kJoined;
    case pb::CHURN_MEASURE_RECENCY: return stats::ChurnMeasure::kRecency;
    default: return otherwise;
  }
}

pb::ValueKind ToWire(forecast::ValueKind kind) {
  switch (kind) {
    case forecast::ValueKind::kMargin: return pb::VALUE_KIND_MARGIN;
    case forecast::ValueKind::kNetSpend: return pb::VALUE_KIND_NET_SPEND;
    case forecast::ValueKind::kNone: break;
  }
  return pb::VALUE_KIND_UNSPECIFIED;
}

void ToWire(const forecast::FittedBase& fitted, pb::BaseFit& out) {
  const forecast::BaseFit& fit = fitted.fit;
  out.set_as_of_date(FormatDay(fit.as_of));
  out.set_order_method(ToWire(fit.methods.orders));
  out.set_value_method(ToWire(fit.methods.value));
  out.set_churn_measure(ToWire(fit.methods.churn));
  out.set_k(fit.parameters.k);
  out.set_r(fit.parameters.r);
  out.set_alpha(fit.parameters.alpha);
  out.set_a(fit.parameters.a);
  out.set_b(fit.parameters.b);
  out.set_value_kind(ToWire(fit.value_kind));
  if (fit.spend) {
    out.set_spend_p(fit.spend->p);
    out.set_spend_q(fit.spend->q);
    out.set_spend_v(fit.spend->v);
  }
  out.set_mean_value(fit.mean_value);
  out.set_base_gap_days(fit.base_gap_days);
  Put(fit.potential, *out.mutable_potential());
  for (const auto& [segment, reference] : fit.potential_by_segment) Put(reference, (*out.mutable_potential_by_segment())[segment]);

  const forecast::FitFindings& findings = fitted.findings;
  out.set_customer_count(findings.customers);
  out.set_distinct_history_count(findings.distinct_histories);
  Put(findings.estimate, *out.mutable_orders());
  out.mutable_log_likelihoods()->Assign(findings.log_likelihoods.begin(), findings.log_likelihoods.end());
  if (findings.spend) {
    Put(findings.spend->estimate, *out.mutable_spend());
    if (std::isfinite(findings.spend->correlation)) out.set_spend_correlation(findings.spend->correlation);
  }
  out.set_spend_note(findings.spend_note);
}

absl::StatusOr<forecast::BaseFit> FromWire(const pb::BaseFit& in) {
  forecast::BaseFit fit;
  fit.version = in.version();
  const auto as_of = ParseDay(in.as_of_date());
  if (!as_of) return Error(absl::StatusCode::kDataLoss, "fit {}: \"{}\" is no date", in.version(), in.as_of_date());
  fit.as_of = *as_of;
  fit.parameters = {.k = in.k(), .r = in.r(), .alpha = in.alpha(), .a = in.a(), .b = in.b()};
  fit.value_kind = in.value_kind() == pb::VALUE_KIND_MARGIN      ? forecast::ValueKind::kMargin
                   : in.value_kind() == pb::VALUE_KIND_NET_SPEND ? forecast::ValueKind::kNetSpend
                                                                 : forecast::ValueKind::kNone;
  if (in.spend_p() > 0) fit.spend = stats::GammaGammaParameters{in.spend_p(), in.spend_q(), in.spend_v()};
  fit.mean_value = in.mean_value();
  fit.base_gap_days = in.base_gap_days();
  fit.methods = {FromWire(in.order_method(), forecast::Method::kModel), FromWire(in.value_method(), forecast::Method::kModel),
                 FromWire(in.churn_measure(), stats::ChurnMeasure::kJoined)};
  fit.potential = Take(in.potential());
  for (const auto& [segment, reference] : in.potential_by_segment()) fit.potential_by_segment[segment] = Take(reference);
  return fit;
}

void ToWire(const stats::HoldoutReport& report, pb::HoldoutReport& out) {
  for (const stats::FoldReport& fold : report.folds) {
    pb::Holdout& item = *out.add_holdouts();
    item.set_calibration_end_date(FormatDay(fold.period.calibration_end));
    item.set_holdout_end_date(FormatDay(fold.period.holdout_end));
    item.set_customer_count(fold.customers);
    item.set_buyer_count(fold.buyers);
    item.set_order_count(fold.transactions);
    item.set_k(fold.k);
    item.set_spend_note(fold.spend_note);
    Put(fold.methods, *item.mutable_methods());
    for (const stats::CalibrationRow& row : fold.calibration) {
      pb::CalibrationBand& band = *item.add_calibration();
      band.set_lower(row.lower);
      band.set_upper(row.upper);
      band.set_customer_count(row.customers);
      band.set_predicted(row.predicted);
      band.set_observed(row.observed);
    }
    for (const stats::WarningRow& row : fold.warnings) {
      pb::EarlyWarning& warning = *item.add_warnings();
      warning.set_risk(static_cast<pb::ChurnRisk>(static_cast<int>(row.risk) + 1));  // the same order
      warning.set_customer_count(row.customers);
      warning.set_gone_count(row.gone);
    }
  }
  Put(report.methods, *out.mutable_methods());
  for (const stats::BaselineWin& win : report.wins) {
    pb::BaselineWin& item = *out.add_baseline_wins();
    item.set_metric(std::string(win.metric));
    item.set_baseline(win.baseline);
    item.set_model_value(win.model_value);
    item.set_baseline_value(win.baseline_value);
  }
}

}  // namespace rung::wire
