#include "services/grading/regrade_run.h"

#include <spdlog/spdlog.h>

#include <numeric>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/labels/standings.h"
#include "libs/storage/store_error.h"
#include "services/grading/customer_grader.h"

namespace rung::grading {

namespace {

constexpr int64_t kMostRunners = 50;  // a run that so many runners couldn't end has something wrong with it

// Ends the work without being an error; the run's state says why.
absl::Status Ended() { return CancelledError("the run has ended"); }

}  // namespace

storage::RunRow RegradeRun::Execute() {
  const absl::Status status = Work();
  if (!status.ok() && run_.state == "RUNNING") {
    if (stopping_ || ReasonOf(status) == "FENCED" || (storage::MayPass(status) && run_.fence < kMostRunners)) {
      // Its lease runs out, and whoever is alive then takes it up again.
      spdlog::warn("regrade: run {} is left to another runner: {}", run_.run_id, Message(status));
    } else {
      spdlog::error("regrade: run {} failed: {}", run_.run_id, Message(status));
      const absl::Status saved = EndAs("FAILED", std::string(Message(status)));
      if (run_.state == "RUNNING") spdlog::error("regrade: and can't be marked as failed: {}", Message(saved));
    }
  }
  return run_;
}

absl::Status RegradeRun::Work() {
  run_day_ = parts_.zone.DayOf(parts_.clock.NowSeconds());
  run_.progress = run_.planned = run_.planned_downgrades = 0;
  RUNG_RETURN_IF_ERROR(Load());
  run_.phase = "scoring";
  RUNG_RETURN_IF_ERROR(Beat(run_.customers));
  const int64_t loaded = MonotonicMicros();
  Score();
  CountPlanned();
  spdlog::info("regrade: run {}: {} customers scored and compared on {} ladders in {:.1f} ms", run_.run_id, run_.customers, graded_.size(),
               static_cast<double>(MonotonicMicros() - loaded) / 1000);
  run_.phase = "writing";
  const double bound = options_.max_downgrade_share * static_cast<double>(run_.customers);
  if (!run_.override_guard && run_.planned_downgrades >= options_.guard_from &&
      static_cast<double>(run_.planned_downgrades) > bound) {
    return EndAs("HELD", fmt::format("{} of {} customers would be downgraded, more than the guard's {:.1f} %; resume with "
                                     "override_guard to go on, or cancel",
                                     run_.planned_downgrades, run_.customers, 100 * options_.max_downgrade_share));
  }
  RUNG_RETURN_IF_ERROR(Freeze());
  RUNG_RETURN_IF_ERROR(WriteAll());
  run_.phase = "done";
  return EndAs("DONE", later_decisions_ == 0 ? ""
                                             : fmt::format("{} labels rest on facts after {} already and stay as they are",
                                                           later_decisions_, FormatDay(run_.as_of)));
}

absl::Status RegradeRun::Load() {
  run_.phase = "loading";
  RUNG_ASSIGN_OR_RETURN(run_.customers, parts_.customers.ApproximateCount());
  RUNG_RETURN_IF_ERROR(Beat(0));
  BaseWanted wanted;
  wanted.Add(*parts_.ladders.Current());
  RUNG_ASSIGN_OR_RETURN(base_, LoadBase({parts_.customers, parts_.codes, parts_.reader, parts_.clock, options_.scan_threads}, wanted, run_.as_of,
                                        [this](int64_t rows) { return Beat(rows); }));
  run_.customers = static_cast<int64_t>(base_.rows);
  return absl::OkStatus();
}

void RegradeRun::Score() {
  graded_.clear();
  for (const auto& ladder : *parts_.ladders.Current()) graded_.push_back(std::make_unique<BaseGrading>(ladder, base_, parts_.codes));
}

void RegradeRun::CountPlanned() {
  later_decisions_ = 0;
  labels::Standings standings;
  labels::StandingsColumn::Reader standings_of(base_.standings);
  for (size_t row = 0; row < base_.rows; ++row) {
    if (!labels::DecodeStandings(standings_of.Next(), standings).ok()) continue;
    for (const auto& item : graded_) {
      const scoring::Standing* known = labels::Find(standings, item->ladder().row.ladder_no);
      const auto decision = item->Decide(row, known == nullptr ? scoring::Standing{} : *known, run_.as_of, run_day_);
      later_decisions_ += known != nullptr && known->graded && known->as_of > run_.as_of ? 1 : 0;
      run_.planned += decision.effective_changed() ? 1 : 0;
      run_.planned_downgrades += decision.reason == scoring::ChangeReason::kDowngrade ? 1 : 0;
    }
  }
}

absl::Status RegradeRun::Freeze() {
  const bool compares = std::any_of(graded_.begin(), graded_.end(), [](const auto& item) { return item->ladder().Compares(); });
  const Members members = compares ? MembersByNumber(base_) : Members{};
  for (const auto& item : graded_) {
    const int16_t ladder_no = item->ladder().row.ladder_no;
    const auto frozen = item->Freeze(members, run_.run_id);
    RUNG_RETURN_IF_ERROR(parts_.runs.SaveFrozen(run_, ladder_no, EncodeFrozen(*frozen, ladder_no)));
    parts_.ladders.SetFrozen(ladder_no, frozen);
  }
  return absl::OkStatus();
}

absl::Status RegradeRun::WriteAll() {
  run_.progress = 0;
  RUNG_RETURN_IF_ERROR(Beat(0));
  labels::StandingsColumn::Reader standings_of(base_.standings);
  for (size_t from = 0; from < base_.rows;) {
    // A chunk spans many customers of whom few change; it ends when enough changes have gathered.
    const size_t to = std::min(base_.rows, from + options_.chunk * 20);
    RUNG_RETURN_IF_ERROR(WriteChunk(from, to, standings_of));
    from = to;
  }
  return absl::OkStatus();
}

absl::Status RegradeRun::WriteChunk(size_t from, size_t to, labels::StandingsColumn::Reader& standings_of) {
  std::vector<storage::StandingsUpdate> updates;
  std::vector<storage::TierChangeRow> changes;
  std::vector<storage::LabelRow> label_rows;
  labels::Standings standings;
  const UnixMicros now = parts_.clock.NowMicros();
  const std::string cause = fmt::format("run:{}", run_.run_id);

  const auto flush = [&]() -> absl::Status {
    if (updates.empty()) return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(storage::ChunkResult result, parts_.runs.ApplyChunk(run_, updates, changes, label_rows));
    std::sort(result.applied.begin(), result.applied.end());
    run_.superseded += static_cast<int64_t>(updates.size() - result.applied.size());
    for (const storage::TierChangeRow& change : changes) {
      if (!std::binary_search(result.applied.begin(), result.applied.end(), change.customer)) continue;
      if (change.reason == kModelReason) continue;
      ++run_.progress;
      if (change.reason == "FIRST") ++run_.first_graded;
      if (change.reason == "UPGRADE") ++run_.upgraded;
      if (change.reason == "DOWNGRADE") ++run_.downgraded;
    }
    for (const storage::LabelRow& label : label_rows) {
      if (std::binary_search(result.applied.begin(), result.applied.end(), label.customer.number)) {
        parts_.table.Merge(label.customer, label.ladder_no, label.word);
      }
    }
    parts_.labels_changed();
    updates.clear();
    changes.clear();
    label_rows.clear();
    if (result.wanted == "PAUSE") return EndAs("PAUSED", "");
    if (result.wanted == "CANCEL") return EndAs("CANCELLED", "");
    return absl::OkStatus();
  };

  for (size_t row = from; row < to; ++row) {
    const std::string_view bytes = standings_of.Next();
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(bytes, standings));
    bool kept_change = false;
    for (const auto& item : graded_) {
      const Ladder& ladder = item->ladder();
      const int16_t ladder_no = ladder.row.ladder_no;
      const scoring::Standing* known = labels::Find(standings, ladder_no);
      const scoring::Standing before = known == nullptr ? scoring::Standing{} : *known;
      const scoring::Decision decision = item->Decide(row, before, run_.as_of, run_day_);
      if (decision.standing == before) continue;
      kept_change = true;
      labels::Set(standings, ladder_no, decision.standing);
      if (!IsRecorded(decision, before)) continue;
      changes.push_back(ChangeRowOf(ladder, base_.customers[row].number, item->Inputs(row, before, run_.as_of, run_day_), before, decision,
                                    now, cause));
      if (!decision.effective_changed()) continue;
      label_rows.push_back({base_.customers[row], ladder_no, labels::Pack(labels::LabelOf(decision.standing))});
    }
    if (kept_change) updates.push_back({base_.customers[row], std::string(bytes), labels::EncodeStandings(standings)});
    if (updates.size() >= options_.chunk) RUNG_RETURN_IF_ERROR(flush());
  }
  RUNG_RETURN_IF_ERROR(flush());
  return Beat(run_.progress);
}

