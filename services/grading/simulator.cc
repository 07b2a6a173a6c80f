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
constexpr char kSpend[] = "net_spend_365d";
constexpr size_t kSplitSample = 1000;
constexpr size_t kProgressEvery = 1 << 18;

// Whoever no longer listens frees the memory.
absl::Status Gone() { return CancelledError("the caller has gone away"); }

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

}  // namespace

absl::StatusOr<v1::Model> Simulator::Draft(const v1::SimulateModelRequest& request) const {
  if (request.has_model() != request.draft_model_id().empty()) {
    return InvalidField("model", "MISMATCH", "give either model or draft_model_id");
  }
  if (request.has_model()) return request.model();
  return StoredDraft(request.draft_model_id(), context_.config);
}

absl::Status Simulator::Simulate(const v1::SimulateModelRequest& request, const Write& write) {
  RUNG_ASSIGN_OR_RETURN(const v1::Model message, Draft(request));
  std::vector<Violation> violations = context_.kind.Violations(message);
  for (Violation& violation : violations) violation.field = "model." + violation.field;
  if (request.mover_count() < 0 || request.mover_count() > kMaxMovers) {
    violations.push_back({"mover_count", "OUT_OF_RANGE", fmt::format("{} is outside 0 to {}", request.mover_count(), kMaxMovers)});
  }
  const Day today = context_.zone.DayOf(context_.clock.NowSeconds());
  const Day as_of = ParseTrialDay(request.as_of_date(), today, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  if (running_.exchange(true)) {
    return WithRetry(WithReason(ResourceExhaustedError("another simulation is running here; one at a time"), "SIMULATION_RUNNING"), 1000);
  }
  const absl::Cleanup done = [this] { running_ = false; };
  const auto current = context_.ladders.Find(message.model_id());
  return Run(request, DraftLadder(message, current.ok() ? current->get() : nullptr, context_.codes), as_of, write);
}

absl::Status Simulator::Run(const v1::SimulateModelRequest& request, std::shared_ptr<const Ladder> draft, Day as_of, const Write& write) {
  v1::SimulateModelResponse progress;
  const auto report = [&](const char* phase, int64_t done, int64_t total) -> absl::Status {
    progress.set_phase(phase);
    progress.set_done_count(done);
    progress.set_total_count(std::max(done, total));
    return write(progress) ? absl::OkStatus() : Gone();
  };
  const auto current = context_.ladders.Find(draft->row.ladder_id);
  LadderSet ladders = {draft};
  if (current.ok()) ladders.push_back(*current);

  const int64_t started = MonotonicMicros();
  RUNG_ASSIGN_OR_RETURN(const int64_t expected, context_.customers.ApproximateCount());
  RUNG_RETURN_IF_ERROR(report("loading", 0, expected));
  RUNG_ASSIGN_OR_RETURN(const LoadedBase base,
                        LoadBase(context_.customers, context_.codes, context_.reader, ladders, as_of, context_.scan_threads,
                                 [&](int64_t rows) { return report("loading", rows, expected); }, {kSpend}));
  const auto rows = static_cast<int64_t>(base.rows);
  const int64_t loaded = MonotonicMicros();
  RUNG_RETURN_IF_ERROR(report("scoring", 0, rows));
  const BaseGrading graded(draft, base);
  std::unique_ptr<BaseGrading> baseline;
  if (current.ok()) baseline = std::make_unique<BaseGrading>(*current, base);
  RUNG_RETURN_IF_ERROR(report("comparing", 0, rows));

  const auto spend = std::find(base.feature_names.begin(), base.feature_names.end(), kSpend) - base.feature_names.begin();
  SimulationTally tally(baseline.get(), graded, base.features[spend], request.mover_count() == 0 ? kDefaultMovers : request.mover_count());
  labels::Standings standings;
  size_t at = 0;
  const Day run_day = as_of + 1;
  for (size_t row = 0; row < base.rows; ++row) {
    const std::string_view bytes = std::string_view(base.standings).substr(at, base.standings_size[row]);
    at += bytes.size();
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(bytes, standings));
    const scoring::Standing* known = current.ok() ? labels::Find(standings, (*current)->row.ladder_no) : nullptr;
    tally.Add(row, known == nullptr ? scoring::Standing{} : *known, as_of, run_day);
    if (row % kProgressEvery == kProgressEvery - 1) RUNG_RETURN_IF_ERROR(report("comparing", static_cast<int64_t>(row) + 1, rows));
  }
  const int64_t scored = MonotonicMicros();
  RUNG_RETURN_IF_ERROR(report("linting", 0, rows));
  RUNG_ASSIGN_OR_RETURN(const auto findings, LintAgainstBase(graded, base, context_.customers, context_.reader, context_.codes, as_of, kSplitSample));

  v1::SimulateModelResponse last;
  v1::SimulationResult& out = *last.mutable_result();
  tally.Write(out);
  for (const scoring::Finding& finding : findings) ToWire(finding, *out.add_findings());
  const auto name = [&](const std::vector<Mover>& movers, google::protobuf::RepeatedPtrField<v1::SimulationResult::Mover>* list) -> absl::Status {
    for (const Mover& mover : movers) {
      RUNG_ASSIGN_OR_RETURN(const CustomerNames::Named named, context_.names.Find(base.customers[mover.row].number, Deadline::After(5000)));
      v1::SimulationResult::Mover& item = *list->Add();
      item.set_customer_id(named.customer_id);
      item.set_name(named.name);
      item.set_from_tier_code(draft->CodeOf(mover.from));
      item.set_to_tier_code(draft->CodeOf(mover.to));
      item.set_from_score_milli(mover.from_score);
      item.set_to_score_milli(mover.to_score);
      item.set_net_spend_minor(mover.net_spend);
    }
    return absl::OkStatus();
  };
  RUNG_RETURN_IF_ERROR(name(tally.winners(), out.mutable_winners()));
  RUNG_RETURN_IF_ERROR(name(tally.losers(), out.mutable_losers()));
  out.set_model_id(draft->row.ladder_id);
  out.set_baseline_version(current.ok() ? (*current)->row.version : 0);
  out.set_as_of_date(FormatDay(as_of));
  out.set_member_count(std::count(base.member.begin(), base.member.end(), 1));
  out.set_loading_ms((loaded - started) / 1000);
  out.set_scoring_ms((scored - loaded) / 1000);
  last.set_phase("done");
  last.set_done_count(rows);
  last.set_total_count(rows);
  return write(last) ? absl::OkStatus() : Gone();
}

}  // namespace rung::grading
