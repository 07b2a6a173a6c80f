#include "libs/storage/postgres/sessions.h"

#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {
namespace {

// libpqxx 6.4: serialization_failure and deadlock_detected are not sql_errors; too_many_connections is a
// broken_connection.
absl::Status Guard(const std::function<absl::Status()>& body, bool* failed) {
  try {
    return body();
  } catch (const pqxx::broken_connection& e) {
    *failed = true;
    return StoreUnavailable(e.what());
  } catch (const pqxx::transaction_rollback& e) {
    return StatusOfSqlState("40000", e.what());
  } catch (const pqxx::in_doubt_error& e) {
    *failed = true;
    return StoreUnavailable(e.what());
  } catch (const pqxx::sql_error& e) {
    return StatusOfSqlState(e.sqlstate().empty() ? "XX000" : e.sqlstate(), e.what());
  } catch (const std::exception& e) {
    *failed = true;
    return InternalError("PostgreSQL client: {}", e.what());
  }
}

absl::StatusOr<std::unique_ptr<PqxxConnection>> Open(const std::string& conninfo) {
  std::unique_ptr<PqxxConnection> connection;
  bool failed = false;
  RUNG_RETURN_IF_ERROR(Guard(
      [&] {
        connection = std::make_unique<PqxxConnection>(conninfo + " connect_timeout=3 application_name=rung client_encoding=UTF8");
        pqxx::nontransaction(connection->connection).exec0(kActAsService);
        return absl::OkStatus();
      },
      &failed));
  return connection;
}

}  // namespace

Sessions::Sessions(const std::string& conninfo, int connections)
    : pool_(connections, [conninfo] { return Open(conninfo); }) {}

absl::Status Sessions::Transact(Deadline deadline, const std::function<absl::Status(pqxx::work&)>& body) {
  for (;;) {
    RUNG_ASSIGN_OR_RETURN(auto lease, pool_.Take(deadline));
    bool begun = false;
    const absl::Status status = Guard(
        [&] {
          pqxx::work transaction(lease->connection);
          transaction.exec0("SET LOCAL statement_timeout = " + std::to_string(std::max<int64_t>(1, deadline.RemainingMs())));
          begun = true;
          absl::Status result = body(transaction);
          if (result.ok()) transaction.commit();
          return result;
        },
        &lease->failed);
    if (begun || lease.fresh() || !lease->failed || deadline.Passed()) return status;
  }
}

std::shared_ptr<Sessions> MakeSessions(const std::string& conninfo, int connections) {
  return std::make_shared<Sessions>(conninfo, connections);
}

absl::Status CheckHealth(Sessions& sessions, Deadline deadline) {
  return sessions.Transact(deadline, [](pqxx::work& work) {
    work.exec("SELECT 1 FROM regrade_run LIMIT 1");
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<EventRow>> SampleEvents(Sessions& sessions, int count, Deadline deadline) {
  std::vector<EventRow> events;
  RUNG_RETURN_IF_ERROR(sessions.Transact(deadline, [&](pqxx::work& work) {
    events.clear();
    for (const auto& row : work.exec_params("SELECT customer_id, event_id, key_id, body, body_hash FROM event LIMIT $1", count)) {
      EventRow& event = events.emplace_back();
      event.customer = CustomerNumber{row[0].as<int64_t>()};
      event.event_id = row[1].as<std::string>();
      event.key_id = row[2].as<int16_t>();
      event.body = pqxx::binarystring(row[3]).str();
      event.body_hash = pqxx::binarystring(row[4]).str();
    }
    return absl::OkStatus();
  }));
  return events;
}

}  // namespace rung::storage::postgres
