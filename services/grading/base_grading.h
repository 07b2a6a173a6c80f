// A loaded base graded on one ladder: for the batch, which writes it down, and for simulations, which don't.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "libs/scoring/decision_inputs.h"
#include "services/grading/base_loader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// The population's members, by the number of whom their features belong to.
struct Members {
  std::vector<uint32_t> rows;
  std::shared_ptr<const MemberNumbers> numbers = std::make_shared<MemberNumbers>();
};

Members MembersByNumber(const LoadedBase& base);

/// Refers to the base, which must outlive it.
class BaseGrading {
 public:
  BaseGrading(std::shared_ptr<const Ladder> ladder, const LoadedBase& base, const features::CodeBook& codes);

  const Ladder& ladder() const { return *ladder_; }
  size_t rows() const { return base_.rows; }
  /// Bound to this base's choices.
  const scoring::Scorer& scorer() const { return scorer_; }
  const scoring::BaseColumns& columns() const { return columns_; }
  /// Of a group's accounts: the group's.
  /// All that the scorer took. Points into this and the base.
  scoring::ScoreInputs ScorerInputs() const;
  scoring::ScoreMilli score(size_t row) const { return graded_.outputs.scores[base_.GradedAs(row)]; }
  bool member(size_t row) const { return base_.member[base_.GradedAs(row)] != 0; }
  /// Places in the model.
  uint8_t tier(size_t row) const { return graded_.outputs.tiers[base_.GradedAs(row)]; }

  scoring::Decision Decide(size_t row, const scoring::Standing& before, Day as_of, Day run_day) const;
  /// What the decision on a row is made from.
  scoring::DecisionInputs Inputs(size_t row, const scoring::Standing& before, Day as_of, Day run_day) const;
  /// The population for real time, under the run that froze it. `members` may be empty unless the model compares.
  std::shared_ptr<const FrozenBase> Freeze(const Members& members, int64_t run_id) const;

 private:
  std::optional<CustomerNumber> HolderOf(size_t maximum, const Members& members) const;

  const std::shared_ptr<const Ladder> ladder_;
  const LoadedBase& base_;
  scoring::Scorer scorer_;
  const std::vector<std::vector<double>> benchmarks_;  // by the model's; empty: the default for everybody
  scoring::BaseColumns columns_;
  scoring::GradedBase graded_;
};

}  // namespace rung::grading
