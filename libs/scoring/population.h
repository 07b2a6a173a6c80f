// Grades a whole base, freezes its population, and grades single customers against the frozen one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libs/scoring/ranking.h"
#include "libs/scoring/scorer.h"

namespace rung::scoring {

/// Customers in columns.
struct BaseColumns {
  size_t rows = 0;
  std::vector<const double*> features;    ///< by Scorer::features(), `rows` values each; NaN: missing
  std::span<const uint8_t> member;        ///< 1: belongs to the population
  std::vector<const double*> benchmarks;  ///< by Model::benchmarks; nullptr: the default for everybody
};

/// The largest and the second largest value, so that one customer can be left out.
struct TopTwo {
  double first = 0;
  double second = 0;

  void Add(double value);
  double Without(double value) const { return value == first ? second : first; }
};

/// What real time needs of the population, as the last batch left it.
struct FrozenPopulation {
  int64_t members = 0;
  std::vector<int> choices;     ///< Scorer::choices()
  std::vector<Ranking> ranked;  ///< by Scorer::ranked()
  std::vector<TopTwo> maxima;   ///< by Scorer::maxima()
  ScoreRanking scores;          ///< share ladders only
};

/// One customer's own values in the frozen population; NaN where it had none. Not a member: all empty.
struct FrozenSelf {
  std::vector<double> ranked;
  std::vector<double> maxima;
  ScoreMilli score = kNoScore;

  static constexpr ScoreMilli kNoScore = -1;
};

struct GradedBase {
  ScoreOutputs outputs;
  FrozenPopulation population;
  std::vector<std::vector<double>> ranks;          ///< by Scorer::ranked()
  std::vector<std::vector<double>> ranked_values;  ///< by Scorer::ranked(): what was ranked
};

/// Resolves derived features, ranks, scores and assigns tiers for everybody. Customers outside the population are
/// scored as well. `scorer` is bound to the base's choices afterwards.
GradedBase GradeBase(Scorer& scorer, const BaseColumns& base, bool want_parts = false);

struct GradedCustomer {
  ScoreMilli score = 0;
  uint8_t tier = 0;
  std::vector<double> parts;  ///< by dimension or criterion, 0 to 100, NaN: missing
  std::optional<uint8_t> lenient_tier = std::nullopt;  ///< see Computed::lenient_tier
};

/// Grades one customer against the others' frozen values: its own are left out, n counts itself.
/// `features` by Scorer::features(); `benchmarks` by Model::benchmarks. `scorer` must be bound to the population's
/// choices.
GradedCustomer GradeOne(const Scorer& scorer, const FrozenPopulation& population, const FrozenSelf& self,
                        const std::vector<double>& features, const std::vector<double>& benchmarks, bool is_member);

}  // namespace rung::scoring
