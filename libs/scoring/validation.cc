#include "libs/scoring/validation.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "libs/base/text.h"

namespace rung::scoring {
namespace {

double Decimal(Micro micro) { return static_cast<double>(micro) / kOneMicro; }

class Validator {
 public:
  Validator(const Model& model, const std::function<bool(std::string_view)>& is_feature)
      : model_(model), is_feature_(is_feature) {}

  std::vector<Violation> Run() {
    CheckId("model_id", model_.model_id);
    CheckNames("names", model_.names);
    CheckBenchmarks();
    CheckDerivedFeatures();
    if (model_.score_kind == ScoreKind::kDimensions) CheckDimensions();
    CheckMultipliers();
    CheckTiers();
    CheckStability();
    if (!(model_.display_scale > 0) || !(model_.display_scale <= 1e6)) {
      Add("display_scale", "OUT_OF_RANGE", "{} is outside (0, 1000000]", model_.display_scale);
    }
    return std::move(violations_);
  }

 private:
  template <typename... Args>
  void Add(std::string field, std::string reason, fmt::format_string<Args...> format, Args&&... args) {
    violations_.push_back({std::move(field), std::move(reason), fmt::format(format, std::forward<Args>(args)...)});
  }

  void CheckId(std::string_view field, std::string_view id) {
    bool good = !id.empty() && id.size() <= 64;
    for (const char c : id) {
      good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_');
    }
    if (!good) {
      Add(std::string(field), "BAD_ID", "\"{}\" must be 1 to 64 of a-z, 0-9, '-' and '_'", Shorten(id, 80));
    }
  }

  // Far beyond any feature, and small enough that differences and ratios stay finite.
  static constexpr double kLargest = 1e15;
  static constexpr double kSmallest = 1e-9;

  void CheckFinite(const std::string& field, double value) {
    if (!std::isfinite(value)) {
      Add(field, "NOT_FINITE", "{} isn't a finite number", value);
    } else if (std::fabs(value) > kLargest) {
      Add(field, "OUT_OF_RANGE", "{} is outside -1e15 to 1e15", value);
    }
  }

  void CheckPositive(const std::string& field, double value) {
    if (!std::isfinite(value) || value < kSmallest || value > kLargest) {
      Add(field, "NOT_POSITIVE", "{} must be a number > 0 (1e-9 or more) and at most 1e15", value);
    }
  }

  static constexpr size_t kMaxText = 256;

  void CheckText(std::string field, std::string_view text) {
    if (auto problem = FindTextProblem(std::move(field), text, kMaxText)) violations_.push_back(*std::move(problem));
  }

  void CheckNames(const std::string& path, const std::map<std::string, std::string>& names) {
    if (names.size() > kMaxTiers) Add(path, "TOO_MANY", "{} languages; at most {}", names.size(), kMaxTiers);
    for (const auto& [language, name] : names) {
      CheckText(path + "[\"" + Shorten(language, 20) + "\"]", name);
      CheckText(path, language);
    }
  }

  void CheckFeature(const std::string& field, const std::string& name) {
    if (!is_feature_(name) && !derived_.contains(name)) {
      Add(field, "UNKNOWN_FEATURE", "\"{}\" is no feature; `rungctl features definitions` lists them", Shorten(name, 80));
    }
  }

  void CheckBenchmarks() {
    if (model_.benchmarks.size() > kMaxDimensions) {
      Add("benchmarks", "TOO_MANY", "{} benchmarks; at most {}", model_.benchmarks.size(), kMaxDimensions);
    }
    for (size_t i = 0; i < model_.benchmarks.size(); ++i) {
      const Benchmark& benchmark = model_.benchmarks[i];
      const std::string path = fmt::format("benchmarks[{}]", i);
      CheckId(path + ".name", benchmark.name);
      if (!benchmarks_.insert(benchmark.name).second) {
        Add(path + ".name", "DUPLICATE", "\"{}\" is given twice", benchmark.name);
      }
      CheckPositive(path + ".default_value", benchmark.default_value);
      if (benchmark.overrides.size() > kMaxOverrides) {
        Add(path + ".overrides", "TOO_MANY", "{} overrides; at most {}", benchmark.overrides.size(), kMaxOverrides);
      }
      std::set<std::pair<std::string, std::string>> seen;
      for (size_t k = 0; k < benchmark.overrides.size(); ++k) {
        const Benchmark::Override& item = benchmark.overrides[k];
        const std::string item_path = fmt::format("{}.overrides[{}]", path, k);
        CheckPositive(item_path + ".value", item.value);
        CheckText(item_path + ".region", item.region);
        CheckText(item_path + ".segment", item.segment);
        if (item.region.empty() && item.segment.empty()) {
          Add(item_path, "EMPTY", "give a region, a segment or both; the value for everybody is default_value");
        }
        if (!seen.insert({item.region, item.segment}).second) {
          Add(item_path, "DUPLICATE", "region \"{}\", segment \"{}\" is given twice", item.region, item.segment);
        }
      }
    }
  }

