// The watch list as scans have made it, and what was done about customers by rule.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "libs/base/day.h"
#include "libs/base/deadline.h"

namespace rung::storage {

struct ChurnScanRow {
  int64_t scan_id = 0;
  Day as_of = 0;
  int32_t fit_version = 0;
  int32_t policy_version = 0;  ///< 0: none
  int16_t ladder_no = -1;      ///< whose tiers the list has; -1: none
  int16_t value_kind = 0;      ///< rung.grading.v1.ValueKind
  int16_t measure = 0;         ///< stats::ChurnMeasure
  std::string state;           ///< "RUNNING", "DONE", "FAILED"
  std::string author;
  int64_t customers = 0, watch = 0, high = 0, lost = 0, actions = 0;
  std::string message;
  UnixMicros ended_at = 0;  ///< 0: running
};

/// A customer on the list. Codes are -1 where none is known.
struct WatchRow {
  CustomerNumber customer{};
  std::string external_id;
  int64_t place = 0;  ///< 1, 2 …
  int16_t risk = 0;   ///< stats::ChurnRisk
  int16_t tier = -1;  ///< number on the scan's ladder
  int32_t region = -1;
  int32_t account_manager = -1;
  double p_alive = 0;
  int32_t days_silent = 0;
  int64_t repeats = 0;
  double own_gap_days = 0;
  double base_gap_days = 0;
  int64_t value = 0;    ///< of the last 365 days, in fen
  int64_t at_risk = 0;  ///< what the list is sorted by
  std::optional<int64_t> ltv;
};

/// Empty lists take everything.
struct WatchFilter {
  std::vector<int32_t> risks;
  std::vector<int32_t> tiers;
  std::vector<int32_t> regions;
  std::vector<int32_t> account_managers;
};

struct RetentionActionRow {
  CustomerNumber customer{};
  std::string external_id;
  int32_t action_no = 0;  ///< given by the store
  int64_t turn = 0;       ///< given by the store
  std::string rule_id;
  int32_t policy_version = 0;
  std::string coupon_id;   ///< empty: a task
  std::string task_texts;  ///< rung.grading.v1.TaskAction as JSON
  int16_t risk = 0;
  int32_t account_manager = -1;
  Day planned_day = 0;
  UnixMicros planned_at = 0;
  std::string state;  ///< "WAITING", "OPEN" (a task), "DONE", "REFUSED"
  UnixMicros ended_at = 0;
  std::string issued_coupon_id;
  std::string refusal;
  std::string closed_by;      ///< of a task
  int16_t outcome = 0;        ///< rung.grading.v1.RetentionTaskOutcome; 0: not closed
  std::string close_request;
};

/// What somebody says of a task.
struct TaskClosing {
  std::string request_id;
  std::string external_id;  ///< the customer's
  int32_t action_no = 0;
  int16_t outcome = 0;
  std::string author;
  UnixMicros closed_at = 0;
};

/// An action that may be in the way of another one.
struct RecentAction {
  CustomerNumber customer{};
  std::string rule_id;
  Day planned_day = 0;
};

/// What the newest actions of a customer must leave room for.
struct ActionLimit {
  int32_t actions = 1;      ///< at most so many …
  int32_t days = 1;         ///< … within so many days, the planned day included
  int32_t again_days = 1;   ///< and none of the same rule within these
};

struct ActionFilter {
  std::optional<CustomerNumber> customer;
  std::string rule_id;                    ///< empty: all
  std::string state;                      ///< empty: all
  std::optional<int32_t> account_manager;
};

/// Thread-safe. UNAVAILABLE/STORE_UNAVAILABLE when PostgreSQL is out of reach.
class ChurnStore {
 public:
  virtual ~ChurnStore() = default;

  /// Takes the one running scan for `lease_seconds`; one whose lease has ended counts as failed, and lists that nobody reads
  /// any more go. FAILED_PRECONDITION/CHURN_SCAN_RUNNING; for the author "batch" FAILED_PRECONDITION/CHURN_SCAN_DONE when a
  /// scan has covered this day and fit already.
  virtual absl::StatusOr<ChurnScanRow> BeginScan(const ChurnScanRow& scan, int lease_seconds, UnixMicros now, Deadline deadline) = 0;
  /// Stores a scan's list, whole or not at all.
  virtual absl::Status WriteList(int64_t scan_id, const std::vector<WatchRow>& rows) = 0;
  /// Records state, counts and message; DONE puts the list in force. ABORTED/FENCED when the scan's lease was lost.
  virtual absl::Status EndScan(const ChurnScanRow& scan, UnixMicros now, Deadline deadline) = 0;

  /// Done scans whose lists are there, the newest first; at most two.
  virtual absl::StatusOr<std::vector<ChurnScanRow>> Lists(Deadline deadline) = 0;
  /// Of a scan's list, place > `after`.
  virtual absl::StatusOr<std::vector<WatchRow>> List(int64_t scan_id, const WatchFilter& filter, int64_t after, int limit, Deadline deadline) = 0;

  /// Planned on `since` or later.
  virtual absl::StatusOr<std::vector<RecentAction>> Recent(Day since, Deadline deadline) = 0;
  /// Records actions for which the customers' earlier ones leave room, `limits` one for each, in one transaction with an entry
  /// in the audit chain for each. Returns how many. A scan at a time calls this.
  virtual absl::StatusOr<int64_t> Plan(const std::vector<RetentionActionRow>& actions, const std::vector<ActionLimit>& limits,
                                       const std::string& author, Deadline deadline) = 0;
  /// Actions in state WAITING, oldest first.
  virtual absl::StatusOr<std::vector<RetentionActionRow>> Waiting(int limit, Deadline deadline) = 0;
  /// Ends a waiting action as `ended` says, with an entry in the audit chain. One that has ended already stays as it is.
  virtual absl::Status End(const RetentionActionRow& ended, Deadline deadline) = 0;
  /// Closes an open task, with an entry in the audit chain; the same closing again changes nothing. NOT_FOUND/
  /// RETENTION_TASK_UNKNOWN, FAILED_PRECONDITION/RETENTION_TASK_CLOSED, ALREADY_EXISTS/REQUEST_ID_REUSED.
  virtual absl::StatusOr<RetentionActionRow> CloseTask(const TaskClosing& closing, Deadline deadline) = 0;
  /// Newest first; turn < `before` (0: all).
  virtual absl::StatusOr<std::vector<RetentionActionRow>> Actions(const ActionFilter& filter, int64_t before, int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
