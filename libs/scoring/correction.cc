#include "libs/scoring/correction.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace rung::scoring {
namespace {

constexpr int64_t kPointByPoint = 256;
constexpr int64_t kPlacesPerStretch = 16;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool SameValues(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

// Where a normaliser bends or jumps, in the compared value's unit. Between two such places it is monotone.
struct BendsOf {
  double maximum;
  std::vector<double> operator()(const Knots& n) const {
    std::vector<double> xs;
    for (const Knot& knot : n.knots) xs.push_back(knot.x);
    return xs;
  }
  std::vector<double> operator()(const Saturate& n) const { return {n.at}; }
  std::vector<double> operator()(const TargetOver& n) const { return {n.target}; }
  std::vector<double> operator()(const Penalty& n) const { return {n.slope > 0 ? 1 / n.slope : 0}; }
  std::vector<double> operator()(const Identity&) const { return {1}; }
  std::vector<double> operator()(const Reciprocal&) const { return {}; }
  std::vector<double> operator()(const ToMax&) const { return {maximum}; }
  std::vector<double> operator()(const Percentile&) const { return {}; }
  std::vector<double> operator()(const MinMax& n) const { return {n.low, n.high}; }
  std::vector<double> operator()(const Bands& n) const {
    std::vector<double> xs;
    for (const Band& band : n.bands) xs.push_back(band.from);
    return xs;
  }
};

std::vector<double> BoundsOf(const Scorer& scorer, const GradingInputs& inputs, int column) {
  const Model& model = scorer.model();
  std::vector<double> bounds = {0};
  for (const auto& dimension : scorer.dimensions()) {
    for (const Scorer::CompiledFactor& factor : dimension) {
      if (factor.column != column) continue;
      const double scale = factor.benchmark < 0 ? 1 : inputs.benchmarks[factor.benchmark];
      const double maximum = factor.maximum < 0 ? 0 : inputs.maxima[factor.maximum];
      for (const double x : std::visit(BendsOf{maximum}, factor.factor->normaliser)) bounds.push_back(x * scale);
    }
  }
  for (size_t m = 0; m < model.multipliers.size(); ++m) {
    if (scorer.multiplier_columns()[m] == column) bounds.push_back(model.multipliers[m].when.value);
  }
  for (const auto& tier : scorer.criteria()) {
    for (const Scorer::CompiledCriterion& criterion : tier) {
      if (criterion.column == column && !criterion.criterion->top_share) bounds.push_back(criterion.criterion->condition.value);
    }
  }
  return bounds;
}

struct Outcome {
  uint8_t tier;
  ScoreMilli score;
};

class Search {
 public:
  Search(const Scorer& scorer, const DecisionInputs& inputs, const ComparedWith& others) : scorer_(scorer), inputs_(inputs), changed_(inputs.grading) {
    decided_ = Grade(inputs.grading).tier;
    if (others.population != nullptr && Reproduces(others)) others_ = others;
  }

  bool IsTried(int column) const {
    if (others_.population != nullptr) return true;
    const auto concerns = [&](const ComparedFeature& compared) { return compared.column == column; };
    return scorer_.model().ladder_kind != LadderKind::kShares && std::none_of(scorer_.ranked().begin(), scorer_.ranked().end(), concerns) &&
           std::none_of(scorer_.maxima().begin(), scorer_.maxima().end(), concerns);
  }

  std::optional<Correction> Nearest(int column, const FeatureGrid& grid) {
    column_ = column;
    grid_ = grid;
    const double value = inputs_.grading.features[column];
    const int64_t low = std::llround(std::ceil(grid.low * grid.per_unit)), high = std::llround(std::floor(grid.high * grid.per_unit));
    std::optional<Correction> best;
    if (std::isnan(value)) {
      best = OfMissing(low, high);
    } else {
      const double place = value * grid.per_unit;
      for (const auto& found : {Scan(value, std::llround(std::floor(place)) + 1, high), Scan(value, std::llround(std::ceil(place)) - 1, low)}) {
        if (found && (!best || std::abs(found->needed - value) < std::abs(best->needed - value))) best = found;
      }
    }
    changed_.features[column] = value;
    return best;
  }

 private:
  Outcome Grade(const GradingInputs& grading) const {
    const GradedCustomer graded = scoring::Grade(scorer_, grading);
    const Decision decision = Decide(inputs_.before, {graded.tier, graded.score, inputs_.as_of, graded.lenient_tier}, scorer_.model().stability,
                                     inputs_.kind, inputs_.run_day);
    return {decision.standing.effective, graded.score};
  }

  Outcome Try(double value) {
    changed_.features[column_] = value;
    if (others_.population == nullptr) return Grade(changed_);
    return Grade(InputsOf(scorer_, *others_.population, *others_.self, changed_.features, changed_.benchmarks, changed_.is_member));
  }

  bool Reproduces(const ComparedWith& others) const {
    const GradingInputs& stored = inputs_.grading;
    if (others.population->choices != stored.choices) return false;
    const GradingInputs again = InputsOf(scorer_, *others.population, *others.self, stored.features, stored.benchmarks, stored.is_member);
    if (!SameValues(again.ranks, stored.ranks) || !SameValues(again.maxima, stored.maxima)) return false;
    for (size_t r = 0; r < stored.ranks.size(); ++r) {
      // Among how many a missing value would rank says nothing: batches and real time count it differently.
      if (!std::isnan(stored.ranks[r]) && again.rank_sizes[r] != stored.rank_sizes[r]) return false;
    }
    return again.score_rank == stored.score_rank && again.lenient_score_rank == stored.lenient_score_rank &&
           (stored.score_rank == 0 || again.score_rank_size == stored.score_rank_size);
  }

  double ValueAt(int64_t place) const { return static_cast<double>(place) / grid_.per_unit; }
  bool Improves(int64_t place) { return Try(ValueAt(place)).tier < decided_; }

  // Places to look at from `from` to `to`, in that order: the bounds and their neighbours, and what lies between.
  std::vector<int64_t> Places(int64_t from, int64_t to) const {
    const int64_t low = std::min(from, to), high = std::max(from, to);
    std::set<int64_t> stops = {low, high};
    for (const double bound : BoundsOf(scorer_, inputs_.grading, column_)) {
      const double place = bound * grid_.per_unit;
      if (!(place > static_cast<double>(low) - 2) || !(place < static_cast<double>(high) + 2)) continue;
      const int64_t below = std::llround(std::floor(place));
      for (int64_t stop = below - 1; stop <= below + 2; ++stop) {
        if (stop >= low && stop <= high) stops.insert(stop);
      }
    }
    std::set<int64_t> places = stops;
    for (auto stop = stops.begin(); std::next(stop) != stops.end(); ++stop) {
      const int64_t length = *std::next(stop) - *stop;
      if (length <= kPointByPoint) {
        for (int64_t at = 1; at < length; ++at) places.insert(*stop + at);
        continue;
      }
      for (int64_t at = 1; at < kPlacesPerStretch; ++at) places.insert(*stop + static_cast<int64_t>(static_cast<double>(length) / kPlacesPerStretch * static_cast<double>(at)));
      for (int64_t away = 1; away < length; away *= 2) places.insert({*stop + away, *std::next(stop) - away});
    }
    std::vector<int64_t> ordered(places.begin(), places.end());
    if (from > to) std::reverse(ordered.begin(), ordered.end());
    return ordered;
  }

  std::optional<Correction> Scan(double value, int64_t from, int64_t to) {
    const int64_t direction = std::isnan(value) ? (from <= to ? 1 : -1) : (ValueAt(from) > value ? 1 : -1);
    if ((to - from) * direction < 0) return std::nullopt;
    std::optional<int64_t> before;
    for (const int64_t place : Places(from, to)) {
      if (!Improves(place)) {
        before = place;
        continue;
      }
      int64_t needed = place;
      while (before && std::abs(needed - *before) > 1) {
        const int64_t middle = *before + (needed - *before) / 2;
        (Improves(middle) ? needed : *before) = middle;
      }
      const Outcome outcome = Try(ValueAt(needed));
      return Correction{column_, value, ValueAt(needed), before ? ValueAt(*before) : value, outcome.tier, outcome.score};
    }
    return std::nullopt;
  }

  // Nothing was known, so there is no nearest value: the most modest one, seen from the end that isn't enough.
  std::optional<Correction> OfMissing(int64_t low, int64_t high) {
    if (!Improves(low)) return Scan(kNaN, low, high);
    if (!Improves(high)) return Scan(kNaN, high, low);
    const Outcome outcome = Try(ValueAt(low));
    return Correction{column_, kNaN, ValueAt(low), kNaN, outcome.tier, outcome.score};
  }

  const Scorer& scorer_;
  const DecisionInputs& inputs_;
  GradingInputs changed_;
  ComparedWith others_;
  uint8_t decided_ = 0;
  int column_ = 0;
  FeatureGrid grid_;
};

double RelativeChange(const Correction& correction) {
  if (std::isnan(correction.value)) return 1;
  return std::abs(correction.needed - correction.value) / std::max(std::abs(correction.value), std::abs(correction.needed));
}

}  // namespace

Corrections SmallestCorrections(const Scorer& scorer, const DecisionInputs& inputs, const std::vector<FeatureGrid>& grids,
                                const ComparedWith& others) {
  Search search(scorer, inputs, others);
  Corrections corrections;
  for (size_t column = 0; column < scorer.features().size(); ++column) {
    const int c = static_cast<int>(column);
    if (!search.IsTried(c)) {
      corrections.untried.push_back(c);
    } else if (auto found = search.Nearest(c, grids[column])) {
      corrections.found.push_back(*found);
    }
  }
  std::stable_sort(corrections.found.begin(), corrections.found.end(),
                   [](const Correction& a, const Correction& b) { return RelativeChange(a) < RelativeChange(b); });
  return corrections;
}

}  // namespace rung::scoring