  void CheckDerivedFeatures() {
    if (model_.derived_features.size() > kMaxDimensions) {
      Add("derived_features", "TOO_MANY", "{} derived features; at most {}", model_.derived_features.size(), kMaxDimensions);
    }
    for (size_t i = 0; i < model_.derived_features.size(); ++i) {
      const DerivedFeature& derived = model_.derived_features[i];
      const std::string path = fmt::format("derived_features[{}]", i);
      CheckId(path + ".name", derived.name);
      if (is_feature_(derived.name)) Add(path + ".name", "DUPLICATE", "\"{}\" is a feature already", derived.name);
      if (derived.first_known_of.empty()) Add(path + ".first_known_of", "EMPTY", "name at least one feature");
      for (size_t k = 0; k < derived.first_known_of.size(); ++k) {
        CheckFeature(fmt::format("{}.first_known_of[{}]", path, k), derived.first_known_of[k]);
      }
    }
    // Only now, so that a derived feature can't be made of derived features.
    for (const DerivedFeature& derived : model_.derived_features) {
      if (!derived_.insert(derived.name).second) {
        Add("derived_features", "DUPLICATE", "\"{}\" is given twice", derived.name);
      }
    }
  }

  void CheckDimensions() {
    if (model_.dimensions.empty()) Add("dimensions", "EMPTY", "a model scored by dimensions needs at least one");
    if (model_.dimensions.size() > kMaxDimensions) {
      Add("dimensions", "TOO_MANY", "{} dimensions; at most {}", model_.dimensions.size(), kMaxDimensions);
    }
    Micro sum = 0;
    std::set<std::string> names;
    for (size_t i = 0; i < model_.dimensions.size(); ++i) {
      const Dimension& dimension = model_.dimensions[i];
      const std::string path = fmt::format("dimensions[{}]", i);
      CheckId(path + ".name", dimension.name);
      if (!names.insert(dimension.name).second) Add(path + ".name", "DUPLICATE", "\"{}\" is given twice", dimension.name);
      sum += CheckWeight(path + ".weight", dimension.weight);
      CheckFactors(path, dimension);
    }
    if (sum <= 0 && !model_.dimensions.empty()) Add("dimensions", "WEIGHTS_SUM", "all weights are 0; the score would be undefined");
    if (model_.weight_policy == WeightPolicy::kReject && sum != kOneMicro) {
      Add("dimensions", "WEIGHTS_SUM",
          "the weights add up to {}; with WEIGHT_POLICY_REJECT they must add up to 1 ({} one of them by {}, or "
          "use WEIGHT_POLICY_NORMALISE)",
          Decimal(sum), sum > kOneMicro ? "lower" : "raise", std::fabs(Decimal(sum - kOneMicro)));
    }
  }

  // The weight, or 0 when it is out of range: sums stay meaningful.
  Micro CheckWeight(const std::string& field, Micro weight) {
    if (weight >= 0 && weight <= 1'000'000 * kOneMicro) return weight;
    Add(field, "OUT_OF_RANGE", "{} is outside 0 to 1000000", Decimal(weight));
    return 0;
  }

