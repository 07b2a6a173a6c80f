#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "libs/explanation/explanation.h"

namespace rung::explanation {
namespace {

using scoring::DecisionInputs;
using scoring::GradingInputs;
using scoring::LadderKind;
using scoring::Scorer;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

ScoreMilli Rounded(double points) { return static_cast<ScoreMilli>(std::floor(1000 * points + 0.5)); }

// Whole thousandths that add up to `total` and differ from `shares` (points) by less than one each: largest remainders.
std::vector<ScoreMilli> Apportion(const std::vector<double>& shares, ScoreMilli total) {
  std::vector<ScoreMilli> out;
  for (const double share : shares) out.push_back(static_cast<ScoreMilli>(std::floor(1000 * share)));
  std::vector<size_t> order(shares.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return 1000 * shares[a] - out[a] > 1000 * shares[b] - out[b];
  });
  ScoreMilli left = total - std::accumulate(out.begin(), out.end(), ScoreMilli{0});
  for (size_t i = 0; left > 0 && !order.empty(); i = (i + 1) % order.size(), --left) ++out[order[i]];
  return out;
}

// The largest rank among n that lies within a share; the scorer tests rank / n <= share in the same integers.
int64_t RankAllowed(Micro share, int64_t n) { return share * n / scoring::kOneMicro; }

int64_t Whole(double rank) { return std::isnan(rank) ? 0 : static_cast<int64_t>(rank); }

class Explainer {
 public:
  Explainer(const Scorer& scorer, const DecisionInputs& inputs)
      : scorer_(scorer), model_(scorer.model()), inputs_(inputs), grading_(inputs.grading), row_(RowOf(grading_)) {}

  Explanation Run() {
    graded_ = Grade(scorer_, grading_, &out_.trace);
    out_.as_of = inputs_.as_of;
    out_.run_day = inputs_.run_day;
    out_.score_kind = model_.score_kind;
    out_.ladder_kind = model_.ladder_kind;
    out_.is_member = grading_.is_member;
    out_.score_rank = grading_.score_rank;
    out_.score_rank_size = grading_.score_rank_size;
    out_.score = graded_.score;
    out_.computed = graded_.tier;
    out_.base = Rounded(out_.trace.base);
    out_.multiplier = out_.trace.multiplier;
    out_.multiplier_effect = Rounded(out_.trace.raw) - out_.base;
    out_.clamp_effect = out_.score - Rounded(out_.trace.raw);
    if (model_.score_kind == scoring::ScoreKind::kDimensions) {
      AddDimensions();
      AddMultipliers();
    }
    AddTiers();
    out_.before = inputs_.before;
    out_.decision = Decide(inputs_.before, {graded_.tier, graded_.score, inputs_.as_of, graded_.lenient_tier},
                           model_.stability, inputs_.kind, inputs_.run_day);
    AddRules();
    return std::move(out_);
  }

 private:
  void Miss(const std::string& feature, const std::string& where) { out_.missing.push_back({feature, where}); }

  ExplainedFactor FactorOf(const Scorer::CompiledFactor& compiled, double normalised) const {
    ExplainedFactor factor{.feature = compiled.factor->feature,
                           .measured = scorer_.features()[compiled.column],
                           .value = grading_.features[compiled.column],
                           .benchmark = compiled.factor->benchmark,
                           .normaliser = compiled.factor->normaliser,
                           .normalised = normalised,
                           .weight = compiled.factor->weight};
    const double* benchmark = compiled.benchmark < 0 ? nullptr : &grading_.benchmarks[compiled.benchmark];
    if (benchmark != nullptr) factor.benchmark_value = *benchmark;
    scorer_.ComparedValues({compiled.column, compiled.benchmark}, &factor.value, benchmark, 1, &factor.compared);
    if (compiled.ranked >= 0) {
      factor.rank = Whole(grading_.ranks[compiled.ranked]);
      factor.rank_size = Whole(grading_.rank_sizes[compiled.ranked]);
    }
    if (compiled.maximum >= 0) factor.maximum = grading_.maxima[compiled.maximum];
    return factor;
  }

