// The labels' cache outside PostgreSQL, and the stream of their changes.
//
// Keys (docs/redis.md): hash `rung:label:<ladder>:<bucket>` of 8-byte numbers to 8-byte label words (big-endian: of two
// words of one customer the larger number is the newer label); stream `rung:changes`; string `rung:filled`, whose absence asks for a refill, and
// `rung:filling` while one runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// One entry of the change stream.
struct ChangeEntry {
  std::string id;       ///< position to resume from
  std::string epoch;    ///< one relay's life
  int64_t sequence = 0; ///< counts up by one within an epoch; a jump is a gap
  std::vector<LabelRow> labels;  ///< none: a heartbeat
};

/// Writes; for one relay thread.
class LabelCache {
 public:
  virtual ~LabelCache() = default;
  /// Keeps the newer label of each and appends them to the stream, in one round trip.
  virtual absl::Status Publish(const std::string& epoch, int64_t sequence, const std::vector<LabelRow>& labels) = 0;
  /// Keeps the newer label of each, without telling the stream (a refill changes nothing for its readers).
  virtual absl::Status Fill(const std::vector<LabelRow>& labels) = 0;
  virtual absl::StatusOr<bool> IsFilled() = 0;
  /// Around a complete fill; `token` is the fill's own. EndFill is ABORTED when Redis was emptied in between.
  virtual absl::Status BeginFill(const std::string& token) = 0;
  virtual absl::Status EndFill(const std::string& token) = 0;
};

/// Reads the change stream; for one thread.
class ChangeStream {
 public:
  virtual ~ChangeStream() = default;
  /// The position behind the last entry: read from here on after filling from the store.
  virtual absl::StatusOr<std::string> End() = 0;
  /// Entries after `position`, waiting up to `block_ms` for the first. OUT_OF_RANGE when entries after the position
  /// may be gone (trimmed, or the server lost its data).
  virtual absl::StatusOr<std::vector<ChangeEntry>> Read(const std::string& position, int block_ms) = 0;
};

namespace redis {

/// `address`: "unix:/path/to.sock" or "host:port". Connects on demand.
std::unique_ptr<LabelCache> MakeLabelCache(const std::string& address);
std::unique_ptr<ChangeStream> MakeChangeStream(const std::string& address);
/// OK when Redis answers within a second.
absl::Status CheckHealth(const std::string& address);

}  // namespace redis
}  // namespace rung::storage
