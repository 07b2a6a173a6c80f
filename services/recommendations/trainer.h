// Trains models from the stored orders: when asked to, and daily.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/periodic.h"
#include "services/recommendations/in_force.h"
#include "services/recommendations/options.h"

namespace rung::recommendations {

/// Stores a model under the next version, sealed and in pieces; `row` says when and from what it was made.
absl::StatusOr<storage::RecommendationModelRow> StoreModel(storage::RecommendationStore& store, const sealing::Codec& codec,
                                                           const recommend::RecommendModel& model, storage::RecommendationModelRow row);

struct TrainerParts {
  storage::RecommendationStore& store;
  InForce& in_force;
  const sealing::Codec& codec;
  const Clock& clock;
  const BusinessZone& zone;
  std::function<std::optional<std::string>(const CustomerFingerprint&)> tier_now;  ///< from memory
  std::function<bool()> labels_live;  ///< whether memory can tell tiers
};

/// Thread-safe. Of several processes one trains at a time.
class Trainer {
 public:
  Trainer(const TrainerParts& parts, const Options& options);

  /// Trains, stores and puts in force. FAILED_PRECONDITION/TRAINING_RUNNING, FAILED_PRECONDITION/NOTHING_TO_LEARN: there was a model,
  /// and there are no purchases any more.
  absl::StatusOr<storage::RecommendationModelRow> Train();

 private:
  absl::StatusOr<storage::RecommendationModelRow> TrainAndStore(storage::TrainingLease lease);
  void AwaitLabels() const;
  void Look();

  const TrainerParts parts_;
  const int threads_;
  const int at_;               // seconds after midnight; -1: never by itself
  const UnixSeconds started_;
  Day settled_ = 0;            // the last day whose training is made, or has failed for good
  Periodic daily_;             // last: it uses the rest
};

}  // namespace rung::recommendations
