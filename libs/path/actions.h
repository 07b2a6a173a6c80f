// Actions as orders and events.
#pragma once

#include <vector>

#include "libs/path/habits.h"

namespace rung::path {

/// What a customer would do under some actions, beside the usual.
class Scenario {
 public:
  Scenario(const Customer& customer, const Question& question);

  const Habits& habits() const { return habits_; }
  const std::vector<Day>& usual_days() const { return usual_days_; }

  /// All orders until the date, the usual ones included if they are assumed, by day.
  std::vector<PlannedOrder> Orders(const Actions& actions) const;
  /// The same with everything else, as events that happen between today and the date.
  std::vector<features::Event> Events(const Actions& actions) const;
  /// Extra money, that of further categories included.
  Fen Spend(const Actions& actions) const;
  /// The last day on which the actions ask for something; today without any.
  Day LastDay(const Actions& actions) const;
  int64_t Cost(const Actions& actions, const Costs& costs) const;

  /// The customer after the events.
  features::CustomerState After(const Actions& actions) const;

 private:
  std::vector<PlannedLine> Lines(Fen amount) const;
  PlannedLine Line(const std::string& category, Fen amount) const;
  std::vector<Day> Spread(int count) const;
  void AddCategories(const Actions& actions, std::vector<PlannedOrder>& orders) const;

  const Customer& customer_;
  const Question question_;
  const Habits habits_;
  const std::vector<Day> usual_days_;
  const Fen category_value_;  // of one line of a further category
  const int category_days_;   // on how many days it is bought
};

/// `total` in parts by weight, to the fen: largest remainders, ties to the first.
std::vector<Fen> SplitByWeight(Fen total, const std::vector<Fen>& weights);

}  // namespace rung::path
