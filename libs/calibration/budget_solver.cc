#include "libs/calibration/budget_solver.h"

#include <algorithm>
#include <optional>

#include "libs/base/status.h"

namespace rung::calibration {
namespace {

__extension__ using Int128 = __int128;

constexpr size_t kMaxTiers = 32;
constexpr int64_t kBps = 10'000;
// Fen, of spend, margins and fixed costs: a trillion yuan. Sums over the first cuts are what some tiers cost less what
// one tier costs: within 4 · 10^4 · kSumMax, which is below 2^63.
constexpr int64_t kSumMax = 100'000'000'000'000;
constexpr int64_t kBudgetMax = kSumMax;
constexpr int kPriceBits = 40;            // prices of a budget's fen are fractions of 2^40
constexpr size_t kLabelsMax = 4'000'000;  // partial solutions kept

// Places are multiples of the step: place p is the bound p × step. All money is in fen · bps.
struct Grid {
  size_t cuts = 0;
  int places = 0;  // bounds are places 1 ... places
  std::vector<std::vector<int64_t>> gain;  // by cut and place: what the cut adds to the base
  std::vector<std::vector<int64_t>> cost;
  int64_t base_gain = 0;  // everybody in the bottom tier
  int64_t base_cost = 0;
  int64_t budget = 0;
};

using Places = std::vector<int>;  // by cut, strictly falling

class Solver {
 public:
  explicit Solver(const Grid& grid) : grid_(grid) {}

  // The best places within the budget; nullopt when there are none.
  std::optional<Places> Solve() {
    if (!Relax(0)) {
      FindPrice();
      if (best_) Improve();
      if (best_) Search();
    }
    return best_;
  }
  int64_t best_gain() const { return best_gain_; }
  int64_t bound() const { return proven_ ? best_gain_ : static_cast<int64_t>(bound_); }
  bool proven() const { return proven_; }

 private:
  int64_t GainOf(const Places& places) const {
    int64_t sum = 0;
    for (size_t cut = 0; cut < grid_.cuts; ++cut) sum += grid_.gain[cut][places[cut]];
    return sum;
  }
  int64_t CostOf(const Places& places) const {
    int64_t sum = 0;
    for (size_t cut = 0; cut < grid_.cuts; ++cut) sum += grid_.cost[cut][places[cut]];
    return sum;
  }

  void Offer(const Places& places) {
    if (CostOf(places) > grid_.budget) return;
    const int64_t gain = GainOf(places);
    if (best_ && gain <= best_gain_) return;
    best_ = places;
    best_gain_ = gain;
  }

  Int128 Priced(size_t cut, int place, int64_t price) const {
    return (Int128{grid_.gain[cut][place]} << kPriceBits) - Int128{price} * grid_.cost[cut][place];
  }

  // remaining[cut][p]: the most that cuts from `cut` on bring with places below p, at a price.
  void FillRemaining(int64_t price) {
    remaining_.assign(grid_.cuts + 1, std::vector<Int128>(static_cast<size_t>(grid_.places) + 2, 0));
    for (size_t cut = grid_.cuts; cut-- > 0;) {
      const int lowest = static_cast<int>(grid_.cuts - cut);  // the cuts below need places, too
      auto& row = remaining_[cut];
      for (int p = lowest; p <= grid_.places; ++p) {
        const Int128 here = Priced(cut, p, price) + remaining_[cut + 1][static_cast<size_t>(p)];
        row[static_cast<size_t>(p) + 1] = p == lowest ? here : std::max(row[static_cast<size_t>(p)], here);
      }
    }
  }

