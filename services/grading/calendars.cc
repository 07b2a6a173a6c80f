#include "services/grading/calendars.h"

#include <google/protobuf/util/json_util.h>
#include <spdlog/spdlog.h>

#include "libs/base/status.h"

namespace rung::grading {

absl::Status Calendars::Reload(Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const auto rows, config_.Current(kCalendarKind, deadline));
  std::vector<std::pair<std::string, int32_t>> versions;
  for (const storage::VersionRow& row : rows) versions.emplace_back(row.key.document_id, row.version);
  {
    std::lock_guard lock(mutex_);
    if (versions == versions_) return absl::OkStatus();
  }
  std::vector<wire::ClosedDays> published;
  std::vector<Violation> violations;
  for (const storage::VersionRow& row : rows) {
    v1::ClosedDayCalendar message;
    if (!google::protobuf::util::JsonStringToMessage(row.body_json, &message).ok()) {
      return InternalError("stored calendar {} version {} doesn't parse", row.key.document_id, row.version);
    }
    published.push_back(wire::FromWire(message, violations));
  }
  if (!violations.empty()) return InternalError("stored calendars don't load: {}: {}", violations[0].field, violations[0].message);
  // Two processes may have given a region to two calendars at once: the first by id keeps it everywhere.
  auto set = std::make_shared<features::CalendarSet>(wire::CalendarSetOf(published, violations));
  for (const Violation& violation : violations) spdlog::error("calendars: {}", violation.message);
  std::lock_guard lock(mutex_);
  set_ = std::move(set);
  published_ = std::move(published);
  versions_ = std::move(versions);
  return absl::OkStatus();
}

std::shared_ptr<const features::CalendarSet> Calendars::Current() const {
  std::lock_guard lock(mutex_);
  return set_;
}

std::vector<wire::ClosedDays> Calendars::Published() const {
  std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace rung::grading
