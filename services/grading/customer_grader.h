// Grades one customer on all ladders: in real time after its events, or dry.
#pragma once

#include <string>
#include <vector>

#include "libs/features/feature_evaluator.h"
#include "libs/labels/standings.h"
#include "libs/scoring/decision_inputs.h"
#include "libs/storage/ingest_store.h"
#include "services/grading/calendars.h"
#include "services/grading/fits.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// What facts earn on one ladder.
struct LadderGrade {
  scoring::GradedCustomer graded;
  scoring::GradingInputs inputs;      ///< what it was graded from
  int32_t fit_version = 0;            ///< of the fit that fitted features among them come from; 0: there are none
};

/// What one grading on one ladder found.
struct LadderGrading : LadderGrade {
  scoring::Decision decision;         ///< standings hold tier numbers
};

/// A standing with places in the ladder's model instead of tier numbers. One whose tier the model has dropped isn't graded,
/// whoever set it.
scoring::Standing InPlaces(const Ladder& ladder, const scoring::Standing& standing);

/// A standing's decision on a ladder: maps tier numbers to places and back. `computed` holds places. Who has a dropped tier
/// keeps it until a batch, which may take it down, too.
scoring::Decision DecideOn(const Ladder& ladder, const scoring::Standing& before, const scoring::Computed& computed,
                           scoring::RunKind kind, Day run_day);

/// Whether a decision is written down: the effective tier has changed, or another version of the model holds it now.
bool IsRecorded(const scoring::Decision& decision, const scoring::Standing& before);

/// Reason of a recorded decision that left the effective tier as it was.
inline constexpr std::string_view kModelReason = "MODEL";
/// Reasons of what the history says of a merge: of the account that took the facts over, and of the one that gave them.
inline constexpr std::string_view kMergeReason = "MERGE";
inline constexpr std::string_view kMergedReason = "MERGED";

/// The row for the history, with what it was decided from; IsRecorded must hold.
storage::TierChangeRow ChangeRowOf(const Ladder& ladder, CustomerNumber customer, const scoring::DecisionInputs& inputs,
                                   const scoring::Standing& before, const scoring::Decision& decision, UnixMicros recorded_at,
                                   const std::string& cause);

/// "FIRST", "UPGRADE" …
std::string_view ReasonName(scoring::ChangeReason reason);

/// The benchmark values that apply to a customer, by Model::benchmarks.
std::vector<double> BenchmarksFor(const scoring::Model& model, const features::CustomerState& state, Day as_of,
                                  const features::CodeBook& codes);

/// Keeps scratch memory: one per thread.
class CustomerGrader {
 public:
  CustomerGrader(const features::CodeBook& codes, const Calendars& calendars, const Fits& fits, features::Sources sources)
      : codes_(codes), calendars_(calendars), fits_(fits), evaluator_(codes, sources), open_days_(codes) {}

  /// Grades on one ladder as of a day, against the others' frozen values. `subject` is whom the facts belong to in the
  /// population: the customer, or its group.
  LadderGrading Grade(const Ladder& ladder, CustomerNumber subject, const features::CustomerState& state,
                      const scoring::Standing& before, Day as_of, Day run_day);

  /// Grades on all ladders in real time; updates `standings` and appends what has to be written.
  void Regrade(const LadderSet& ladders, const CustomerFingerprint& customer, const features::CustomerState& state, Day today,
               UnixMicros now, const std::string& cause, labels::Standings& standings,
               std::vector<storage::TierChangeRow>& changes, std::vector<storage::LabelRow>& label_rows);

  /// Regrade in two steps, for customers who share the facts of a subject: first what these earn, ...
  void Judge(const LadderSet& ladders, CustomerNumber subject, const features::CustomerState& state, Day today);
  /// ... then what that does to each of them.
  void Settle(const CustomerFingerprint& customer, Day today, UnixMicros now, const std::string& cause, labels::Standings& standings,
              std::vector<storage::TierChangeRow>& changes, std::vector<storage::LabelRow>& label_rows) const;

 private:
  /// Sets `values_`, `fitted_` and `fit_version_`.
  void Evaluate(const features::DatedState& dated, features::FittedSet fitted);
  /// With what was evaluated from `dated`.
  LadderGrade GradeEvaluated(const Ladder& ladder, CustomerNumber subject, const features::DatedState& dated) const;

  struct Judged {
    std::shared_ptr<const Ladder> ladder;
    LadderGrade grade;
  };

  const features::CodeBook& codes_;
  const Calendars& calendars_;
  const Fits& fits_;
  features::FeatureEvaluator evaluator_;
  FittedEvaluator fitted_evaluator_;
  features::OpenDays open_days_;
  features::FeatureValues values_;
  features::FittedValues fitted_;
  int32_t fit_version_ = 0;
  std::vector<Judged> judged_;
};

}  // namespace rung::grading
