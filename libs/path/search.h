// Trying actions out: the part that single levers and mixes share.
#pragma once

#include <algorithm>
#include <optional>

#include "libs/path/actions.h"

namespace rung::path {

/// What actions lead to.
struct Attempt {
  bool reached = false;
  Outcome outcome;
  Day day = 0;
};

/// Better: reached, else a better tier, else more points.
inline bool Better(const Attempt& a, const Attempt& b) {
  if (a.reached != b.reached) return a.reached;
  if (a.outcome.tier != b.outcome.tier) return a.outcome.tier < b.outcome.tier;
  return a.outcome.score > b.outcome.score;
}

/// How much of each action can be done at all, and would be noticed by the model.
struct Room {
  int orders = 0;
  int new_categories = 0;
  int repeat_categories = 0;
  int reviews = 0;
  int sessions = 0;
  int payments = 0;
};

/// An amount of money that was tried.
struct SpendAttempt {
  Fen spend = 0;
  Attempt attempt;
};

class Search {
 public:
  Search(const Customer& customer, const Question& question, const Limits& limits, const Costs& costs, const Grader& grader)
      : customer(customer), question(question), limits(limits), costs(costs), scenario(customer, question), grader_(grader) {}

  /// Grades a copy of the customer after the actions.
  Attempt Try(const Actions& actions);
  Room FindRoom() const;
  /// The least money for so many extra orders, in whole steps. Several are of the usual size at least: no plan proposes
  /// to cut one order into many.
  Fen LeastSpend(int orders) const;
  /// The same for money over the orders at the usual rhythm: on top of those that come anyway it may be anything.
  Fen LeastSpread() const;
  /// The smallest spend with which `actions` (whose own is ignored) reach the target, from `low` on; else the amount that came
  /// closest. Nothing when there is no amount to try.
  std::optional<SpendAttempt> SmallestSpend(Actions actions, Fen low, Fen high);
  Plan PlanOf(Lever lever, const Actions& actions, const Attempt& attempt) const;

  int evaluations() const { return evaluations_; }

  const Customer& customer;
  const Question& question;
  const Limits& limits;
  const Costs& costs;
  const Scenario scenario;

 private:
  const Grader& grader_;
  int evaluations_ = 0;
};

/// The cheapest combination of actions. `known` are plans that reach the target already; `exhaustive` becomes false
/// when the limit of evaluations ends the search. Without any that reaches, the closest one.
Plan FindMix(Search& search, const std::vector<Plan>& known, bool& exhaustive);

}  // namespace rung::path
