#include <map>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/customer_row.h"
#include "libs/storage/postgres/pool.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {
namespace {

constexpr int64_t kPostgresEpochMicros = 946684800'000'000;

constexpr char kLock[] =
    "SELECT customer_id, check_bits, external_id, state, standings, group_no FROM customer "
    "WHERE customer_id = ANY($1::bigint[]) ORDER BY customer_id FOR UPDATE";
constexpr char kLockGroup[] =
    "SELECT customer_id, check_bits, external_id, state, standings, group_no FROM customer "
    "WHERE group_no = $1::bigint AND group_no <> 0 ORDER BY customer_id FOR UPDATE";
constexpr char kDueTo[] =
    "SELECT customer_id, cause, takes_back::int, day - date '1970-01-01' FROM group_due WHERE customer_id = ANY($1::bigint[]) "
    "ORDER BY customer_id, cause";
constexpr char kDueCustomers[] =
    "SELECT customer_id, check_bits, external_id, group_no FROM customer "
    "WHERE customer_id IN (SELECT customer_id FROM group_due LIMIT $1::bigint)";
constexpr char kInsertDue[] =
    "INSERT INTO group_due SELECT c, w, t <> 0, date '1970-01-01' + d FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::int[]) "
    "AS n (c, w, t, d) ON CONFLICT DO NOTHING";
constexpr char kDeleteDue[] = "DELETE FROM group_due WHERE customer_id = ANY($1::bigint[])";
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
constexpr char kUpdateCustomers[] =
    "UPDATE customer SET state = n.s, standings = n.l, outside = n.o <> 0 "
    "FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::smallint[]) AS n (c, s, l, o) WHERE customer_id = n.c";
constexpr char kUpdateStandings[] =
    "UPDATE customer SET standings = n.l FROM unnest($1::bigint[], $2::bytea[]) AS n (c, l) WHERE customer_id = n.c";
constexpr char kInsertMatches[] =
    "INSERT INTO customer_match SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bytea[]) ON CONFLICT DO NOTHING";
constexpr char kInsertChanges[] =
    "INSERT INTO tier_change (customer_id, ladder_no, version, from_tier, to_tier, computed_tier, score_milli, reason, "
    "model_version, as_of, recorded_at, cause, inputs, chain_seq, chain_hash) "
    "SELECT c, l, v, nullif(f, ''), t, p, s, r, m, date '1970-01-01' + d, "
    "timestamptz '2000-01-01 00:00Z' + a * interval '1 microsecond', w, i, q, h "
    "FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[], "
    "$9::int[], $10::int[], $11::bigint[], $12::text[], $13::bytea[], $14::bigint[], $15::bytea[]) "
    "AS n (c, l, v, f, t, p, s, r, m, d, a, w, i, q, h)";
constexpr char kInsertLabels[] =
    "INSERT INTO outbox (customer_id, check_bits, ladder_no, label) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[])";
constexpr char kDeleteEvents[] =
    "DELETE FROM event USING unnest($1::bigint[], $2::text[]) AS n (c, e) "
    "WHERE event.customer_id = n.c AND event.event_id = n.e";
constexpr char kCommit[] = "COMMIT";

int64_t Number(CustomerNumber number) { return static_cast<int64_t>(number); }

// Columns of structs as arrays for unnest().
template <typename T, typename Rows, typename F>
std::vector<T> Column(const Rows& rows, F field) {
  std::vector<T> column;
  column.reserve(rows.size());
  for (const auto& row : rows) column.push_back(field(row));
  return column;
}
template <typename Rows, typename F>
std::vector<std::string_view> Strings(const Rows& rows, F field) {
  std::vector<std::string_view> column;
  column.reserve(rows.size());
  for (const auto& row : rows) column.emplace_back(field(row));
  return column;
}

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

