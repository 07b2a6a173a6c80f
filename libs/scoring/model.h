// A grading model: how features become dimensions, a score and a tier.
//
// Everything that differs between the reference systems is data here; no code knows a preset. Definitions of the
// arithmetic: docs/scoring.md. Weights, shares and bounds are fixed-point, so that sums are exact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rung::scoring {

/// Millionths: 0.35 is 350,000. Weights, shares.
using Micro = int64_t;
inline constexpr Micro kOneMicro = 1'000'000;

/// Thousandths of a point: 75.5 points are 75,500.
using ScoreMilli = int32_t;
inline constexpr ScoreMilli kMaxScoreMilli = 100'000;

// ---- normalisers: a feature (after its benchmark) -> [0, 1] -------------------------------------------------------

struct Knot {
  double x = 0;
  double y = 0;  ///< points, 0 to 100
};
struct Knots {
  std::vector<Knot> knots;  ///< x strictly increasing; flat beyond the ends
};
struct Saturate {
  double at = 1;  ///< min(1, x / at)
};
struct TargetOver {
  double target = 1;  ///< min(1, target / x); 1 when x <= target
};
struct Penalty {
  double slope = 1;  ///< max(0, 1 - slope * x)
};
struct Identity {};  ///< x clamped to [0, 1]
struct Reciprocal {
  double tau = 1;  ///< 1 / (1 + x / tau)
};
struct ToMax {};       ///< x / maximum of the population; 0 when that is 0
struct Percentile {
  bool lower_is_better = false;  ///< (n - rank + 1) / n; ties share the better rank
};
struct MinMax {
  double low = 0;
  double high = 1;  ///< clamp((x - low) / (high - low))
};
struct Band {
  double from = 0;  ///< half-open lower bound
  double value = 0; ///< [0, 1]
};
struct Bands {
  std::vector<Band> bands;  ///< from strictly increasing; below the first: 0
};
using Normaliser =
    std::variant<Knots, Saturate, TargetOver, Penalty, Identity, Reciprocal, ToMax, Percentile, MinMax, Bands>;

// ---- the score ----------------------------------------------------------------------------------------------------

struct Factor {
  std::string feature;
  std::string benchmark;  ///< name in Model::benchmarks that the feature is divided by; empty: none
  Normaliser normaliser = Identity{};
  Micro weight = kOneMicro;  ///< in a weighted mean
};

enum class Combine { kProduct, kWeightedMean };
enum class MissingPolicy { kZero, kNeutral, kRenormalise };

struct Dimension {
  std::string name;
  Micro weight = 0;
  Combine combine = Combine::kProduct;
  MissingPolicy missing = MissingPolicy::kZero;
  std::vector<Factor> factors;
};

enum class Comparison { kGreater, kAtLeast, kLess, kAtMost };

struct Condition {
  std::string feature;
  Comparison comparison = Comparison::kAtLeast;
  double value = 0;
};

struct Multiplier {
  std::string name;
  Micro factor = kOneMicro;
  Condition when;
};

/// What "normal" is, by region and segment. Most specific wins: region + segment, segment, region, default.
struct Benchmark {
  struct Override {
    std::string region;   ///< empty: any
    std::string segment;  ///< empty: any
    double value = 0;
  };
  std::string name;
  double default_value = 1;  ///< > 0
  std::vector<Override> overrides;

  double For(std::string_view region, std::string_view segment) const;
};

/// A name for the first of several features that the base has at all: chosen once per batch.
struct DerivedFeature {
  std::string name;
  std::vector<std::string> first_known_of;
};

enum class WeightPolicy { kNormalise, kReject };  ///< kReject: the weights must add up to 1

enum class ScoreKind {
  kDimensions,  ///< weighted mean of the dimensions, times the multipliers
  kAttainment,  ///< mean attainment of the top tier's criteria, for rule ladders
};

// ---- tiers --------------------------------------------------------------------------------------------------------

enum class LadderKind { kThresholds, kShares, kRules };

struct Criterion {
  Condition condition;             ///< when `top_share` isn't set
  std::optional<Micro> top_share;  ///< rank / n over the population at most this
};

struct Rules {
  int at_least = 0;  ///< how many criteria must hold: all = their number, any = 1
  std::vector<Criterion> criteria;
};

struct Tier {
  std::string code;
  std::map<std::string, std::string> names;  ///< language ("zh", "en") -> name
  std::string badge;
  ScoreMilli lower_bound = 0;  ///< thresholds
  Micro share = 0;             ///< shares: cumulative; thresholds: target to compare with (0: none)
  Rules rules;                 ///< rules; the bottom tier has none
};

/// What holds downgrades back. Upgrades always take effect at once.
struct Stability {
  int protection_months = 3;
  ScoreMilli margin = 0;         ///< thresholds, shares: a downgrade needs a score that misses the held tier's bound even with this added
  Micro margin_ratio = 0;        ///< rules: it needs criteria that fail even with bounds loosened by this part of them
  int max_levels_down = 0;       ///< per batch; 0: no limit
  int confirmation_batches = 1;  ///< batches in a row, as of different days, that a downgrade takes
};

struct Model {
  std::string model_id;
  std::map<std::string, std::string> names;
  ScoreKind score_kind = ScoreKind::kDimensions;
  WeightPolicy weight_policy = WeightPolicy::kNormalise;
  std::vector<Dimension> dimensions;
  std::vector<Multiplier> multipliers;
  Micro multiplier_min = 500'000;
  Micro multiplier_max = 1'500'000;
  std::vector<Benchmark> benchmarks;
  std::vector<DerivedFeature> derived_features;
  LadderKind ladder_kind = LadderKind::kThresholds;
  std::vector<Tier> tiers;  ///< best first
  Stability stability;
  double display_scale = 100;  ///< scores are shown on 0 to this
};

}  // namespace rung::scoring
