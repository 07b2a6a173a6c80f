// Tiers from pooled facts, in real time: for groups whose accounts had events, and for accounts that came or left.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "libs/labels/label_table.h"
#include "libs/sealing/codec.h"
#include "libs/storage/ingest_store.h"
#include "services/grading/customer_grader.h"
#include "services/grading/pooled_facts.h"
#include "services/grading/protection_review.h"

namespace rung::grading {

struct GroupGraderParts {
  storage::IngestStore& store;
  const sealing::Codec& codec;
  const Ladders& ladders;
  const features::CodeBook& codes;
  const Calendars& calendars;
  const Fits& fits;
  labels::LabelTable& table;
  const Clock& clock;
  const BusinessZone& zone;
  features::Sources sources;
  std::function<void()> labels_changed;
};

/// Thread-safe. An event's own transaction writes down that its customer's group is due; what is due is decided here, in a
/// transaction over all accounts of the group. What a crash or an outage leaves undone is done by the next
/// DecideWhatIsDue, in whatever process. See docs/adr/0065-groups-pool-facts.md.
class GroupGrader {
 public:
  explicit GroupGrader(const GroupGraderParts& parts)
      : parts_(parts), grader_(parts.codes, parts.calendars, parts.fits, parts.sources),
        review_(parts.ladders, parts.calendars, parts.fits, parts.codes, parts.sources) {}

  /// Everything that is due. Failures are logged, and tried again the next time.
  void DecideWhatIsDue();
  /// The same for the groups of some customers.
  void DecideGroupsOf(const std::vector<storage::CustomerRow>& customers);

 private:
  /// One customer's group; the customer alone when it has none. `customer.group` is what the caller has seen.
  absl::Status Decide(const storage::CustomerRow& customer);
  /// Locked accounts with what is due to them.
  struct Locked;

  void DecideOrWarn(const storage::CustomerRow& customer);
  absl::Status DecideLocked(storage::IngestTransaction& transaction, CustomerNumber group, std::vector<storage::CustomerRow> rows);
  absl::StatusOr<features::CustomerState> BuildWithout(storage::IngestTransaction& transaction, CustomerNumber customer,
                                                       const std::vector<storage::DueRow>& left_out, Day fold_day) const;
  absl::Status ReviewProtection(storage::IngestTransaction& transaction, const LadderSet& ladders, CustomerNumber group,
                                const Locked& locked, const features::CustomerState& pool, Day today, std::vector<labels::Standings>& standings);

  const GroupGraderParts parts_;
  std::mutex mutex_;
  CustomerGrader grader_;
  ProtectionReview review_;
};

}  // namespace rung::grading
