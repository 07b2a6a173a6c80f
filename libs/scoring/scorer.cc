#include "libs/scoring/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libs/scoring/condition.h"
#include "libs/scoring/normalise.h"

namespace rung::scoring {
namespace {

constexpr size_t kBlock = 512;  // rows at a time: the temporaries stay in the first-level cache
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// rank / n <= share, in integers: ranks and shares stay exact.
bool WithinShare(double rank, double n, Micro share) {
  return rank * static_cast<double>(kOneMicro) <= static_cast<double>(share) * n;
}

bool CriterionHolds(const Scorer::CompiledCriterion& compiled, const ScoreInputs& inputs, size_t row) {
  const Criterion& criterion = *compiled.criterion;
  return criterion.top_share
             ? WithinShare(inputs.ranks[compiled.ranked][row], inputs.rank_sizes[compiled.ranked], *criterion.top_share)
             : Holds(criterion.condition, inputs.features[compiled.column][row]);
}

// The rules with every bound loosened by a part of itself.
Rules Loosened(Rules rules, Micro ratio) {
  for (Criterion& criterion : rules.criteria) {
    if (criterion.top_share) {
      *criterion.top_share = std::min(kOneMicro, *criterion.top_share + *criterion.top_share * ratio / kOneMicro);
      continue;
    }
    Condition& condition = criterion.condition;
    const double slack = std::fabs(condition.value) * (static_cast<double>(ratio) / kOneMicro);
    const bool more = condition.comparison == Comparison::kGreater || condition.comparison == Comparison::kAtLeast;
    condition.value += more ? -slack : slack;
  }
  return rules;
}

// floor(1000 * score + 0.5) of the clamped score: never negative, so that cutting off is rounding down.
ScoreMilli Quantise(double score) {
  const double clamped = score > 100.0 ? 100.0 : (score < 0.0 ? 0.0 : score);
  return static_cast<ScoreMilli>(1000.0 * clamped + 0.5);
}

}  // namespace

// Fetches the next block's rows into the second-level cache, a few cache lines between any two passes over this block: the
// processor's own prefetching begins anew with every column of every block, and would leave the passes waiting.
class Scorer::NextBlock {
 public:
  NextBlock(const std::vector<const double*>& columns, size_t from, size_t rows)
      : columns_(columns), from_(from), to_(std::min(from + kBlock, rows)), column_(from < to_ ? 0 : columns.size()),
        row_(from) {}

  void FetchSome() {
    constexpr size_t kCacheLine = 64 / sizeof(double);
    constexpr int kLines = 32;  // more at once than the processor can wait for would hold it up
    for (int line = 0; line < kLines && column_ < columns_.size(); ++line) {
      if (row_ >= to_) {
        row_ = from_;
        if (++column_ == columns_.size()) return;
      }
      __builtin_prefetch(columns_[column_] + row_, 0, 2);
      row_ += kCacheLine;
    }
  }

