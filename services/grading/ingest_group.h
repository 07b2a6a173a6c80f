// One group of events in one transaction: events, states, standings, history and labels change together.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "services/grading/ingest_queue.h"
#include "services/grading/protection_review.h"

namespace rung::grading {

struct GroupEvent {
  const IncomingEvent* incoming;
  CustomerFingerprint customer;  ///< to whom it counts
  EventOutcome* outcome;
  std::string_view external_id = {};  ///< of `customer`, when the event names an account merged into it
};

/// Keeps scratch memory: one per writer thread.
class IngestGroup {
 public:
  explicit IngestGroup(const IngestParts& parts)
      : parts_(parts), grader_(parts.codes, parts.calendars, parts.fits, parts.sources),
        review_(parts.ladders, parts.calendars, parts.fits, parts.codes, parts.sources) {}

  /// Sets the outcome of every event. When the status isn't OK nothing was stored and the outcomes are kFailed.
  absl::Status Write(std::span<const GroupEvent> events);

 private:
  struct Customer;
  using Customers = std::map<int64_t, Customer>;

  absl::Status InternWords(std::span<const GroupEvent> events);
  absl::Status LockCustomers(storage::IngestTransaction& transaction, Customers& customers);
  /// An event that came again within the group.
  struct Repetition {
    const GroupEvent* event;
    const GroupEvent* first;
    bool same_body;
  };
  /// Inserts events new to their customers; returns those to apply and appends the repetitions.
  absl::StatusOr<std::vector<const GroupEvent*>> InsertNew(storage::IngestTransaction& transaction,
                                                           std::span<const GroupEvent> events,
                                                           std::vector<Repetition>& repetitions);
  absl::Status WriteTransaction(std::span<const GroupEvent> events);
  /// The events of merged accounts, as far as they are known, given to those that have their facts.
  std::vector<GroupEvent> Directed(std::span<const GroupEvent> events) const;
  /// Learns of merged accounts among locked rows. ABORTED when there are any: the group has to be written anew.
  absl::Status LearnMerges(storage::IngestTransaction& transaction, const std::vector<storage::CustomerRow>& rows);
  absl::Status ApplyEvent(storage::IngestTransaction& transaction, const GroupEvent& event, Customer& customer,
                          storage::IngestWrites& writes);
  absl::StatusOr<features::CustomerState> Rebuild(storage::IngestTransaction& transaction, const GroupEvent& event,
                                                  const Customer& customer, bool* conflict);
  /// The customer's state from its events; those of this transaction only when `with_new_events`.
  absl::StatusOr<features::CustomerState> StateFromEvents(storage::IngestTransaction& transaction, const Customer& customer,
                                                          Day fold_day, bool with_new_events) const;
  /// Folds the state, or builds it anew where a year of open days reaches back further than it.
  absl::Status FoldOrRebuild(storage::IngestTransaction& transaction, Day today, Customer& customer) const;
  absl::Status ReviewProtection(storage::IngestTransaction& transaction, const LadderSet& ladders, const Customer& customer,
                                Day today, labels::Standings& standings);
  /// Grades a customer who stands alone; notes what is due to one who shares its group's tier.
  absl::Status Decide(storage::IngestTransaction& transaction, const LadderSet& ladders, UnixMicros now, Customer& customer,
                      storage::IngestWrites& writes);
  void AddMatches(const GroupEvent& event, storage::IngestWrites& writes) const;

  const IngestParts parts_;
  std::map<int64_t, storage::CustomerRow> merged_;  // by number: the accounts that have merged ones' facts; merges are for good
  bool learned_ = false;
  CustomerGrader grader_;
  ProtectionReview review_;
};

}  // namespace rung::grading
