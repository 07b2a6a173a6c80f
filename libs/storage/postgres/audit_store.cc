#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/pool.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kMicros[] = "(extract(epoch FROM recorded_at) * 1000000)::bigint";

constexpr int64_t kPostgresEpochDays = 10957;
constexpr int64_t kPostgresEpochMicros = 946684800'000'000;

// Both kinds of entries under one set of columns; what one kind lacks is NULL.
constexpr char kLinks[] =
    "COPY (SELECT (customer_id & 63)::int2, chain_seq, chain_hash, customer_id, recorded_at, ladder_no, version, from_tier, to_tier, "
    "computed_tier, score_milli, reason, model_version, as_of, cause, inputs, NULL::text, NULL::text, NULL::text, NULL::text FROM tier_change "
    "UNION ALL SELECT chain, chain_seq, chain_hash, customer_id, recorded_at, NULL, NULL, NULL, NULL, NULL, NULL, reason, NULL, NULL, NULL, "
    "NULL, actor, action, subject, before || E'\\x1f' || after FROM audit_entry ORDER BY 1, 2) TO STDOUT (FORMAT binary)";

// Read as text: an entry that was tampered with needn't be JSON.
constexpr char kUnproven[] =
    "WITH stored AS (SELECT kind || '/' || document_id AS subject, version::text AS version, encode(sha256(convert_to(body, 'UTF8')), 'hex') AS hash FROM config_version), "
    "recorded AS (SELECT DISTINCT subject, substring(after FROM '\"version\":([0-9]+)') AS version, substring(after FROM '\"body_sha256\":\"([0-9a-f]+)\"') AS hash "
    "FROM audit_entry WHERE action IN ('PUBLISH', 'ROLL_BACK')) "
    "SELECT DISTINCT coalesce(subject, '') || ' version ' || coalesce(version, '?') FROM stored FULL JOIN recorded USING (subject, version, hash) "
    "WHERE stored IS NULL OR recorded IS NULL ORDER BY 1 LIMIT $1";

// What the file on overrides says of each, beside what was recorded when it was set and when it ended: by hand, or by the
// next one on the ladder. Entries of early versions don't name the override.
constexpr char kUnprovenOverrides[] = R"sql(
    WITH said AS (
      SELECT customer_id, chain_seq, recorded_at, actor, action, reason, substring(after FROM '"ladder":"([^"]*)"') AS ladder,
             substring(after FROM '"tier":"([^"]*)"') AS tier, substring(after FROM '"override_until":"([^"]*)"') AS until,
             substring(after FROM '"override_id":("(?:[^"\\]|\\.)*")') AS id
      FROM audit_entry WHERE action IN ('SET_OVERRIDE', 'END_OVERRIDE')),
    kept AS (
      SELECT o.customer_id, to_json(o.override_id)::text AS id, coalesce(l.ladder_id, o.ladder_no::text) AS ladder, o.tier_code,
             to_char(o.until, 'YYYY-MM-DD') AS until, o.reason, o.author, o.created_at, o.ended_at, o.ended_by, o.end_reason,
             CASE WHEN starts_with(o.end_reason, 'replaced by ') THEN substr(to_json(o.end_reason)::text, length('"replaced by ') + 1) END AS replaced_by
      FROM tier_override o LEFT JOIN ladder l USING (ladder_no)),
    was_set AS (
      SELECT k.*, s.chain_seq
      FROM kept k JOIN said s ON s.action = 'SET_OVERRIDE' AND s.customer_id = k.customer_id AND s.recorded_at = k.created_at AND s.ladder = k.ladder
        AND s.actor = k.author AND s.reason = k.reason AND s.tier = k.tier_code AND s.until = k.until AND coalesce(s.id, k.id) = k.id),
    has_ended AS (
      SELECT k.customer_id, k.id, s.chain_seq
      FROM was_set k JOIN said s ON s.customer_id = k.customer_id AND s.recorded_at = k.ended_at AND s.ladder = k.ladder AND s.actor = k.ended_by
        AND s.chain_seq > k.chain_seq
        AND (s.action = 'END_OVERRIDE' AND s.reason = k.end_reason AND coalesce(s.id, k.id) = k.id
             OR s.action = 'SET_OVERRIDE' AND coalesce(substr(s.id, 2), k.replaced_by) = k.replaced_by)),
    wrong AS (
      SELECT customer_id, id, ladder FROM kept k
      WHERE NOT EXISTS (SELECT FROM was_set w WHERE w.customer_id = k.customer_id AND w.id = k.id)
         OR k.ended_at IS NOT NULL AND NOT EXISTS (SELECT FROM has_ended e WHERE e.customer_id = k.customer_id AND e.id = k.id)
      UNION
      SELECT customer_id, id, ladder FROM was_set w
      WHERE ended_at IS NULL AND EXISTS (SELECT FROM said s WHERE s.action = 'SET_OVERRIDE' AND s.customer_id = w.customer_id AND s.ladder = w.ladder
                                           AND s.chain_seq > w.chain_seq)
      UNION
      SELECT customer_id, coalesce(id, tier || ' until ' || until, '?'), coalesce(ladder, '?') FROM said s
      WHERE action = 'SET_OVERRIDE' AND NOT EXISTS (SELECT FROM was_set w WHERE w.customer_id = s.customer_id AND w.chain_seq = s.chain_seq)
         OR action = 'END_OVERRIDE' AND NOT EXISTS (SELECT FROM has_ended e WHERE e.customer_id = s.customer_id AND e.chain_seq = s.chain_seq))
    SELECT DISTINCT w.customer_id & 63, 'override ' || w.id || ' of customer ' || coalesce(c.external_id, w.customer_id::text) || ' on ' || w.ladder
    FROM wrong w LEFT JOIN customer c USING (customer_id) ORDER BY 2 LIMIT $1)sql";

