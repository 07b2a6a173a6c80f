#include "services/grading/threshold_solver.h"

#include <cmath>
#include <numeric>

#include "libs/base/status.h"
#include "libs/calibration/budget_solver.h"
#include "libs/calibration/share_solver.h"
#include "libs/errors/errors.h"
#include "services/grading/base_grading.h"
#include "services/grading/draft_ladder.h"

namespace rung::grading {
namespace {

constexpr char kSpend[] = "net_spend_365d";
constexpr char kMargin[] = "gross_margin_365d";
constexpr double kPoint = 1000;  // thousandths

// What the solvers need of the population.
struct Population {
  std::vector<scoring::ScoreMilli> scores;
  std::vector<int64_t> spend;
  std::vector<int64_t> margin;
};

Population PopulationOf(const LoadedBase& base, const BaseGrading& graded) {
  const auto column = [&](const char* name) -> const std::vector<double>& {
    return base.features[std::find(base.feature_names.begin(), base.feature_names.end(), name) - base.feature_names.begin()];
  };
  const std::vector<double>& spend = column(kSpend);
  const std::vector<double>& margin = column(kMargin);
  Population out;
  for (size_t row = 0; row < base.rows; ++row) {
    if (base.member[row] == 0) continue;
    out.scores.push_back(graded.score(row));
    out.spend.push_back(std::isnan(spend[row]) ? 0 : std::max<int64_t>(0, std::llround(spend[row])));
    out.margin.push_back(std::isnan(margin[row]) ? 0 : std::llround(margin[row]));
  }
  return out;
}

// The model's own targets are cumulative.
std::vector<scoring::Micro> TargetsOf(const v1::TargetShares& goal, const v1::Model& model) {
  std::vector<scoring::Micro> shares;
  scoring::Micro before = 0;
  for (const v1::Tier& tier : model.tiers()) {
    const auto cumulative = static_cast<scoring::Micro>(std::llround(tier.share() * scoring::kOneMicro));
    shares.push_back(cumulative - before);
    before = cumulative;
  }
  if (goal.shares().empty()) return shares;
  shares.clear();
  for (const double share : goal.shares()) shares.push_back(static_cast<scoring::Micro>(std::llround(share * scoring::kOneMicro)));
  return shares;
}

std::vector<int64_t> CountsOf(const std::vector<scoring::ScoreMilli>& scores, const calibration::Cuts& bounds) {
  const calibration::ScoreColumn column(scores);
  std::vector<int64_t> counts;
  int64_t above = 0;
  for (const scoring::ScoreMilli bound : bounds) {
    counts.push_back(column.AtLeast(bound) - above);
    above = column.AtLeast(bound);
  }
  counts.push_back(column.size() - above);
  return counts;
}

absl::StatusOr<calibration::Cuts> SolveShares(const v1::TargetShares& goal, const v1::Model& model, const Population& population,
                                              v1::SolveThresholdsResponse& response) {
  RUNG_ASSIGN_OR_RETURN(const calibration::ShareSolution solution, calibration::SolveShares(population.scores, TargetsOf(goal, model)));
  calibration::Cuts bounds;
  for (size_t t = 0; t < solution.cuts.size(); ++t) {
    const calibration::ShareCut& cut = solution.cuts[t];
    bounds.push_back(cut.bound);
    auto& tier = *response.mutable_tiers(static_cast<int>(t));
    tier.set_target_share(static_cast<double>(cut.target_share) / scoring::kOneMicro);
    tier.set_reached(cut.reached);
    tier.set_note_zh(cut.note_zh);
    tier.set_note_en(cut.note_en);
  }
  response.mutable_tiers()->rbegin()->set_target_share(1);
  response.mutable_tiers()->rbegin()->set_reached(true);
  return bounds;
}

// The solver's "field: what is wrong" with the field as the request calls it.
absl::Status AsField(const absl::Status& status) {
  const std::string text(Message(status));
  const size_t colon = text.find(": ");
  if (!absl::IsInvalidArgument(status) || colon == std::string::npos) return status;
  std::string field = text.substr(0, colon);
  if (field.starts_with("spend_fen")) return InvalidField("benefit_budget", "OUT_OF_RANGE", "the base's spend or margin: " + text.substr(colon + 2));
  if (field.ends_with("_fen")) field.replace(field.size() - 3, 3, "minor");
  return InvalidField("benefit_budget." + field, "OUT_OF_RANGE", text.substr(colon + 2));
}

absl::StatusOr<calibration::Cuts> SolveBudget(const v1::BenefitBudget& goal, const Population& population,
                                              v1::SolveThresholdsResponse& response) {
  calibration::BudgetProblem problem;
  problem.scores = population.scores;
  problem.spend_fen = population.spend;
  problem.margin_fen = population.margin;
  problem.objective = goal.objective() == v1::BenefitBudget::OBJECTIVE_HEADCOUNT ? calibration::Objective::kHeadcount
                                                                                : calibration::Objective::kRetainedMargin;
  problem.budget_fen = goal.budget_minor();
  if (goal.step_points() != 0) problem.step_milli = static_cast<scoring::ScoreMilli>(std::llround(std::clamp(goal.step_points(), -1.0, 1e4) * kPoint));
  for (const auto& tier : goal.tiers()) {
    problem.tiers.push_back({tier.cost_bps(), tier.fixed_cost_minor(), tier.retained_bps(), tier.headcount_weight()});
  }
  const auto solution = calibration::SolveBudget(problem);
  if (absl::IsFailedPrecondition(solution.status())) {
    return WithReason(FailedPreconditionError("benefit_budget.budget_minor: {} is too little for any lower bounds on this grid; lower the tiers' costs or raise "
                                              "the budget", goal.budget_minor()), "BUDGET_UNREACHABLE");
  }
  RUNG_RETURN_IF_ERROR(AsField(solution.status()));
  response.set_cost_minor(solution->cost_fen);
  response.set_value(solution->value);
  response.set_value_bound(solution->value_bound);
  response.set_proven(solution->proven);
  return solution->bounds;
}

// In whole millionths, as they are solved for.
void CheckSum(const v1::TargetShares& goal, const v1::Model& model, std::vector<Violation>& violations) {
  const std::vector<scoring::Micro> shares = TargetsOf(goal, model);
  const scoring::Micro sum = std::accumulate(shares.begin(), shares.end(), scoring::Micro{0}), gap = sum - scoring::kOneMicro;
  if (gap == 0) return;
  if (goal.shares().empty()) {
    violations.push_back({"target_shares.shares", "REQUIRED", "the model's tiers have no target shares of their own; give one for each tier"});
    return;
  }
  const auto decimal = [](scoring::Micro micro) { return static_cast<double>(micro) / scoring::kOneMicro; };
  violations.push_back({"target_shares.shares", "OUT_OF_RANGE", fmt::format("they add up to {}; they must add up to 1 ({} one of them by {})", decimal(sum),
                                                                            gap > 0 ? "lower" : "raise", decimal(std::abs(gap)))});
}

void CheckGoal(const v1::SolveThresholdsRequest& request, const v1::Model& model, std::vector<Violation>& violations) {
  const int tiers = model.tiers_size();
  if (request.has_target_shares()) {
    const auto& shares = request.target_shares().shares();
    if (!shares.empty() && shares.size() != tiers) {
      violations.push_back({"target_shares.shares", "OUT_OF_RANGE", fmt::format("{} shares; the ladder has {} tiers", shares.size(), tiers)});
    }
    for (int i = 0; i < shares.size(); ++i) {
      if (shares[i] >= 0 && shares[i] <= 1) continue;  // NaN isn't
      violations.push_back({fmt::format("target_shares.shares[{}]", i), "OUT_OF_RANGE", fmt::format("{} is outside 0 to 1", shares[i])});
      return;
    }
    if (shares.empty() || shares.size() == model.tiers_size()) CheckSum(request.target_shares(), model, violations);
  } else if (request.has_benefit_budget()) {
    const v1::BenefitBudget& goal = request.benefit_budget();
    if (goal.tiers_size() != tiers) {
      violations.push_back({"benefit_budget.tiers", "OUT_OF_RANGE", fmt::format("{} tiers; the ladder has {}", goal.tiers_size(), tiers)});
    }
    if (goal.objective() != v1::BenefitBudget::OBJECTIVE_RETAINED_MARGIN && goal.objective() != v1::BenefitBudget::OBJECTIVE_HEADCOUNT) {
      violations.push_back({"benefit_budget.objective", "REQUIRED", "choose OBJECTIVE_RETAINED_MARGIN or OBJECTIVE_HEADCOUNT"});
    }
    const bool in_range = goal.step_points() >= 0.1 && goal.step_points() <= 10;
    if (goal.step_points() != 0 && !(in_range && scoring::kMaxScoreMilli % std::llround(goal.step_points() * kPoint) == 0)) {
      violations.push_back({"benefit_budget.step_points", "OUT_OF_RANGE", fmt::format("{} isn't 0.1 to 10 points that 100 is a multiple of; 0.5 is usual", goal.step_points())});
    }
  } else {
    violations.push_back({"goal", "REQUIRED", "give target_shares or benefit_budget"});
  }
}

}  // namespace

absl::Status ThresholdSolver::Solve(const v1::SolveThresholdsRequest& request, v1::SolveThresholdsResponse& response,
                                    Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(v1::Model model, ChosenModel(request, parts_));
  std::vector<Violation> violations = parts_.kind.Violations(model);
  for (Violation& violation : violations) violation.field = "model." + violation.field;
  if (violations.empty() && model.ladder_kind() != v1::LADDER_KIND_THRESHOLDS) {
    violations.push_back({"model.ladder_kind", "MISMATCH", "only ladders by thresholds have lower bounds to solve for"});
  }
  CheckGoal(request, model, violations);
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  const Day as_of = ParseTrialDay(request.as_of_date(), today, today, violations);
  if (!violations.empty()) return InvalidRequest(violations);

  const auto current = parts_.ladders.Find(model.model_id());
  const auto ladder = DraftLadder(model, current.ok() ? current->get() : nullptr, parts_.codes);
  const auto in_time = [&](int64_t) { return deadline.Passed() ? DeadlineExceededError("the deadline passed while the base was read") : absl::OkStatus(); };
  BaseWanted wanted;
  wanted.Add({ladder});
  wanted.Add(kSpend);
  wanted.Add(kMargin);
  RUNG_ASSIGN_OR_RETURN(const auto loaded, parts_.bases.Get(wanted, as_of, 0, in_time));
  const LoadedBase& base = *loaded;
  const BaseGrading graded(ladder, base, parts_.codes);
  const Population population = PopulationOf(base, graded);
  if (population.scores.empty()) {
    return WithReason(FailedPreconditionError("as of {} the population is empty: nobody has an effective order within 365 days", FormatDay(as_of)), "NO_POPULATION");
  }

  calibration::Cuts previous;
  for (int t = 0; t < model.tiers_size(); ++t) {
    auto& tier = *response.add_tiers();
    tier.set_tier_code(model.tiers(t).code());
    tier.set_previous_lower_bound(model.tiers(t).lower_bound());
    if (t + 1 < model.tiers_size()) previous.push_back(static_cast<scoring::ScoreMilli>(std::llround(model.tiers(t).lower_bound() * kPoint)));
  }
  RUNG_ASSIGN_OR_RETURN(const calibration::Cuts bounds, request.has_target_shares() ? SolveShares(request.target_shares(), model, population, response)
                                                                                    : SolveBudget(request.benefit_budget(), population, response));
  const std::vector<int64_t> counts = CountsOf(population.scores, bounds);
  const std::vector<int64_t> previous_counts = CountsOf(population.scores, previous);
  for (int t = 0; t < model.tiers_size(); ++t) {
    auto& tier = *response.mutable_tiers(t);
    const double bound = t < static_cast<int>(bounds.size()) ? bounds[t] / kPoint : 0;
    tier.set_lower_bound(bound);
    tier.set_customer_count(counts[t]);
    tier.set_previous_customer_count(previous_counts[t]);
    model.mutable_tiers(t)->set_lower_bound(bound);
  }
  *response.mutable_model() = std::move(model);
  response.set_as_of_date(FormatDay(as_of));
  response.set_customer_count(static_cast<int64_t>(population.scores.size()));
  return absl::OkStatus();
}

}  // namespace rung::grading
