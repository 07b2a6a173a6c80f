#include "libs/storage/postgres/ingest_writes.h"

#include <set>

namespace rung::storage::postgres {
namespace {

constexpr char kUpdateCustomers[] =
    "UPDATE customer SET state = n.s, standings = n.l, outside = n.o <> 0 "
    "FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::smallint[]) AS n (c, s, l, o) WHERE customer_id = n.c";
constexpr char kUpdateStandings[] =
    "UPDATE customer SET standings = n.l FROM unnest($1::bigint[], $2::bytea[]) AS n (c, l) WHERE customer_id = n.c";
constexpr char kDeleteEvents[] =
    "DELETE FROM event USING unnest($1::bigint[], $2::text[]) AS n (c, e) "
    "WHERE event.customer_id = n.c AND event.event_id = n.e";
constexpr char kInsertMatches[] =
    "INSERT INTO customer_match SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bytea[]) ON CONFLICT DO NOTHING";
constexpr char kInsertLabels[] =
    "INSERT INTO outbox (customer_id, check_bits, ladder_no, label) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[])";
constexpr char kInsertDue[] =
    "INSERT INTO group_due SELECT c, w, t <> 0, date '1970-01-01' + d FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::int[]) "
    "AS n (c, w, t, d) ON CONFLICT DO NOTHING";
constexpr char kDeleteDue[] = "DELETE FROM group_due WHERE customer_id = ANY($1::bigint[])";
constexpr char kDeleteEventsOf[] = "DELETE FROM event WHERE customer_id = $1::bigint";
constexpr char kCopyMatches[] =
    "INSERT INTO customer_match SELECT $2::bigint, kind, blind_index FROM customer_match WHERE customer_id = $1::bigint ON CONFLICT DO NOTHING";
constexpr char kDeleteMatches[] = "DELETE FROM customer_match WHERE customer_id = $1::bigint";
constexpr char kPointToTarget[] =
    "UPDATE customer SET merged_into = $2::bigint WHERE customer_id = $1::bigint OR (merged_into = $1::bigint AND merged_into <> 0)";
constexpr char kInsertMerge[] =
    "INSERT INTO account_merge SELECT c, t, r, h, e, w, a, timestamptz '2000-01-01 00:00Z' + m * interval '1 microsecond' "
    "FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::bigint[], $6::text[], $7::text[], $8::bigint[]) "
    "AS n (c, t, r, h, e, w, a, m)";
constexpr char kInsertChanges[] =
    "INSERT INTO tier_change (customer_id, ladder_no, version, from_tier, to_tier, computed_tier, score_milli, reason, "
    "model_version, as_of, recorded_at, cause, inputs, chain_seq, chain_hash) "
    "SELECT c, l, v, nullif(f, ''), t, p, s, r, m, date '1970-01-01' + d, "
    "timestamptz '2000-01-01 00:00Z' + a * interval '1 microsecond', w, i, q, h "
    "FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[], "
    "$9::int[], $10::int[], $11::bigint[], $12::text[], $13::bytea[], $14::bigint[], $15::bytea[]) "
    "AS n (c, l, v, f, t, p, s, r, m, d, a, w, i, q, h)";
constexpr char kInsertAudit[] =
    "INSERT INTO audit_entry (customer_id, chain, chain_seq, recorded_at, actor, action, subject, reason, before, after, chain_hash) "
    "SELECT c, n, q, timestamptz '2000-01-01 00:00Z' + m * interval '1 microsecond', a, v, s, w, b, f, h "
    "FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], "
    "$10::text[], $11::bytea[]) AS e (c, n, q, m, a, v, s, w, b, f, h)";

}  // namespace

IngestStatements::IngestStatements(const IngestWrites& writes) : writes_(writes) {
  AddRows();
  if (writes.merge) AddMerge(*writes.merge);
  if (!chained()) return;
  std::set<int16_t> chains;
  for (const TierChangeRow& change : writes.changes) chains.insert(ChainOf(change.customer));
  for (const AuditRow& entry : writes.audit) chains.insert(ChainOf(entry.customer));
  Add(Chains::kLock) = Chains::LockParams(std::vector<int16_t>(chains.begin(), chains.end()));
}

Params& IngestStatements::Add(const char* sql) {
  Params& params = params_.emplace_back();
  statements_.push_back({sql, &params});
  return params;
}

void IngestStatements::AddRows() {
  if (const auto& rows = writes_.refused_events; !rows.empty()) {
    Params& params = Add(kDeleteEvents);
    params.BigInts(Column<int64_t>(rows, [](auto& e) { return Number(e.first); }));
    params.Texts(Strings(rows, [](auto& e) -> std::string_view { return e.second; }));
  }
  if (const auto& rows = writes_.customers; !rows.empty()) {
    Params& params = Add(kUpdateCustomers);
    params.BigInts(Column<int64_t>(rows, [](auto& c) { return Number(c.fingerprint.number); }));
    params.Bytes(Strings(rows, [](auto& c) -> std::string_view { return c.state; }));
    params.Bytes(Strings(rows, [](auto& c) -> std::string_view { return c.standings; }));
    params.SmallInts(Column<int16_t>(rows, [](auto& c) { return static_cast<int16_t>(c.outside); }));
  }
  if (const auto& rows = writes_.standings; !rows.empty()) {
    Params& params = Add(kUpdateStandings);
    params.BigInts(Column<int64_t>(rows, [](auto& c) { return Number(c.fingerprint.number); }));
    params.Bytes(Strings(rows, [](auto& c) -> std::string_view { return c.standings; }));
  }
  if (const auto& rows = writes_.due; !rows.empty()) {
    Params& params = Add(kInsertDue);
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r.customer); }));
    params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.cause; }));
    params.SmallInts(Column<int16_t>(rows, [](auto& r) { return static_cast<int16_t>(r.takes_back); }));
    params.Ints(Column<int32_t>(rows, [](auto& r) { return r.day; }));
  }
  if (const auto& rows = writes_.decided; !rows.empty()) {
    Add(kDeleteDue).BigInts(Column<int64_t>(rows, [](auto& c) { return Number(c); }));
  }
  if (const auto& rows = writes_.matches; !rows.empty()) {
    Params& params = Add(kInsertMatches);
    params.BigInts(Column<int64_t>(rows, [](auto& m) { return Number(m.customer); }));
    params.SmallInts(Column<int16_t>(rows, [](auto& m) { return m.kind; }));
    params.Bytes(Strings(rows, [](auto& m) -> std::string_view { return m.blind_index; }));
  }
  if (const auto& rows = writes_.labels; !rows.empty()) {
    Params& params = Add(kInsertLabels);
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r.customer.number); }));
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return static_cast<int64_t>(r.customer.check); }));
    params.SmallInts(Column<int16_t>(rows, [](auto& r) { return r.ladder_no; }));
    params.BigInts(Column<int64_t>(rows, [](auto& r) { return static_cast<int64_t>(r.word); }));
  }
}

