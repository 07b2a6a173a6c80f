#include "services/grading/fit_runner.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/features/feature_evaluator.h"
#include "libs/storage/store_error.h"
#include "libs/wire/fit_mapping.h"
#include "services/grading/feature_binding.h"

namespace rung::grading {
namespace {

constexpr Day kOldestDays = 60;  // states keep every fact for a year before that
constexpr int64_t kStoreMs = 30'000;

// One scanning thread's share of the base.
class FitPart {
 public:
  FitPart(const FeatureReader& reader, const features::CodeBook& codes, const features::CalendarSet& calendars, Day as_of, int64_t sample_one_in)
      : reader_(reader), codes_(codes), calendars_(calendars), as_of_(as_of), sample_one_in_(sample_one_in),
        evaluator_(codes, reader.sources(), features::kSpendGroup | features::kCategoryGroup), open_days_(codes) {}

  absl::Status Add(const storage::CustomerView& row) {
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state_));
    if (!IsOpen(state_, as_of_)) return absl::OkStatus();
    RUNG_RETURN_IF_ERROR(reader_.Reach(row.fingerprint.number, calendars_, as_of_, state_));
    const features::DatedState dated = open_days_.Of(calendars_, state_, as_of_);
    const forecast::CustomerFacts& facts = facts_.Read(dated.state, dated.as_of);
    if (facts.days.empty()) return absl::OkStatus();
    evaluator_.Evaluate(dated.state, dated.as_of, values_);
    const int32_t segment = SegmentOf(dated.state, dated.as_of);
    RUNG_RETURN_IF_ERROR(base_.Add(facts, values_, segment < 0 ? std::string() : codes_.Word(features::CodeKind::kSegment, segment)));
    // Customer numbers are hashes: their remainders make a fair sample, the same one every time. Holdouts cut all customers
    // at the same civil days.
    const auto number = static_cast<int64_t>(row.fingerprint.number);
    const bool sampled = sample_one_in_ > 0 && static_cast<uint64_t>(number) % static_cast<uint64_t>(sample_one_in_) == 0;
    if (sampled) sample_.Add(number, sample_facts_.Read(state_, as_of_));
    return absl::OkStatus();
  }

  forecast::BaseCollector base_;
  forecast::HoldoutSample sample_;

 private:
  const FeatureReader& reader_;
  const features::CodeBook& codes_;
  const features::CalendarSet& calendars_;
  const Day as_of_;
  const int64_t sample_one_in_;  // 0: no sample
  features::FeatureEvaluator evaluator_;
  features::OpenDays open_days_;
  forecast::FactReader facts_, sample_facts_;
  features::CustomerState state_;
  features::FeatureValues values_;
};

struct Asked {
  Day as_of = 0;
  forecast::Methods methods;
};

