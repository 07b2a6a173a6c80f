// Dimensions, factors and multipliers: what is counted twice, what runs the wrong way, what changes nothing.
#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "libs/scoring/lint_parts.h"
#include "libs/scoring/reach.h"

namespace rung::scoring::lint {
namespace {

// A normaliser's y at its own points, in the order of x; empty for those of a fixed direction.
std::vector<double> Steps(const Normaliser& normaliser) {
  std::vector<double> steps;
  if (const auto* knots = std::get_if<Knots>(&normaliser)) {
    for (const Knot& knot : knots->knots) steps.push_back(knot.y);
  } else if (const auto* bands = std::get_if<Bands>(&normaliser)) {
    for (const Band& band : bands->bands) steps.push_back(100 * band.value);
  }
  return steps;
}

struct Slope {
  bool rises = false;
  bool falls = false;
  size_t turn = 0;  // first point where it goes against its first direction
};

Slope SlopeOf(const Normaliser& normaliser) {
  Slope slope;
  const std::vector<double> steps = Steps(normaliser);
  for (size_t i = 1; i < steps.size(); ++i) {
    const bool up = steps[i] > steps[i - 1], down = steps[i] < steps[i - 1];
    if (slope.turn == 0 && ((up && slope.falls) || (down && slope.rises))) slope.turn = i;
    slope.rises |= up;
    slope.falls |= down;
  }
  if (const auto* percentile = std::get_if<Percentile>(&normaliser)) {
    (percentile->lower_is_better ? slope.falls : slope.rises) = true;
  } else if (std::holds_alternative<TargetOver>(normaliser) || std::holds_alternative<Penalty>(normaliser) ||
             std::holds_alternative<Reciprocal>(normaliser)) {
    slope.falls = true;
  } else if (steps.empty()) {
    slope.rises = true;
  }
  return slope;
}

void CheckDirection(const std::string& path, const Factor& factor, int direction, Findings& out) {
  const Slope slope = SlopeOf(factor.normaliser);
  const bool knots = std::holds_alternative<Knots>(factor.normaliser);
  if (slope.rises && slope.falls) {
    const std::string field = knots ? fmt::format("{}.normaliser.knots.knots[{}].y", path, slope.turn)
                                    : fmt::format("{}.normaliser.bands.bands[{}].value", path, slope.turn);
    out.Add(field, Severity::kWarning, "NOT_MONOTONE",
            {fmt::format("more of {} first raises the score and then lowers it, or the other way round", factor.feature),
             fmt::format("{}增加时得分先升后降，或先降后升", factor.feature)},
            {"let the values only rise or only fall, unless there is a best amount", "让取值只升或只降，除非确有最佳值"});
    return;
  }
  if ((direction > 0 && slope.falls) || (direction < 0 && slope.rises)) {
    out.Add(path + ".normaliser", Severity::kWarning, "AGAINST_DIRECTION",
            {fmt::format("{} {} is good for business, and lowers the score here", direction > 0 ? "more" : "less", factor.feature),
             fmt::format("{}{}对业务更有利，在这里却降低得分", factor.feature, direction > 0 ? "越高" : "越低")},
            {direction > 0 ? "use a rising normaliser (knots, saturate, percentile)"
                           : "use a falling normaliser (penalty, target_over, reciprocal, percentile with lower_is_better)",
             direction > 0 ? "改用递增的归一化（knots、saturate、percentile）"
                           : "改用递减的归一化（penalty、target_over、reciprocal、lower_is_better的percentile）"});
  }
}

void CheckBands(const std::string& path, const Factor& factor, Findings& out) {
  const auto* bands = std::get_if<Bands>(&factor.normaliser);
  if (bands == nullptr) return;
  if (bands->bands.front().from > 0 && bands->bands.front().value > 0) {
    out.Add(path + ".normaliser.bands.bands[0].from",
            SlopeOf(factor.normaliser).falls ? Severity::kWarning : Severity::kNote, "BAND_GAP",
            {fmt::format("below {} no band applies and the factor is 0", bands->bands.front().from),
             fmt::format("低于{}时没有区间适用，因子为0", bands->bands.front().from)},
            {"add a band from 0 that says what applies there", "增加一个从0开始的区间，写明适用的取值"});
  }
  for (size_t i = 1; i < bands->bands.size(); ++i) {
    if (bands->bands[i].value != bands->bands[i - 1].value) continue;
    out.Add(fmt::format("{}.normaliser.bands.bands[{}]", path, i), Severity::kNote, "BAND_REPEATED",
            {"it gives the same value as the band before it", "与前一区间取值相同"}, {"remove it, or give another value", "删除它，或改为其他取值"});
  }
}

// The factor's values over today's base, whatever region or segment a customer has.
Range OverBase(const Model& model, const Factor& factor, const FeatureSummary& summary) {
  Range x{summary.low, summary.high};
  for (const Benchmark& benchmark : model.benchmarks) {
    if (benchmark.name != factor.benchmark) continue;
    double least = benchmark.default_value, most = benchmark.default_value;
    for (const Benchmark::Override& item : benchmark.overrides) {
      least = std::min(least, item.value);
      most = std::max(most, item.value);
    }
    x = {std::min(summary.low / least, summary.low / most), std::max(summary.high / least, summary.high / most)};
  }
  return RangeOf(factor.normaliser, x);
}

void CheckAgainstBase(const std::string& path, const Model& model, const Factor& factor, const BaseSummary* base, Findings& out) {
  const FeatureSummary* summary = SummaryOf(model, base, factor.feature);
  if (summary == nullptr) return;
  if (summary->present_count == 0) {
    out.Add(path + ".feature", Severity::kWarning, "FEATURE_MISSING_FOR_ALL",
            {fmt::format("no customer has \"{}\"", factor.feature), fmt::format("没有客户具有“{}”", factor.feature)},
            {"choose a feature that this installation has, or a derived feature with several candidates",
             "选用本系统已有的特征，或使用含多个候选的派生特征"});
    return;
  }
  const Range range = OverBase(model, factor, *summary);
  if (range.low != range.high) return;
  out.Add(path + ".normaliser", Severity::kWarning, "SAME_FOR_ALL",
          {fmt::format("every customer of today's base gets {} here: {} runs from {} to {}", range.low, factor.feature, summary->low, summary->high),
           fmt::format("今日所有客户在此处都得到{}：{}的范围为{}至{}", range.low, factor.feature, summary->low, summary->high)},
          {"move the normaliser's points into that range, or remove the factor", "把归一化的取值点移到该范围内，或删除该因子"});
}

// Features by the path where they were first used.
class Uses {
 public:
  Uses(const LintInputs& inputs, Findings& out) : inputs_(inputs), out_(out) {}