  void AddDimensions() {
    const double all_weights = std::accumulate(out_.trace.weights.begin(), out_.trace.weights.end(), 0.0);
    std::vector<double> shares;
    for (size_t d = 0; d < model_.dimensions.size(); ++d) {
      const scoring::Dimension& from = model_.dimensions[d];
      const double weight = out_.trace.weights[d];
      ExplainedDimension dimension{.name = from.name, .weight = from.weight, .combine = from.combine,
                                   .missing = from.missing, .points = graded_.parts[d]};
      for (size_t f = 0; f < from.factors.size(); ++f) {
        dimension.factors.push_back(FactorOf(scorer_.dimensions()[d][f], out_.trace.factors[d][f]));
        if (std::isnan(dimension.factors.back().normalised)) Miss(dimension.factors.back().measured, from.name);
      }
      if (weight > 0) {
        dimension.counted_points = std::isnan(dimension.points) ? out_.trace.terms[d] / weight : dimension.points;
        dimension.counted_share = weight / all_weights;
      }
      shares.push_back(all_weights > 0 ? out_.trace.terms[d] / all_weights : 0);
      out_.dimensions.push_back(std::move(dimension));
    }
    const std::vector<ScoreMilli> contributions = Apportion(shares, out_.base);
    for (size_t d = 0; d < contributions.size(); ++d) out_.dimensions[d].contribution = contributions[d];
  }

  void AddMultipliers() {
    const std::vector<bool> holding = scorer_.MultipliersHolding(grading_.features);
    for (size_t m = 0; m < holding.size(); ++m) {
      const scoring::Multiplier& from = model_.multipliers[m];
      const int column = scorer_.multiplier_columns()[m];
      out_.multipliers.push_back({from.name, from.when, scorer_.features()[column], grading_.features[column], holding[m], from.factor});
      if (std::isnan(grading_.features[column])) Miss(scorer_.features()[column], from.name);
    }
  }

  void AddTiers() {
    for (size_t place = 0; place < model_.tiers.size(); ++place) {
      const scoring::Tier& tier = model_.tiers[place];
      const bool bottom = place == scorer_.bottom_tier();
      TierTest test{.code = tier.code, .reached = graded_.tier <= place};
      if (model_.ladder_kind == LadderKind::kThresholds) {
        test.lower_bound = tier.lower_bound;
        if (!test.reached) test.missing_points = tier.lower_bound - graded_.score;
      } else if (model_.ladder_kind == LadderKind::kShares) {
        const int64_t n = grading_.score_rank_size;
        test.rank_allowed = bottom ? n : RankAllowed(tier.share, n);
        if (!test.reached && grading_.score_rank > 0) test.missing_ranks = grading_.score_rank - test.rank_allowed;
      } else {
        AddCriteria(place, test);
      }
      out_.tiers.push_back(std::move(test));
    }
    if (model_.score_kind == scoring::ScoreKind::kAttainment) AddAttainment();
  }

  void AddCriteria(size_t place, TierTest& test) {
    const std::vector<bool> holding = scorer_.CriteriaHolding(place, row_);
    test.at_least = model_.tiers[place].rules.at_least;
    for (size_t c = 0; c < holding.size(); ++c) {
      const Scorer::CompiledCriterion& compiled = scorer_.criteria()[place][c];
      ExplainedCriterion criterion{.condition = compiled.criterion->condition,
                                   .top_share = compiled.criterion->top_share,
                                   .measured = scorer_.features()[compiled.column],
                                   .value = grading_.features[compiled.column],
                                   .held = holding[c],
                                   .points = kMissing};
      if (compiled.ranked >= 0) {
        criterion.rank = Whole(grading_.ranks[compiled.ranked]);
        criterion.rank_size = Whole(grading_.rank_sizes[compiled.ranked]);
        criterion.rank_allowed = RankAllowed(*criterion.top_share, criterion.rank_size);
      }
      if (std::isnan(criterion.value)) Miss(criterion.measured, test.code);
      test.criteria.push_back(std::move(criterion));
    }
    const auto held = static_cast<int>(std::count(holding.begin(), holding.end(), true));
    if (!test.reached) test.missing_criteria = std::max(0, test.at_least - held);
  }

