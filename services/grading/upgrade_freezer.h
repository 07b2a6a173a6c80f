// Carries freezes of upgrades from cases of suspected abuse into the customers' standings, and out of them again.
#pragma once

#include <functional>
#include <mutex>

#include "libs/labels/label_table.h"
#include "libs/storage/abuse_store.h"
#include "services/grading/calendars.h"
#include "services/grading/group_grader.h"

namespace rung::grading {

struct UpgradeFreezerParts {
  storage::AbuseStore& store;
  storage::IngestStore& customers;
  GroupGrader& groups;
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

/// Thread-safe. A freeze lies in the customer's row: whoever grades it under the row's lock sees it, in whatever process.
/// What a crash leaves undone is done by the next call.
class UpgradeFreezer {
 public:
  explicit UpgradeFreezer(const UpgradeFreezerParts& parts) : parts_(parts), grader_(parts.codes, parts.calendars, parts.fits, parts.sources) {}

  /// Sets and lifts what is due. A customer whose freeze is lifted is graded at once: its upgrade has waited enough.
  absl::Status Apply();

 private:
  /// Returns those that are done: an account that was merged meanwhile is left for the next time.
  absl::StatusOr<std::vector<storage::PendingFreeze>> ApplyTo(std::vector<storage::PendingFreeze> pending);

  const UpgradeFreezerParts parts_;
  std::mutex mutex_;
  CustomerGrader grader_;
};

}  // namespace rung::grading
