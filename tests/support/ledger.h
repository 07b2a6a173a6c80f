// Clients that go on through every crash, and the book of what the service has acknowledged to them.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/installation.h"

namespace rung::testing {

/// What the service has acknowledged. Thread-safe.
class Ledger {
 public:
  void Acknowledge(const v1::Event& event);
  std::set<std::string> keys() const;
  size_t size() const;

  /// Clients wait while this many events are acknowledged, so that none is done before the next crash.
  void Allow(size_t count) { allowed_ = count; }
  void AwaitTurn() const;

 private:
  std::atomic<size_t> allowed_{SIZE_MAX};
  mutable std::mutex mutex_;
  std::set<std::string> keys_;
};

/// A text's lines, each once.
std::set<std::string> Lines(const std::string& text);

/// Acknowledged events that PostgreSQL doesn't hold.
std::vector<std::string> Missing(const Installation& installation, const std::set<std::string>& acknowledged);

/// A channel that comes back soon after a crash.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

/// Sends events in small calls and repeats what isn't acknowledged, whatever happens to the service.
void SendByCalls(const std::string& address, const std::vector<v1::Event>& events, Ledger& ledger);
/// The same as a stream with several messages on the way.
void SendByStream(const std::string& address, const std::vector<v1::Event>& events, Ledger& ledger);

}  // namespace rung::testing
