// Voids protections whose upgrade rested on facts that have been taken back.
#pragma once

#include <functional>

#include "libs/features/feature_evaluator.h"
#include "libs/labels/standings.h"
#include "services/grading/calendars.h"
#include "services/grading/fits.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// What a group of events did to one customer's facts.
struct FactsChange {
  CustomerNumber customer{};
  const features::CustomerState& before;
  const features::CustomerState& after;
  bool takes_back = false;            ///< some event is a refund, a cancellation, a withdrawal or an amendment
  Day earliest = features::kNever;    ///< earliest day of the events
  /// States from the events, folded to a day, for upgrades that the kept states no longer reach.
  std::function<absl::StatusOr<features::CustomerState>(Day fold_day, bool with_new_events)> rebuild;
};

/// An upgrade is judged by the decision that granted it: its model version, as of its own day. Protection becomes void
/// when the change makes that decision worse than it was before the change and worse than the tier that it granted; it
/// is restored when the decision reaches that tier again. Where the model compares customers, the newest population
/// stands in for the one of that day: the comparison of before and after keeps its drift out of the verdict. The same holds
/// for the newest fit.
/// See docs/adr/0028-void-protection-in-real-time.md. Keeps scratch memory: one per thread.
class ProtectionReview {
 public:
  ProtectionReview(const Ladders& ladders, const Calendars& calendars, const Fits& fits, const features::CodeBook& codes, features::Sources sources)
      : ladders_(ladders), calendars_(calendars), fits_(fits), codes_(codes), evaluator_(codes, sources), open_days_(codes) {}

  /// Marks or unmarks the protections in `standings`. An error means that nothing could be found out: try again later.
  absl::Status Review(const LadderSet& ladders, const FactsChange& change, Day today, labels::Standings& standings);

 private:
  /// The place that the granting model computes as of the standing's granting day, corrections counted back.
  absl::StatusOr<uint8_t> PlaceAsOf(const Ladder& granting, const FactsChange& change, Day as_of, bool with_new_events);
  absl::Status ReviewOne(const Ladder& current, const FactsChange& change, scoring::Standing& standing);

  const Ladders& ladders_;
  const Calendars& calendars_;
  const Fits& fits_;
  const features::CodeBook& codes_;
  features::FeatureEvaluator evaluator_;
  features::OpenDays open_days_;
  features::FeatureValues values_;
  FittedEvaluator fitted_evaluator_;
  features::FittedValues fitted_;
};

}  // namespace rung::grading
