#include "services/recommendations/trainer.h"

#include <spdlog/spdlog.h>

#include <thread>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/storage/store_error.h"
#include "services/recommendations/order_scan.h"

namespace rung::recommendations {
namespace {

constexpr size_t kChunkBytes = size_t{4} << 20;
constexpr int kKeptModels = 3;
constexpr int kLeaseSeconds = 3600;
constexpr int64_t kStoreMs = 600'000;
constexpr int64_t kLabelsMs = 10'000;

}  // namespace

absl::StatusOr<storage::RecommendationModelRow> StoreModel(storage::RecommendationStore& store, const sealing::Codec& codec,
                                                           const recommend::RecommendModel& model, storage::RecommendationModelRow row) {
  const std::string bytes = model.Serialise();
  row.body_bytes = static_cast<int64_t>(bytes.size());
  const auto chunk = [&](int64_t version, size_t i) {
    return storage::ModelChunk{codec.current_key(), codec.Seal(std::string_view(bytes).substr(i * kChunkBytes, kChunkBytes), ChunkRow(version, i))};
  };
  return store.SaveModel(row, kKeptModels, chunk, (bytes.size() + kChunkBytes - 1) / kChunkBytes, Deadline::After(kStoreMs));
}

Trainer::Trainer(const TrainerParts& parts, const Options& options)
    : parts_(parts), threads_(options.threads), at_(TrainingTime(options.training).value_or(-1)), started_(parts.clock.NowSeconds()),
      daily_(std::chrono::seconds(10), [this] { Look(); }, Periodic::kAtOnce) {}

absl::StatusOr<storage::RecommendationModelRow> Trainer::Train() {
  RUNG_ASSIGN_OR_RETURN(const storage::TrainingLease lease, parts_.store.BeginTraining(kLeaseSeconds, Deadline::After(10'000)));
  auto row = TrainAndStore(lease);
  if (const absl::Status ended = parts_.store.EndTraining(lease, Deadline::After(10'000)); !ended.ok()) {
    spdlog::warn("the end of a training couldn't be recorded; its lease ends within an hour: {}", Message(ended));
  }
  return row;
}

absl::StatusOr<storage::RecommendationModelRow> Trainer::TrainAndStore(storage::TrainingLease lease) {
  const int64_t start = MonotonicMicros();
  const UnixMicros now = parts_.clock.NowMicros();
  recommend::RankerOptions options;
  options.threads = threads_;
  std::shared_ptr<const recommend::RecommendModel> model;
  {
    RUNG_ASSIGN_OR_RETURN(recommend::Training training, ReadTraining(parts_.store, parts_.codec, parts_.zone, parts_.zone.DayOf(now / 1'000'000)));
    AwaitLabels();
    for (recommend::TrainedCustomer& customer : training.customers) customer.tier = parts_.tier_now(customer.id).value_or("");
    model = std::make_shared<const recommend::RecommendModel>(recommend::RecommendModel::Train(training, options));
  }
  // Histories don't vanish: somebody has lost them.
  if (const auto now_served = parts_.in_force.Current(); model->customers() == 0 && now_served->model->customers() > 0) {
    return WithReason(FailedPreconditionError("no purchase is stored any more; model {}, of {} customers, stays in force", now_served->row.version,
                                              now_served->model->customers()),
                      "NOTHING_TO_LEARN");
  }
  storage::RecommendationModelRow row;
  row.as_of = model->as_of();
  row.trained_at = now;
  row.lease = lease;
  row.training_ms = (MonotonicMicros() - start) / 1000;
  RUNG_ASSIGN_OR_RETURN(row, StoreModel(parts_.store, parts_.codec, *model, row));
  parts_.in_force.Adopt(std::move(model), row);
  spdlog::info("recommendation model {} trained in {} ms", row.version, row.training_ms);
  return row;
}

// Without tiers the model would have no tier's popular goods until the next training.
void Trainer::AwaitLabels() const {
  const Deadline deadline = Deadline::After(kLabelsMs);
  while (!parts_.labels_live() && !deadline.Passed()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (!parts_.labels_live()) spdlog::warn("recommendations are trained without tiers: the labels aren't live");
}

// What was missed, runs elsewhere or failed in passing is looked at again until the day ends. A first model waits for its time
// of day, or for somebody who asks: a new installation has nothing to learn from yet.
void Trainer::Look() {
  if (at_ < 0) return;
  const UnixSeconds now = parts_.clock.NowSeconds();
  const Day today = parts_.zone.DayOf(now);
  const UnixSeconds due = parts_.zone.InstantOf(today, at_);
  if (settled_ == today || now < due) return;
  const auto newest = parts_.store.NewestModel(Deadline::After(5000));
  if (!newest.ok()) return;
  const bool wanted = newest->version == 0 ? started_ <= due : newest->trained_at < due * 1'000'000;
  const absl::Status trained = wanted ? Train().status() : absl::OkStatus();
  if (ReasonOf(trained) == "TRAINING_RUNNING") return;
  if (storage::MayPass(trained)) {
    spdlog::warn("the daily training of recommendations is tried again: {}", Message(trained));
    return;
  }
  if (!trained.ok()) spdlog::error("the daily training of recommendations failed: {}", Message(trained));
  settled_ = today;
}

}  // namespace rung::recommendations
