#include <map>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/customer_row.h"
#include "libs/storage/postgres/ingest_writes.h"
#include "libs/storage/postgres/pool.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {
namespace {

constexpr char kLock[] =
    "SELECT customer_id, check_bits, external_id, state, standings, group_no, merged_into FROM customer "
    "WHERE customer_id = ANY($1::bigint[]) ORDER BY customer_id FOR UPDATE";
constexpr char kLockGroup[] =
    "SELECT customer_id, check_bits, external_id, state, standings, group_no, merged_into FROM customer "
    "WHERE group_no = $1::bigint AND group_no <> 0 ORDER BY customer_id FOR UPDATE";
constexpr char kNamed[] = "SELECT check_bits, external_id FROM customer WHERE customer_id = $1::bigint";
constexpr char kEventsToMove[] =
    "SELECT event_id, kind, extract(epoch FROM event_time)::bigint, body_hash, key_id, body FROM event WHERE customer_id = $1::bigint "
    "ORDER BY event_id";
constexpr char kDueTo[] =
    "SELECT customer_id, cause, takes_back::int, day - date '1970-01-01' FROM group_due WHERE customer_id = ANY($1::bigint[]) "
    "ORDER BY customer_id, cause";
constexpr char kDueCustomers[] =
    "SELECT customer_id, check_bits, external_id, group_no FROM customer "
    "WHERE customer_id IN (SELECT customer_id FROM group_due LIMIT $1::bigint)";
constexpr char kCreate[] =
    "INSERT INTO customer (customer_id, check_bits, external_id) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING";
constexpr char kInsertEvents[] =
    "INSERT INTO event (customer_id, event_id, kind, event_time, recorded_at, body_hash, key_id, body) "
    "SELECT c, e, k, to_timestamp(t), timestamptz '2000-01-01 00:00Z' + $8::bigint * interval '1 microsecond', h, i, b "
    "FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::bigint[], $5::bytea[], $6::smallint[], $7::bytea[]) "
    "AS n (c, e, k, t, h, i, b) ON CONFLICT DO NOTHING RETURNING customer_id, event_id";
constexpr char kKnownHashes[] =
    "SELECT k.position, event.body_hash FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k (c, e, position) "
    "JOIN event ON event.customer_id = k.c AND event.event_id = k.e";
constexpr char kEventsOf[] =
    "SELECT event_id, kind, key_id, body FROM event WHERE customer_id = $1::bigint ORDER BY event_id";
constexpr char kCommit[] = "COMMIT";

class Transaction final : public IngestTransaction {
 public:
  explicit Transaction(Pool<PqConnection>::Lease lease) : lease_(std::move(lease)) {}
  ~Transaction() override {
    if (open_ && !lease_->broken()) lease_->Command("ROLLBACK").IgnoreError();
  }
  absl::Status Begin() {
    RUNG_RETURN_IF_ERROR(lease_->Command("BEGIN"));
    open_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<CustomerRow>> Lock(const std::vector<CustomerRow>& customers) override {
    std::vector<CustomerRow> rows(customers.size());
    std::map<int64_t, size_t> missing;
    for (size_t i = 0; i < customers.size(); ++i) missing[Number(customers[i].fingerprint.number)] = i;
    RUNG_RETURN_IF_ERROR(LockKnown(customers, missing, rows));
    if (missing.empty()) return rows;
    std::vector<CustomerRow> fresh;
    for (const auto& [number, index] : missing) fresh.push_back(customers[index]);
    Params params;
    params.BigInts(Column<int64_t>(fresh, [](auto& c) { return Number(c.fingerprint.number); }));
    params.BigInts(Column<int64_t>(fresh, [](auto& c) { return static_cast<int64_t>(c.fingerprint.check); }));
    params.Texts(Strings(fresh, [](auto& c) -> std::string_view { return c.external_id; }));
    RUNG_RETURN_IF_ERROR(lease_->Query(kCreate, params).status());
    RUNG_RETURN_IF_ERROR(LockKnown(customers, missing, rows));
    if (!missing.empty()) return InternalError("a customer row vanished while it was being created");
    return rows;
  }

  absl::StatusOr<std::vector<CustomerRow>> LockGroup(CustomerNumber group) override {
    Params params;
    params.BigInt(Number(group));
    RUNG_ASSIGN_OR_RETURN(const Result result, lease_->Query(kLockGroup, params));
    std::vector<CustomerRow> rows;
    for (int r = 0; r < PQntuples(result.get()); ++r) rows.push_back(CustomerRowOf(result.get(), r));
    return rows;
  }

  absl::StatusOr<std::vector<DueRow>> DueTo(const std::vector<CustomerNumber>& customers) override {
    Params params;
    params.BigInts(Column<int64_t>(customers, [](auto& c) { return Number(c); }));
    RUNG_ASSIGN_OR_RETURN(const Result result, lease_->Query(kDueTo, params));
    std::vector<DueRow> due;
    for (int r = 0; r < PQntuples(result.get()); ++r) {
      due.push_back({CustomerNumber{GetBigInt(result.get(), r, 0)}, std::string(GetBytes(result.get(), r, 1)),
                     GetBigInt(result.get(), r, 2) != 0, static_cast<Day>(GetBigInt(result.get(), r, 3))});
    }
    return due;
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> InsertEvents(const std::vector<EventRow>& events,
                                                                       UnixMicros recorded_at) override {
    Params params;
    params.BigInts(Column<int64_t>(events, [](auto& e) { return Number(e.customer); }));
    params.Texts(Strings(events, [](auto& e) -> std::string_view { return e.event_id; }));
    params.SmallInts(Column<int16_t>(events, [](auto& e) { return e.kind; }));
    params.BigInts(Column<int64_t>(events, [](auto& e) { return e.event_time; }));
    params.Bytes(Strings(events, [](auto& e) -> std::string_view { return e.body_hash; }));
    params.SmallInts(Column<int16_t>(events, [](auto& e) { return e.key_id; }));
    params.Bytes(Strings(events, [](auto& e) -> std::string_view { return e.body; }));
    params.BigInt(recorded_at - kPostgresEpochMicros);
    RUNG_ASSIGN_OR_RETURN(const Result inserted, lease_->Query(kInsertEvents, params));
    std::vector<std::optional<std::string>> known(events.size());
    const int count = PQntuples(inserted.get());
    if (static_cast<size_t>(count) == events.size()) return known;
    return HashesOfKnown(events, inserted.get(), std::move(known));
  }

  absl::StatusOr<std::vector<EventRow>> EventsOf(CustomerNumber customer) override {
    return ReadEvents(*lease_, customer);
  }

  absl::StatusOr<CustomerRow> Named(CustomerNumber customer) override {
    Params params;
    params.BigInt(Number(customer));
    RUNG_ASSIGN_OR_RETURN(const Result result, lease_->Query(kNamed, params));
    if (PQntuples(result.get()) == 0) return NotFoundError("no customer {}", Number(customer));
    CustomerRow row;
    row.fingerprint = {customer, static_cast<uint64_t>(GetBigInt(result.get(), 0, 0))};
    row.external_id = GetBytes(result.get(), 0, 1);
    return row;
  }

  absl::StatusOr<std::vector<EventRow>> EventsToMove(CustomerNumber customer) override {
    Params params;
    params.BigInt(Number(customer));
    RUNG_ASSIGN_OR_RETURN(const Result result, lease_->Query(kEventsToMove, params));
    std::vector<EventRow> events(PQntuples(result.get()));
    for (size_t i = 0; i < events.size(); ++i) {
      const int r = static_cast<int>(i);
      events[i] = {customer, std::string(GetBytes(result.get(), r, 0)), static_cast<int16_t>(GetBigInt(result.get(), r, 1)),
                   GetBigInt(result.get(), r, 2), std::string(GetBytes(result.get(), r, 3)), static_cast<int16_t>(GetBigInt(result.get(), r, 4)),
                   std::string(GetBytes(result.get(), r, 5))};
    }
    return events;
  }

  absl::Status WriteAndCommit(const IngestWrites& writes) override {
    IngestStatements all(writes);
    std::vector<PqConnection::Statement> statements = all.first();
    if (all.chained()) {
      RUNG_ASSIGN_OR_RETURN(const std::vector<Result> results, lease_->Pipeline(statements));
      Chains chains(results.back().get());
      statements = all.Chained(chains);
    }
    const Params none;
    statements.push_back({kCommit, &none});
    RUNG_RETURN_IF_ERROR(lease_->Pipeline(statements).status());
    open_ = false;
    return absl::OkStatus();
  }

 private:
  // Fills the rows of the known customers among `missing` and takes them out of it.
  absl::Status LockKnown(const std::vector<CustomerRow>& wanted, std::map<int64_t, size_t>& missing,
                         std::vector<CustomerRow>& rows) {
    std::vector<int64_t> numbers;
    for (const auto& [number, index] : missing) numbers.push_back(number);
    Params params;
    params.BigInts(numbers);
    RUNG_ASSIGN_OR_RETURN(const Result result, lease_->Query(kLock, params));
    for (int r = 0; r < PQntuples(result.get()); ++r) {
      const auto it = missing.find(GetBigInt(result.get(), r, 0));
      if (it == missing.end()) continue;
      CustomerRow& row = rows[it->second];
      row = CustomerRowOf(result.get(), r);
      if (row.external_id != wanted[it->second].external_id) {
        return WithReason(AlreadyExistsError("customer ids \"{}\" and \"{}\" share a number; rename one of them",
                                             row.external_id, wanted[it->second].external_id),
                          "CUSTOMER_ID_COLLISION");
      }
      missing.erase(it);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> HashesOfKnown(
      const std::vector<EventRow>& events, const PGresult* inserted, std::vector<std::optional<std::string>> known) {
    std::map<std::pair<int64_t, std::string_view>, size_t> left;
    for (size_t i = 0; i < events.size(); ++i) left[{Number(events[i].customer), events[i].event_id}] = i;
    for (int r = 0; r < PQntuples(inserted); ++r) left.erase({GetBigInt(inserted, r, 0), GetBytes(inserted, r, 1)});
    std::vector<int64_t> numbers, positions;
    std::vector<std::string_view> ids;
    for (const auto& [key, index] : left) {
      numbers.push_back(key.first);
      ids.push_back(key.second);
      positions.push_back(static_cast<int64_t>(index));
    }
    Params params;
    params.BigInts(numbers);
    params.Texts(ids);
    params.BigInts(positions);
    RUNG_ASSIGN_OR_RETURN(const Result result, lease_->Query(kKnownHashes, params));
    for (int r = 0; r < PQntuples(result.get()); ++r) {
      known[GetBigInt(result.get(), r, 0)] = std::string(GetBytes(result.get(), r, 1));
    }
    return known;
  }

  Pool<PqConnection>::Lease lease_;
  bool open_ = false;
};

class PostgresIngestStore final : public IngestStore {
 public:
  PostgresIngestStore(const std::string& conninfo, int connections)
      : pool_(connections, [conninfo] {
          return PqConnection::Open(conninfo, "SET statement_timeout = 20000; SET idle_in_transaction_session_timeout = 30000; "
                                              "SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; "
                                              "SET enable_mergejoin = off; SET enable_seqscan = off");
        }) {}

  absl::StatusOr<std::unique_ptr<IngestTransaction>> Begin() override {
    for (;;) {
      RUNG_ASSIGN_OR_RETURN(auto lease, pool_.Take(Deadline::After(20'000)));
      const bool fresh = lease.fresh();
      auto transaction = std::make_unique<Transaction>(std::move(lease));
      const absl::Status status = transaction->Begin();
      if (status.ok()) return transaction;
      if (fresh) return status;  // an idle connection may have died with a server that is back by now
    }
  }

  absl::StatusOr<std::vector<CustomerRow>> DueCustomers(int limit, Deadline deadline) override {
    for (;;) {
      RUNG_ASSIGN_OR_RETURN(auto lease, pool_.Take(deadline));
      Params params;
      params.BigInt(limit);
      const auto result = lease->Query(kDueCustomers, params);
      if (!result.ok() && lease->broken() && !lease.fresh()) continue;  // an idle connection had died
      RUNG_RETURN_IF_ERROR(result.status());
      std::vector<CustomerRow> rows(PQntuples(result->get()));
      for (size_t i = 0; i < rows.size(); ++i) {
        const int r = static_cast<int>(i);
        rows[i].fingerprint = {CustomerNumber{GetBigInt(result->get(), r, 0)}, static_cast<uint64_t>(GetBigInt(result->get(), r, 1))};
        rows[i].external_id = GetBytes(result->get(), r, 2);
        rows[i].group = CustomerNumber{GetBigInt(result->get(), r, 3)};
      }
      return rows;
    }
  }

 private:
  Pool<PqConnection> pool_;
};

}  // namespace

absl::StatusOr<std::vector<EventRow>> ReadEvents(PqConnection& connection, CustomerNumber customer) {
  Params params;
  params.BigInt(Number(customer));
  RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(kEventsOf, params));
  std::vector<EventRow> events(PQntuples(result.get()));
  for (size_t r = 0; r < events.size(); ++r) {
    const int row = static_cast<int>(r);
    events[r].customer = customer;
    events[r].event_id = GetBytes(result.get(), row, 0);
    events[r].kind = static_cast<int16_t>(GetBigInt(result.get(), row, 1));
    events[r].key_id = static_cast<int16_t>(GetBigInt(result.get(), row, 2));
    events[r].body = GetBytes(result.get(), row, 3);
  }
  return events;
}

std::unique_ptr<IngestStore> MakeIngestStore(const std::string& conninfo, int connections) {
  return std::make_unique<PostgresIngestStore>(conninfo, connections);
}

}  // namespace rung::storage::postgres