int64_t BigEndian(std::string_view bytes) {
  int64_t value = bytes.empty() ? 0 : static_cast<int8_t>(bytes[0]);
  for (size_t i = 1; i < bytes.size(); ++i) value = static_cast<int64_t>(static_cast<uint64_t>(value) << 8 | static_cast<uint8_t>(bytes[i]));
  return value;
}

std::string Text(std::string_view field) { return std::string(field); }

std::string TierChangeLink(std::span<const std::string_view> f) {
  TierChangeRow change;
  change.customer = CustomerNumber{BigEndian(f[3])};
  change.recorded_at = BigEndian(f[4]) + kPostgresEpochMicros;
  change.ladder_no = static_cast<int16_t>(BigEndian(f[5]));
  change.version = BigEndian(f[6]);
  change.from_tier = Text(f[7]);
  change.to_tier = Text(f[8]);
  change.computed_tier = Text(f[9]);
  change.score_milli = static_cast<int32_t>(BigEndian(f[10]));
  change.reason = Text(f[11]);
  change.model_version = static_cast<int32_t>(BigEndian(f[12]));
  change.as_of = static_cast<Day>(BigEndian(f[13]) + kPostgresEpochDays);
  change.cause = Text(f[14]);
  change.inputs = Text(f[15]);
  return CanonicalOf(change, BigEndian(f[1]));
}

std::string AuditEntryLink(std::span<const std::string_view> f) {
  AuditRow entry;
  entry.sequence = BigEndian(f[1]);
  entry.customer = CustomerNumber{BigEndian(f[3])};
  entry.recorded_at = BigEndian(f[4]) + kPostgresEpochMicros;
  entry.reason = Text(f[11]);
  entry.actor = Text(f[16]);
  entry.action = Text(f[17]);
  entry.subject = Text(f[18]);
  const size_t middle = f[19].find('\x1f');
  entry.before = Text(f[19].substr(0, middle));
  entry.after = middle == std::string_view::npos ? "" : Text(f[19].substr(middle + 1));
  return CanonicalOf(entry);
}

