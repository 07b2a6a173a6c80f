// Calendars of closed days as documents: how they are checked and what their publication changes.
#pragma once

#include "libs/lifecycle/document_kind.h"
#include "rung/grading/v1/calendar.pb.h"
#include "services/grading/calendars.h"

namespace rung::grading {

/// Thread-safe.
class CalendarKind final : public lifecycle::DocumentKind {
 public:
  explicit CalendarKind(Calendars& calendars) : calendars_(calendars) {}

  std::string name() const override { return kCalendarKind; }
  const google::protobuf::Message& prototype() const override { return v1::ClosedDayCalendar::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override;
  /// A region that another published calendar names is an error, too.
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return calendars_.Reload(deadline); }

 private:
  Calendars& calendars_;
};

}  // namespace rung::grading