  // Solves the problem with the budget at a price instead of a limit. True when that is the answer: nothing is better
  // and the budget holds without a price.
  bool Relax(int64_t price) {
    FillRemaining(price);
    Places places(grid_.cuts);
    int above = grid_.places + 1;
    for (size_t cut = 0; cut < grid_.cuts; ++cut) {
      const Int128 wanted = remaining_[cut][static_cast<size_t>(above)];
      int p = above - 1;
      while (Priced(cut, p, price) + remaining_[cut + 1][static_cast<size_t>(p)] != wanted) --p;
      places[cut] = above = p;
    }
    over_budget_ = CostOf(places) > grid_.budget;
    Offer(places);
    const Int128 bound = remaining_[0].back() + Int128{price} * grid_.budget;
    const Int128 rounded = bound >> kPriceBits;  // at a high price more than 64 bits
    if (price == 0 || rounded < bound_) {
      bound_ = rounded;
      price_ = price;
    }
    proven_ = price == 0 && !over_budget_;
    return proven_;
  }

  // Bisects for the price at which the relaxed solution just keeps the budget.
  void FindPrice() {
    int64_t low = 0, high = 1;
    while (high < (int64_t{1} << 55) && (Relax(high), over_budget_)) low = high, high *= 4;
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      Relax(middle);
      (over_budget_ ? low : high) = middle;
    }
    if (!best_) OfferCheapest();
  }

  void OfferCheapest() {
    Grid cheap = grid_;
    for (size_t cut = 0; cut < grid_.cuts; ++cut) {
      for (int p = 0; p <= grid_.places; ++p) cheap.gain[cut][p] = -grid_.cost[cut][p];
    }
    cheap.budget = INT64_MAX;
    Solver cheapest(cheap);
    Offer(*cheapest.Solve());
  }

  // Moves one cut at a time while that helps.
  void Improve() {
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t cut = 0; cut < grid_.cuts; ++cut) {
        const int high = cut == 0 ? grid_.places : (*best_)[cut - 1] - 1;
        const int low = cut + 1 == grid_.cuts ? 1 : (*best_)[cut + 1] + 1;
        Places trial = *best_;
        const int64_t before = best_gain_;
        for (int p = low; p <= high; ++p) {
          trial[cut] = p;
          Offer(trial);
        }
        moved = moved || best_gain_ > before;
      }
    }
  }

  struct Label {
    int64_t gain;
    int64_t cost;
    int32_t place;
    uint32_t parent;
  };

  // Partial solutions cut by cut. At the best price, what one can still reach is at most
  // gain + (budget - cost) × price + remaining: those that can't beat the best known are dropped.
  void Search() {
    FillRemaining(price_);
    std::vector<std::vector<Label>> levels(grid_.cuts);
    std::vector<Label> roots = {{0, 0, grid_.places + 1, 0}};
    size_t kept = 0;
    for (size_t cut = 0; cut < grid_.cuts; ++cut) {
      const std::vector<Label>& from = cut == 0 ? roots : levels[cut - 1];
      std::vector<Label>& to = levels[cut];
      for (uint32_t parent = 0; parent < from.size(); ++parent) {
        for (int p = static_cast<int>(grid_.cuts - cut); p < from[parent].place; ++p) {
          const Label label{from[parent].gain + grid_.gain[cut][p], from[parent].cost + grid_.cost[cut][p], p, parent};
          if (CanBeatBest(label, cut + 1)) to.push_back(label);
        }
        if (kept + to.size() > kLabelsMax) return;  // not proven; the bound stands
      }
      DropDominated(to);
      kept += to.size();
    }
    for (const Label& last : levels.back()) {
      if (last.cost <= grid_.budget && last.gain > best_gain_) OfferPath(levels, last);
    }
    proven_ = true;
  }

  bool CanBeatBest(const Label& label, size_t next_cut) const {
    const Int128 reach = (Int128{label.gain} << kPriceBits) + Int128{price_} * (Int128{grid_.budget} - label.cost) +
                         remaining_[next_cut][static_cast<size_t>(label.place)];
    return reach >= Int128{best_gain_ + 1} << kPriceBits;
  }

  // At one place, a label that costs no more and brings no less serves instead of another.
  static void DropDominated(std::vector<Label>& labels) {
    std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
      if (a.place != b.place) return a.place < b.place;
      return a.cost != b.cost ? a.cost < b.cost : a.gain > b.gain;
    });
    size_t kept = 0;
    for (const Label& label : labels) {
      if (kept > 0 && labels[kept - 1].place == label.place && labels[kept - 1].gain >= label.gain) continue;
      labels[kept++] = label;
    }
    labels.resize(kept);
  }

  void OfferPath(const std::vector<std::vector<Label>>& levels, const Label& last) {
    Places places(grid_.cuts);
    const Label* label = &last;
    for (size_t cut = grid_.cuts; cut-- > 0;) {
      places[cut] = label->place;
      if (cut > 0) label = &levels[cut - 1][label->parent];
    }
    Offer(places);
  }

  const Grid& grid_;
  std::optional<Places> best_;
  int64_t best_gain_ = 0;
  Int128 bound_ = INT64_MAX;  // Lagrangian
  int64_t price_ = 0;          // that gave it
  bool over_budget_ = false;
  bool proven_ = false;
  std::vector<std::vector<Int128>> remaining_;
};