  void Add(const std::string& field, const std::string& feature, bool multiplier) {
    const std::string family = inputs_.traits(feature).family;
    const auto same = features_.find(feature);
    const auto related = family.empty() ? families_.end() : families_.find(family);
    if (same != features_.end()) {
      Report(field, multiplier ? Severity::kNote : Severity::kWarning, feature, same->second, feature);
    } else if (related != families_.end()) {
      Report(field, Severity::kNote, feature, related->second.first, related->second.second);
    }
    if (multiplier) return;  // several multipliers on one feature are steps of one rule
    features_.try_emplace(feature, field);
    if (!family.empty()) families_.try_emplace(family, field, feature);
  }

 private:
  void Report(const std::string& field, Severity severity, const std::string& feature, const std::string& other_field, const std::string& other) {
    out_.Add(field, severity, "FEATURE_COUNTED_TWICE",
             {fmt::format("\"{}\" is counted here and at {} (\"{}\")", feature, other_field, other),
              fmt::format("“{}”在此处与{}（“{}”）重复计入", feature, other_field, other)},
             {"remove one of the two, or split the weight between them on purpose", "删除其一，或有意识地在两者之间分配权重"});
  }

  const LintInputs& inputs_;
  Findings& out_;
  std::map<std::string, std::string> features_;
  std::map<std::string, std::pair<std::string, std::string>> families_;
};

}  // namespace

void CheckDimensions(const Model& model, const LintInputs& inputs, Findings& out) {
  if (model.score_kind != ScoreKind::kDimensions) return;
  Uses uses(inputs, out);
  for (size_t d = 0; d < model.dimensions.size(); ++d) {
    const Dimension& dimension = model.dimensions[d];
    const std::string dimension_path = fmt::format("dimensions[{}]", d);
    if (dimension.weight == 0) {
      out.Add(dimension_path + ".weight", Severity::kNote, "ZERO_WEIGHT",
              {fmt::format("\"{}\" is computed and counts nothing", dimension.name), fmt::format("维度“{}”参与计算但不计分", dimension.name)},
              {"give it a weight, or remove it", "赋予权重，或将其删除"});
    }
    for (size_t f = 0; f < dimension.factors.size(); ++f) {
      const Factor& factor = dimension.factors[f];
      const std::string path = fmt::format("{}.factors[{}]", dimension_path, f);
      uses.Add(path + ".feature", factor.feature, false);
      CheckDirection(path, factor, inputs.traits(factor.feature).direction, out);
      CheckBands(path, factor, out);
      CheckAgainstBase(path, model, factor, inputs.base, out);
    }
  }
  for (size_t m = 0; m < model.multipliers.size(); ++m) {
    uses.Add(fmt::format("multipliers[{}].when.feature", m), model.multipliers[m].when.feature, true);
  }
}

void CheckMultipliers(const Model& model, const LintInputs& inputs, Findings& out) {
  for (size_t m = 0; m < model.multipliers.size(); ++m) {
    const Multiplier& multiplier = model.multipliers[m];
    const std::string path = fmt::format("multipliers[{}]", m);
    if (multiplier.factor == kOneMicro) {
      out.Add(path + ".factor", Severity::kNote, "NO_EFFECT", {"a factor of 1 changes nothing", "系数为1，没有作用"},
              {"give another factor, or remove it", "改为其他系数，或将其删除"});
    }
    if (multiplier.factor > model.multiplier_max || multiplier.factor < model.multiplier_min) {
      out.Add(path + ".factor", Severity::kWarning, "CLAMPED",
              {fmt::format("{} is cut to the bounds {} to {}", static_cast<double>(multiplier.factor) / kOneMicro,
                           static_cast<double>(model.multiplier_min) / kOneMicro, static_cast<double>(model.multiplier_max) / kOneMicro),
               fmt::format("{}会被截到{}至{}的范围", static_cast<double>(multiplier.factor) / kOneMicro,
                           static_cast<double>(model.multiplier_min) / kOneMicro, static_cast<double>(model.multiplier_max) / kOneMicro)},
              {"widen multiplier_bounds, or give a factor within them", "放宽multiplier_bounds，或使用范围内的系数"});
    }
    const FeatureSummary* summary = SummaryOf(model, inputs.base, multiplier.when.feature);
    if (summary == nullptr) continue;
    if (summary->present_count == 0 || !SomebodyMeets(multiplier.when, *summary)) {
      out.Add(path + ".when", Severity::kWarning, "NOBODY_MEETS",
              {summary->present_count == 0 ? fmt::format("no customer has \"{}\"", multiplier.when.feature)
                                           : fmt::format("no customer of today's base meets it: {} runs from {} to {}",
                                                         multiplier.when.feature, summary->low, summary->high),
               summary->present_count == 0 ? fmt::format("没有客户具有“{}”", multiplier.when.feature)
                                           : fmt::format("今日没有客户满足：{}的范围为{}至{}", multiplier.when.feature, summary->low, summary->high)},
              {"choose a bound within the base's range, or remove the multiplier", "在现有范围内选择界限，或删除该系数"});
    }
  }
}

}  // namespace rung::scoring::lint
