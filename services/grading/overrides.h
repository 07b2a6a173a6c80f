// Tiers that people set: stronger than the engine until they end.
#pragma once

#include <functional>
#include <optional>

#include "libs/labels/label_table.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/override_store.h"
#include "rung/grading/v1/override.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class Overrides {
 public:
  struct Context {
    storage::OverrideStore& store;
    storage::CustomerStore& customers;
    const Ladders& ladders;
    labels::LabelTable& table;
    const Clock& clock;
    const BusinessZone& zone;
    std::function<void()> labels_changed;
  };
  explicit Overrides(Context context) : context_(std::move(context)) {}

  absl::Status Set(const v1::SetOverrideRequest& request, v1::Override& out, Deadline deadline);
  absl::Status BatchSet(const v1::BatchSetOverridesRequest& request, v1::BatchSetOverridesResponse& response, Deadline deadline);
  absl::Status End(const v1::EndOverrideRequest& request, v1::Override& out, Deadline deadline);
  absl::Status List(const v1::ListOverridesRequest& request, v1::ListOverridesResponse& response, Deadline deadline) const;

 private:
  /// A request that was checked.
  struct Wanted {
    std::shared_ptr<const Ladder> ladder;
    uint8_t tier = 0;  ///< its number
    storage::OverrideRow row;
  };
  /// The override that the same request has set before; nullopt: none has. ALREADY_EXISTS/OVERRIDE_EXISTS: another one has.
  absl::StatusOr<std::optional<storage::OverrideRow>> Earlier(const v1::SetOverrideRequest& request, Deadline deadline) const;
  absl::StatusOr<Wanted> Check(const v1::SetOverrideRequest& request) const;
  /// What Set would answer, without writing.
  absl::Status Try(const v1::SetOverrideRequest& request, Deadline deadline) const;
  absl::StatusOr<storage::OverrideWrites> Apply(const Wanted& wanted, const storage::CustomerRow& customer, Day today) const;
  void ToWire(const storage::OverrideRow& row, v1::Override& out) const;
  Day Today() const { return context_.zone.DayOf(context_.clock.NowSeconds()); }

  const Context context_;
};

}  // namespace rung::grading
