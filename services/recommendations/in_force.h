// The model, the policy and what may be sold, as they are in force here: looked up without I/O, renewed every second.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "libs/recommend/policy.h"
#include "libs/sealing/codec.h"
#include "libs/storage/config_store.h"
#include "libs/storage/recommendation_store.h"

namespace rung::recommendations {

inline constexpr char kPolicyKind[] = "recommendation-policy";
inline constexpr char kOnlyPolicy[] = "default";

/// What a sealed piece of a model is bound to.
std::string ChunkRow(int64_t version, size_t chunk);

/// Immutable; requests that have it go on with it while the next one is put in force.
struct Serving {
  std::shared_ptr<const recommend::RecommendModel> model;  ///< an empty one before the first training
  storage::RecommendationModelRow row;                     ///< version 0: nothing is trained
  std::shared_ptr<const recommend::Policy> policy;
  int32_t policy_version = 0;                              ///< 0: none is published
  int64_t availability_revision = -1;
  std::shared_ptr<const recommend::Unavailable> unavailable;
  std::shared_ptr<const recommend::CompiledPolicy> lists;
};

/// Thread-safe. Each part comes into force by itself: what delays or breaks one leaves the others alone.
class InForce {
 public:
  InForce(storage::RecommendationStore& store, storage::ConfigStore& config, const sealing::Codec& codec);

  std::shared_ptr<const Serving> Current() const {
    std::lock_guard lock(mutex_);
    return serving_;
  }
  /// Put in force what is new in the store, by whatever process. Keep what there is when that fails.
  absl::Status RefreshAvailability(Deadline deadline);
  /// One that this release can't read leaves the last one in force; without a last one its exclusions hold, for plain lists.
  absl::Status RefreshPolicy(Deadline deadline);
  /// Of a large base a new model takes long. One at a time.
  absl::Status RefreshModel(Deadline deadline);
  /// Versions in the store, by whatever process, which lists may name before or without coming into force here.
  struct Versions {
    int64_t model = 0;
    int32_t policy = 0;
  };
  absl::StatusOr<Versions> Newest(Deadline deadline) const;
  /// Puts a model in force that this process has just stored.
  void Adopt(std::shared_ptr<const recommend::RecommendModel> model, const storage::RecommendationModelRow& row);

 private:
  absl::StatusOr<std::shared_ptr<const recommend::RecommendModel>> LoadModel(const storage::RecommendationModelRow& row, Deadline deadline) const;
  /// Changes what is in force, unless `change` finds that somebody was quicker and returns false.
  void Put(const std::function<bool(Serving& next)>& change);
  void Publish(Serving next);
  void KeepExclusions(const std::string& policy_json);

  storage::RecommendationStore& store_;
  storage::ConfigStore& config_;
  const sealing::Codec& codec_;
  std::mutex loading_;            // of a model
  int64_t unreadable_ = 0;        // version of a model that doesn't load
  std::atomic<int32_t> unreadable_policy_ = 0;
  std::mutex changing_;           // never held for I/O
  mutable std::mutex mutex_;
  std::shared_ptr<const Serving> serving_;
};

}  // namespace rung::recommendations
