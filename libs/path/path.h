// The way to a tier: what a customer has to do, as events on a copy of the customer, graded as in production.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/base/day.h"
#include "libs/features/code_book.h"
#include "libs/features/customer_state.h"
#include "libs/features/event.h"
#include "libs/scoring/model.h"

namespace rung::path {

using features::Fen;

/// What a state is graded as. Tiers are places in the model: a smaller one is better.
struct Outcome {
  uint8_t tier = 0;
  scoring::ScoreMilli score = 0;
};

/// Grades a copy of the customer as of a day, as production does: the features of that day against the frozen
/// population.
using Grader = std::function<Outcome(const features::CustomerState&, Day as_of)>;

struct OpenInvoice {
  std::string invoice_id;
  Day due = 0;
  Fen amount = 0;
};

struct Customer {
  const features::CustomerState& state;
  const features::CodeBook& codes;
  std::vector<std::string> unreviewed_orders;  ///< live ones within a year, the newest first
  std::vector<OpenInvoice> open_invoices;      ///< by due day
  std::vector<std::string> known_categories;   ///< of the whole base: the new ones are taken from these, in this order
  std::set<std::string> model_features;        ///< what the model looks at; actions that touch nothing of it aren't tried
};

enum class Lever {
  kSpendOnce,         ///< one order today
  kSpendSpread,       ///< more on each usual order
  kOrders,            ///< more orders of the usual size
  kNewCategories,
  kRepeatCategories,
  kReviews,
  kSessions,
  kPayments,
  kMix,
};

/// Whether orders as usual can be expected.
enum class Rhythm {
  kKept,
  kNone,     ///< no effective order within a year
  kUnknown,  ///< one order day within a year
  kBroken,   ///< silent for much longer than usual
};

/// Upgrades that don't take effect, whatever the customer does.
struct HoldUp {
  bool frozen = false;  ///< until a review decides; otherwise a person has set the tier
  Day until = 0;        ///< the first day on which upgrades count again; frozen: nobody knows
};

struct Question {
  Day today = 0;
  Day date = 0;        ///< not before today
  uint8_t target = 0;  ///< this place or a better one
  /// The tier must hold as of `date` (to keep it). Otherwise it is enough that it is reached on some day until then.
  bool hold = false;
  /// The customer goes on ordering as usual from tomorrow until the date, if its rhythm is kept. Otherwise nothing but the
  /// plan happens.
  bool as_usual = true;
  bool in_effect = false;      ///< the target, or a better tier, is in effect: there is nothing to reach
  std::optional<HoldUp> held;  ///< not for a tier to hold
  std::optional<Lever> only;   ///< this lever alone is looked at, and there is no mix

  /// No day until the date counts.
  bool Blocked() const { return held && (held->frozen || held->until > date); }
  /// From which on reaching the target counts.
  Day FirstDay() const { return held && held->until > today ? held->until : today; }
};

/// What one unit of each action costs, in the minor unit of the currency; all >= 0.
struct Costs {
  int64_t spend_permille = 1000;  ///< of the extra money spent
  Fen order = 2000;               ///< an order more
  Fen new_category = 5000;        ///< besides the money
  Fen repeat_category = 1000;     ///< besides the money
  Fen review = 200;
  Fen session = 100;
  Fen payment = 500;
};

/// How far is looked.
struct Limits {
  Fen spend = 100'000'000;  ///< extra money of one plan
  Fen spend_step = 100;     ///< amounts are multiples of this
  Fen least_order = 0;      ///< of an extra order; further categories alone aren't bound by it
  int orders = 60;          ///< extra orders; at most one a day
  int categories = 10;
  int reviews = 200;
  int sessions = 90;
  int evaluations = 10'000; ///< gradings of one search for a mix
};

/// What the customer does more than usual.
struct Actions {
  int orders = 0;  ///< extra orders, spread over the days until the date; the first one today
  /// Of the extra orders together. Without extra orders: on top of the usual orders until the date, in equal parts.
  Fen spend = 0;
  int new_categories = 0;     ///< never bought within a year, as further lines of the next orders
  int repeat_categories = 0;  ///< bought on one day only within a year, likewise
  int reviews = 0;            ///< today, of the newest orders without one
  int sessions = 0;           ///< of the app, spread over the days until the date
  int payments = 0;           ///< today, of the open bills, those due next first

  bool operator==(const Actions&) const = default;
};

struct PlannedLine {
  std::string category;
  Fen amount = 0;
  std::optional<Fen> cost;
};

struct PlannedOrder {
  Day day = 0;
  bool usual = false;  ///< the customer would order on this day anyway
  Fen extra = 0;       ///< beyond what it would usually be
  std::vector<PlannedLine> lines;

  Fen amount() const {
    Fen sum = 0;
    for (const PlannedLine& line : lines) sum += line.amount;
    return sum;
  }
};

struct Plan {
  Lever lever = Lever::kMix;
  bool reached = false;
  Actions actions;        ///< the smallest that reach it; when none do: those tried that came closest
  Outcome outcome;        ///< of the actions, on `day`
  Day day = 0;            ///< as of which the tier is reached
  std::vector<PlannedOrder> orders;  ///< those that differ from the usual
  Fen spend = 0;          ///< extra money, that of further categories included
  int64_t cost = 0;       ///< by Costs
  std::vector<std::string> review_orders;
  std::vector<std::string> pay_invoices;
};

struct Path {
  Question question;        ///< as answered: `as_usual` only with a rhythm that is kept
  /// Why the orders as usual that were asked for aren't assumed.
  std::optional<Rhythm> not_as_usual;
  Day last_order = 0;
  int gap_days = 0;
  bool margin_unknown = false;  ///< the model looks at margin, and the customer's orders have no costs to plan with
  Outcome now;             ///< as of today, without anything
  Outcome at_date;         ///< as of the date, with the usual orders if they are assumed
  std::optional<Day> by_itself;  ///< the first day on which the target is reached (to hold: the date) without doing more
  std::vector<PlannedOrder> usual;  ///< orders assumed until the date, without any plan
  std::vector<Plan> single;  ///< each lever alone; empty when `by_itself` is set or the question is blocked
  std::optional<Plan> mix;   ///< the cheapest; unset likewise
  bool mix_is_exhaustive = true;  ///< false: Limits::evaluations ended the search, a cheaper mix may exist
  int evaluations = 0;

  Fen UsualAmount() const {
    Fen sum = 0;
    for (const PlannedOrder& order : usual) sum += order.amount();
    return sum;
  }
  bool SingleLeverReaches() const {
    for (const Plan& plan : single) {
      if (plan.reached) return true;
    }
    return false;
  }
};

/// Plans; `grader` is called often, so it should be quick. Deterministic.
Path FindPath(const Customer& customer, const Question& question, const Limits& limits, const Costs& costs,
              const Grader& grader);

}  // namespace rung::path
