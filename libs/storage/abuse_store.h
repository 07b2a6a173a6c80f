// Cases of suspected abuse, what accounts share, and whose upgrades are frozen.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

struct AbuseCaseRow {
  CustomerNumber customer{};
  std::string external_id;
  int32_t case_no = 0;
  std::string state;  ///< "OPEN", "CONFIRMED", "CLEARED"
  bool frozen = false;
  int32_t score_milli = 0;
  Day as_of = 0;
  std::string signals;  ///< rung.grading.v1.AbuseSignals
  UnixMicros opened_at = 0;
  UnixMicros updated_at = 0;
  int32_t revision = 0;
  UnixMicros decided_at = 0;  ///< 0: open
  std::string decided_by;
  std::string decision_reason;
  Day frozen_until = 0;  ///< of a confirmed case: first day without freeze
};

/// What a scan found out about a customer.
struct SuspectRow {
  CustomerNumber customer{};
  std::string external_id;
  int32_t score_milli = 0;
  bool freeze = false;
  std::string signals;
};

struct ScanRow {
  int64_t scan_id = 0;
  Day as_of = 0;
  std::string state;  ///< "RUNNING", "DONE", "FAILED"
  std::string author;
  int64_t customers = 0, listed = 0, frozen = 0, opened = 0, groups = 0;
  std::string message;
};

struct AbuseReview {
  CustomerNumber customer{};
  int32_t case_no = 0;
  int32_t revision = 0;
  std::string verdict;  ///< "CONFIRMED" or "CLEARED"
  std::string reason;
  std::string author;
  Day frozen_until = 0;
  UnixMicros now = 0;
};

/// A case whose freeze, or its end, the standings don't say yet.
struct PendingFreeze {
  CustomerNumber customer{};
  int32_t case_no = 0;
  int32_t revision = 0;
  bool freeze = false;          ///< what the case wants
  std::string account_id;       ///< whose standings carry it: the customer, or the account that it was merged into
  bool account_frozen = false;  ///< what all cases of the account want, those of accounts merged into it included
};

/// Thread-safe. UNAVAILABLE/STORE_UNAVAILABLE when PostgreSQL is out of reach.
class AbuseStore {
 public:
  virtual ~AbuseStore() = default;

  /// Every match whose value more than one customer has, one after the other by kind and value.
  virtual absl::Status ScanShared(const std::function<absl::Status(const MatchRow&)>& visit) = 0;

  /// Takes the one running scan for `lease_seconds`; an older one whose lease has ended counts as failed. A scan by
  /// "batch" of a day that one by "batch" has done already isn't begun: FAILED_PRECONDITION/ABUSE_SCAN_DONE. Otherwise
  /// FAILED_PRECONDITION/ABUSE_SCAN_RUNNING.
  virtual absl::StatusOr<ScanRow> BeginScan(Day as_of, const std::string& author, int lease_seconds, UnixMicros now, Deadline deadline) = 0;
  /// Records state, counts and message.
  virtual absl::Status EndScan(const ScanRow& scan, UnixMicros now, Deadline deadline) = 0;

  /// Opens a case for each suspect that has no open one, and refreshes the others' score, signals and day; a freeze
  /// stays until a review. Not opened when the newest case was cleared within `quiet_days` at a score of at least
  /// score - 10 points, or is confirmed and still frozen. Returns how many were opened. One transaction.
  virtual absl::StatusOr<int64_t> RecordSuspects(const std::vector<SuspectRow>& suspects, Day as_of, int quiet_days, UnixMicros now,
                                                 Deadline deadline) = 0;

  /// Cases of a state from the highest score down, from `offset` on.
  virtual absl::StatusOr<std::vector<AbuseCaseRow>> List(const std::string& state, int64_t offset, int limit, Deadline deadline) = 0;
  /// `case_no` 0: the newest. NOT_FOUND/ABUSE_CASE_UNKNOWN.
  virtual absl::StatusOr<AbuseCaseRow> Get(CustomerNumber customer, int32_t case_no, Deadline deadline) = 0;
  /// Decides an open case, with an entry in the audit chain. NOT_FOUND/ABUSE_CASE_UNKNOWN, ABORTED/ETAG_MISMATCH,
  /// FAILED_PRECONDITION/ABUSE_CASE_DECIDED. The same verdict, reason and author again: the case as it is.
  virtual absl::StatusOr<AbuseCaseRow> Review(const AbuseReview& review, Deadline deadline) = 0;

  /// Lets every freeze be set once more: ladders may have come since it was.
  virtual absl::Status RenewFreezes(Day today, Deadline deadline) = 0;
  /// Freezes to be set or lifted in the accounts' standings; a confirmed case's freeze ends on its day.
  virtual absl::StatusOr<std::vector<PendingFreeze>> Pending(Day today, int limit, Deadline deadline) = 0;
  /// The standings say so now. A case that has changed meanwhile stays pending.
  virtual absl::Status MarkApplied(const std::vector<PendingFreeze>& applied, Deadline deadline) = 0;
};

}  // namespace rung::storage
