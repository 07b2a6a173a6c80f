#include "libs/storage/redis/connection.h"

#include "libs/base/status.h"
#include "libs/errors/errors.h"

namespace rung::storage::redis {
namespace {

timeval Timeval(int ms) { return {ms / 1000, (ms % 1000) * 1000}; }

absl::Status Unavailable(std::string_view message) {
  return WithRetry(WithReason(UnavailableError("Redis is out of reach: {}", message), "CACHE_UNAVAILABLE"), 500);
}

}  // namespace

std::string_view TextOf(const redisReply* reply) {
  return reply == nullptr || reply->str == nullptr ? std::string_view() : std::string_view(reply->str, reply->len);
}

Connection::Connection(std::string address, int timeout_ms) : address_(std::move(address)), timeout_ms_(timeout_ms) {}
Connection::~Connection() {
  if (context_ != nullptr) redisFree(context_);
}

absl::Status Connection::Connect() {
  if (context_ != nullptr && context_->err == 0) return absl::OkStatus();
  if (context_ != nullptr) redisFree(context_);
  context_ = nullptr;
  if (address_.starts_with("unix:")) {
    context_ = redisConnectUnixWithTimeout(address_.c_str() + 5, Timeval(1000));
  } else {
    const size_t colon = address_.rfind(':');
    if (colon == std::string::npos) {
      return InvalidArgumentError("\"{}\" is no Redis address; write \"unix:/path\" or \"host:port\"", address_);
    }
    context_ = redisConnectWithTimeout(address_.substr(0, colon).c_str(), std::atoi(address_.c_str() + colon + 1), Timeval(1000));
  }
  if (context_ == nullptr || context_->err != 0) return Fail();
  redisSetTimeout(context_, Timeval(timeout_ms_));
  return absl::OkStatus();
}

absl::Status Connection::Fail() {
  const std::string message = context_ == nullptr ? "no memory" : context_->errstr;
  if (context_ != nullptr) redisFree(context_);
  context_ = nullptr;
  return Unavailable(message);
}

absl::Status Connection::SetTimeout(int timeout_ms) {
  timeout_ms_ = timeout_ms;
  RUNG_RETURN_IF_ERROR(Connect());
  return redisSetTimeout(context_, Timeval(timeout_ms)) == REDIS_OK ? absl::OkStatus() : Fail();
}

absl::Status Connection::Append(const std::vector<std::string_view>& words) {
  RUNG_RETURN_IF_ERROR(Connect());
  std::vector<const char*> at;
  std::vector<size_t> sizes;
  for (const std::string_view word : words) {
    at.push_back(word.data());
    sizes.push_back(word.size());
  }
  if (redisAppendCommandArgv(context_, static_cast<int>(words.size()), at.data(), sizes.data()) != REDIS_OK) return Fail();
  return absl::OkStatus();
}

absl::StatusOr<Reply> Connection::Next() {
  if (context_ == nullptr) return Unavailable("the connection broke");
  void* reply = nullptr;
  if (redisGetReply(context_, &reply) != REDIS_OK) return Fail();
  return Reply(static_cast<redisReply*>(reply));
}

absl::StatusOr<Reply> Connection::Command(const std::vector<std::string_view>& words) {
  RUNG_RETURN_IF_ERROR(Append(words));
  RUNG_ASSIGN_OR_RETURN(Reply reply, Next());
  if (reply->type == REDIS_REPLY_ERROR) return InternalError("Redis {}: {}", words.front(), TextOf(reply.get()));
  return reply;
}

}  // namespace rung::storage::redis
