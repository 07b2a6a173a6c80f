#include "services/grading/group_grader.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "libs/base/status.h"
#include "libs/features/state_builder.h"
#include "services/grading/stored_events.h"

namespace rung::grading {
namespace {

constexpr int kDueAtOnce = 500;  // customers
constexpr std::string_view kEventCause = "event:";

}  // namespace

struct GroupGrader::Locked {
  std::vector<storage::CustomerRow> rows;
  std::vector<AccountFacts> facts;     // of the rows
  std::vector<storage::DueRow> due;

  // For the history: a customer's own event, or that of another account.
  std::string CauseFor(CustomerNumber customer) const {
    const auto own = std::find_if(due.rbegin(), due.rend(), [&](const storage::DueRow& row) { return row.customer == customer; });
    return own != due.rend() ? own->cause : due.front().cause;
  }
};

void GroupGrader::DecideWhatIsDue() {
  const auto due = parts_.store.DueCustomers(kDueAtOnce, Deadline::After(5000));
  if (!due.ok()) return;  // the store's absence shows elsewhere
  for (const storage::CustomerRow& customer : *due) {
    if (customer.group == CustomerNumber{}) DecideOrWarn(customer);
  }
  DecideGroupsOf(*due);
}

void GroupGrader::DecideGroupsOf(const std::vector<storage::CustomerRow>& customers) {
  std::set<int64_t> decided;
  for (const storage::CustomerRow& customer : customers) {
    if (customer.group != CustomerNumber{} && decided.insert(static_cast<int64_t>(customer.group)).second) DecideOrWarn(customer);
  }
}

void GroupGrader::DecideOrWarn(const storage::CustomerRow& customer) {
  if (const absl::Status status = Decide(customer); !status.ok()) {
    spdlog::warn("groups: the tier of customer number {} and its group stays due: {}", static_cast<int64_t>(customer.fingerprint.number), Message(status));
  }
}

absl::Status GroupGrader::Decide(const storage::CustomerRow& customer) {
  std::lock_guard lock(mutex_);
  RUNG_ASSIGN_OR_RETURN(const auto transaction, parts_.store.Begin());
  if (customer.group != CustomerNumber{}) {
    RUNG_ASSIGN_OR_RETURN(auto rows, transaction->LockGroup(customer.group));
    if (rows.empty()) return absl::OkStatus();
    return DecideLocked(*transaction, customer.group, std::move(rows));
  }
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction->Lock({customer}));
  // Has it joined meanwhile? Then it is due with its group.
  if (rows[0].group != CustomerNumber{}) return absl::OkStatus();
  if (rows[0].merged_into != CustomerNumber{}) return transaction->WriteAndCommit({.decided = {rows[0].fingerprint.number}});
  const CustomerNumber alone = rows[0].fingerprint.number;
  return DecideLocked(*transaction, alone, std::move(rows));
}

absl::Status GroupGrader::DecideLocked(storage::IngestTransaction& transaction, CustomerNumber subject, std::vector<storage::CustomerRow> rows) {
  Locked locked{std::move(rows), {}, {}};
  const bool alone = locked.rows[0].group == CustomerNumber{};
  std::vector<labels::Standings> standings(locked.rows.size());
  storage::IngestWrites writes;
  for (size_t i = 0; i < locked.rows.size(); ++i) {
    AccountFacts& account = locked.facts.emplace_back(AccountFacts{locked.rows[i].fingerprint.number, {}});
    RUNG_RETURN_IF_ERROR(features::DecodeState(locked.rows[i].state, account.state));
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(locked.rows[i].standings, standings[i]));
    writes.decided.push_back(account.customer);
  }
  RUNG_ASSIGN_OR_RETURN(locked.due, transaction.DueTo(writes.decided));
  if (locked.due.empty()) return absl::OkStatus();  // somebody was quicker
  const auto ladders = parts_.ladders.Current();
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  features::CustomerState facts = locked.facts[0].state;
  if (!alone) {
    RUNG_ASSIGN_OR_RETURN(facts, PooledFacts(locked.facts, today, *parts_.calendars.Current(), parts_.codes, [&](CustomerNumber customer, Day fold_day) {
      return BuildWithout(transaction, customer, {}, fold_day);
    }));
    RUNG_RETURN_IF_ERROR(ReviewProtection(transaction, *ladders, subject, locked, facts, today, standings));
  }
  grader_.Judge(*ladders, subject, facts, today);
  for (size_t i = 0; i < locked.rows.size(); ++i) {
    storage::CustomerRow& row = locked.rows[i];
    grader_.Settle(row.fingerprint, today, now, locked.CauseFor(row.fingerprint.number), standings[i], writes.changes, writes.labels);
    std::string bytes = labels::EncodeStandings(standings[i]);
    if (bytes == row.standings) continue;
    row.standings = std::move(bytes);
    writes.standings.push_back(std::move(row));
  }
  RUNG_RETURN_IF_ERROR(transaction.WriteAndCommit(writes));
  for (const storage::LabelRow& label : writes.labels) parts_.table.Merge(label.customer, label.ladder_no, label.word);
  if (!writes.labels.empty()) parts_.labels_changed();
  return absl::OkStatus();
}