  void CheckFactors(const std::string& path, const Dimension& dimension) {
    if (dimension.factors.empty()) Add(path + ".factors", "EMPTY", "a dimension needs at least one factor");
    if (dimension.factors.size() > kMaxFactors) {
      Add(path + ".factors", "TOO_MANY", "{} factors; at most {}", dimension.factors.size(), kMaxFactors);
    }
    Micro sum = 0;
    for (size_t k = 0; k < dimension.factors.size(); ++k) {
      const Factor& factor = dimension.factors[k];
      const std::string factor_path = fmt::format("{}.factors[{}]", path, k);
      CheckFeature(factor_path + ".feature", factor.feature);
      if (!factor.benchmark.empty() && !benchmarks_.contains(factor.benchmark)) {
        Add(factor_path + ".benchmark", "UNKNOWN_BENCHMARK", "\"{}\" isn't among the model's benchmarks", factor.benchmark);
      }
      sum += CheckWeight(factor_path + ".weight", factor.weight);
      std::visit([&](const auto& normaliser) { CheckNormaliser(factor_path + ".normaliser", normaliser); },
                 factor.normaliser);
    }
    if (dimension.combine == Combine::kWeightedMean && sum <= 0 && !dimension.factors.empty()) {
      Add(path + ".factors", "WEIGHTS_SUM", "the factors' weights are all 0");
    }
  }

  void CheckNormaliser(const std::string& path, const Knots& normaliser) {
    const auto& knots = normaliser.knots;
    if (knots.empty() || knots.size() > kMaxKnots) {
      Add(path + ".knots.knots", "OUT_OF_RANGE", "{} knots; 1 to {}", knots.size(), kMaxKnots);
    }
    for (size_t i = 0; i < knots.size(); ++i) {
      const std::string knot = fmt::format("{}.knots.knots[{}]", path, i);
      CheckFinite(knot + ".x", knots[i].x);
      if (!(knots[i].y >= 0 && knots[i].y <= 100)) Add(knot + ".y", "OUT_OF_RANGE", "{} is outside 0 to 100", knots[i].y);
      if (i > 0 && !(knots[i].x > knots[i - 1].x)) {
        Add(knot + ".x", "OUT_OF_ORDER", "{} must be greater than the knot before it ({})", knots[i].x, knots[i - 1].x);
      }
    }
  }
  void CheckNormaliser(const std::string& path, const Saturate& normaliser) { CheckPositive(path + ".saturate.at", normaliser.at); }
  void CheckNormaliser(const std::string& path, const TargetOver& normaliser) { CheckPositive(path + ".target_over.target", normaliser.target); }
  void CheckNormaliser(const std::string& path, const Penalty& normaliser) { CheckPositive(path + ".penalty.slope", normaliser.slope); }
  void CheckNormaliser(const std::string& path, const Reciprocal& normaliser) { CheckPositive(path + ".reciprocal.tau", normaliser.tau); }
  void CheckNormaliser(const std::string&, const Identity&) {}
  void CheckNormaliser(const std::string&, const ToMax&) {}
  void CheckNormaliser(const std::string&, const Percentile&) {}
  void CheckNormaliser(const std::string& path, const MinMax& normaliser) {
    CheckFinite(path + ".min_max.low", normaliser.low);
    CheckFinite(path + ".min_max.high", normaliser.high);
    if (!(normaliser.high > normaliser.low)) {
      Add(path + ".min_max.high", "OUT_OF_ORDER", "{} must be greater than low ({})", normaliser.high, normaliser.low);
    }
  }
  void CheckNormaliser(const std::string& path, const Bands& normaliser) {
    const auto& bands = normaliser.bands;
    if (bands.empty() || bands.size() > kMaxKnots) {
      Add(path + ".bands.bands", "OUT_OF_RANGE", "{} bands; 1 to {}", bands.size(), kMaxKnots);
    }
    for (size_t i = 0; i < bands.size(); ++i) {
      const std::string band = fmt::format("{}.bands.bands[{}]", path, i);
      CheckFinite(band + ".from", bands[i].from);
      if (!(bands[i].value >= 0 && bands[i].value <= 1)) Add(band + ".value", "OUT_OF_RANGE", "{} is outside 0 to 1", bands[i].value);
      if (i > 0 && !(bands[i].from > bands[i - 1].from)) {
        Add(band + ".from", "OUT_OF_ORDER", "{} must be greater than the band before it ({})", bands[i].from, bands[i - 1].from);
      }
    }
  }

