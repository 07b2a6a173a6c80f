#include "services/grading/simulator.h"

#include <absl/cleanup/cleanup.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "services/grading/base_lint.h"
#include "services/grading/draft_ladder.h"
#include "services/grading/simulation_result.h"

namespace rung::grading {
namespace {

constexpr int kMaxMovers = 200;
constexpr int kDefaultMovers = 10;
constexpr int64_t kMaxDeliveryFee = 1'000'000'000;
constexpr char kSpend[] = "net_spend_365d";
constexpr size_t kSplitSample = 1000;
constexpr size_t kProgressEvery = 1 << 18;

void ToWire(const scoring::Finding& finding, v1::SimulationResult::Finding& out) {
  using Wire = v1::SimulationResult::Finding;
  out.set_field(finding.field);
  out.set_severity(finding.severity == scoring::Severity::kError     ? Wire::SEVERITY_ERROR
                   : finding.severity == scoring::Severity::kWarning ? Wire::SEVERITY_WARNING
                                                                     : Wire::SEVERITY_NOTE);
  out.set_code(finding.code);
  (*out.mutable_messages())["en"] = finding.message.en;
  (*out.mutable_messages())["zh"] = finding.message.zh;
  (*out.mutable_ways_out())["en"] = finding.way_out.en;
  (*out.mutable_ways_out())["zh"] = finding.way_out.zh;
}

// One simulation from the load to its last message.
class Simulation {
 public:
  Simulation(const TrialParts& parts, const v1::SimulateModelRequest& request, std::shared_ptr<const Ladder> draft,
             std::shared_ptr<const Ladder> current, Day as_of, const Simulator::Write& write)
      : parts_(parts), request_(request), draft_(std::move(draft)), current_(std::move(current)), as_of_(as_of), write_(write) {}

  // Whoever no longer waits frees the memory, also what was to be kept for the next simulation.
  absl::Status RunOrForget() {
    const absl::Status status = Run();
    if (absl::IsCancelled(status) && base_ != nullptr && base_->read_at >= began_at_) parts_.bases.Forget(*base_);
    return status;
  }

 private:
  absl::Status Run() {
    const int64_t started = MonotonicMicros();
    RUNG_ASSIGN_OR_RETURN(plan_, parts_.prices.Find(draft_->row.ladder_id, request_.benefit_plan_id(), as_of_ + 1));
    RUNG_RETURN_IF_ERROR(Load());
    const int64_t loaded = MonotonicMicros();
    RUNG_RETURN_IF_ERROR(Report("scoring", 0));
    graded_ = std::make_unique<BaseGrading>(draft_, *base_, parts_.codes);
    if (current_ != nullptr) {
      RUNG_RETURN_IF_ERROR(Report("scoring", Rows() / 2));
      baseline_ = std::make_unique<BaseGrading>(current_, *base_, parts_.codes);
    }
    RUNG_RETURN_IF_ERROR(Compare());
    out_.set_loading_ms((loaded - started) / 1000);
    out_.set_scoring_ms((MonotonicMicros() - loaded) / 1000);
    RUNG_RETURN_IF_ERROR(Lint());
    Describe();
    progress_.set_phase("done");
    progress_.set_done_count(Rows());
    progress_.set_total_count(Rows());
    *progress_.mutable_result() = std::move(out_);
    return write_(progress_) ? absl::OkStatus() : Gone();
  }

  int64_t Rows() const { return static_cast<int64_t>(base_->rows); }

  static absl::Status Gone() { return CancelledError("the caller has gone away"); }

  absl::Status Report(const char* phase, int64_t done) {
    progress_.set_phase(phase);
    progress_.set_done_count(done);
    progress_.set_total_count(std::max(done, expected_));
    return write_(progress_) ? absl::OkStatus() : Gone();
  }

  absl::Status Load() {
    RUNG_ASSIGN_OR_RETURN(expected_, parts_.customers.ApproximateCount());
    RUNG_RETURN_IF_ERROR(Report("loading", 0));
    BaseWanted wanted{.traits = true};  // whatever benchmarks the next draft has
    wanted.Add({draft_});
    if (current_ != nullptr) wanted.Add({current_});
    wanted.Add(kSpend);
    if (plan_) wanted.prices = plan_->cost;
    RUNG_ASSIGN_OR_RETURN(base_, parts_.bases.Get(wanted, as_of_, request_.max_age_seconds(), [&](int64_t rows) { return Report("loading", rows); }));
    expected_ = Rows();
    return absl::OkStatus();
  }

  absl::Status Compare() {
    RUNG_RETURN_IF_ERROR(Report("comparing", 0));
    const std::vector<double>& spend = base_->features[base_->ColumnOf(kSpend)];
    std::optional<BenefitCosts> costs;
    if (plan_) costs.emplace(*plan_->cost, *draft_, *base_, parts_.codes);
    SimulationTally tally(baseline_.get(), *graded_, spend, costs ? &*costs : nullptr,
                          request_.mover_count() == 0 ? kDefaultMovers : request_.mover_count());
    labels::Standings standings;
    labels::StandingsColumn::Reader standings_of(base_->standings);
    for (size_t row = 0; row < base_->rows; ++row) {
      RUNG_RETURN_IF_ERROR(labels::DecodeStandings(standings_of.Next(), standings));
      const scoring::Standing* known = current_ == nullptr ? nullptr : labels::Find(standings, current_->row.ladder_no);
      tally.Add(row, known == nullptr ? scoring::Standing{} : *known, as_of_, as_of_ + 1);
      if (row % kProgressEvery == kProgressEvery - 1) RUNG_RETURN_IF_ERROR(Report("comparing", static_cast<int64_t>(row) + 1));
    }
    tally.Write(request_.delivery_fee_minor(), out_);
    RUNG_RETURN_IF_ERROR(Name(tally.winners(), *out_.mutable_winners()));
    return Name(tally.losers(), *out_.mutable_losers());
  }