 private:
  const std::vector<const double*>& columns_;
  const size_t from_, to_;
  size_t column_, row_;
};

Scorer::Scorer(Model model) : model_(std::move(model)), choices_(model_.derived_features.size(), 0) { Bind(); }

Scorer::Scorer(const Scorer& other) : model_(other.model_), features_(other.features_), choices_(other.choices_) { Bind(); }

void Scorer::SetChoices(const std::vector<int>& choices) {
  choices_ = choices;
  Bind();
}

void Scorer::Resolve(const std::vector<bool>& known) {
  for (size_t i = 0; i < model_.derived_features.size(); ++i) {
    const auto& candidates = model_.derived_features[i].first_known_of;
    choices_[i] = static_cast<int>(candidates.size()) - 1;
    for (size_t c = 0; c < candidates.size(); ++c) {
      const auto column = std::find(features_.begin(), features_.end(), candidates[c]) - features_.begin();
      if (static_cast<size_t>(column) < known.size() && known[column]) {
        choices_[i] = static_cast<int>(c);
        break;
      }
    }
  }
  Bind();
}

int Scorer::ColumnOf(const std::string& feature) {
  const auto plain = [&](const std::string& name) {
    const auto it = std::find(features_.begin(), features_.end(), name);
    if (it != features_.end()) return static_cast<int>(it - features_.begin());
    features_.push_back(name);
    return static_cast<int>(features_.size()) - 1;
  };
  for (size_t i = 0; i < model_.derived_features.size(); ++i) {
    const DerivedFeature& derived = model_.derived_features[i];
    if (derived.name != feature) continue;
    for (const std::string& candidate : derived.first_known_of) plain(candidate);
    return plain(derived.first_known_of[choices_[i]]);
  }
  return plain(feature);
}

int Scorer::IndexOf(std::vector<ComparedFeature>& list, const ComparedFeature& wanted) {
  const auto it = std::find(list.begin(), list.end(), wanted);
  if (it != list.end()) return static_cast<int>(it - list.begin());
  list.push_back(wanted);
  return static_cast<int>(list.size()) - 1;
}

void Scorer::Bind() {
  ranked_.clear();
  maxima_.clear();
  dimensions_.clear();
  multiplier_columns_.clear();
  criteria_.clear();
  for (const Dimension& dimension : model_.dimensions) {
    auto& factors = dimensions_.emplace_back();
    for (const Factor& factor : dimension.factors) {
      CompiledFactor compiled{&factor, ColumnOf(factor.feature), -1, -1, -1};
      for (size_t b = 0; b < model_.benchmarks.size(); ++b) {
        if (!factor.benchmark.empty() && model_.benchmarks[b].name == factor.benchmark) {
          compiled.benchmark = static_cast<int>(b);
        }
      }
      if (const auto* percentile = std::get_if<Percentile>(&factor.normaliser)) {
        compiled.ranked = IndexOf(ranked_, {compiled.column, compiled.benchmark, percentile->lower_is_better});
      } else if (std::holds_alternative<ToMax>(factor.normaliser)) {
        compiled.maximum = IndexOf(maxima_, {compiled.column, compiled.benchmark});
      }
      factors.push_back(compiled);
    }
  }
  for (const Multiplier& multiplier : model_.multipliers) {
    multiplier_columns_.push_back(ColumnOf(multiplier.when.feature));
  }
  lenient_rules_.clear();
  lenient_criteria_.clear();
  for (const Tier& tier : model_.tiers) lenient_rules_.push_back(Loosened(tier.rules, model_.stability.margin_ratio));
  for (size_t t = 0; t < model_.tiers.size(); ++t) {
    auto& criteria = criteria_.emplace_back();
    auto& lenient = lenient_criteria_.emplace_back();
    for (size_t k = 0; k < model_.tiers[t].rules.criteria.size(); ++k) {
      const Criterion& criterion = model_.tiers[t].rules.criteria[k];
      const int column = ColumnOf(criterion.condition.feature);
      criteria.push_back({&criterion, column, criterion.top_share ? IndexOf(ranked_, {column}) : -1});
      lenient.push_back({&lenient_rules_[t].criteria[k], column, criteria.back().ranked});
    }
  }
}

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
[[gnu::target_clones("arch=x86-64-v3", "default")]]
#endif
void Scorer::ComparedValues(const ComparedFeature& compared, const double* feature, const double* benchmark,
                            size_t count, double* out) const {
  if (compared.benchmark < 0) {
    std::copy_n(feature, count, out);
  } else if (benchmark == nullptr) {
    const double everybody = model_.benchmarks[compared.benchmark].default_value;
    for (size_t i = 0; i < count; ++i) out[i] = feature[i] / everybody;
  } else {
    for (size_t i = 0; i < count; ++i) out[i] = feature[i] / benchmark[i];
  }
}

void Scorer::Normalise(const CompiledFactor& compiled, const ScoreInputs& inputs, size_t from, size_t count,
                       double* out) const {
  const double* x = inputs.features[compiled.column] + from;
  double divided[kBlock];
  NormaliseContext context;
  const double* benchmark = compiled.benchmark < 0 ? nullptr : inputs.benchmarks[compiled.benchmark];
  if (compiled.benchmark >= 0 && benchmark == nullptr && std::holds_alternative<Knots>(compiled.factor->normaliser)) {
    context.divisor = model_.benchmarks[compiled.benchmark].default_value;
  } else if (compiled.benchmark >= 0) {
    ComparedValues({compiled.column, compiled.benchmark}, x, benchmark == nullptr ? nullptr : benchmark + from, count,
                   divided);
    x = divided;
  }
  if (compiled.ranked >= 0) {
    context.ranks = inputs.ranks[compiled.ranked] + from;
    context.rank_size = inputs.rank_sizes[compiled.ranked];
  }
  if (compiled.maximum >= 0) context.maximum = inputs.maxima[compiled.maximum];
  NormaliseColumn(compiled.factor->normaliser, x, context, count, out);
}

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
[[gnu::target_clones("arch=x86-64-v3", "default")]]
#endif
void Scorer::ScoreDimensions(const ScoreInputs& inputs, size_t from, size_t count, ScoreOutputs& outputs) const {
  double sum[kBlock], weights[kBlock], value[kBlock], factor[kBlock];
  std::fill_n(sum, count, 0.0);
  std::fill_n(weights, count, 0.0);
  // Weights are whole numbers, so their sum is exact in any order: only those that differ from row to row need a column.
  double common_weight = 0;
  NextBlock next(inputs.features, from + kBlock, inputs.rows);
  ScoreTrace* const trace = outputs.trace;
  for (size_t d = 0; d < dimensions_.size(); ++d) {
    const Dimension& dimension = model_.dimensions[d];
    const auto& factors = dimensions_[d];
    if (trace != nullptr) trace->factors.emplace_back();
    bool two = false;  // the last factor of a product is multiplied in while the dimension is added up
    if (dimension.combine == Combine::kProduct) {
      for (size_t f = 0; f < factors.size(); ++f) {
        if (two) {
          for (size_t i = 0; i < count; ++i) value[i] *= factor[i];
        }
        next.FetchSome();
        double* const normalised = f == 0 ? value : factor;
        Normalise(factors[f], inputs, from, count, normalised);
        if (trace != nullptr) trace->factors[d].push_back(normalised[0]);
        next.FetchSome();
        two = f > 0;
      }
    } else {
      double factor_weights[kBlock];
      std::fill_n(factor_weights, count, 0.0);
      std::fill_n(value, count, 0.0);
      for (const CompiledFactor& compiled : factors) {
        next.FetchSome();
        Normalise(compiled, inputs, from, count, factor);
        if (trace != nullptr) trace->factors[d].push_back(factor[0]);
        next.FetchSome();
        const auto weight = static_cast<double>(compiled.factor->weight);
        for (size_t i = 0; i < count; ++i) {
          const bool present = factor[i] == factor[i];
          value[i] += present ? weight * factor[i] : 0.0;
          factor_weights[i] += present ? weight : 0.0;
        }
      }
      for (size_t i = 0; i < count; ++i) value[i] = factor_weights[i] > 0 ? value[i] / factor_weights[i] : kNaN;
    }
    if (outputs.want_parts) {
      for (size_t i = 0; i < count; ++i) outputs.parts[d][from + i] = (two ? value[i] * factor[i] : value[i]) * 100.0;
    }
    next.FetchSome();
    const auto weight = static_cast<double>(dimension.weight);
    if (dimension.missing == MissingPolicy::kRenormalise) {
      for (size_t i = 0; i < count; ++i) {
        const double part = (two ? value[i] * factor[i] : value[i]) * 100.0;
        const bool present = part == part;
        sum[i] += present ? weight * part : 0.0;
        weights[i] += present ? weight : 0.0;
      }
    } else {
      const double instead = weight * (dimension.missing == MissingPolicy::kNeutral ? 50.0 : 0.0);
      common_weight += weight;
      for (size_t i = 0; i < count; ++i) {
        const double part = (two ? value[i] * factor[i] : value[i]) * 100.0;
        sum[i] += part == part ? weight * part : instead;
      }
    }
    if (trace != nullptr) {
      const double part = (two ? value[0] * factor[0] : value[0]) * 100.0;
      const bool left_out = dimension.missing == MissingPolicy::kRenormalise;
      const double instead = dimension.missing == MissingPolicy::kNeutral ? 50.0 : 0.0;
      trace->terms.push_back(part == part ? weight * part : (left_out ? 0.0 : weight * instead));
      trace->weights.push_back(part == part || !left_out ? weight : 0.0);
    }
  }
  next.FetchSome();
  for (size_t i = 0; i < count; ++i) {
    const double total = weights[i] + common_weight;
    sum[i] = total > 0 ? sum[i] / total : 0.0;
  }
  if (trace != nullptr) trace->base = sum[0];
  ApplyMultipliers(inputs, from, count, sum, trace);
  if (trace != nullptr) trace->raw = sum[0];
  for (size_t i = 0; i < count; ++i) outputs.scores[from + i] = Quantise(sum[i]);
}

void Scorer::ApplyMultipliers(const ScoreInputs& inputs, size_t from, size_t count, double* scores,
                              ScoreTrace* trace) const {
  if (model_.multipliers.empty()) return;
  const double low = static_cast<double>(model_.multiplier_min) / kOneMicro;
  const double high = static_cast<double>(model_.multiplier_max) / kOneMicro;
  for (size_t i = 0; i < count; ++i) {
    double product = 1.0;
    for (size_t m = 0; m < model_.multipliers.size(); ++m) {
      const Multiplier& multiplier = model_.multipliers[m];
      if (Holds(multiplier.when, inputs.features[multiplier_columns_[m]][from + i])) {
        product *= static_cast<double>(multiplier.factor) / kOneMicro;
      }
    }
    const double multiplier = std::clamp(product, low, high);
    if (trace != nullptr) trace->multiplier = multiplier;
    scores[i] *= multiplier;
  }
}

void Scorer::ScoreAttainment(const ScoreInputs& inputs, size_t from, size_t count, ScoreOutputs& outputs) const {
  const auto& criteria = criteria_.front();
  const auto total = static_cast<double>(criteria.size());
  for (size_t i = from; i < from + count; ++i) {
    double sum = 0;
    for (size_t c = 0; c < criteria.size(); ++c) {
      const CompiledCriterion& compiled = criteria[c];
      const double x = inputs.features[compiled.column][i];
      double attained = kNaN;
      if (compiled.ranked >= 0) {
        const double n = inputs.rank_sizes[compiled.ranked];
        attained = n > 0 ? (n - inputs.ranks[compiled.ranked][i] + 1.0) / n : x * 0.0;
      } else {
        const Condition& condition = compiled.criterion->condition;
        const bool more = condition.comparison == Comparison::kGreater || condition.comparison == Comparison::kAtLeast;
        const double ratio = more ? x / condition.value : condition.value / x;
        attained = ratio > 1.0 ? 1.0 : (ratio < 0.0 ? 0.0 : ratio);
        if (!more && x <= condition.value) attained = 1.0;
      }
      if (outputs.want_parts) outputs.parts[c][i] = 100.0 * attained;
      if (!std::isnan(attained)) sum += attained;
    }
    const double score = total > 0 ? sum / total * 100.0 : 0.0;
    if (outputs.trace != nullptr) outputs.trace->base = outputs.trace->raw = score;
    outputs.scores[i] = Quantise(score);
  }
}

bool Scorer::has_margin() const {
  return model_.ladder_kind == LadderKind::kRules ? model_.stability.margin_ratio > 0 : model_.stability.margin > 0;
}

// Bounds fall from tier to tier: the place is the number of bounds above the score.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
[[gnu::target_clones("arch=x86-64-v3", "default")]]
#endif
void Scorer::AssignByThresholds(size_t from, size_t count, ScoreMilli margin, const ScoreMilli* scores, uint8_t* tiers) const {
  scores += from;
  tiers += from;
  std::fill_n(tiers, count, uint8_t{0});
  for (size_t tier = 0; tier + 1 < model_.tiers.size(); ++tier) {
    const ScoreMilli bound = model_.tiers[tier].lower_bound - margin;
    for (size_t i = 0; i < count; ++i) tiers[i] = static_cast<uint8_t>(tiers[i] + (scores[i] < bound ? 1 : 0));
  }
}

void Scorer::AssignByRules(const ScoreInputs& inputs, size_t from, size_t count,
                           const std::vector<std::vector<CompiledCriterion>>& criteria, uint8_t* tiers) const {
  const size_t last = model_.tiers.size() - 1;
  for (size_t i = from; i < from + count; ++i) {
    size_t tier = 0;
    for (; tier < last; ++tier) {
      int holding = 0;
      for (const CompiledCriterion& compiled : criteria[tier]) holding += CriterionHolds(compiled, inputs, i);
      if (holding >= model_.tiers[tier].rules.at_least) break;
    }
    tiers[i] = static_cast<uint8_t>(tier);
  }
}

void Scorer::AssignTiers(const ScoreInputs& inputs, size_t from, size_t count, ScoreOutputs& outputs) const {
  uint8_t* lenient = has_margin() ? outputs.lenient_tiers.data() : nullptr;
  if (model_.ladder_kind == LadderKind::kThresholds) {
    AssignByThresholds(from, count, 0, outputs.scores.data(), outputs.tiers.data());
    if (lenient != nullptr) AssignByThresholds(from, count, model_.stability.margin, outputs.scores.data(), lenient);
  } else {
    AssignByRules(inputs, from, count, criteria_, outputs.tiers.data());
    if (lenient != nullptr) AssignByRules(inputs, from, count, lenient_criteria_, lenient);
  }
}

void Scorer::Score(const ScoreInputs& inputs, ScoreOutputs& outputs) const {
  outputs.scores.resize(inputs.rows);
  outputs.tiers.resize(inputs.rows);
  outputs.lenient_tiers.resize(has_margin() ? inputs.rows : 0);
  const bool attainment = model_.score_kind == ScoreKind::kAttainment;
  if (outputs.want_parts) {
    outputs.parts.assign(attainment ? criteria_.front().size() : dimensions_.size(),
                         std::vector<double>(inputs.rows));
  }
  for (size_t from = 0; from < inputs.rows; from += kBlock) {
    const size_t count = std::min(kBlock, inputs.rows - from);
    if (attainment) {
      ScoreAttainment(inputs, from, count, outputs);
    } else {
      ScoreDimensions(inputs, from, count, outputs);
    }
    if (model_.ladder_kind != LadderKind::kShares) AssignTiers(inputs, from, count, outputs);
  }
}

std::vector<bool> Scorer::MultipliersHolding(const std::vector<double>& features) const {
  std::vector<bool> holding;
  for (size_t m = 0; m < model_.multipliers.size(); ++m) {
    holding.push_back(Holds(model_.multipliers[m].when, features[multiplier_columns_[m]]));
  }
  return holding;
}

std::vector<bool> Scorer::CriteriaHolding(size_t tier, const ScoreInputs& inputs, size_t row) const {
  std::vector<bool> holding;
  for (const CompiledCriterion& compiled : criteria_[tier]) holding.push_back(CriterionHolds(compiled, inputs, row));
  return holding;
}

uint8_t Scorer::TierByShare(int64_t rank, int64_t n) const {
  if (rank <= 0 || n <= 0) return bottom_tier();
  for (size_t tier = 0; tier + 1 < model_.tiers.size(); ++tier) {
    if (WithinShare(static_cast<double>(rank), static_cast<double>(n), model_.tiers[tier].share)) {
      return static_cast<uint8_t>(tier);
    }
  }
  return bottom_tier();
}

}  // namespace rung::scoring