  void CheckMultipliers() {
    if (model_.multiplier_min < 0 || model_.multiplier_max < model_.multiplier_min ||
        model_.multiplier_max > 100 * kOneMicro) {
      Add("multiplier_bounds", "OUT_OF_RANGE", "[{}, {}] must satisfy 0 <= min <= max <= 100",
          Decimal(model_.multiplier_min), Decimal(model_.multiplier_max));
    }
    if (model_.multipliers.size() > kMaxDimensions) {
      Add("multipliers", "TOO_MANY", "{} multipliers; at most {}", model_.multipliers.size(), kMaxDimensions);
    }
    for (size_t i = 0; i < model_.multipliers.size(); ++i) {
      const Multiplier& multiplier = model_.multipliers[i];
      const std::string path = fmt::format("multipliers[{}]", i);
      CheckId(path + ".name", multiplier.name);
      if (multiplier.factor < 0 || multiplier.factor > 100 * kOneMicro) {
        Add(path + ".factor", "OUT_OF_RANGE", "{} is outside 0 to 100", Decimal(multiplier.factor));
      }
      CheckFeature(path + ".when.feature", multiplier.when.feature);
      CheckFinite(path + ".when.value", multiplier.when.value);
    }
  }

  void CheckStability() {
    const Stability& stability = model_.stability;
    if (stability.protection_months < 0 || stability.protection_months > 120) {
      Add("stability.protection_months", "OUT_OF_RANGE", "{} is outside 0 to 120", stability.protection_months);
    }
    const bool rules = model_.ladder_kind == LadderKind::kRules;
    if (stability.margin < 0 || stability.margin > kMaxScoreMilli) {
      Add("stability.margin_points", "OUT_OF_RANGE", "{} is outside 0 to 100", stability.margin / 1000.0);
    } else if (stability.margin > 0 && rules) {
      Add("stability.margin_points", "MISMATCH", "rules have no bound in points; use margin_ratio, or 0");
    }
    if (stability.margin_ratio < 0 || stability.margin_ratio > kOneMicro) {
      Add("stability.margin_ratio", "OUT_OF_RANGE", "{} is outside 0 to 1", Decimal(stability.margin_ratio));
    } else if (stability.margin_ratio > 0 && !rules) {
      Add("stability.margin_ratio", "MISMATCH", "only LADDER_KIND_RULES has it; use margin_points, or 0");
    }
    if (stability.max_levels_down < 0 || stability.max_levels_down > static_cast<int>(kMaxTiers)) {
      Add("stability.max_levels_down", "OUT_OF_RANGE", "{} is outside 0 (no limit) to {}", stability.max_levels_down, kMaxTiers);
    }
    if (stability.confirmation_batches < 1 || stability.confirmation_batches > kMaxConfirmations) {
      Add("stability.confirmation_batches", "OUT_OF_RANGE", "{} is outside 1 to {}", stability.confirmation_batches,
          kMaxConfirmations);
    }
  }

  void CheckTiers() {
    if (model_.tiers.empty()) Add("tiers", "EMPTY", "a ladder needs at least one tier");
    if (model_.tiers.size() > kMaxTiers) Add("tiers", "TOO_MANY", "{} tiers; at most {}", model_.tiers.size(), kMaxTiers);
    if (model_.score_kind == ScoreKind::kAttainment && model_.ladder_kind != LadderKind::kRules) {
      Add("score_kind", "MISMATCH", "SCORE_KIND_ATTAINMENT needs a ladder of rules");
    }
    std::set<std::string> codes;
    for (size_t i = 0; i < model_.tiers.size(); ++i) {
      const Tier& tier = model_.tiers[i];
      const std::string path = fmt::format("tiers[{}]", i);
      CheckId(path + ".code", tier.code);
      CheckNames(path + ".names", tier.names);
      CheckText(path + ".badge", tier.badge);
      if (!codes.insert(tier.code).second) Add(path + ".code", "DUPLICATE", "\"{}\" is given twice", tier.code);
      const bool bottom = i + 1 == model_.tiers.size();
      if (model_.ladder_kind != LadderKind::kRules && !tier.rules.criteria.empty()) {
        Add(path + ".rules", "MISMATCH", "criteria need LADDER_KIND_RULES");
      }
      if (tier.share < 0 || tier.share > kOneMicro) {
        Add(path + ".share", "OUT_OF_RANGE", "{} is outside 0 to 1", Decimal(tier.share));
      }
      switch (model_.ladder_kind) {
        case LadderKind::kThresholds:
          CheckThreshold(path, i, bottom);
          break;
        case LadderKind::kShares:
          CheckShare(path, i, bottom);
          break;
        case LadderKind::kRules:
          CheckRules(path, tier.rules, bottom);
          break;
      }
    }
  }

