#include "services/grading/simulation_result.h"

#include <algorithm>
#include <cmath>

#include "services/grading/customer_grader.h"

namespace rung::grading {
namespace {

constexpr scoring::ScoreMilli kNear = 1000;  // one point

bool SpendsMore(const Mover& a, const Mover& b) { return a.net_spend != b.net_spend ? a.net_spend > b.net_spend : a.row < b.row; }

// Shares part above each tier's lowest score, as long as somebody stands below it.
std::vector<scoring::ScoreMilli> CutsOfShares(const BaseGrading& graded) {
  std::vector<std::optional<scoring::ScoreMilli>> lowest(graded.ladder().scorer.model().tiers.size());
  for (size_t row = 0; row < graded.rows(); ++row) {
    if (!graded.member(row)) continue;
    auto& low = lowest[graded.tier(row)];
    low = std::min(low.value_or(graded.score(row)), graded.score(row));
  }
  std::vector<scoring::ScoreMilli> cuts;
  for (const auto& low : lowest) {
    if (low) cuts.push_back(*low);
  }
  if (!cuts.empty()) cuts.pop_back();
  return cuts;
}

std::optional<std::vector<scoring::ScoreMilli>> CutsOf(const BaseGrading& graded) {
  const scoring::Model& model = graded.ladder().scorer.model();
  if (model.ladder_kind == scoring::LadderKind::kRules) return std::nullopt;
  if (model.ladder_kind == scoring::LadderKind::kShares) return CutsOfShares(graded);
  std::vector<scoring::ScoreMilli> cuts;
  for (auto tier = model.tiers.begin(); tier + 1 < model.tiers.end(); ++tier) cuts.push_back(tier->lower_bound);
  return cuts;
}

}  // namespace

SimulationTally::SimulationTally(const BaseGrading* baseline, const BaseGrading& draft, const std::vector<double>& spend,
                                 BenefitCosts* costs, int movers)
    : baseline_(baseline), draft_(draft), spend_(spend), costs_(costs), mover_count_(static_cast<size_t>(movers)),
      cuts_(CutsOf(draft)) {}

void SimulationTally::Add(size_t row, const scoring::Standing& current, Day as_of, Day run_day) {
  const Ladder& ladder = draft_.ladder();
  const scoring::Decision decision = draft_.Decide(row, current, as_of, run_day);
  const uint8_t to = decision.standing.effective;
  ++customers_;
  ++after_draft_[to];
  ++computed_[ladder.NumberOf(draft_.tier(row))];
  if (current.graded) ++current_[current.effective];
  if (current.graded && current.as_of > as_of) ++later_facts_;
  if (decision.held_by != scoring::ChangeReason::kNone) ++held_back_[decision.held_by];
  if (NearCut(row)) ++near_cut_;
  const auto net_spend = static_cast<int64_t>(std::isnan(spend_[row]) ? 0 : spend_[row]);
  int from = -1;
  if (baseline_ != nullptr) {
    from = baseline_->Decide(row, current, as_of, run_day).standing.effective;
    ++after_current_[from];
  }
  Flow& flow = flows_[{from, to}];
  ++flow.customers;
  flow.net_spend += net_spend;
  if (costs_ != nullptr) AddCosts(row, from, to, flow);
  if (from < 0 || from == to) return;
  // A tier that the draft no longer has counts as its bottom.
  const int before = ladder.PlaceOf(static_cast<uint8_t>(from)), after = ladder.PlaceOf(to);
  const bool won = after < before;
  ++(won ? winner_count_ : loser_count_);
  Keep(won ? winners_ : losers_, {static_cast<uint32_t>(row), static_cast<uint8_t>(from), to, baseline_->score(row), draft_.score(row), net_spend});
}

void SimulationTally::AddCosts(size_t row, int from, uint8_t to, Flow& flow) {
  const benefits::AnnualCost::Cost after = costs_->Of(row, to);
  cost_after_[to].Add(after);
  flow.after.Add(after);
  if (from < 0) return;
  const benefits::AnnualCost::Cost before = from == to ? after : costs_->Of(row, static_cast<uint8_t>(from));
  cost_before_[from].Add(before);
  flow.before.Add(before);
}

// Outside the population shares give the last tier, whatever the score.
bool SimulationTally::NearCut(size_t row) const {
  if (!cuts_) return false;
  if (draft_.ladder().scorer.model().ladder_kind == scoring::LadderKind::kShares && !draft_.member(row)) return false;
  const scoring::ScoreMilli score = draft_.score(row);
  return std::any_of(cuts_->begin(), cuts_->end(), [&](scoring::ScoreMilli cut) { return score >= cut - kNear && score < cut + kNear; });
}

void SimulationTally::Keep(std::vector<Mover>& movers, const Mover& mover) const {
  if (mover_count_ == 0) return;
  if (movers.size() == mover_count_) {
    if (!SpendsMore(mover, movers.front())) return;
    std::pop_heap(movers.begin(), movers.end(), SpendsMore);
    movers.pop_back();
  }
  movers.push_back(mover);
  std::push_heap(movers.begin(), movers.end(), SpendsMore);
}

std::vector<Mover> SimulationTally::Sorted(std::vector<Mover> movers) {
  std::sort(movers.begin(), movers.end(), SpendsMore);
  return movers;
}

void SimulationTally::Write(int64_t delivery_fee, v1::SimulationResult& out) const {
  const Ladder& ladder = draft_.ladder();
  WriteTiers(out);
  for (const auto& [pair, flow] : flows_) {
    auto& migration = *out.add_migrations();
    if (pair.first >= 0) migration.set_from_tier_code(ladder.CodeOf(static_cast<uint8_t>(pair.first)));
    migration.set_to_tier_code(ladder.CodeOf(static_cast<uint8_t>(pair.second)));
    migration.set_customer_count(flow.customers);
    migration.set_net_spend_minor(flow.net_spend);
    migration.set_cost_before_minor(flow.before.Fen(delivery_fee));
    migration.set_cost_after_minor(flow.after.Fen(delivery_fee));
  }
  for (const auto& [reason, count] : held_back_) {
    auto& held = *out.add_held_back();
    held.set_reason(std::string(ReasonName(reason)));
    held.set_customer_count(count);
  }
  if (costs_ != nullptr) WriteCosts(delivery_fee, out);
  out.set_winner_count(winner_count_);
  out.set_loser_count(loser_count_);
  if (cuts_) out.set_near_bound_count(near_cut_);
  out.set_later_facts_count(later_facts_);
  out.set_customer_count(customers_);
}

void SimulationTally::WriteTiers(v1::SimulationResult& out) const {
  const Ladder& ladder = draft_.ladder();
  for (size_t place = 0; place < ladder.scorer.model().tiers.size(); ++place) {
    const uint8_t number = ladder.NumberOf(static_cast<uint8_t>(place));
    auto& tier = *out.add_tiers();
    tier.set_tier_code(ladder.CodeOf(number));
    tier.set_current_count(current_[number]);
    tier.set_baseline_count(after_current_[number]);
    tier.set_draft_count(after_draft_[number]);
    tier.set_computed_count(computed_[number]);
  }
  for (size_t number = 0; number < ladder.row.tier_codes.size(); ++number) {  // tiers that the draft no longer has
    const auto n = static_cast<uint8_t>(number);
    if (ladder.HasNumber(n) || current_[n] + after_current_[n] == 0) continue;
    auto& tier = *out.add_tiers();
    tier.set_tier_code(ladder.CodeOf(n));
    tier.set_current_count(current_[n]);
    tier.set_baseline_count(after_current_[n]);
  }
}

void SimulationTally::WriteCosts(int64_t delivery_fee, v1::SimulationResult& out) const {
  const std::vector<std::string>& codes = draft_.ladder().row.tier_codes;
  auto& costs = *out.mutable_benefit_costs();
  int64_t before = 0, after = 0;
  for (const auto& tier : out.tiers()) {
    const auto number = static_cast<size_t>(std::find(codes.begin(), codes.end(), tier.tier_code()) - codes.begin());
    auto& item = *costs.add_tiers();
    item.set_tier_code(tier.tier_code());
    item.set_before_minor(cost_before_[number].Fen(delivery_fee));
    item.set_after_minor(cost_after_[number].Fen(delivery_fee));
    item.set_before_free_delivery_count(cost_before_[number].free_deliveries);
    item.set_after_free_delivery_count(cost_after_[number].free_deliveries);
    before += item.before_minor();
    after += item.after_minor();
  }
  costs.set_before_minor(before);
  costs.set_after_minor(after);
  costs.set_delivery_fee_minor(delivery_fee);
}

}  // namespace rung::grading