class PostgresAuditStore final : public AuditStore {
 public:
  PostgresAuditStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo)
      : sessions_(std::move(sessions)), bulk_(2, [conninfo] { return PqConnection::Open(conninfo, "SET work_mem = '256MB'"); }) {}

  absl::StatusOr<std::vector<ChainHead>> Heads(Deadline deadline) override {
    std::vector<ChainHead> heads;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      heads.clear();
      for (const auto& row : work.exec("SELECT chain, length, hash FROM audit_chain ORDER BY chain")) {
        heads.push_back({row[0].as<int16_t>(), row[1].as<int64_t>(), pqxx::binarystring(row[2]).str()});
      }
      return absl::OkStatus();
    }));
    return heads;
  }

  absl::Status Scan(const std::function<absl::Status(const std::vector<ChainHead>&, int64_t)>& begin,
                    const std::function<absl::Status(const ChainLink&)>& link) override {
    RUNG_ASSIGN_OR_RETURN(auto lease, bulk_.Take(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(lease->Command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    const absl::Status status = ScanWithin(*lease, begin, link);
    if (!lease->broken()) lease->Command("ROLLBACK").IgnoreError();
    return status;
  }

  absl::StatusOr<std::vector<std::string>> UnprovenDocuments(int limit, Deadline deadline) override {
    std::vector<std::string> documents;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      documents.clear();
      for (const auto& row : work.exec_params(kUnproven, limit)) documents.push_back(row[0].as<std::string>());
      return absl::OkStatus();
    }));
    return documents;
  }

  absl::StatusOr<std::vector<UnprovenOverride>> UnprovenOverrides(int limit, Deadline deadline) override {
    std::vector<UnprovenOverride> overrides;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      overrides.clear();
      work.exec0("SET LOCAL enable_nestloop = off");  // conditions on many columns make it expect one row of each join
      for (const auto& row : work.exec_params(kUnprovenOverrides, limit)) overrides.push_back({row[0].as<int16_t>(), row[1].as<std::string>()});
      return absl::OkStatus();
    }));
    return overrides;
  }

  absl::StatusOr<std::vector<AuditRow>> List(const std::string& prefix, int64_t offset, int limit, Deadline deadline) override {
    std::vector<AuditRow> entries;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      entries.clear();
      const auto rows = work.exec_params(
          fmt::format("SELECT customer_id, chain, chain_seq, {}, actor, action, subject, reason, before, after FROM audit_entry "
                      "WHERE starts_with(subject, $1) ORDER BY recorded_at DESC, chain, chain_seq DESC OFFSET $2 LIMIT $3", kMicros),
          prefix, offset, limit);
      for (const auto& r : rows) {
        entries.push_back({CustomerNumber{r[0].as<int64_t>()}, r[1].as<int16_t>(), r[2].as<int64_t>(), r[3].as<int64_t>(),
                           r[4].as<std::string>(), r[5].as<std::string>(), r[6].as<std::string>(), r[7].as<std::string>(),
                           r[8].as<std::string>(), r[9].as<std::string>()});
      }
      return absl::OkStatus();
    }));
    return entries;
  }

 private:
  static absl::Status ScanWithin(PqConnection& connection,
                                 const std::function<absl::Status(const std::vector<ChainHead>&, int64_t)>& begin,
                                 const std::function<absl::Status(const ChainLink&)>& link) {
    static constexpr char kHeads[] = "SELECT chain::bigint, length, hash FROM audit_chain ORDER BY chain";
    static constexpr char kCount[] = "SELECT (SELECT count(*) FROM tier_change) + (SELECT count(*) FROM audit_entry)";
    RUNG_ASSIGN_OR_RETURN(const Result found, connection.Query(kHeads, {}));
    std::vector<ChainHead> heads;
    for (int r = 0; r < PQntuples(found.get()); ++r) {
      heads.push_back({static_cast<int16_t>(GetBigInt(found.get(), r, 0)), GetBigInt(found.get(), r, 1),
                       std::string(GetBytes(found.get(), r, 2))});
    }
    RUNG_ASSIGN_OR_RETURN(const Result count, connection.Query(kCount, {}));
    RUNG_RETURN_IF_ERROR(begin(heads, GetBigInt(count.get(), 0, 0)));
    return connection.CopyOut(kLinks, [&](std::span<const std::string_view> fields) {
      const bool is_tier_change = fields[16].data() == nullptr;
      const std::string canonical = is_tier_change ? TierChangeLink(fields) : AuditEntryLink(fields);
      return link({static_cast<int16_t>(BigEndian(fields[0])), BigEndian(fields[1]), canonical, fields[2]});
    });
  }

  const std::shared_ptr<Sessions> sessions_;
  Pool<PqConnection> bulk_;
};

}  // namespace

std::unique_ptr<AuditStore> MakeAuditStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo) {
  return std::make_unique<PostgresAuditStore>(std::move(sessions), conninfo);
}

}  // namespace rung::storage::postgres
