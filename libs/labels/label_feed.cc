#include "libs/labels/label_feed.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <map>

#include "libs/base/status.h"
#include "libs/labels/standings.h"

namespace rung::labels {
namespace {

constexpr int64_t kMergesEveryMicros = 1'000'000;

}  // namespace

LabelFeed::LabelFeed(LabelTable& table, storage::CustomerStore& customers, std::unique_ptr<storage::ChangeStream> stream)
    : table_(table), customers_(customers), stream_(std::move(stream)), thread_([this] { Run(); }) {}

LabelFeed::~LabelFeed() {
  stopping_ = true;
  thread_.join();
}

FeedStatus LabelFeed::Status() const {
  std::lock_guard lock(mutex_);
  const int64_t staleness = StalenessMs();
  return {filled() && staleness <= kStaleAfterMs, staleness, position_, refills_.load()};
}

void LabelFeed::Rest(int ms) {
  for (int waited = 0; waited < ms && !stopping_; waited += 20) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

void LabelFeed::Run() {
  while (!stopping_) {
    if (!Refill()) {
      Rest(500);
      continue;
    }
    Follow();
  }
}

// The position is taken before the fill: what changes meanwhile is read twice, never missed.
bool LabelFeed::Refill() {
  const auto end = stream_->End();
  if (!end.ok() && filled_) return false;  // without a stream another fill would age just as fast
  const absl::Status filled = customers_.ScanStandings([&](const storage::CustomerView& row) -> absl::Status {
    if (stopping_) return CancelledError("stopping");
    Standings standings;
    RUNG_RETURN_IF_ERROR(DecodeStandings(row.standings, standings));
    table_.Add(row.fingerprint);
    for (const LadderStanding& item : standings) {
      if (item.standing.graded) table_.Merge(row.fingerprint, item.ladder_no, Pack(LabelOf(item.standing)));
    }
    return absl::OkStatus();
  });
  if (!filled.ok()) {
    if (!stopping_) spdlog::warn("labels: filling from PostgreSQL failed: {}", Message(filled));
    return false;
  }
  merges_read_at_ = 0;
  FollowMerges();
  filled_.store(true, std::memory_order_release);
  refills_.fetch_add(1);
  if (!end.ok()) {
    spdlog::warn("labels: filled {} customers; the change stream is out of reach: {}", table_.size(), Message(end.status()));
    return false;  // stays stale; filled again when the stream is back
  }
  std::lock_guard lock(mutex_);
  position_ = *end;
  heard_at_ = MonotonicMicros();
  spdlog::info("labels: {} customers, following the change stream from {}", table_.size(), position_);
  return true;
}

// Merges are few, and not in the stream: which accounts there are is asked for once a second.
void LabelFeed::FollowMerges() {
  if (merges_read_at_ != 0 && MonotonicMicros() - merges_read_at_ < kMergesEveryMicros) return;
  merges_read_at_ = MonotonicMicros();
  const auto count = customers_.ScanMerged(merges_, [this](const CustomerFingerprint& merged, CustomerNumber target) { table_.Redirect(merged, target); });
  if (count.ok()) merges_ = *count;  // else the store's absence shows elsewhere
}

void LabelFeed::Follow() {
  std::map<std::string, int64_t> sequences;  // last seen, by epoch
  while (!stopping_) {
    const auto entries = stream_->Read(position_, 1000);
    if (!entries.ok()) {
      spdlog::warn("labels: {}", Message(entries.status()));
      return;
    }
    for (const storage::ChangeEntry& entry : *entries) {
      const auto seen = sequences.find(entry.epoch);
      const int64_t last = seen == sequences.end() ? 0 : seen->second;
      // The first entry after a fill may be any; from then on an epoch counts up, and a new one starts at 1.
      if (!sequences.empty() && entry.sequence != last + 1) {
        spdlog::warn("labels: the change stream jumps from {} to {}: filling again", last, entry.sequence);
        return;
      }
      sequences[entry.epoch] = entry.sequence;
      for (const storage::LabelRow& label : entry.labels) table_.Merge(label.customer, label.ladder_no, label.word);
      std::lock_guard lock(mutex_);
      position_ = entry.id;
    }
    if (!entries->empty()) heard_at_ = MonotonicMicros();
    FollowMerges();
  }
}

}  // namespace rung::labels
