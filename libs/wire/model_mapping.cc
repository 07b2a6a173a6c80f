#include "libs/wire/model_mapping.h"

#include <cmath>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/wire/condition_mapping.h"

namespace rung::wire {
namespace {

namespace pb = grading::v1;
using namespace scoring;

class ModelReader {
 public:
  explicit ModelReader(std::vector<Violation>& violations) : violations_(violations) {}

  Model Read(const pb::Model& in) {
    Model out;
    out.model_id = in.model_id();
    out.names = {in.names().begin(), in.names().end()};
    out.score_kind = in.score_kind() == pb::SCORE_KIND_ATTAINMENT ? ScoreKind::kAttainment : ScoreKind::kDimensions;
    out.weight_policy = in.weight_policy() == pb::WEIGHT_POLICY_REJECT ? WeightPolicy::kReject : WeightPolicy::kNormalise;
    CheckEnum("score_kind", pb::ScoreKind_IsValid(in.score_kind()), in.score_kind());
    CheckEnum("weight_policy", pb::WeightPolicy_IsValid(in.weight_policy()), in.weight_policy());
    for (int i = 0; i < in.dimensions_size(); ++i) {
      out.dimensions.push_back(ReadDimension(in.dimensions(i), fmt::format("dimensions[{}]", i)));
    }
    for (int i = 0; i < in.multipliers_size(); ++i) {
      const pb::Multiplier& item = in.multipliers(i);
      const std::string path = fmt::format("multipliers[{}]", i);
      out.multipliers.push_back({item.name(), ToMicro(path + ".factor", item.factor()),
                                 {item.when().feature(), ReadComparison(path + ".when", item.when().comparison()),
                                  item.when().value()}});
    }
    if (in.has_multiplier_bounds()) {
      out.multiplier_min = ToMicro("multiplier_bounds.min", in.multiplier_bounds().min());
      out.multiplier_max = ToMicro("multiplier_bounds.max", in.multiplier_bounds().max());
    }
    for (const pb::Benchmark& item : in.benchmarks()) {
      Benchmark& benchmark = out.benchmarks.emplace_back(Benchmark{item.name(), item.default_value(), {}});
      for (const auto& value : item.overrides()) {
        benchmark.overrides.push_back({value.region(), value.segment(), value.value()});
      }
    }
    for (const pb::DerivedFeature& item : in.derived_features()) {
      out.derived_features.push_back({item.name(), {item.first_known_of().begin(), item.first_known_of().end()}});
    }
    ReadLadder(in, out);
    ReadStability(in.stability(), out.stability);
    if (in.display_scale() != 0) out.display_scale = in.display_scale();
    return out;
  }

 private:
  void Add(std::string field, std::string reason, std::string message) {
    violations_.push_back({std::move(field), std::move(reason), std::move(message)});
  }

  void CheckEnum(const std::string& field, bool valid, int value) {
    if (!valid) Add(field, "UNKNOWN_VALUE", fmt::format("{} is no value of this release", value));
  }

  // Fixed-point with `unit` steps to 1. A decimal that it can't hold is refused, never rounded in silence.
  int64_t ToFixed(const std::string& field, double value, double unit, int decimals) {
    if (!std::isfinite(value) || std::fabs(value) > 1e9) {
      Add(field, std::isfinite(value) ? "OUT_OF_RANGE" : "NOT_FINITE", fmt::format("{} isn't a number up to 10^9", value));
      return 0;
    }
    const double scaled = std::round(value * unit);
    if (std::fabs(scaled / unit - value) > 1e-12 * std::max(1.0, std::fabs(value))) {
      Add(field, "TOO_PRECISE", fmt::format("{} has more than {} decimals", value, decimals));
    }
    return static_cast<int64_t>(scaled);
  }
  Micro ToMicro(const std::string& field, double value) { return ToFixed(field, value, 1e6, 6); }

  // Points in thousandths. What no score can be is refused here, where its value is still known.
  ScoreMilli ToPoints(const std::string& field, double value) {
    const int64_t points = ToFixed(field, value, 1e3, 3);
    if (points >= 0 && points <= kMaxScoreMilli) return static_cast<ScoreMilli>(points);
    Add(field, "OUT_OF_RANGE", fmt::format("{} is outside 0 to 100 points", value));
    return points < 0 ? -1 : kMaxScoreMilli + 1;
  }

  void ReadStability(const pb::Stability& in, Stability& out) {
    if (in.has_protection_months()) out.protection_months = in.protection_months();
    out.margin = ToPoints("stability.margin_points", in.margin_points());
    out.margin_ratio = ToMicro("stability.margin_ratio", in.margin_ratio());
    out.max_levels_down = in.max_levels_down();
    if (in.has_confirmation_batches()) out.confirmation_batches = in.confirmation_batches();
  }

  Comparison ReadComparison(const std::string& path, pb::Comparison comparison) {
    return ComparisonFromWire(comparison, path, violations_);
  }

