#include "services/grading/ingest_group.h"

#include <set>

#include "libs/errors/errors.h"
#include "libs/features/corrections.h"
#include "libs/features/state_builder.h"
#include "libs/wire/event_mapping.h"
#include "services/grading/stored_events.h"

namespace rung::grading {
namespace {

constexpr int kMaxHops = 16;  // of merges that were merged on

void Refuse(EventOutcome& outcome, std::string reason, std::string message) {
  outcome = {EventOutcome::kRefused, std::move(reason), std::move(message)};
}

// An event whose id is known: the same fact again, or a misuse of the id.
void SettleKnown(bool same_body, EventOutcome& outcome) {
  if (same_body) {
    outcome.kind = EventOutcome::kDuplicate;
  } else {
    Refuse(outcome, "EVENT_ID_REUSED", "this event_id came with another body before; ids are never used twice");
  }
}

// A CRM that closes a duplicate registration after its merge doesn't mean the account that goes on.
bool ClosesMergedAccount(const GroupEvent& event) {
  const auto* profile = std::get_if<features::CustomerProfile>(&event.incoming->event.fact);
  return !event.external_id.empty() && profile != nullptr && profile->status;
}

void RefuseConflict(const GroupEvent& event) {
  if (const auto* order = std::get_if<features::Order>(&event.incoming->event.fact)) {
    Refuse(*event.outcome, "ORDER_EXISTS",
           fmt::format("order \"{}\" has revision {} already; send a higher revision to amend it", order->order_id, order->revision));
  } else {
    Refuse(*event.outcome, "INVOICE_EXISTS", "this invoice_id was reported by another event already");
  }
}

}  // namespace

struct IngestGroup::Customer {
  storage::CustomerRow row;
  features::CustomerState state;
  const GroupEvent* last_applied = nullptr;
  std::set<std::string_view> unapplied;  // inserted in this transaction, not (or never to be) part of the state
  std::set<std::string_view> applied;    // inserted in this transaction and part of the state
  bool takes_back = false;               // one of those applied does
  Day earliest = features::kNever;       // of those applied
};

absl::Status IngestGroup::Write(std::span<const GroupEvent> events) {
  for (const GroupEvent& event : events) *event.outcome = {};
  absl::Status status = WriteTransaction(Directed(events));
  // Each time round a link more of a chain of merges is known.
  for (int hop = 0; learned_ && hop < kMaxHops; ++hop) status = WriteTransaction(Directed(events));
  if (!status.ok()) {
    for (const GroupEvent& event : events) *event.outcome = {};  // what was found out holds only if it was committed
  }
  return status;
}

std::vector<GroupEvent> IngestGroup::Directed(std::span<const GroupEvent> events) const {
  std::vector<GroupEvent> directed(events.begin(), events.end());
  if (merged_.empty()) return directed;
  for (GroupEvent& event : directed) {
    for (auto it = merged_.find(static_cast<int64_t>(event.customer.number)); it != merged_.end();
         it = merged_.find(static_cast<int64_t>(event.customer.number))) {
      event.customer = it->second.fingerprint;
      event.external_id = it->second.external_id;
    }
  }
  return directed;
}

absl::Status IngestGroup::LearnMerges(storage::IngestTransaction& transaction, const std::vector<storage::CustomerRow>& rows) {
  for (const storage::CustomerRow& row : rows) {
    if (row.merged_into == CustomerNumber{}) continue;
    RUNG_ASSIGN_OR_RETURN(merged_[static_cast<int64_t>(row.fingerprint.number)], transaction.Named(row.merged_into));
    learned_ = true;
  }
  return learned_ ? AbortedError("an account has been merged") : absl::OkStatus();
}

absl::Status IngestGroup::WriteTransaction(std::span<const GroupEvent> events) {
  learned_ = false;
  RUNG_RETURN_IF_ERROR(InternWords(events));
  Customers customers;
  for (const GroupEvent& event : events) {
    Customer& customer = customers[static_cast<int64_t>(event.customer.number)];
    customer.row.fingerprint = event.customer;
    customer.row.external_id = event.external_id.empty() ? std::string_view(event.incoming->event.customer_id) : event.external_id;
  }
  RUNG_ASSIGN_OR_RETURN(const auto transaction, parts_.store.Begin());
  RUNG_RETURN_IF_ERROR(LockCustomers(*transaction, customers));
  std::vector<Repetition> repetitions;
  RUNG_ASSIGN_OR_RETURN(const auto fresh, InsertNew(*transaction, events, repetitions));
  storage::IngestWrites writes;
  for (const GroupEvent* event : fresh) {
    customers[static_cast<int64_t>(event->customer.number)].unapplied.insert(event->incoming->event.event_id);
  }
  for (const GroupEvent* event : fresh) {
    RUNG_RETURN_IF_ERROR(ApplyEvent(*transaction, *event, customers[static_cast<int64_t>(event->customer.number)], writes));
  }
  const auto ladders = parts_.ladders.Current();
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  for (auto& [number, customer] : customers) {
    if (customer.last_applied == nullptr) continue;
    RUNG_RETURN_IF_ERROR(FoldOrRebuild(*transaction, today, customer));
    RUNG_RETURN_IF_ERROR(Decide(*transaction, *ladders, now, customer, writes));
    customer.row.state.clear();
    features::EncodeState(customer.state, customer.row.state);
    customer.row.outside = !IsOpen(customer.state, today);
    writes.customers.push_back(std::move(customer.row));
  }
  RUNG_RETURN_IF_ERROR(transaction->WriteAndCommit(writes));
  for (const GroupEvent* event : fresh) {
    if (event->outcome->kind == EventOutcome::kFailed) event->outcome->kind = EventOutcome::kAccepted;
  }
  for (const Repetition& repetition : repetitions) {
    // Only now is it known what became of the first one.
    if (repetition.same_body && repetition.first->outcome->kind == EventOutcome::kRefused) {
      *repetition.event->outcome = *repetition.first->outcome;
    } else {
      SettleKnown(repetition.same_body, *repetition.event->outcome);
    }
  }
  for (const storage::LabelRow& label : writes.labels) parts_.table.Merge(label.customer, label.ladder_no, label.word);
  if (!writes.labels.empty()) parts_.labels_changed();
  if (!writes.due.empty()) parts_.groups.DecideGroupsOf(writes.customers);
  return absl::OkStatus();
}

absl::Status IngestGroup::Decide(storage::IngestTransaction& transaction, const LadderSet& ladders, UnixMicros now, Customer& customer,
                                 storage::IngestWrites& writes) {
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  if (customer.row.group != CustomerNumber{}) {
    for (const std::string_view event : customer.applied) {
      writes.due.push_back({customer.row.fingerprint.number, fmt::format("event:{}", event), customer.takes_back, customer.earliest});
    }
    return absl::OkStatus();
  }
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.row.standings, standings));
  RUNG_RETURN_IF_ERROR(ReviewProtection(transaction, ladders, customer, today, standings));
  grader_.Regrade(ladders, customer.row.fingerprint, customer.state, today, now,
                  "event:" + customer.last_applied->incoming->event.event_id, standings, writes.changes, writes.labels);
  customer.row.standings = labels::EncodeStandings(standings);
  return absl::OkStatus();
}

