// A hiredis connection that opens on demand and speaks Status.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace rung::storage::redis {

struct ReplyDeleter {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, ReplyDeleter>;

/// Not thread-safe.
class Connection {
 public:
  explicit Connection(std::string address, int timeout_ms = 2000);
  ~Connection();

  /// UNAVAILABLE/CACHE_UNAVAILABLE when Redis is out of reach; INTERNAL for its error replies.
  absl::StatusOr<Reply> Command(const std::vector<std::string_view>& words);
  /// Queues a command of a pipeline.
  absl::Status Append(const std::vector<std::string_view>& words);
  /// Takes the next reply of the pipeline; error replies are returned as replies.
  absl::StatusOr<Reply> Next();
  absl::Status SetTimeout(int timeout_ms);

 private:
  absl::Status Connect();
  absl::Status Fail();

  const std::string address_;
  int timeout_ms_;
  redisContext* context_ = nullptr;
};

std::string_view TextOf(const redisReply* reply);

}  // namespace rung::storage::redis