  Dimension ReadDimension(const pb::Dimension& in, const std::string& path) {
    Dimension out;
    out.name = in.name();
    out.weight = ToMicro(path + ".weight", in.weight());
    out.combine = in.combine() == pb::COMBINE_WEIGHTED_MEAN ? Combine::kWeightedMean : Combine::kProduct;
    CheckEnum(path + ".combine", pb::Combine_IsValid(in.combine()), in.combine());
    CheckEnum(path + ".missing", pb::MissingPolicy_IsValid(in.missing()), in.missing());
    if (in.missing() == pb::MISSING_POLICY_NEUTRAL) out.missing = MissingPolicy::kNeutral;
    if (in.missing() == pb::MISSING_POLICY_RENORMALISE) out.missing = MissingPolicy::kRenormalise;
    for (int k = 0; k < in.factors_size(); ++k) {
      const pb::Factor& item = in.factors(k);
      const std::string factor_path = fmt::format("{}.factors[{}]", path, k);
      Factor& factor = out.factors.emplace_back();
      factor.feature = item.feature();
      factor.benchmark = item.benchmark();
      if (item.has_weight()) factor.weight = ToMicro(factor_path + ".weight", item.weight());
      factor.normaliser = ReadNormaliser(item.normaliser(), factor_path + ".normaliser");
    }
    return out;
  }

  Normaliser ReadNormaliser(const pb::Normaliser& in, const std::string& path) {
    switch (in.kind_case()) {
      case pb::Normaliser::kKnots: {
        Knots out;
        for (const auto& knot : in.knots().knots()) out.knots.push_back({knot.x(), knot.y()});
        return out;
      }
      case pb::Normaliser::kSaturate:
        return Saturate{in.saturate().at()};
      case pb::Normaliser::kTargetOver:
        return TargetOver{in.target_over().target()};
      case pb::Normaliser::kPenalty:
        return Penalty{in.penalty().slope()};
      case pb::Normaliser::kIdentity:
        return Identity{};
      case pb::Normaliser::kReciprocal:
        return Reciprocal{in.reciprocal().tau()};
      case pb::Normaliser::kToMax:
        return ToMax{};
      case pb::Normaliser::kPercentile:
        return Percentile{in.percentile().lower_is_better()};
      case pb::Normaliser::kMinMax:
        return MinMax{in.min_max().low(), in.min_max().high()};
      case pb::Normaliser::kBands: {
        Bands out;
        for (const auto& band : in.bands().bands()) out.bands.push_back({band.from(), band.value()});
        return out;
      }
      case pb::Normaliser::KIND_NOT_SET:
        Add(path, "REQUIRED", "choose one of knots, saturate, target_over, penalty, identity, reciprocal, to_max, "
            "percentile, min_max, bands");
    }
    return Identity{};
  }

  void ReadLadder(const pb::Model& in, Model& out) {
    switch (in.ladder_kind()) {
      case pb::LADDER_KIND_THRESHOLDS:
        out.ladder_kind = LadderKind::kThresholds;
        break;
      case pb::LADDER_KIND_SHARES:
        out.ladder_kind = LadderKind::kShares;
        break;
      case pb::LADDER_KIND_RULES:
        out.ladder_kind = LadderKind::kRules;
        break;
      default:
        Add("ladder_kind", "REQUIRED", "choose LADDER_KIND_THRESHOLDS, LADDER_KIND_SHARES or LADDER_KIND_RULES");
    }
    for (int i = 0; i < in.tiers_size(); ++i) {
      const pb::Tier& item = in.tiers(i);
      const std::string path = fmt::format("tiers[{}]", i);
      Tier& tier = out.tiers.emplace_back();
      tier.code = item.code();
      tier.names = {item.names().begin(), item.names().end()};
      tier.badge = item.badge();
      tier.lower_bound = ToPoints(path + ".lower_bound", item.lower_bound());
      tier.share = ToMicro(path + ".share", item.share());
      tier.rules = ReadRules(item.rules(), path + ".rules");
    }
  }

  Rules ReadRules(const pb::Rules& in, const std::string& path) {
    Rules out;
    for (int k = 0; k < in.criteria_size(); ++k) {
      const pb::Rules::Criterion& item = in.criteria(k);
      const std::string item_path = fmt::format("{}.criteria[{}]", path, k);
      Criterion& criterion = out.criteria.emplace_back();
      criterion.condition = {item.feature(), ReadComparison(item_path, item.comparison()), item.value()};
      if (item.has_top_share()) criterion.top_share = ToMicro(item_path + ".top_share", item.top_share());
    }
    CheckEnum(path + ".mode", pb::Rules::Mode_IsValid(in.mode()), in.mode());
    switch (in.mode()) {
      case pb::Rules::MODE_ANY:
        out.at_least = 1;
        break;
      case pb::Rules::MODE_AT_LEAST:
        out.at_least = in.at_least();
        break;
      default:
        out.at_least = in.criteria_size();
    }
    return out;
  }

  std::vector<Violation>& violations_;
};

}  // namespace

Model FromWire(const pb::Model& in, std::vector<Violation>& violations) { return ModelReader(violations).Read(in); }

absl::StatusOr<pb::Model> ParseModelJson(std::string_view json) {
  pb::Model model;
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &model);
  if (!status.ok()) {
    return WithReason(InvalidArgumentError("the model isn't valid JSON of rung.grading.v1.Model: {}",
                                           std::string(status.message().data(), status.message().size())),
                      "BAD_MODEL_JSON");
  }
  return model;
}

std::string ModelJson(const pb::Model& model) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(model, &json, options);
  return status.ok() ? json : std::string();
}

}  // namespace rung::wire
