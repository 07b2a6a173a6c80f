// Follows the history of tiers for those who watch it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/periodic.h"
#include "libs/storage/history_store.h"
#include "rung/grading/v1/tier.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// One who watches. Thread-safe.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Whether the last message is on its way: only then the next one is made.
  virtual bool Ready() const = 0;
  virtual void Send(v1::WatchTiersResponse response) = 0;
};

/// What a watcher asked for, and how far it got.
struct Watched {
  std::string ladder_id;  ///< empty: every ladder
  std::unordered_set<std::string> customer_ids;  ///< empty: everybody
  storage::HistoryPosition position{};
};

/// The history in PostgreSQL is what is followed: its chains have no gaps, whatever happens to this process or to Redis.
/// Looks ten times a second while somebody watches. Thread-safe.
class TierWatch {
 public:
  TierWatch(storage::HistoryStore& history, const Ladders& ladders) : history_(history), ladders_(ladders) {}

  /// INVALID_ARGUMENT, NOT_FOUND/LADDER_UNKNOWN; the end of the history when there is no resume token.
  absl::StatusOr<Watched> Parse(const v1::WatchTiersRequest& request, Deadline deadline) const;
  /// RESOURCE_EXHAUSTED/TOO_MANY_WATCHES. `watcher` stays until Remove has returned.
  absl::Status Add(Watcher& watcher, Watched watched);
  void Remove(Watcher& watcher);

  static std::string TokenOf(const storage::HistoryPosition& position);
  /// INVALID_ARGUMENT/BAD_RESUME_TOKEN.
  static absl::StatusOr<storage::HistoryPosition> ParseToken(const std::string& token);

 private:
  struct Entry {
    Watcher* watcher;
    Watched watched;
    int64_t sent_at;  // MonotonicMicros()
  };

  void Look();
  /// The next message, when there is something to say.
  absl::StatusOr<std::optional<v1::WatchTiersResponse>> Next(Entry& entry, const storage::HistoryPosition& end) const;

  storage::HistoryStore& history_;
  const Ladders& ladders_;
  std::mutex mutex_;  // held while the watchers are served, so that Remove waits for that
  std::list<Entry> entries_;
  Periodic look_{std::chrono::milliseconds(100), [this] { Look(); }};
};

}  // namespace rung::grading