  absl::Status Name(const std::vector<Mover>& movers, google::protobuf::RepeatedPtrField<v1::SimulationResult::Mover>& list) const {
    for (const Mover& mover : movers) {
      RUNG_ASSIGN_OR_RETURN(const CustomerNames::Named named, parts_.names.Find(base_->customers[mover.row].number, Deadline::After(5000)));
      v1::SimulationResult::Mover& item = *list.Add();
      item.set_customer_id(named.customer_id);
      item.set_name(named.name);
      item.set_from_tier_code(draft_->CodeOf(mover.from));
      item.set_to_tier_code(draft_->CodeOf(mover.to));
      item.set_from_score_milli(mover.from_score);
      item.set_to_score_milli(mover.to_score);
      item.set_net_spend_minor(mover.net_spend);
    }
    return absl::OkStatus();
  }

  absl::Status Lint() {
    RUNG_RETURN_IF_ERROR(Report("linting", 0));
    RUNG_ASSIGN_OR_RETURN(const auto findings, LintAgainstBase(*graded_, *base_, parts_.customers, parts_.reader, parts_.codes, as_of_, kSplitSample));
    for (const scoring::Finding& finding : findings) ToWire(finding, *out_.add_findings());
    return absl::OkStatus();
  }

  void Describe() {
    out_.set_model_id(draft_->row.ladder_id);
    out_.set_baseline_version(current_ == nullptr ? 0 : current_->row.version);
    out_.set_as_of_date(FormatDay(as_of_));
    out_.set_member_count(std::count(base_->member.begin(), base_->member.end(), 1));
    out_.mutable_base_read_time()->set_seconds(base_->read_at / 1'000'000);
    if (!plan_) return;
    v1::SimulationResult::BenefitCosts& costs = *out_.mutable_benefit_costs();
    costs.set_plan_id(plan_->plan_id);
    costs.set_plan_version(plan_->version);
    costs.set_currency_code(plan_->cost->benefits().plan().currency);
    for (const std::string& id : plan_->other_plan_ids) costs.add_other_plan_ids(id);
    WriteNotes(*plan_->cost, costs);
  }

  const TrialParts& parts_;
  const v1::SimulateModelRequest& request_;
  const std::shared_ptr<const Ladder> draft_;
  const std::shared_ptr<const Ladder> current_;  // null: the ladder has no version yet
  const Day as_of_;
  const Simulator::Write& write_;
  const UnixMicros began_at_ = parts_.clock.NowMicros();
  int64_t expected_ = 0;
  std::optional<PlanPrices> plan_;
  std::shared_ptr<const LoadedBase> base_;
  std::unique_ptr<BaseGrading> graded_;
  std::unique_ptr<BaseGrading> baseline_;
  v1::SimulateModelResponse progress_;
  v1::SimulationResult out_;
};

}  // namespace

absl::StatusOr<v1::Model> Simulator::Draft(const v1::SimulateModelRequest& request) const {
  if (request.has_model() != request.draft_model_id().empty()) {
    return InvalidField("model", "MISMATCH", "give either model or draft_model_id");
  }
  if (request.has_model()) return request.model();
  return StoredDraft(request.draft_model_id(), parts_.config);
}

absl::Status Simulator::Simulate(const v1::SimulateModelRequest& request, const Write& write) {
  RUNG_ASSIGN_OR_RETURN(const v1::Model message, Draft(request));
  std::vector<Violation> violations = parts_.kind.Violations(message);
  for (Violation& violation : violations) violation.field = "model." + violation.field;
  const auto check = [&](const char* field, int64_t value, int64_t most) {
    if (value < 0 || value > most) violations.push_back({field, "OUT_OF_RANGE", fmt::format("{} is outside 0 to {}", value, most)});
  };
  check("mover_count", request.mover_count(), kMaxMovers);
  check("delivery_fee_minor", request.delivery_fee_minor(), kMaxDeliveryFee);
  check("max_age_seconds", request.max_age_seconds(), KeptBase::kMaxAgeSeconds);
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  const Day as_of = ParseTrialDay(request.as_of_date(), today, today, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  if (running_.exchange(true)) {
    return WithRetry(WithReason(ResourceExhaustedError("another simulation is running here; one at a time"), "SIMULATION_RUNNING"), 1000);
  }
  const absl::Cleanup done = [this] { running_ = false; };
  const auto found = parts_.ladders.Find(message.model_id());
  const std::shared_ptr<const Ladder> current = found.ok() ? *found : nullptr;
  return Simulation(parts_, request, DraftLadder(message, current.get(), parts_.codes), current, as_of, write).RunOrForget();
}

}  // namespace rung::grading
