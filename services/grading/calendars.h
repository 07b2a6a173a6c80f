// The calendars of closed days in force.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/features/calendars.h"
#include "libs/storage/config_store.h"
#include "libs/wire/calendar_mapping.h"

namespace rung::grading {

inline constexpr char kCalendarKind[] = "calendar";

/// Thread-safe.
class Calendars {
 public:
  explicit Calendars(storage::ConfigStore& config) : config_(config) {}

  /// Reads what is published, by whatever process. Keeps the old set when that fails.
  absl::Status Reload(Deadline deadline);

  std::shared_ptr<const features::CalendarSet> Current() const;
  /// What the current set was made of.
  std::vector<wire::ClosedDays> Published() const;

 private:
  storage::ConfigStore& config_;
  mutable std::mutex mutex_;
  std::shared_ptr<const features::CalendarSet> set_ = std::make_shared<features::CalendarSet>();
  std::vector<wire::ClosedDays> published_;
  std::vector<std::pair<std::string, int32_t>> versions_;  // of published_
};

}  // namespace rung::grading
