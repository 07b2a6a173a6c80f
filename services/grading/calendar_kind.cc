#include "services/grading/calendar_kind.h"

namespace rung::grading {
namespace {

const v1::ClosedDayCalendar& AsCalendar(const google::protobuf::Message& document) {
  return static_cast<const v1::ClosedDayCalendar&>(document);
}

}  // namespace

std::string CalendarKind::IdOf(const google::protobuf::Message& document) const { return AsCalendar(document).calendar_id(); }

std::vector<lifecycle::Finding> CalendarKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> violations;
  const wire::ClosedDays closed = wire::FromWire(AsCalendar(document), violations);
  std::vector<wire::ClosedDays> all = calendars_.Published();
  std::erase_if(all, [&](const wire::ClosedDays& other) { return other.calendar_id == closed.calendar_id; });
  all.push_back(closed);  // last, so that what it shares with another one is its own violation
  wire::CalendarSetOf(all, violations);
  std::vector<lifecycle::Finding> findings;
  for (Violation& violation : violations) findings.push_back({lifecycle::Finding::kError, std::move(violation)});
  return findings;
}

}  // namespace rung::grading