absl::StatusOr<Asked> Check(const v1::FitBaseRequest& request, Day today, forecast::Methods current) {
  std::vector<Violation> violations;
  const auto text = [&](const char* field, const std::string& value) {
    if (const auto problem = FindTextProblem(field, value, 128)) violations.push_back(*problem);
  };
  if (request.request_id().empty()) violations.push_back({"request_id", "REQUIRED", "give an id of your choice, 1 to 128 bytes"});
  text("request_id", request.request_id());
  text("author", request.author());
  Asked asked{today - 1, current};
  if (!request.as_of_date().empty()) {
    const auto day = ParseDay(request.as_of_date());
    if (!day) {
      violations.push_back({"as_of_date", "BAD_DATE", fmt::format("\"{}\" isn't a date like \"2026-03-31\"", Shorten(request.as_of_date(), 40))});
    } else if (*day > today || *day < today - kOldestDays) {
      violations.push_back({"as_of_date", "OUT_OF_RANGE", fmt::format("{} is outside {} to {}", FormatDay(*day), FormatDay(today - kOldestDays), FormatDay(today))});
    } else {
      asked.as_of = *day;
    }
  }
  if (!v1::ForecastMethod_IsValid(request.order_method()) || request.order_method() == v1::FORECAST_METHOD_PAST) {
    violations.push_back({"order_method", "UNKNOWN_VALUE", "choose FORECAST_METHOD_MODEL or FORECAST_METHOD_RATE"});
  }
  if (!v1::ForecastMethod_IsValid(request.value_method())) {
    violations.push_back({"value_method", "UNKNOWN_VALUE", "choose FORECAST_METHOD_MODEL, FORECAST_METHOD_RATE or FORECAST_METHOD_PAST"});
  }
  if (!v1::ChurnMeasure_IsValid(request.churn_measure())) {
    violations.push_back({"churn_measure", "UNKNOWN_VALUE", "choose CHURN_MEASURE_JOINED or CHURN_MEASURE_RECENCY"});
  }
  if (!violations.empty()) return InvalidRequest(violations);
  asked.methods.churn = wire::FromWire(request.churn_measure(), current.churn);
  asked.methods.orders = wire::FromWire(request.order_method(), current.orders);
  asked.methods.value = wire::FromWire(request.value_method(), current.value);
  return asked;
}

// The stored fit answers the request that made it, and no other one. What a request leaves open is as the fit has it.
absl::StatusOr<v1::BaseFit> Answer(const storage::FitRow& row, const v1::FitBaseRequest& request) {
  RUNG_ASSIGN_OR_RETURN(v1::BaseFit fit, FitOf(row));
  const auto as_asked = [](auto asked, auto used) { return asked == decltype(asked){} || asked == used; };
  if (fit.author() == request.author() && (request.as_of_date().empty() || request.as_of_date() == fit.as_of_date()) &&
      as_asked(request.order_method(), fit.order_method()) && as_asked(request.value_method(), fit.value_method()) &&
      as_asked(request.churn_measure(), fit.churn_measure()) && fit.has_holdout() == !request.without_holdout()) {
    return fit;
  }
  const auto name = [](v1::ForecastMethod method) { return forecast::Name(wire::FromWire(method, forecast::Method::kModel)); };
  return WithReason(AlreadyExistsError("request_id \"{}\" made fit {} as of {} for \"{}\", orders by {}, values by {}, churn {}, {} holdouts; "
                                       "use another id",
                                       Shorten(request.request_id(), 80), fit.version(), fit.as_of_date(), fit.author(), name(fit.order_method()),
                                       name(fit.value_method()), stats::Name(wire::FromWire(fit.churn_measure(), stats::ChurnMeasure::kJoined)),
                                       fit.has_holdout() ? "with" : "without"),
                    "REQUEST_ID_REUSED");
}

}  // namespace

FitRunner::FitRunner(const FitRunnerParts& parts, std::optional<Schedule> schedule)
    : parts_(parts), schedule_(schedule), thread_([this] { FollowSchedule(); }) {}

FitRunner::~FitRunner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

