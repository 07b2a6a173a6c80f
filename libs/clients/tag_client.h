// Customers' tags by the grading service, for services that aim at tags; kept near for a minute.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include "libs/base/deadline.h"

namespace rung::clients {

using TagIds = std::shared_ptr<const std::vector<std::string>>;

/// Thread-safe.
class TagClient {
 public:
  /// `channel` is asked for with each call; nullptr: the process doesn't serve yet.
  explicit TagClient(std::function<std::shared_ptr<grpc::Channel>()> channel) : channel_(std::move(channel)) {}

  /// From memory alone; nullopt: the customer wasn't asked for in the last minute.
  std::optional<TagIds> Kept(std::string_view customer_id) const;
  /// Asks when nothing is kept, once. None while no tags are published, and of a customer that grading doesn't know. What was
  /// kept less than ten minutes ago does while there is no answer in time; else UNAVAILABLE/TAGS_UNREACHABLE.
  absl::StatusOr<TagIds> Get(const std::string& customer_id, Deadline deadline) const;

 private:
  struct Entry {
    TagIds tags;
    int64_t read_at = 0;  // MonotonicMicros()
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<int64_t, Entry> entries;  // by customer number
  };
  static constexpr size_t kShards = 16;
  static constexpr size_t kMaxPerShard = 16'384;

  Shard& ShardOf(int64_t customer) const { return shards_[static_cast<size_t>(customer) % kShards]; }
  std::optional<TagIds> Younger(std::string_view customer_id, int64_t micros) const;
  absl::StatusOr<TagIds> Ask(const std::string& customer_id, Deadline deadline) const;

  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace rung::clients
