// Puts events into a customer's state, in whatever order they come.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "libs/base/business_calendar.h"
#include "libs/features/code_book.h"
#include "libs/features/customer_state.h"
#include "libs/features/event.h"

namespace rung::features {

/// The log keeps at least this many days, so that a batch that grades as of some days ago, and a year made longer by
/// closed days, still find every fact.
inline constexpr int kKeptDays = kWindowDays + 66;

/// SKUs count as new on orders placed up to this many days after they were listed.
inline constexpr int kNewProductDays = 60;

enum class ApplyOutcome {
  kApplied,
  kNeedsRebuild,  ///< the event may concern folded facts: build the state anew from all events
  kConflict,      ///< another event already says this (an order with this revision, an invoice with this id)
};

/// The words that Apply looks up, to be put into the code book before.
using Words = std::map<CodeKind, std::set<std::string>>;
void AddWords(const Event& event, Words& words);

/// Applies one event that the state doesn't hold yet (the caller has checked its id). All words of the event must be
/// in the code book. On kConflict and kNeedsRebuild the state is unchanged.
ApplyOutcome Apply(const Event& event, const CodeBook& codes, CustomerState& state);

/// Folds orders into lifetime sums and drops facts that no feature as of `fold_day + kWindowDays` or later can see.
/// Does nothing when the state is folded that far already.
void Fold(Day fold_day, CustomerState& state);

/// The fold day that suits a state written today; moves in steps, so that most writes don't fold.
Day FoldDayFor(Day today);
/// The same for a customer whose days are counted by a calendar: its year reaches back further.
Day FoldDayFor(Day today, const BusinessCalendar& calendar);

/// The state of a customer from scratch. `events` may come in any order and with repetitions (the same event id is the
/// same fact); of events that contradict each other the one with the smaller event id counts, and the others' ids are
/// put into `conflicts` when it is given.
CustomerState BuildState(std::span<const Event> events, Day fold_day, const CodeBook& codes,
                         std::vector<std::string>* conflicts = nullptr);

/// What the features need of an order's lines, for an order placed on `order_day`.
LinesSummary Summarize(const std::vector<OrderLine>& lines, Day order_day, const CodeBook& codes);

}  // namespace rung::features
