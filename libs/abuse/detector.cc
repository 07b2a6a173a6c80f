#include "libs/abuse/detector.h"

#include <algorithm>
#include <cmath>

namespace rung::abuse {
namespace {

double QuantileOf(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

double DeviationOf(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

}  // namespace

UsualBehaviour::Prepared UsualBehaviour::Prepare(std::span<const Behaviour> base, int orders_min) {
  constexpr size_t kFigures = kBehaviourFigures.size();
  Prepared prepared;
  for (const Behaviour& behaviour : base) {
    if (behaviour.orders_365 < orders_min) continue;
    const BehaviourFigures figures = FiguresOf(behaviour);
    prepared.values.insert(prepared.values.end(), figures.begin(), figures.end());
  }
  const size_t rows = prepared.values.size() / kFigures;
  std::vector<double> column(rows);
  for (size_t f = 0; f < kFigures && rows > 0; ++f) {
    for (size_t row = 0; row < rows; ++row) column[row] = prepared.values[row * kFigures + f];
    std::sort(column.begin(), column.end());
    prepared.medians[f] = QuantileOf(column, 0.5);
    const double range = QuantileOf(column, 0.75) - QuantileOf(column, 0.25);
    prepared.spreads[f] = range > 0 ? range : DeviationOf(column);
  }
  return prepared;
}

UsualBehaviour::UsualBehaviour(std::span<const Behaviour> base, int orders_min, const ForestOptions& options)
    : UsualBehaviour(Prepare(base, orders_min), options) {}

UsualBehaviour::UsualBehaviour(Prepared prepared, const ForestOptions& options)
    : medians_(prepared.medians),
      spreads_(prepared.spreads),
      forest_(Rows{prepared.values, kBehaviourFigures.size()}, options) {}

std::string_view UsualBehaviour::StandoutOf(const Behaviour& behaviour) const {
  const BehaviourFigures figures = FiguresOf(behaviour);
  std::string_view standout;
  double farthest = 0;
  for (size_t f = 0; f < figures.size(); ++f) {
    if (!(spreads_[f] > 0)) continue;
    const double distance = std::fabs(figures[f] - medians_[f]) / spreads_[f];
    if (distance <= farthest) continue;
    farthest = distance;
    standout = kBehaviourFigures[f];
  }
  return standout;
}

Surroundings SurroundingsOf(const Behaviour& behaviour, const UsualBehaviour& usual, const AccountGroup* group, const Policy& policy) {
  Surroundings around;
  if (group != nullptr) {
    around.linked_accounts = static_cast<int>(group->accounts.size());
    around.linked_by = group->kinds;
  }
  if (behaviour.orders_365 < policy.unusual_orders_min) return around;
  around.anomaly = usual.AnomalyOf(behaviour);
  if (*around.anomaly >= policy.unusual_behaviour.bound) around.standout_figure = usual.StandoutOf(behaviour);
  return around;
}

std::vector<Assessment> DetectAbuse(std::span<const Behaviour> base, std::vector<Match> matches, const Policy& policy,
                                    const ForestOptions& options) {
  const UsualBehaviour usual(base, policy.unusual_orders_min, options);
  const LinkedAccounts linked = LinkAccounts(std::move(matches), policy.links);
  std::vector<const AccountGroup*> groups(base.size(), nullptr);
  for (const AccountGroup& group : linked.groups) {
    for (const uint32_t account : group.accounts) {
      if (account < groups.size()) groups[account] = &group;
    }
  }
  std::vector<Assessment> assessments;
  assessments.reserve(base.size());
  for (size_t i = 0; i < base.size(); ++i) {
    assessments.push_back(Assess(base[i], SurroundingsOf(base[i], usual, groups[i], policy), policy));
  }
  return assessments;
}

}  // namespace rung::abuse
