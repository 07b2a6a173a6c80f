// The ladders in force: compiled models, tier numbers, frozen populations.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/labels/label.h"
#include "libs/labels/ladder_directory.h"
#include "libs/scoring/scorer.h"
#include "libs/storage/model_store.h"
#include "libs/storage/run_store.h"
#include "rung/grading/v1/model.pb.h"
#include "services/grading/feature_binding.h"
#include "services/grading/frozen_base.h"

namespace rung::grading {

using labels::LadderDirectory;

/// A published model, ready to score. Immutable; thread-safe.
struct Ladder {
  Ladder(storage::ModelRow model_row, grading::v1::Model message, scoring::Model model, const features::CodeBook& codes);

  storage::ModelRow row;
  v1::Model message;
  scoring::Scorer scorer;  ///< bound to the frozen population's choices
  FeatureBinding binding;
  std::shared_ptr<const FrozenBase> frozen;  ///< never null
  int64_t seen_frozen_run = 0;               ///< newest run whose frozen population was looked at

  /// Whether a customer can be graded between batches: a model that compares customers needs a population first.
  bool GradesInRealTime() const { return !Compares() || frozen->model_version == row.version; }
  bool Compares() const {
    return !scorer.ranked().empty() || !scorer.maxima().empty() || scorer.model().ladder_kind == scoring::LadderKind::kShares;
  }

  /// Tiers have a place in the model (best first) and a number that never changes its meaning (in labels, storage).
  uint8_t NumberOf(uint8_t place) const { return number_of_place_[place]; }
  /// The place of a number, or of the bottom tier when the model no longer has that tier.
  uint8_t PlaceOf(uint8_t number) const { return place_of_number_[number]; }
  bool HasNumber(uint8_t number) const { return known_number_[number]; }
  const std::string& CodeOf(uint8_t number) const { return row.tier_codes[number]; }

 private:
  std::vector<uint8_t> number_of_place_;
  std::array<uint8_t, labels::kMaxTiers + 1> place_of_number_{};
  std::array<bool, labels::kMaxTiers + 1> known_number_{};
};

using LadderSet = std::vector<std::shared_ptr<const Ladder>>;  ///< by ladder number

/// Thread-safe.
class Ladders {
 public:
  Ladders(storage::ModelStore& models, storage::RunStore& runs, const features::CodeBook& codes)
      : models_(models), runs_(runs), codes_(codes) {}

  /// Reads what is published and frozen, by whatever process. A model that this release can't read holds back no other: its ladder
  /// stays as it was, and the first such error comes back.
  absl::Status Reload(Deadline deadline);
  /// A batch has frozen a new population.
  void SetFrozen(int16_t ladder_no, std::shared_ptr<const FrozenBase> frozen);

  std::shared_ptr<const LadderSet> Current() const;
  /// Read without locks, so directories are kept until the process ends (a few kB each).
  const LadderDirectory& directory() const { return *directory_.load(std::memory_order_acquire); }
  /// NOT_FOUND/LADDER_UNKNOWN, FAILED_PRECONDITION/NO_LADDER when nothing is published.
  absl::StatusOr<std::shared_ptr<const Ladder>> Find(std::string_view ladder_id) const;
  /// A version of a ladder's model, `current` or one before it. Earlier ones have no frozen population.
  absl::StatusOr<std::shared_ptr<const Ladder>> AtVersion(const Ladder& current, int32_t version) const;

 private:
  absl::StatusOr<std::shared_ptr<Ladder>> Compile(const storage::ModelRow& row, int64_t frozen_run, const LadderSet& others) const;
  absl::StatusOr<std::shared_ptr<FrozenBase>> ReadFrozen(const Ladder& ladder) const;
  void Publish(std::shared_ptr<const LadderSet> set);

  storage::ModelStore& models_;
  storage::RunStore& runs_;
  const features::CodeBook& codes_;
  mutable std::mutex mutex_;
  std::shared_ptr<const LadderSet> set_ = std::make_shared<LadderSet>();
  std::vector<std::unique_ptr<const LadderDirectory>> directories_;
  mutable std::map<std::pair<int16_t, int32_t>, std::shared_ptr<const Ladder>> earlier_;  // by ladder and version
  std::atomic<const LadderDirectory*> directory_{&kEmpty};
  static const LadderDirectory kEmpty;
};

absl::Status LadderUnknown(std::string_view ladder_id);
absl::Status NoLadder();

}  // namespace rung::grading