  void CheckThreshold(const std::string& path, size_t i, bool bottom) {
    const ScoreMilli bound = model_.tiers[i].lower_bound;
    if (bound < 0 || bound > kMaxScoreMilli) {
      Add(path + ".lower_bound", "OUT_OF_RANGE", "{} is outside 0 to 100 points", bound / 1000.0);
    }
    if (i > 0 && bound >= model_.tiers[i - 1].lower_bound) {
      Add(path + ".lower_bound", "OUT_OF_ORDER", "{} must be below the tier above it ({})", bound / 1000.0,
          model_.tiers[i - 1].lower_bound / 1000.0);
    }
    if (bottom && bound != 0) {
      Add(path + ".lower_bound", "BOTTOM_NOT_DEFAULT", "{} must be 0: the bottom tier is the default", bound / 1000.0);
    }
  }

  void CheckShare(const std::string& path, size_t i, bool bottom) {
    const Micro share = model_.tiers[i].share;
    if (share == 0) Add(path + ".share", "OUT_OF_RANGE", "0 is outside (0, 1]");
    if (i > 0 && share <= model_.tiers[i - 1].share) {
      Add(path + ".share", "OUT_OF_ORDER", "{} must be greater than the tier above it ({}): shares are cumulative",
          Decimal(share), Decimal(model_.tiers[i - 1].share));
    }
    if (bottom && share != kOneMicro) {
      Add(path + ".share", "BOTTOM_NOT_DEFAULT", "{} must be 1: the bottom tier is the default", Decimal(share));
    }
  }

  void CheckRules(const std::string& path, const Rules& rules, bool bottom) {
    if (bottom) {
      if (!rules.criteria.empty()) {
        Add(path + ".rules", "BOTTOM_NOT_DEFAULT", "the bottom tier is the default and takes no criteria");
      }
      return;
    }
    if (rules.criteria.empty() || rules.criteria.size() > kMaxFactors) {
      Add(path + ".rules.criteria", "OUT_OF_RANGE", "{} criteria; 1 to {}", rules.criteria.size(), kMaxFactors);
    }
    if (rules.at_least < 1 || rules.at_least > static_cast<int>(rules.criteria.size())) {
      Add(path + ".rules.at_least", "OUT_OF_RANGE", "{} of {} criteria; 1 to {}", rules.at_least,
          rules.criteria.size(), rules.criteria.size());
    }
    for (size_t k = 0; k < rules.criteria.size(); ++k) {
      const Criterion& criterion = rules.criteria[k];
      const std::string item = fmt::format("{}.rules.criteria[{}]", path, k);
      CheckFeature(item + ".feature", criterion.condition.feature);
      if (criterion.top_share) {
        if (*criterion.top_share <= 0 || *criterion.top_share > kOneMicro) {
          Add(item + ".top_share", "OUT_OF_RANGE", "{} is outside (0, 1]", Decimal(*criterion.top_share));
        }
      } else {
        CheckFinite(item + ".value", criterion.condition.value);
        if (model_.score_kind == ScoreKind::kAttainment && !(criterion.condition.value > 0)) {
          Add(item + ".value", "NOT_POSITIVE", "{} must be > 0 for SCORE_KIND_ATTAINMENT", criterion.condition.value);
        }
      }
    }
  }

  const Model& model_;
  const std::function<bool(std::string_view)>& is_feature_;
  std::set<std::string> benchmarks_;
  std::set<std::string> derived_;
  std::vector<Violation> violations_;
};

}  // namespace

double Benchmark::For(std::string_view region, std::string_view segment) const {
  const Override* best = nullptr;
  int best_rank = 0;
  for (const Override& item : overrides) {
    if (!item.region.empty() && item.region != region) continue;
    if (!item.segment.empty() && item.segment != segment) continue;
    const int rank = (item.segment.empty() ? 0 : 2) + (item.region.empty() ? 0 : 1);
    if (rank > best_rank) {
      best = &item;
      best_rank = rank;
    }
  }
  return best == nullptr ? default_value : best->value;
}

std::vector<Violation> Validate(const Model& model, const std::function<bool(std::string_view)>& is_feature) {
  return Validator(model, is_feature).Run();
}

}  // namespace rung::scoring