absl::Status Check(const BudgetProblem& problem) {
  const size_t n = problem.scores.size();
  if (n == 0) return InvalidArgumentError("scores: there are no customers to cut into tiers");
  if (problem.spend_fen.size() != n) return InvalidArgumentError("spend_fen: {} values for {} customers", problem.spend_fen.size(), n);
  const bool margins = problem.objective == Objective::kRetainedMargin;
  if (margins && problem.margin_fen.size() != n) {
    return InvalidArgumentError("margin_fen: {} values for {} customers", problem.margin_fen.size(), n);
  }
  if (problem.tiers.size() < 2 || problem.tiers.size() > kMaxTiers) {
    return InvalidArgumentError("tiers: {} of them; 2 to {}", problem.tiers.size(), kMaxTiers);
  }
  if (problem.step_milli < 100 || problem.step_milli > 10'000 || kMaxScoreMilli % problem.step_milli != 0) {
    return InvalidArgumentError("step_milli: {} must divide 100,000 and lie in 100 to 10,000", problem.step_milli);
  }
  if (problem.tiers.size() - 1 > static_cast<size_t>(kMaxScoreMilli / problem.step_milli)) {
    return InvalidArgumentError("step_milli: {} leaves too few bounds for {} tiers; lower it", problem.step_milli, problem.tiers.size());
  }
  if (problem.budget_fen < 0 || problem.budget_fen > kBudgetMax) {
    return InvalidArgumentError("budget_fen: {} is outside 0 to {}", problem.budget_fen, kBudgetMax);
  }
  for (size_t t = 0; t < problem.tiers.size(); ++t) {
    const TierEconomics& tier = problem.tiers[t];
    const auto check = [&](const char* field, int64_t value, int64_t most) {
      return value >= 0 && value <= most ? absl::OkStatus() : InvalidArgumentError("tiers[{}].{}: {} is outside 0 to {}", t, field, value, most);
    };
    RUNG_RETURN_IF_ERROR(check("cost_bps", tier.cost_bps, kBps));
    RUNG_RETURN_IF_ERROR(check("fixed_cost_fen", tier.fixed_cost_fen, std::min<int64_t>(1'000'000'000, kSumMax / static_cast<int64_t>(n))));
    RUNG_RETURN_IF_ERROR(check("retained_bps", tier.retained_bps, kBps));
    RUNG_RETURN_IF_ERROR(check("headcount_weight", tier.headcount_weight, 1000));
  }
  Int128 spend = 0, margin = 0;
  for (size_t i = 0; i < n; ++i) {
    if (problem.scores[i] < 0 || problem.scores[i] > kMaxScoreMilli) {
      return InvalidArgumentError("scores[{}]: {} is outside 0 to {}", i, problem.scores[i], kMaxScoreMilli);
    }
    if (problem.spend_fen[i] < 0) return InvalidArgumentError("spend_fen[{}]: {} is below 0", i, problem.spend_fen[i]);
    spend += problem.spend_fen[i];
    if (margins) margin += problem.margin_fen[i] < 0 ? -Int128{problem.margin_fen[i]} : Int128{problem.margin_fen[i]};
  }
  if (spend > kSumMax || margin > kSumMax) {
    return InvalidArgumentError("spend_fen, margin_fen: they add up to more than {} fen; solve a sample of the base", kSumMax);
  }
  return absl::OkStatus();
}

int64_t ValueOf(const TierEconomics& tier, Objective objective, int64_t customers, int64_t margin) {
  return objective == Objective::kHeadcount ? tier.headcount_weight * customers * kBps : tier.retained_bps * margin;
}
int64_t CostOf(const TierEconomics& tier, int64_t customers, int64_t spend) {
  return tier.cost_bps * spend + tier.fixed_cost_fen * customers * kBps;
}

// Customers, spend and margin from a place upwards.
struct Totals {
  std::vector<int64_t> customers, spend, margin;
};

Totals TotalsOf(const BudgetProblem& problem, int places) {
  const auto size = static_cast<size_t>(places) + 2;
  Totals totals{std::vector<int64_t>(size), std::vector<int64_t>(size), std::vector<int64_t>(size)};
  for (size_t i = 0; i < problem.scores.size(); ++i) {
    const auto place = static_cast<size_t>(problem.scores[i] / problem.step_milli);
    ++totals.customers[place];
    totals.spend[place] += problem.spend_fen[i];
    if (!problem.margin_fen.empty()) totals.margin[place] += problem.margin_fen[i];
  }
  for (auto* column : {&totals.customers, &totals.spend, &totals.margin}) {
    for (size_t p = size - 1; p > 0; --p) (*column)[p - 1] += (*column)[p];
  }
  return totals;
}

Grid GridOf(const BudgetProblem& problem, const Totals& totals, int places) {
  Grid grid;
  grid.cuts = problem.tiers.size() - 1;
  grid.places = places;
  const TierEconomics& bottom = problem.tiers.back();
  grid.base_gain = ValueOf(bottom, problem.objective, totals.customers[0], totals.margin[0]);
  grid.base_cost = CostOf(bottom, totals.customers[0], totals.spend[0]);
  grid.budget = problem.budget_fen * kBps - grid.base_cost;
  for (size_t cut = 0; cut < grid.cuts; ++cut) {
    auto& gain = grid.gain.emplace_back();
    auto& cost = grid.cost.emplace_back();
    const TierEconomics& better = problem.tiers[cut];
    const TierEconomics& worse = problem.tiers[cut + 1];
    for (size_t p = 0; p <= static_cast<size_t>(places); ++p) {
      gain.push_back(ValueOf(better, problem.objective, totals.customers[p], totals.margin[p]) -
                     ValueOf(worse, problem.objective, totals.customers[p], totals.margin[p]));
      cost.push_back(CostOf(better, totals.customers[p], totals.spend[p]) - CostOf(worse, totals.customers[p], totals.spend[p]));
    }
  }
  return grid;
}

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

absl::StatusOr<BudgetSolution> SolveBudget(const BudgetProblem& problem) {
  RUNG_RETURN_IF_ERROR(Check(problem));
  const int places = kMaxScoreMilli / problem.step_milli;
  const Totals totals = TotalsOf(problem, places);
  const Grid grid = GridOf(problem, totals, places);
  Solver solver(grid);
  const auto best = solver.Solve();
  if (!best) {
    return FailedPreconditionError("budget_fen: {} is too little for any lower bounds on this grid; lower the tiers' benefits or their "
                                   "number, or raise the budget", problem.budget_fen);
  }
  BudgetSolution solution;
  int64_t cost = grid.base_cost, above = 0;
  for (size_t cut = 0; cut < grid.cuts; ++cut) {
    const int place = (*best)[cut];
    solution.bounds.push_back(place * problem.step_milli);
    solution.customers.push_back(totals.customers[place] - above);
    above = totals.customers[place];
    cost += grid.cost[cut][place];
  }
  solution.customers.push_back(totals.customers[0] - above);
  solution.cost_fen = -FloorDiv(-cost, kBps);
  solution.value = FloorDiv(grid.base_gain + solver.best_gain(), kBps);
  solution.value_bound = FloorDiv(grid.base_gain + solver.bound(), kBps);
  solution.proven = solver.proven();
  return solution;
}

}  // namespace rung::calibration