absl::Status FitRunner::Collect(Day as_of, bool with_sample, forecast::BaseCollector& base, forecast::HoldoutSample& sample) const {
  const auto calendars = parts_.reader.calendars().Current();
  RUNG_ASSIGN_OR_RETURN(const int64_t count, parts_.customers.ApproximateCount());
  const int64_t one_in = with_sample ? std::max<int64_t>(1, count / forecast::kSampleWanted) : 0;
  std::vector<std::unique_ptr<FitPart>> fit_parts;
  for (int r = 0; r < parts_.threads; ++r) fit_parts.push_back(std::make_unique<FitPart>(parts_.reader, parts_.codes, *calendars, as_of, one_in));
  RUNG_RETURN_IF_ERROR(parts_.customers.Scan(parts_.threads, [&](size_t r, const storage::CustomerView& row) { return fit_parts[r]->Add(row); }));
  for (auto& part : fit_parts) {  // in the order of the ranges: the same base gives the same bits
    base.Merge(std::move(part->base_));
    sample.Merge(std::move(part->sample_));
    part.reset();
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::BaseFit> FitRunner::Fit(const v1::FitBaseRequest& request) {
  const auto current = parts_.fits.Current();
  RUNG_ASSIGN_OR_RETURN(const Asked asked, Check(request, parts_.zone.DayOf(parts_.clock.NowSeconds()),
                                                 current == nullptr ? forecast::Methods{} : current->fit().methods));
  RUNG_ASSIGN_OR_RETURN(const auto known, parts_.store.OfRequest(request.request_id(), Deadline::After(kStoreMs)));
  if (known) return Answer(*known, request);
  std::unique_lock fitting(fitting_, std::try_to_lock);
  if (!fitting) return WithReason(FailedPreconditionError("a fit is being made; wait for its end"), "FIT_RUNNING");
  const int64_t start = MonotonicMicros();
  forecast::BaseCollector base;
  forecast::HoldoutSample sample;
  RUNG_RETURN_IF_ERROR(Collect(asked.as_of, !request.without_holdout(), base, sample));
  auto fitted = forecast::BaseFitter::Fit(std::move(base), asked.as_of, {.threads = parts_.threads});
  if (absl::IsFailedPrecondition(fitted.status())) return WithReason(fitted.status(), "BASE_TOO_SMALL");
  RUNG_RETURN_IF_ERROR(fitted.status());
  fitted->fit.methods = asked.methods;
  v1::BaseFit message;
  wire::ToWire(*fitted, message);
  if (!request.without_holdout()) {
    v1::HoldoutReport& out = *message.mutable_holdout();
    out.set_sampled_count(sample.customers());
    const auto report = sample.Evaluate(asked.as_of, fitted->fit.value_kind, asked.methods.churn, parts_.threads);
    if (report.ok()) {
      wire::ToWire(*report, out);
      const forecast::Methods best = forecast::BestMethods(*report);
      out.set_best_order_method(wire::ToWire(best.orders));
      out.set_best_value_method(wire::ToWire(best.value));
      out.set_best_churn_measure(wire::ToWire(best.churn));
    } else {
      out.set_note(std::string(Message(report.status())));
    }
  }
  message.set_seconds(static_cast<double>(MonotonicMicros() - start) / 1e6);
  RUNG_ASSIGN_OR_RETURN(const storage::FitRow stored,
                        parts_.store.Append({0, request.request_id(), asked.as_of, request.author(), parts_.clock.NowMicros(), message.SerializeAsString()},
                                            Deadline::After(kStoreMs)));
  RUNG_RETURN_IF_ERROR(parts_.fits.Reload(Deadline::After(kStoreMs)));
  spdlog::info("retention: fit {} as of {}: {} customers, k = {}, {:.1f} s", stored.version, FormatDay(stored.as_of), message.customer_count(),
               message.k(), message.seconds());
  return Answer(stored, request);
}

void FitRunner::FollowSchedule() {
  if (!schedule_) return;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::seconds(2), [this] { return stopping_; })) {
    lock.unlock();
    Tick();
    lock.lock();
  }
}

void FitRunner::Tick() {
  const UnixSeconds now = parts_.clock.NowSeconds();
  const Day today = parts_.zone.DayOf(now);
  if (fired_ == today || !schedule_->Due(now, parts_.zone)) return;
  v1::FitBaseRequest request;
  request.set_request_id("schedule:" + FormatDay(today));
  request.set_author("schedule");
  if (parts_.fits.Current() == nullptr) return;  // the first fit is somebody's decision
  const auto fit = Fit(request);
  if (storage::MayPass(fit.status()) || ReasonOf(fit.status()) == "FIT_RUNNING") return;  // the next look tries again
  fired_ = today;
  if (!fit.ok()) spdlog::warn("retention: the scheduled fit failed: {}", Message(fit.status()));
}

}  // namespace rung::grading
