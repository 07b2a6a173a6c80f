// What recommendations are made from and keep: orders for the training, models, what may be sold, feedback.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/churn_risk.h"
#include "libs/base/deadline.h"
#include "libs/storage/audit_store.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// An event during a scan; valid only during the callback.
struct EventView {
  CustomerNumber customer{};
  uint64_t check = 0;  ///< the customer's other half
  std::string_view event_id;
  int16_t key_id = 0;
  std::string_view body;
};

/// When a training's lease ends by the database's clock: no two end at the same time.
using TrainingLease = UnixMicros;

struct RecommendationModelRow {
  int64_t version = 0;
  Day as_of = 0;
  UnixMicros trained_at = 0;
  int64_t training_ms = 0;
  int64_t body_bytes = 0;
  std::optional<TrainingLease> lease;  ///< while it is saved: of the training that made it, if any did
};

/// A piece of a model's bytes.
struct ModelChunk {
  int16_t key_id = 0;
  std::string body;
};

struct AvailabilityRow {
  std::string sku;
  std::string state;  ///< "AVAILABLE", "OUT_OF_STOCK", "BLOCKED"
};

struct RiskRow {
  CustomerNumber customer{};
  ChurnRisk risk = ChurnRisk::kNone;
};

struct FeedbackRow {
  CustomerNumber customer{};
  std::string feedback_id;
  std::string sku;
  int16_t source = 0;  ///< number in rung.recommendations.v1, like action
  int16_t action = 0;
  int64_t model_version = 0;
  int32_t policy_version = 0;
  std::string audience;
  Day day = 0;
};

struct ConversionRow {
  int32_t policy_version = 0;
  std::string audience;
  int16_t source = 0;
  int64_t shown = 0;
  int64_t clicked = 0, bought = 0;  ///< of what was shown, until a week after the days that were asked about
  int64_t unshown = 0;              ///< clicks and purchases on these days without a showing within a week of them
};

/// Thread-safe.
class RecommendationStore {
 public:
  virtual ~RecommendationStore() = default;

  /// The events of these kinds (numbers of the fact's field), those of a customer one after another. Parts from 0 to
  /// before kParts can be scanned in parallel.
  static constexpr int kParts = 8;
  virtual absl::Status ScanEvents(int part, const std::vector<int16_t>& kinds,
                                  const std::function<absl::Status(const EventView&)>& visit) = 0;

  /// One training at a time, whatever the process; a lease that isn't ended ends by itself.
  /// FAILED_PRECONDITION/TRAINING_RUNNING.
  virtual absl::StatusOr<TrainingLease> BeginTraining(int lease_seconds, Deadline deadline) = 0;
  /// Ends this lease, and no other one that has been taken since.
  virtual absl::Status EndTraining(TrainingLease lease, Deadline deadline) = 0;

  /// Stores the next version, given by `chunks` once the number is known, and removes all but the newest `kept` ones.
  /// FAILED_PRECONDITION/TRAINING_RUNNING when the model's lease is another training's by now.
  virtual absl::StatusOr<RecommendationModelRow> SaveModel(const RecommendationModelRow& model, int kept,
                                                           const std::function<ModelChunk(int64_t version, size_t chunk)>& chunk,
                                                           size_t chunks, Deadline deadline) = 0;
  /// The newest version's row; version 0 when there is none.
  virtual absl::StatusOr<RecommendationModelRow> NewestModel(Deadline deadline) = 0;
  /// NOT_FOUND when it was removed meanwhile.
  virtual absl::StatusOr<std::vector<ModelChunk>> ReadModel(int64_t version, Deadline deadline) = 0;

  /// Records what becomes blocked or is no longer: INVALID_ARGUMENT when `by` then lacks author or reason.
  virtual absl::Status SetAvailability(const std::vector<AvailabilityRow>& rows, const ByWhom& by, Deadline deadline) = 0;
  /// Grows with every change.
  virtual absl::StatusOr<int64_t> AvailabilityRevision(Deadline deadline) = 0;
  /// SKUs that aren't available.
  virtual absl::StatusOr<std::vector<std::string>> Unavailable(Deadline deadline) = 0;

  /// Number of the newest list of customers at risk of leaving; 0: there is none.
  virtual absl::StatusOr<int64_t> NewestWatchList(Deadline deadline) = 0;
  /// Of everybody on it.
  virtual absl::StatusOr<std::vector<RiskRow>> WatchList(int64_t scan_id, Deadline deadline) = 0;

  /// How many were new.
  virtual absl::StatusOr<int64_t> RecordFeedback(const std::vector<FeedbackRow>& rows, Deadline deadline) = 0;
  virtual absl::StatusOr<std::vector<ConversionRow>> Conversion(Day from, Day to, Deadline deadline) = 0;
};

}  // namespace rung::storage
