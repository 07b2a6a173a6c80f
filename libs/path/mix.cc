#include <algorithm>
#include <limits>
#include <span>

#include "libs/path/search.h"

namespace rung::path {
namespace {

// Of actions that come in large numbers only some amounts are combined; Trim takes off what was too much.
std::vector<int> Levels(int most, int parts) {
  std::vector<int> levels{0};
  for (int i = 1; i <= parts; ++i) {
    const int level = (most * i + parts - 1) / parts;
    if (level > levels.back()) levels.push_back(level);
  }
  return levels;
}

struct Combination {
  Actions actions;  // spend is the least that they ask for
  int64_t least_cost = 0;
};

class MixSearch {
 public:
  MixSearch(Search& search, bool& exhaustive) : search_(search), exhaustive_(exhaustive) {}

  Plan Run(const std::vector<Plan>& known) {
    for (const Plan& plan : known) Consider(plan.actions, {plan.reached, plan.outcome, plan.day});
    std::vector<Combination> all = Combinations();
    // Orders and money alone come first: what they cost ends the search among the many others early.
    const auto others = std::stable_partition(all.begin(), all.end(), [](const Combination& c) { return c.actions == OrdersOnly(c.actions); });
    LookAt({all.begin(), others});
    LookAt({others, all.end()});
    if (best_.reached) Trim();
    return search_.PlanOf(Lever::kMix, actions_, best_);
  }

 private:
  static Actions OrdersOnly(const Actions& actions) { return {.orders = actions.orders, .spend = actions.spend}; }

  // By what they cost at least, ascending.
  void LookAt(std::span<const Combination> combinations) {
    for (const Combination& combination : combinations) {
      if (best_.reached && combination.least_cost >= best_cost_) return;  // they only get dearer
      if (search_.evaluations() >= search_.limits.evaluations) {
        exhaustive_ = false;
        return;
      }
      Look(combination);
    }
  }

  void Consider(const Actions& actions, const Attempt& attempt) {
    const int64_t cost = search_.scenario.Cost(actions, search_.costs);
    const bool better = attempt.reached && best_.reached ? cost < best_cost_ : !tried_ || Better(attempt, best_);
    if (!better) return;
    tried_ = true;
    best_ = attempt;
    actions_ = actions;
    best_cost_ = cost;
  }

  // Every combination of the discrete actions, by what it costs at least.
  std::vector<Combination> Combinations() const {
    const Room room = search_.FindRoom();
    std::vector<Combination> all;
    for (const int orders : Levels(room.orders, std::min(room.orders, 31))) {
      for (const int new_categories : Levels(room.new_categories, 5)) {
        for (const int repeats : Levels(room.repeat_categories, 3)) {
          for (const int reviews : Levels(room.reviews, 4)) {
            for (const int sessions : Levels(room.sessions, 3)) {
              for (const int payments : Levels(room.payments, 3)) {
                Actions actions{orders, search_.LeastSpend(orders), new_categories, repeats, reviews, sessions, payments};
                all.push_back({actions, LeastCost(actions)});
              }
            }
          }
        }
      }
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.least_cost < b.least_cost; });
    return all;
  }

  int64_t LeastCost(const Actions& actions) const {
    const Costs& costs = search_.costs;
    return actions.spend * costs.spend_permille / 1000 + actions.orders * costs.order + actions.new_categories * costs.new_category +
           actions.repeat_categories * costs.repeat_category + actions.reviews * costs.review + actions.sessions * costs.session +
           actions.payments * costs.payment;
  }

  // Money without an order more goes on top of the usual ones. When none are assumed, it takes orders more.
  bool MaySpend(const Actions& actions) const { return actions.orders > 0 || search_.question.as_usual; }

  // The most money that is within the limit and still is cheaper than the best plan.
  Fen Affordable(const Combination& combination) const {
    const Fen further = search_.scenario.Spend(combination.actions) - combination.actions.spend;  // for categories
    const Fen limit = search_.limits.spend - further;
    const int64_t permille = search_.costs.spend_permille;
    if (!best_.reached || permille == 0) return limit;
    const int64_t others = combination.least_cost - combination.actions.spend * permille / 1000;
    return std::min<Fen>(limit, (best_cost_ - others) * 1000 / permille);
  }

  // Four amounts first: most combinations reach with none of them, and one that does is looked at closely.
  void Look(const Combination& combination) {
    const Fen low = combination.actions.spend;
    const Fen affordable = Affordable(combination);
    if (affordable < low) return;
    const Fen high = MaySpend(combination.actions) ? affordable : low;
    const Fen step = search_.limits.spend_step;
    bool any = false;
    for (const Fen amount : {low, low + (high - low) / 16, low + (high - low) / 4, high}) {
      Actions actions = combination.actions;
      actions.spend = amount / step * step;
      const Attempt attempt = search_.Try(actions);
      Consider(actions, attempt);
      any = any || attempt.reached;
      if (attempt.reached && amount == low) return;  // it can't be less
    }
    if (!any) return;
    Actions actions = combination.actions;
    if (const auto found = search_.SmallestSpend(actions, low, high)) {
      actions.spend = found->spend;
      Consider(actions, found->attempt);
    }
  }

  // Takes off everything without which the target is still reached, so that no single action can be less.
  void Trim() {
    static constexpr int Actions::*kMembers[] = {&Actions::new_categories, &Actions::repeat_categories, &Actions::sessions,
                                                 &Actions::reviews, &Actions::payments, &Actions::orders};
    for (bool shrunk = true; shrunk;) {
      shrunk = false;
      for (const auto member : kMembers) {
        while (actions_.*member > 0 && Shrink([&](Actions& actions) { --(actions.*member); })) shrunk = true;
      }
      if (!MaySpend(actions_)) continue;
      const Fen low = search_.LeastSpend(actions_.orders);
      const auto found = search_.SmallestSpend(actions_, low, actions_.spend);
      if (!found || !found->attempt.reached || found->spend >= actions_.spend) continue;
      shrunk = Shrink([&](Actions& actions) { actions.spend = found->spend; }) || shrunk;
    }
  }

  template <typename Change>
  bool Shrink(Change change) {
    Actions actions = actions_;
    change(actions);
    if (actions.spend < search_.LeastSpend(actions.orders)) return false;
    if (actions.spend > 0 && MaySpend(actions_) && !MaySpend(actions)) return false;
    const Attempt attempt = search_.Try(actions);
    if (!attempt.reached) return false;
    best_ = attempt;
    actions_ = actions;
    return true;
  }

  Search& search_;
  bool& exhaustive_;
  bool tried_ = false;
  Attempt best_;
  Actions actions_;
  int64_t best_cost_ = std::numeric_limits<int64_t>::max();
};

}  // namespace

Plan FindMix(Search& search, const std::vector<Plan>& known, bool& exhaustive) { return MixSearch(search, exhaustive).Run(known); }

}  // namespace rung::path
