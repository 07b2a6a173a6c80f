// Counts what a draft changes, customer by customer.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "libs/labels/standings.h"
#include "rung/grading/v1/simulation.pb.h"
#include "services/grading/base_grading.h"
#include "services/grading/benefit_costs.h"

namespace rung::grading {

/// The largest movers of one direction, by net spend.
struct Mover {
  uint32_t row = 0;
  uint8_t from = 0;  ///< tier numbers
  uint8_t to = 0;
  scoring::ScoreMilli from_score = 0;
  scoring::ScoreMilli to_score = 0;
  int64_t net_spend = 0;
};

class SimulationTally {
 public:
  /// `baseline` may be nullptr: the ladder has no version yet. `spend`: net spend by row, in fen. `costs` may be nullptr:
  /// the ladder has no benefits.
  SimulationTally(const BaseGrading* baseline, const BaseGrading& draft, const std::vector<double>& spend, BenefitCosts* costs, int movers);

  void Add(size_t row, const scoring::Standing& current, Day as_of, Day run_day);
  /// Counts; movers are named by the caller. Costs only if there are any.
  void Write(int64_t delivery_fee, v1::SimulationResult& out) const;
  std::vector<Mover> winners() const { return Sorted(winners_); }
  std::vector<Mover> losers() const { return Sorted(losers_); }

 private:
  static constexpr int kNumbers = 64;
  struct Flow {
    int64_t customers = 0;
    int64_t net_spend = 0;
    CostSum before, after;
  };

  void AddCosts(size_t row, int from, uint8_t to, Flow& flow);
  void WriteTiers(v1::SimulationResult& out) const;
  void WriteCosts(int64_t delivery_fee, v1::SimulationResult& out) const;
  void Keep(std::vector<Mover>& movers, const Mover& mover) const;
  static std::vector<Mover> Sorted(std::vector<Mover> movers);
  bool NearCut(size_t row) const;

  const BaseGrading* baseline_;
  const BaseGrading& draft_;
  const std::vector<double>& spend_;
  BenefitCosts* const costs_;
  const size_t mover_count_;
  const std::optional<std::vector<scoring::ScoreMilli>> cuts_;  ///< where the draft's tiers part; nullopt: not at scores
  std::vector<int64_t> current_ = std::vector<int64_t>(kNumbers);
  std::vector<int64_t> after_current_ = std::vector<int64_t>(kNumbers);
  std::vector<int64_t> after_draft_ = std::vector<int64_t>(kNumbers);
  std::vector<int64_t> computed_ = std::vector<int64_t>(kNumbers);
  std::vector<CostSum> cost_before_ = std::vector<CostSum>(kNumbers);
  std::vector<CostSum> cost_after_ = std::vector<CostSum>(kNumbers);
  std::map<std::pair<int, int>, Flow> flows_;  // by tier numbers; -1: no baseline
  std::map<scoring::ChangeReason, int64_t> held_back_;
  std::vector<Mover> winners_, losers_;  // heaps, the smallest spend on top
  int64_t winner_count_ = 0, loser_count_ = 0, near_cut_ = 0, later_facts_ = 0, customers_ = 0;
};

}  // namespace rung::grading
