// What a reviewer of an appeal sees: the decision made again, why, and what would have changed it.
#pragma once

#include <string>

#include "services/grading/appeal_file.h"
#include "services/grading/correction_trial.h"
#include "services/grading/decision_replayer.h"

namespace rung::grading {

/// Thread-safe.
class AppealReview {
 public:
  struct Context {
    storage::AppealStore& store;
    const AppealFile& file;
    const DecisionReplayer& replayer;
    const Ladders& ladders;
    const FeatureReader& reader;
    const features::CodeBook& codes;
    std::string currency;
  };
  explicit AppealReview(Context context) : context_(std::move(context)) {}

  absl::Status Get(const v1::GetAppealRequest& request, v1::GetAppealResponse& response, Deadline deadline) const;

 private:
  /// The smallest corrections of the stored decision.
  void Correct(const StoredDecision& stored, v1::GetAppealResponse& response) const;
  /// Events whose withdrawal would give a better tier today.
  absl::Status FindDecisive(v1::GetAppealResponse& response, Deadline deadline) const;

  const Context context_;
};

}  // namespace rung::grading
