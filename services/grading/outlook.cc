#include "services/grading/outlook.h"

#include <cmath>

#include "libs/errors/errors.h"
#include "libs/features/feature_evaluator.h"
#include "libs/wire/fit_mapping.h"
#include "libs/wire/retention_mapping.h"
#include "services/grading/feature_binding.h"

namespace rung::grading {

using features::Fitted;
using features::IsMissing;

absl::Status NoFit() {
  return WithReason(FailedPreconditionError("the customer-base models haven't been fitted yet; `rungctl stats fit` fits them"), "NO_FIT");
}

stats::ChurnFacts ChurnFactsOf(const forecast::CustomerFacts& facts, double p_alive, double base_gap_days) {
  return {p_alive, static_cast<double>(facts.as_of - facts.last_day), facts.history.repeats, facts.median_gap_days, base_gap_days, facts.days.empty()};
}

std::vector<std::string> TakeOutsideValues(const features::DatedState& dated, const features::CodeBook& codes, features::FittedValues& fitted) {
  std::vector<std::string> taken;
  for (const features::AttributeValue& value : dated.state.attributes) {  // few; asking for names that nobody reports would cost a query
    if (value.attribute < features::kFirstOutside) continue;
    const std::string name = codes.Word(features::CodeKind::kOutsideValue, value.attribute - features::kFirstOutside);
    const features::FittedDefinition* definition = features::FindFitted(name);
    const double supplied = definition == nullptr ? features::kMissing : OutsideValueOf(dated.state, value.attribute, dated.as_of);
    if (IsMissing(supplied)) continue;
    fitted[definition->fitted] = supplied;
    if (taken.empty() || taken.back() != name) taken.push_back(name);  // sorted by attribute
  }
  return taken;
}

void AddReasons(const stats::ChurnFacts& facts, const stats::ChurnAssessment& assessment,
                google::protobuf::RepeatedPtrField<v1::ChurnReasonText>& out) {
  for (const stats::ChurnReason reason : assessment.reasons) {
    const forecast::ReasonText text = forecast::Describe(reason, facts, assessment);
    v1::ChurnReasonText& item = *out.Add();
    item.set_reason(static_cast<v1::ChurnReason>(static_cast<int>(reason) + 1));  // the same order
    item.set_text_zh(text.zh);
    item.set_text_en(text.en);
  }
}

absl::Status OutlookReader::Get(const v1::GetOutlookRequest& request, v1::GetOutlookResponse& response, Deadline deadline) const {
  const auto forecaster = reader_.fits().Current();
  if (forecaster == nullptr) return NoFit();
  RUNG_ASSIGN_OR_RETURN(const Day as_of, reader_.ParseAsOf(request.as_of_date()));
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, reader_.Read(request.customer_id(), as_of, deadline));
  const auto calendars = reader_.calendars().Current();
  features::OpenDays open_days(codes_);
  const features::DatedState dated = open_days.Of(*calendars, customer.state, as_of);
  features::FeatureValues values;
  features::FeatureEvaluator(codes_, reader_.sources()).Evaluate(dated.state, dated.as_of, values);
  forecast::FactReader fact_reader;
  const forecast::CustomerFacts& facts = fact_reader.Read(dated.state, dated.as_of);
  features::FittedValues fitted;
  forecaster->Evaluate(facts, values, SegmentOf(dated.state, dated.as_of), features::kAllFitted, fitted);

  v1::Outlook& out = *response.mutable_outlook();
  out.set_customer_id(request.customer_id());
  out.set_as_of_date(FormatDay(as_of));
  out.set_fit_version(forecaster->fit().version);
  out.set_value_kind(wire::ToWire(forecaster->fit().value_kind));
  for (const std::string& name : TakeOutsideValues(dated, codes_, fitted)) out.add_outside_values(name);
  if (const double value = fitted[Fitted::kPAlive]; !IsMissing(value)) out.set_p_alive(value);
  if (const double value = fitted[Fitted::kExpectedOrders90d]; !IsMissing(value)) out.set_expected_orders_90d(value);
  if (const double value = fitted[Fitted::kLtv365d]; std::abs(value) < 9e18) out.set_ltv_365d_minor(std::llround(value));
  if (const double value = fitted[Fitted::kPotentialIndex]; !IsMissing(value)) out.set_potential_index(value);
  if (const double value = fitted[Fitted::kNextOrderDays]; value >= 0 && value < 1e6) {
    out.set_next_order_days(static_cast<int32_t>(value));
    const BusinessCalendar& calendar = calendars->Of(customer.state, as_of, codes_);
    const Day ordinal = dated.as_of + static_cast<Day>(value);
    out.set_next_order_date(FormatDay(calendar.empty() ? ordinal : calendar.OpenDayOf(ordinal)));
  }
  if (!facts.ever_ordered || IsMissing(fitted[Fitted::kPAlive])) return absl::OkStatus();
  const stats::ChurnFacts churn = ChurnFactsOf(facts, fitted[Fitted::kPAlive], forecaster->fit().base_gap_days);
  const stats::ChurnAssessment assessment = stats::AssessChurn(churn, {.measure = forecaster->fit().methods.churn});
  out.set_churn_measure(wire::ToWire(forecaster->fit().methods.churn));
  out.set_churn_risk(wire::ToWire(assessment.risk));
  out.set_retention(assessment.retention);
  out.set_overdue_ratio(assessment.overdue_ratio);
  out.set_days_silent(static_cast<int32_t>(churn.days_silent));
  out.set_usual_gap_days(assessment.usual_gap_days);
  AddReasons(churn, assessment, *out.mutable_reasons());
  return absl::OkStatus();
}

}  // namespace rung::grading
