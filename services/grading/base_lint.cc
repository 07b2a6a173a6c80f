#include "services/grading/base_lint.h"

#include "libs/base/status.h"
#include "libs/features/feature_evaluator.h"
#include "libs/features/order_splitting.h"
#include "libs/features/traits.h"
#include "services/grading/feature_binding.h"

namespace rung::grading {
namespace {

constexpr int kParts = 5;

bool CountsOrders(const scoring::Scorer& scorer) {
  return std::any_of(scorer.features().begin(), scorer.features().end(),
                     [](const std::string& name) { return !features::TraitsOf(name).by_days.empty(); });
}

// Every n-th member, so that the sample is the same for the same base. Groups, whose facts lie in many rows, are left out.
std::vector<uint32_t> SampleOf(const LoadedBase& base, std::vector<uint32_t> members, size_t sample) {
  std::erase_if(members, [&](uint32_t row) { return base.SubjectOf(row) != base.customers[row].number; });
  const size_t step = std::max<size_t>(1, (members.size() + sample - 1) / sample);
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < members.size(); i += step) rows.push_back(members[i]);
  return rows;
}

absl::StatusOr<scoring::SplittingGain> GainOf(const BaseGrading& graded, const LoadedBase& base, storage::CustomerStore& customers,
                                              const FeatureReader& reader, const features::CodeBook& codes, Day as_of, size_t sample) {
  const scoring::Scorer& scorer = graded.scorer();
  const Members members = MembersByNumber(base);
  const std::vector<uint32_t> rows = SampleOf(base, members.rows, sample);
  const auto frozen = graded.Freeze(members, 0);
  const auto calendars = reader.calendars().Current();
  const FeatureBinding binding(scorer.features(), codes);
  features::FeatureEvaluator evaluator(codes, reader.sources());
  features::OpenDays open_days(codes);
  features::FeatureValues values;
  const auto forecaster = reader.fits().Current();
  FittedEvaluator fitted_evaluator;
  features::FittedValues fitted;
  std::vector<scoring::SplitCustomer> split;
  for (const uint32_t row : rows) {
    const auto stored = customers.Read(base.customers[row].number, Deadline::After(5000));
    if (absl::IsNotFound(stored.status())) continue;
    RUNG_RETURN_IF_ERROR(stored.status());
    features::CustomerState state;
    RUNG_RETURN_IF_ERROR(features::DecodeState(stored->state, state));
    scoring::SplitCustomer& customer = split.emplace_back();
    const features::CustomerState cut = features::SplitOrders(state, kParts);
    const features::DatedState dated = open_days.Of(*calendars, cut, as_of);
    evaluator.Evaluate(dated.state, dated.as_of, values);
    fitted_evaluator.Evaluate(forecaster.get(), dated, values, binding.fitted(), fitted);
    customer.split = binding.Values(values, fitted, dated.state, dated.as_of);
    for (const double* column : graded.columns().features) customer.as_is.push_back(column[row]);
    for (size_t b = 0; b < graded.columns().benchmarks.size(); ++b) {
      const double* column = graded.columns().benchmarks[b];
      customer.benchmarks.push_back(column == nullptr ? scorer.model().benchmarks[b].default_value : column[row]);
    }
    customer.self = frozen->SelfOf(base.customers[row].number);
  }
  return scoring::SplitAndRescore(scorer, frozen->population, kParts, split);
}

}  // namespace

scoring::FeatureTraits LintTraitsOf(std::string_view feature) {
  const features::Traits traits = features::TraitsOf(feature);
  return {std::string(traits.family), traits.direction, std::string(traits.by_days)};
}

absl::StatusOr<std::vector<scoring::Finding>> LintAgainstBase(const BaseGrading& graded, const LoadedBase& base,
                                                              storage::CustomerStore& customers, const FeatureReader& reader,
                                                              const features::CodeBook& codes, Day as_of, size_t sample) {
  const scoring::BaseSummary summary = scoring::SummariseBase(graded.scorer().features(), graded.columns());
  scoring::LintInputs inputs{LintTraitsOf, &summary};
  scoring::SplittingGain gain;
  if (CountsOrders(graded.scorer())) {
    RUNG_ASSIGN_OR_RETURN(gain, GainOf(graded, base, customers, reader, codes, as_of, sample));
    inputs.splitting = &gain;
  }
  return scoring::Lint(graded.scorer().model(), inputs);
}

}  // namespace rung::grading
