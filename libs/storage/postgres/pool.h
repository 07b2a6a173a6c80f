// A bounded pool of connections, opened on demand and dropped when broken.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"

namespace rung::storage::postgres {

/// Thread-safe. `Connection` needs `broken()`, and `died()`: whether it broke while nobody used it, as far as can be told
/// without a round trip.
template <typename Connection>
class Pool {
 public:
  using Opener = std::function<absl::StatusOr<std::unique_ptr<Connection>>()>;

  Pool(int size, Opener open) : free_(size), open_(std::move(open)) {}

  /// A connection on loan; it goes back when the lease ends.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection, bool fresh)
        : pool_(&pool), connection_(std::move(connection)), fresh_(fresh) {}
    Lease(Lease&& other) noexcept : pool_(other.pool_), connection_(std::move(other.connection_)), fresh_(other.fresh_) { other.pool_ = nullptr; }
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }
    /// Opened for this lease: it can't have broken while it lay in the pool.
    bool fresh() const { return fresh_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    bool fresh_;
  };

  /// RESOURCE_EXHAUSTED/STORE_BUSY when all connections stay in use until the deadline.
  absl::StatusOr<Lease> Take(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, std::chrono::milliseconds(deadline.RemainingMs(60'000)), [&] { return free_ > 0; })) {
      return WithReason(ResourceExhaustedError("all connections to PostgreSQL are in use"), "STORE_BUSY");
    }
    --free_;
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (!connection->died()) return Lease(*this, std::move(connection), false);
    }
    lock.unlock();
    auto opened = open_();
    if (!opened.ok()) {
      Return(nullptr);
      return opened.status();
    }
    return Lease(*this, *std::move(opened), true);
  }

 private:
  void Return(std::unique_ptr<Connection> connection) {
    std::unique_lock lock(mutex_);
    ++free_;
    if (connection != nullptr && !connection->broken()) {
      idle_.push_back(std::move(connection));
    } else {
      idle_.clear();  // what broke one connection has most likely broken the others
    }
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  int free_;
  std::vector<std::unique_ptr<Connection>> idle_;
  const Opener open_;
};

}  // namespace rung::storage::postgres
