#include "services/grading/outbox_relay.h"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/labels/standings.h"

namespace rung::grading {
namespace {

constexpr int kLabelsPerEntry = 2000;
constexpr int64_t kHeartbeatMicros = 500'000;
constexpr size_t kFillBatch = 5000;

}  // namespace

OutboxRelay::OutboxRelay(std::unique_ptr<storage::Outbox> outbox, std::unique_ptr<storage::LabelCache> cache,
                         storage::CustomerStore& customers)
    : outbox_(std::move(outbox)), cache_(std::move(cache)), customers_(customers),
      epoch_(fmt::format("{:x}-{:x}", SystemClock().NowMicros(), randombytes_random())), thread_([this] { Run(); }) {}

OutboxRelay::~OutboxRelay() {
  stopping_ = true;
  Wake();
  thread_.join();
}

void OutboxRelay::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void OutboxRelay::Sleep(int ms) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return woken_ || stopping_.load(); });
  woken_ = false;
}

void OutboxRelay::Run() {
  bool healthy = true;
  while (!stopping_) {
    CountWaiting();
    const absl::Status status = Round();
    if (status.ok() != healthy) {
      healthy = status.ok();
      if (healthy) {
        spdlog::info("relay: delivering again");
      } else {
        spdlog::warn("relay: {}", Message(status));
      }
    }
    Sleep(status.ok() ? 100 : 300);  // other processes' changes don't wake us
  }
}

// Apart from delivering, so that the backlog shows while Redis is away or another process leads.
void OutboxRelay::CountWaiting() {
  if (MonotonicMicros() - counted_at_ < kHeartbeatMicros) return;
  counted_at_ = MonotonicMicros();
  const auto waiting = outbox_->Waiting();
  if (waiting.ok()) waiting_ = *waiting;
}

absl::Status OutboxRelay::Round() {
  RUNG_ASSIGN_OR_RETURN(const bool leading, outbox_->Lead());
  if (!leading) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const bool filled, cache_->IsFilled());
  if (!filled) RUNG_RETURN_IF_ERROR(FillCache());
  return Deliver();
}

absl::Status OutboxRelay::Deliver() {
  for (;;) {
    RUNG_ASSIGN_OR_RETURN(const int64_t count, outbox_->Drain(kLabelsPerEntry, [&](const std::vector<storage::LabelRow>& labels) {
      last_entry_at_ = MonotonicMicros();
      return cache_->Publish(epoch_, ++sequence_, labels);
    }));
    delivered_.fetch_add(count);
    if (count < kLabelsPerEntry || stopping_) break;
  }
  if (MonotonicMicros() - last_entry_at_ >= kHeartbeatMicros) {
    last_entry_at_ = MonotonicMicros();
    RUNG_RETURN_IF_ERROR(cache_->Publish(epoch_, ++sequence_, {}));
  }
  return absl::OkStatus();
}

absl::Status OutboxRelay::FillCache() {
  spdlog::info("relay: Redis is empty, filling it");
  const std::string token = fmt::format("{}-{}", epoch_, ++sequence_of_fills_);
  RUNG_RETURN_IF_ERROR(cache_->BeginFill(token));
  std::vector<storage::LabelRow> batch;
  int64_t filled = 0;
  RUNG_RETURN_IF_ERROR(customers_.ScanStandings([&](const storage::CustomerView& row) -> absl::Status {
    labels::Standings standings;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings));
    for (const labels::LadderStanding& item : standings) {
      if (item.standing.graded) batch.push_back({row.fingerprint, item.ladder_no, labels::Pack(labels::LabelOf(item.standing))});
    }
    if (batch.size() < kFillBatch) return absl::OkStatus();
    filled += static_cast<int64_t>(batch.size());
    RUNG_RETURN_IF_ERROR(cache_->Fill(batch));
    batch.clear();
    RUNG_RETURN_IF_ERROR(Deliver());  // a long fill must not silence the stream
    return stopping_ ? CancelledError("stopping") : absl::OkStatus();
  }));
  RUNG_RETURN_IF_ERROR(cache_->Fill(batch));
  RUNG_RETURN_IF_ERROR(cache_->EndFill(token));
  spdlog::info("relay: filled Redis with {} labels", filled + static_cast<int64_t>(batch.size()));
  return absl::OkStatus();
}

}  // namespace rung::grading