// Shows progress, prolongs the lease and hears what an operator wants; at most twice a second.
absl::Status RegradeRun::Beat(int64_t progress) {
  if (stopping_) return CancelledError("the process is stopping");
  run_.progress = progress;
  if (MonotonicMicros() - beaten_at_ < 500'000 && progress != 0) return absl::OkStatus();
  beaten_at_ = MonotonicMicros();
  RUNG_RETURN_IF_ERROR(parts_.runs.Save(run_));
  RUNG_ASSIGN_OR_RETURN(const storage::RunRow now, parts_.runs.Get(run_.run_id, Deadline::After(5000)));
  if (now.wanted == "PAUSE") return EndAs("PAUSED", "");
  if (now.wanted == "CANCEL") return EndAs("CANCELLED", "");
  return absl::OkStatus();
}

absl::Status RegradeRun::EndAs(const std::string& state, const std::string& message) {
  storage::RunRow ended = run_;
  ended.state = state;
  ended.message = message;
  const bool final = state == "DONE" || state == "CANCELLED" || state == "FAILED";
  ended.ended_at = final ? parts_.clock.NowMicros() : 0;
  RUNG_RETURN_IF_ERROR(parts_.runs.Save(ended));
  run_ = ended;
  spdlog::info("regrade: run {} is {} ({} first, {} up, {} down, {} superseded) {}", run_.run_id, state, run_.first_graded,
               run_.upgraded, run_.downgraded, run_.superseded, message);
  return Ended();
}

}  // namespace rung::grading
