// Transactions over libpqxx with a deadline, and the one guard where its exceptions stop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <absl/status/status.h>
#include <pqxx/pqxx>

#include "libs/base/deadline.h"
#include "libs/storage/postgres/pool.h"

namespace rung::storage::postgres {

class PqxxConnection {
 public:
  explicit PqxxConnection(const std::string& conninfo) : connection(conninfo) {}
  bool died() const { return false; }  // Transact finds out, and begins again
  bool broken() const { return !connection.is_open() || failed; }

  pqxx::connection connection;
  bool failed = false;
};

/// Thread-safe.
class Sessions {
 public:
  Sessions(const std::string& conninfo, int connections);

  /// Runs `body` in a transaction: commits when it returns OK, else rolls back. The deadline becomes the statements'
  /// time-out. Begins again, once, when an idle connection turns out to be dead.
  /// UNAVAILABLE/STORE_UNAVAILABLE, DEADLINE_EXCEEDED/STORE_TIMEOUT, ABORTED/STORE_CONFLICT, or what `body` returns.
  absl::Status Transact(Deadline deadline, const std::function<absl::Status(pqxx::work&)>& body);

 private:
  Pool<PqxxConnection> pool_;
};

}  // namespace rung::storage::postgres