  void AddAttainment() {
    std::vector<ExplainedCriterion>& criteria = out_.tiers.front().criteria;
    std::vector<double> shares;
    for (const double points : graded_.parts) {
      shares.push_back(std::isnan(points) ? 0 : points / static_cast<double>(graded_.parts.size()));
    }
    const std::vector<ScoreMilli> contributions = Apportion(shares, out_.base);
    for (size_t c = 0; c < criteria.size(); ++c) {
      criteria[c].points = graded_.parts[c];
      criteria[c].contribution = contributions[c];
    }
  }

  void AddRules() {
    using scoring::ChangeReason;
    const scoring::Standing& before = inputs_.before;
    const scoring::Standing& after = out_.decision.standing;
    const ChangeReason reason = out_.decision.reason;
    const auto add = [&](StabilityRule rule, bool decided, Day until = 0) { out_.rules.push_back({rule, decided, until}); };
    if (reason == ChangeReason::kFirst) add(StabilityRule::kFirstAssignment, true);
    if (reason == ChangeReason::kTierDropped) add(StabilityRule::kTierDropped, true);
    if (reason == ChangeReason::kUpgrade) add(StabilityRule::kUpgradeAtOnce, true);
    const bool lower = before.graded && graded_.tier > before.effective;
    if (before.graded && inputs_.kind == scoring::RunKind::kBatch && inputs_.as_of < before.as_of) {
      add(StabilityRule::kOlderFacts, true);
      return;
    }
    if (after.override_until != 0) {
      add(StabilityRule::kOverride, out_.decision.held_by == ChangeReason::kOverridden, after.override_until);
      return;
    }
    if (out_.decision.held_by == ChangeReason::kFrozen) add(StabilityRule::kFrozen, true);
    const bool is_protected = IsProtected(after, model_.stability, inputs_.run_day);
    const Day until = is_protected ? ProtectedUntil(after.protected_since, model_.stability) : 0;
    if (is_protected) add(StabilityRule::kProtection, out_.decision.held_by == ChangeReason::kProtected, until);
    if (lower && before.protection_void) add(StabilityRule::kProtectionVoid, reason == ChangeReason::kDowngrade);
    if (out_.decision.held_by == ChangeReason::kWithinMargin) add(StabilityRule::kWithinMargin, true);
    if (out_.decision.held_by == ChangeReason::kAwaitsConfirmation) add(StabilityRule::kConfirmation, true);
    if (reason == ChangeReason::kDowngrade) add(StabilityRule::kDowngradeInBatch, true);
    if (out_.decision.held_by == ChangeReason::kAwaitsBatch) {
      const bool cut_short = inputs_.kind == scoring::RunKind::kBatch;
      add(cut_short ? StabilityRule::kLevelLimit : StabilityRule::kDowngradeWaits, true);
    }
  }

  const Scorer& scorer_;
  const scoring::Model& model_;
  const DecisionInputs& inputs_;
  const GradingInputs& grading_;
  const scoring::ScoreInputs row_;
  scoring::GradedCustomer graded_;
  Explanation out_;
};

}  // namespace

const TierTest* Explanation::NextTier() const {
  const size_t effective = decision.standing.effective;
  return effective == 0 ? nullptr : &tiers[effective - 1];
}

Explanation Explain(const Scorer& scorer, const DecisionInputs& inputs) { return Explainer(scorer, inputs).Run(); }

}  // namespace rung::explanation
