// The life of appeals: filed, listed, assigned, commented on, withdrawn.
#pragma once

#include "libs/storage/customer_store.h"
#include "libs/storage/history_store.h"
#include "services/grading/appeal_file.h"
#include "services/grading/calendars.h"

namespace rung::grading {

inline constexpr int kAppealDaysMax = 90;

/// Thread-safe.
class Appeals {
 public:
  struct Context {
    storage::AppealStore& store;
    storage::CustomerStore& customers;
    storage::HistoryStore& history;
    const Ladders& ladders;
    const Calendars& calendars;
    const AppealFile& file;
    const Clock& clock;
    int deadline_days;  ///< business days, unless a request says otherwise
  };
  explicit Appeals(Context context) : context_(context) {}

  absl::Status File(const v1::FileAppealRequest& request, v1::FileAppealResponse& response, Deadline deadline);
  absl::Status List(const v1::ListAppealsRequest& request, v1::ListAppealsResponse& response, Deadline deadline) const;
  absl::Status Assign(const v1::AssignAppealRequest& request, v1::AssignAppealResponse& response, Deadline deadline);
  absl::Status Comment(const v1::CommentAppealRequest& request, v1::CommentAppealResponse& response, Deadline deadline);
  absl::Status Withdraw(const v1::WithdrawAppealRequest& request, v1::WithdrawAppealResponse& response, Deadline deadline);

 private:
  const Context context_;
};

/// The business day `count` business days after `day`: Monday to Friday, without the calendar's closed days.
Day AfterBusinessDays(Day day, int count, const BusinessCalendar& calendar);

/// A violation when a required text is missing, too long or no text.
void RequireText(const char* field, const std::string& text, size_t limit, std::vector<Violation>& violations);

}  // namespace rung::grading
