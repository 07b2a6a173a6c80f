// Looks over a whole base: who stands out, who belongs together, and who is to be reviewed.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "libs/abuse/isolation_forest.h"
#include "libs/abuse/signals.h"

namespace rung::abuse {

/// What is usual in a base: an isolation forest over the behaviour figures, and each figure's median and spread.
/// Customers with fewer orders than the policy asks for are left out.
class UsualBehaviour {
 public:
  UsualBehaviour(std::span<const Behaviour> base, int orders_min, const ForestOptions& options);

  double AnomalyOf(const Behaviour& behaviour) const { return forest_.Score(FiguresOf(behaviour)); }
  /// The figure farthest from the median, measured in interquartile ranges (for a figure that half of the base shares,
  /// in its standard deviations).
  std::string_view StandoutOf(const Behaviour& behaviour) const;

 private:
  struct Prepared {
    std::vector<double> values;
    BehaviourFigures medians{};
    BehaviourFigures spreads{};
  };
  static Prepared Prepare(std::span<const Behaviour> base, int orders_min);
  UsualBehaviour(Prepared prepared, const ForestOptions& options);

  BehaviourFigures medians_;
  BehaviourFigures spreads_;
  IsolationForest forest_;
};

/// What the base shows of a customer; `group`: the linked accounts that it belongs to, nullptr for none.
Surroundings SurroundingsOf(const Behaviour& behaviour, const UsualBehaviour& usual, const AccountGroup* group, const Policy& policy);

/// Assessments by the place in `base`. `matches` name accounts by that place. Deterministic for a seed. `policy` must
/// be valid.
std::vector<Assessment> DetectAbuse(std::span<const Behaviour> base, std::vector<Match> matches, const Policy& policy,
                                    const ForestOptions& options = {});

}  // namespace rung::abuse