absl::StatusOr<features::CustomerState> GroupGrader::BuildWithout(storage::IngestTransaction& transaction, CustomerNumber customer,
                                                                  const std::vector<storage::DueRow>& left_out, Day fold_day) const {
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction.EventsOf(customer));
  std::set<std::string> ids;
  for (const storage::DueRow& due : left_out) {
    if (due.customer == customer && due.cause.starts_with(kEventCause)) ids.insert(due.cause.substr(kEventCause.size()));
  }
  std::erase_if(rows, [&](const storage::EventRow& row) { return ids.contains(row.event_id); });
  RUNG_ASSIGN_OR_RETURN(const auto events, OpenEvents(rows, parts_.codec, parts_.zone));
  return features::BuildState(events, fold_day, parts_.codes);
}

absl::Status GroupGrader::ReviewProtection(storage::IngestTransaction& transaction, const LadderSet& ladders, CustomerNumber group,
                                           const Locked& locked, const features::CustomerState& pool, Day today,
                                           std::vector<labels::Standings>& standings) {
  bool takes_back = false;
  Day earliest = features::kNever;
  std::set<int64_t> changed;
  for (const storage::DueRow& due : locked.due) {
    if (!due.cause.starts_with(kEventCause)) continue;
    takes_back = takes_back || due.takes_back;
    earliest = std::min(earliest, due.day);
    changed.insert(static_cast<int64_t>(due.customer));
  }
  const auto is_protected = [](const labels::LadderStanding& item) { return item.standing.protected_since != 0; };
  const bool upgraded = std::any_of(standings.begin(), standings.end(), [&](const labels::Standings& account) {
    return std::any_of(account.begin(), account.end(), is_protected);
  });
  if (!upgraded || (!takes_back && earliest >= today)) return absl::OkStatus();

  const auto pooled_as_of = [&](Day as_of, std::vector<AccountFacts> accounts, const std::vector<storage::DueRow>& left_out) {
    return PooledFacts(accounts, as_of, *parts_.calendars.Current(), parts_.codes, [&](CustomerNumber customer, Day fold_day) {
      return BuildWithout(transaction, customer, left_out, fold_day);
    });
  };
  std::vector<AccountFacts> unchanged = locked.facts;
  for (AccountFacts& account : unchanged) {
    if (!changed.contains(static_cast<int64_t>(account.customer))) continue;
    RUNG_ASSIGN_OR_RETURN(account.state, BuildWithout(transaction, account.customer, locked.due, account.state.fold_day));
  }
  RUNG_ASSIGN_OR_RETURN(const features::CustomerState before, pooled_as_of(today, unchanged, locked.due));
  const auto rebuild = [&](Day fold_day, bool with_new_events) -> absl::StatusOr<features::CustomerState> {
    std::vector<AccountFacts> accounts = locked.facts;
    for (AccountFacts& account : accounts) {
      RUNG_ASSIGN_OR_RETURN(account.state, BuildWithout(transaction, account.customer, with_new_events ? std::vector<storage::DueRow>() : locked.due, fold_day));
    }
    return pooled_as_of(today, std::move(accounts), {});
  };
  for (labels::Standings& account : standings) {
    RUNG_RETURN_IF_ERROR(review_.Review(ladders, {group, before, pool, takes_back, earliest, rebuild}, today, account));
  }
  return absl::OkStatus();
}

}  // namespace rung::grading