  absl::Status WriteAndCommit(const IngestWrites& writes) override {
    Params customers, standings, matches, changes, labels, refused, due, decided, none;
    std::vector<PqConnection::Statement> statements;
    if (!writes.refused_events.empty()) {
      refused.BigInts(Column<int64_t>(writes.refused_events, [](auto& e) { return Number(e.first); }));
      refused.Texts(Strings(writes.refused_events, [](auto& e) -> std::string_view { return e.second; }));
      statements.push_back({kDeleteEvents, &refused});
    }
    if (!writes.customers.empty()) {
      customers.BigInts(Column<int64_t>(writes.customers, [](auto& c) { return Number(c.fingerprint.number); }));
      customers.Bytes(Strings(writes.customers, [](auto& c) -> std::string_view { return c.state; }));
      customers.Bytes(Strings(writes.customers, [](auto& c) -> std::string_view { return c.standings; }));
      customers.SmallInts(Column<int16_t>(writes.customers, [](auto& c) { return static_cast<int16_t>(c.outside); }));
      statements.push_back({kUpdateCustomers, &customers});
    }
    if (!writes.standings.empty()) {
      standings.BigInts(Column<int64_t>(writes.standings, [](auto& c) { return Number(c.fingerprint.number); }));
      standings.Bytes(Strings(writes.standings, [](auto& c) -> std::string_view { return c.standings; }));
      statements.push_back({kUpdateStandings, &standings});
    }
    if (!writes.due.empty()) {
      AddDue(writes.due, due);
      statements.push_back({kInsertDue, &due});
    }
    if (!writes.decided.empty()) {
      decided.BigInts(Column<int64_t>(writes.decided, [](auto& c) { return Number(c); }));
      statements.push_back({kDeleteDue, &decided});
    }
    if (!writes.matches.empty()) {
      matches.BigInts(Column<int64_t>(writes.matches, [](auto& m) { return Number(m.customer); }));
      matches.SmallInts(Column<int16_t>(writes.matches, [](auto& m) { return m.kind; }));
      matches.Bytes(Strings(writes.matches, [](auto& m) -> std::string_view { return m.blind_index; }));
      statements.push_back({kInsertMatches, &matches});
    }
    if (!writes.labels.empty()) {
      AddLabels(writes.labels, labels);
      statements.push_back({kInsertLabels, &labels});
    }
    Params heads, moved;
    if (!writes.changes.empty()) {
      heads = Chains::LockParams(writes.changes);
      statements.push_back({Chains::kLock, &heads});
      RUNG_ASSIGN_OR_RETURN(const std::vector<Result> results, lease_->Pipeline(statements));
      Chains chains(results.back().get());
      AddChanges(writes.changes, chains, changes);
      moved = chains.MoveParams();
      statements = {{kInsertChanges, &changes}, {Chains::kMove, &moved}};
    }
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

  static void AddChanges(const std::vector<TierChangeRow>& rows, Chains& chains, Params& params) {
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r.customer); }));
    params.SmallInts(Column<int16_t>(rows, [](auto& r) { return r.ladder_no; }));
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return r.version; }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.from_tier; }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.to_tier; }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.computed_tier; }));
    params.Ints(Column<int32_t>(rows, [](auto& r) { return r.score_milli; }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.reason; }));
    params.Ints(Column<int32_t>(rows, [](auto& r) { return r.model_version; }));
    params.Ints(Column<int32_t>(rows, [](auto& r) { return r.as_of; }));
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return r.recorded_at - kPostgresEpochMicros; }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.cause; }));
    params.Bytes(Strings(rows, [](auto& r) -> std::string_view { return r.inputs; }));
    const auto places = Column<ChainPlace>(rows, [&](auto& r) { return chains.Append(r); });
    params.BigInts(Column<int64_t>(places, [](auto& p) { return p.sequence; }));
    params.Bytes(Strings(places, [](auto& p) -> std::string_view { return p.hash; }));
  }

  static void AddDue(const std::vector<DueRow>& rows, Params& params) {
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r.customer); }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.cause; }));
    params.SmallInts(Column<int16_t>(rows, [](auto& r) { return static_cast<int16_t>(r.takes_back); }));
    params.Ints(Column<int32_t>(rows, [](auto& r) { return r.day; }));
  }

  static void AddLabels(const std::vector<LabelRow>& rows, Params& params) {
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r.customer.number); }));
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return static_cast<int64_t>(r.customer.check); }));
    params.SmallInts(Column<int16_t>(rows, [](auto& r) { return r.ladder_no; }));
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return static_cast<int64_t>(r.word); }));
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