absl::Status IngestGroup::InternWords(std::span<const GroupEvent> events) {
  features::Words words;
  for (const GroupEvent& event : events) features::AddWords(event.incoming->event, words);
  for (const auto& [kind, set] : words) {
    RUNG_RETURN_IF_ERROR(parts_.codes.Intern(kind, {set.begin(), set.end()}));
  }
  return absl::OkStatus();
}

absl::Status IngestGroup::LockCustomers(storage::IngestTransaction& transaction, Customers& customers) {
  std::vector<storage::CustomerRow> wanted;
  for (const auto& [number, customer] : customers) wanted.push_back(customer.row);
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction.Lock(wanted));
  RUNG_RETURN_IF_ERROR(LearnMerges(transaction, rows));
  for (storage::CustomerRow& row : rows) {
    Customer& customer = customers[static_cast<int64_t>(row.fingerprint.number)];
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, customer.state));
    customer.row = std::move(row);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<const GroupEvent*>> IngestGroup::InsertNew(storage::IngestTransaction& transaction,
                                                                      std::span<const GroupEvent> events,
                                                                      std::vector<Repetition>& repetitions) {
  std::vector<storage::EventRow> rows;
  std::vector<const GroupEvent*> firsts;
  std::map<std::pair<int64_t, std::string_view>, size_t> positions;  // into rows
  for (const GroupEvent& event : events) {
    const IncomingEvent& incoming = *event.incoming;
    std::string hash = parts_.codec.BodyHash(incoming.body);
    const auto [it, inserted] =
        positions.try_emplace({static_cast<int64_t>(event.customer.number), incoming.event.event_id}, rows.size());
    if (!inserted) {
      repetitions.push_back({&event, firsts[it->second], hash == rows[it->second].body_hash});
      continue;
    }
    storage::EventRow& row = rows.emplace_back();
    row.customer = event.customer.number;
    row.event_id = incoming.event.event_id;
    row.kind = incoming.kind;
    row.event_time = incoming.event.event_time;
    row.body_hash = std::move(hash);
    row.body = incoming.body;
    if (wire::IsSensitive(incoming.event)) {
      row.key_id = parts_.codec.current_key();
      row.body = parts_.codec.Seal(incoming.body, SealingRow(row.customer, row.event_id));
    }
    firsts.push_back(&event);
  }
  RUNG_ASSIGN_OR_RETURN(const auto known, transaction.InsertEvents(rows, parts_.clock.NowMicros()));
  std::vector<const GroupEvent*> fresh;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (known[i]) {
      SettleKnown(*known[i] == rows[i].body_hash, *firsts[i]->outcome);
    } else {
      fresh.push_back(firsts[i]);
    }
  }
  return fresh;
}