void IngestStatements::AddMerge(const MergeRow& merge) {
  Add(kDeleteEventsOf).BigInt(Number(merge.source));
  for (const char* sql : {kCopyMatches, kPointToTarget}) {
    Params& pair = Add(sql);
    pair.BigInt(Number(merge.source));
    pair.BigInt(Number(merge.target));
  }
  Add(kDeleteMatches).BigInt(Number(merge.source));
  const std::vector<const MergeRow*> rows = {&merge};
  Params& params = Add(kInsertMerge);
  params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r->source); }));
  params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r->target); }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r->request_id; }));
  params.Bytes(Strings(rows, [](auto& r) -> std::string_view { return r->request_hash; }));
  params.BigInts(Column<int64_t>(rows, [](auto& r) { return r->event_count; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r->reason; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r->author; }));
  params.BigInts(Column<int64_t>(rows, [](auto& r) { return r->merged_at - kPostgresEpochMicros; }));
}

std::vector<PqConnection::Statement> IngestStatements::Chained(Chains& chains) {
  statements_.clear();
  if (!writes_.changes.empty()) AddChanges(chains);
  if (!writes_.audit.empty()) AddAudit(chains);
  Add(Chains::kMove) = chains.MoveParams();
  return statements_;
}

void IngestStatements::AddChanges(Chains& chains) {
  const auto& rows = writes_.changes;
  Params& params = Add(kInsertChanges);
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

void IngestStatements::AddAudit(Chains& chains) {
  std::vector<AuditRow> rows = writes_.audit;
  std::vector<ChainPlace> places;
  for (AuditRow& row : rows) {
    row.chain = ChainOf(row.customer);
    places.push_back(chains.Append(row));
  }
  Params& params = Add(kInsertAudit);
  params.BigInts(Column<int64_t>(rows, [](auto& r) { return Number(r.customer); }));
  params.SmallInts(Column<int16_t>(rows, [](auto& r) { return r.chain; }));
  params.BigInts(Column<int64_t>(places, [](auto& p) { return p.sequence; }));
  params.BigInts(Column<int64_t>(rows, [](auto& r) { return r.recorded_at - kPostgresEpochMicros; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.actor; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.action; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.subject; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.reason; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.before; }));
  params.Texts(Strings(rows, [](auto& r) -> std::string_view { return r.after; }));
  params.Bytes(Strings(places, [](auto& p) -> std::string_view { return p.hash; }));
}

}  // namespace rung::storage::postgres
