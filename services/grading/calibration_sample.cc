#include "services/grading/calibration_sample.h"

#include <atomic>
#include <mutex>

#include "libs/base/status.h"
#include "libs/features/feature_evaluator.h"
#include "libs/features/order_value.h"
#include "services/grading/customer_grader.h"

namespace rung::grading {
namespace {

int32_t CodeOf(const features::CustomerState& state, int32_t attribute, Day as_of) {
  const features::AttributeValue* value = state.Latest(attribute, as_of);
  return value == nullptr ? features::CodeBook::kUnknown : static_cast<int32_t>(value->value);
}

// What the days (after, until] brought, as known at their end.
double OutcomeOf(const features::CustomerState& state, Day after, Day until, OutcomeWanted wanted) {
  double margin = 0;
  for (const features::OrderRecord& order : state.orders) {
    if (order.day > until) break;  // sorted
    if (order.day <= after) continue;
    const features::LinesSummary& lines = features::LinesAsOf(order, until);
    const features::Fen net = features::NetAsOf(order, lines, until);
    if (net == 0) continue;
    if (wanted == OutcomeWanted::kRetention) return 1;
    margin += static_cast<double>(features::MarginOf(lines, net).value_or(0));
  }
  return margin;
}

class SampleReader {
 public:
  SampleReader(const SampleWanted& wanted, const BaseSource& source, const features::CalendarSet& calendars, const forecast::Forecaster* forecaster)
      : wanted_(wanted), source_(source), calendars_(calendars), forecaster_(forecaster), binding_(wanted.base.features, source.codes),
        evaluator_(source.codes, source.reader.sources(), binding_.groups()), open_days_(source.codes) {
    for (Moment* moment : {&sample_.training, &sample_.later}) moment->base.features.resize(wanted.base.features.size());
  }

  absl::Status Add(const storage::CustomerView& row) {
    if (row.group != CustomerNumber{}) return absl::OkStatus();  // its tier is its group's
    const auto number = static_cast<int64_t>(row.fingerprint.number);
    const bool by_label = wanted_.outcome == OutcomeWanted::kLabel;
    const auto label = wanted_.labels.find(number);
    if (by_label ? label == wanted_.labels.end() : static_cast<uint64_t>(number) % static_cast<uint64_t>(wanted_.one_in) != 0) return absl::OkStatus();
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state_));
    const BusinessCalendar& calendar = calendars_.Of(state_, wanted_.training_day, source_.codes);
    if (!features::Reaches(state_, wanted_.training_day, calendar)) {
      RUNG_ASSIGN_OR_RETURN(state_, source_.reader.Build(row.fingerprint.number, features::FoldDayAsOf(wanted_.training_day, calendar), Deadline::After(30'000)));
    }
    if (by_label) {
      ++sample_.labels_found;
      const bool trains = static_cast<uint64_t>(number) / 64 % 5 < 2;
      AddTo(trains ? sample_.training : sample_.later, trains ? wanted_.training_day : wanted_.later_day, row, label->second);
      return absl::OkStatus();
    }
    AddOutcome(sample_.training, wanted_.training_day, row);
    AddOutcome(sample_.later, wanted_.later_day, row);
    return absl::OkStatus();
  }

  Sample sample_;

 private:
  void AddOutcome(Moment& moment, Day day, const storage::CustomerView& row) {
    AddTo(moment, day, row, OutcomeOf(state_, day, day + wanted_.horizon_days, wanted_.outcome));
  }

  void AddTo(Moment& moment, Day day, const storage::CustomerView& row, double outcome) {
    const features::DatedState dated = open_days_.Of(calendars_, state_, day);
    evaluator_.Evaluate(dated.state, dated.as_of, values_);
    const bool member = IsMember(values_, dated.state, dated.as_of);
    if (!member && wanted_.outcome != OutcomeWanted::kLabel) return;
    if (binding_.fitted() != 0) fitted_evaluator_.Evaluate(forecaster_, dated, values_, binding_.fitted(), fitted_);
    LoadedBase& base = moment.base;
    base.customers.push_back(row.fingerprint);
    for (size_t f = 0; f < base.features.size(); ++f) base.features[f].push_back(binding_.Value(f, values_, fitted_, dated.state, dated.as_of));
    base.member.push_back(member ? 1 : 0);
    base.regions.push_back(CodeOf(state_, features::kRegion, day));
    base.segments.push_back(CodeOf(state_, features::kSegment, day));
    ++base.rows;
    moment.outcomes.push_back(outcome);
  }

  const SampleWanted& wanted_;
  const BaseSource& source_;
  const features::CalendarSet& calendars_;
  const forecast::Forecaster* const forecaster_;
  const FeatureBinding binding_;
  features::FeatureEvaluator evaluator_;
  features::OpenDays open_days_;
  features::CustomerState state_;
  features::FeatureValues values_;
  FittedEvaluator fitted_evaluator_;
  features::FittedValues fitted_;
};

template <typename T>
void Take(std::vector<T>& into, const std::vector<T>& from) { into.insert(into.end(), from.begin(), from.end()); }

void Append(Moment& into, const Moment& from) {
  into.base.rows += from.base.rows;
  into.base.features.resize(from.base.features.size());
  Take(into.base.customers, from.base.customers);
  for (size_t f = 0; f < from.base.features.size(); ++f) Take(into.base.features[f], from.base.features[f]);
  Take(into.base.member, from.base.member);
  Take(into.base.regions, from.base.regions);
  Take(into.base.segments, from.base.segments);
  Take(into.outcomes, from.outcomes);
}

}  // namespace

absl::StatusOr<Sample> LoadSample(const BaseSource& source, const SampleWanted& wanted, const std::function<absl::Status(int64_t rows)>& progress) {
  const auto calendars = source.reader.calendars().Current();
  const auto forecaster = source.reader.fits().Current();
  std::vector<std::unique_ptr<SampleReader>> readers;
  for (int r = 0; r < source.threads; ++r) readers.push_back(std::make_unique<SampleReader>(wanted, source, *calendars, forecaster.get()));
  std::atomic<int64_t> rows{0};
  std::mutex mutex;
  RUNG_RETURN_IF_ERROR(source.customers.Scan(source.threads, [&](size_t r, const storage::CustomerView& row) -> absl::Status {
    RUNG_RETURN_IF_ERROR(readers[r]->Add(row));
    const int64_t count = rows.fetch_add(1) + 1;
    if (count % 1000 != 0) return absl::OkStatus();
    std::lock_guard lock(mutex);
    return progress(count);
  }));
  Sample sample;
  for (const auto& reader : readers) {
    Append(sample.training, reader->sample_.training);
    Append(sample.later, reader->sample_.later);
    sample.labels_found += reader->sample_.labels_found;
  }
  const bool by_label = wanted.outcome == OutcomeWanted::kLabel;
  for (auto [moment, day] : {std::pair(&sample.training, wanted.training_day), std::pair(&sample.later, wanted.later_day)}) {
    moment->base.as_of = day;
    moment->base.feature_names = wanted.base.features;
    moment->outcome_until = by_label ? day : day + wanted.horizon_days;
  }
  return sample;
}

}  // namespace rung::grading