absl::Status IngestGroup::ApplyEvent(storage::IngestTransaction& transaction, const GroupEvent& event, Customer& customer,
                                     storage::IngestWrites& writes) {
  bool conflict = false;
  if (ClosesMergedAccount(event)) {
    Refuse(*event.outcome, "ACCOUNT_MERGED",
           fmt::format("customer \"{}\" was merged into \"{}\", whose status this isn't; send a status under that id", event.incoming->event.customer_id, event.external_id));
    writes.refused_events.emplace_back(event.customer.number, event.incoming->event.event_id);
    return absl::OkStatus();
  }
  switch (features::Apply(event.incoming->event, parts_.codes, customer.state)) {
    case features::ApplyOutcome::kApplied:
      break;
    case features::ApplyOutcome::kConflict:
      conflict = true;
      break;
    case features::ApplyOutcome::kNeedsRebuild: {
      RUNG_ASSIGN_OR_RETURN(auto rebuilt, Rebuild(transaction, event, customer, &conflict));
      if (!conflict) customer.state = std::move(rebuilt);
      break;
    }
  }
  if (conflict) {
    RefuseConflict(event);
    writes.refused_events.emplace_back(event.customer.number, event.incoming->event.event_id);
    return absl::OkStatus();
  }
  customer.last_applied = &event;
  customer.unapplied.erase(event.incoming->event.event_id);
  customer.applied.insert(event.incoming->event.event_id);
  customer.takes_back = customer.takes_back || features::TakesBack(event.incoming->event);
  customer.earliest = std::min(customer.earliest, event.incoming->event.day);
  AddMatches(event, writes);
  return absl::OkStatus();
}

absl::StatusOr<features::CustomerState> IngestGroup::Rebuild(storage::IngestTransaction& transaction, const GroupEvent& event,
                                                             const Customer& customer, bool* conflict) {
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction.EventsOf(event.customer.number));
  std::erase_if(rows, [&](const storage::EventRow& row) {
    return row.event_id != event.incoming->event.event_id && customer.unapplied.contains(row.event_id);
  });
  RUNG_ASSIGN_OR_RETURN(auto events, OpenEvents(rows, parts_.codec, parts_.zone));
  std::vector<std::string> conflicts;
  features::CustomerState state = features::BuildState(events, customer.state.fold_day, parts_.codes, &conflicts);
  *conflict = !conflicts.empty();
  return state;
}

absl::StatusOr<features::CustomerState> IngestGroup::StateFromEvents(storage::IngestTransaction& transaction, const Customer& customer,
                                                                     Day fold_day, bool with_new_events) const {
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction.EventsOf(customer.row.fingerprint.number));
  std::erase_if(rows, [&](const storage::EventRow& row) {
    return customer.unapplied.contains(row.event_id) || (!with_new_events && customer.applied.contains(row.event_id));
  });
  RUNG_ASSIGN_OR_RETURN(const auto events, OpenEvents(rows, parts_.codec, parts_.zone));
  return features::BuildState(events, fold_day, parts_.codes);
}

absl::Status IngestGroup::FoldOrRebuild(storage::IngestTransaction& transaction, Day today, Customer& customer) const {
  const auto calendars = parts_.calendars.Current();
  const BusinessCalendar& calendar = calendars->Of(customer.state, today, parts_.codes);
  const Day fold_day = features::FoldDayFor(today, calendar);
  if (features::Reaches(customer.state, today, calendar)) {
    features::Fold(fold_day, customer.state);
    return absl::OkStatus();
  }
  RUNG_ASSIGN_OR_RETURN(customer.state, StateFromEvents(transaction, customer, fold_day, true));
  return absl::OkStatus();
}

absl::Status IngestGroup::ReviewProtection(storage::IngestTransaction& transaction, const LadderSet& ladders,
                                           const Customer& customer, Day today, labels::Standings& standings) {
  if (!customer.takes_back && customer.earliest >= today) return absl::OkStatus();
  const bool upgraded = std::any_of(standings.begin(), standings.end(),
                                    [](const labels::LadderStanding& item) { return item.standing.protected_since != 0; });
  if (!upgraded) return absl::OkStatus();
  features::CustomerState before;
  RUNG_RETURN_IF_ERROR(features::DecodeState(customer.row.state, before));
  const auto rebuild = [&](Day fold_day, bool with_new_events) {
    return StateFromEvents(transaction, customer, fold_day, with_new_events);
  };
  return review_.Review(ladders, {customer.row.fingerprint.number, before, customer.state, customer.takes_back, customer.earliest, rebuild},
                        today, standings);
}

void IngestGroup::AddMatches(const GroupEvent& event, storage::IngestWrites& writes) const {
  const auto* profile = std::get_if<features::CustomerProfile>(&event.incoming->event.fact);
  if (profile == nullptr) return;
  const auto add = [&](int16_t kind, std::string_view name, const std::optional<std::string>& value) {
    if (value && !value->empty()) writes.matches.push_back({event.customer.number, kind, parts_.codec.BlindIndex(name, *value)});
  };
  add(1, "phone", profile->phone);
  add(2, "address", profile->address);
  add(3, "payer", profile->payer);
  add(4, "device", profile->device);
}

}  // namespace rung::grading
