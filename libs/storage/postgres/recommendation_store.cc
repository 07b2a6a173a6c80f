#include "libs/storage/recommendation_store.h"

#include <endian.h>

#include <cstring>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

#define RUNG_TIME(parameter) "(timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond')"
#define RUNG_DATE(parameter) "(date '1970-01-01' + " parameter "::int)"
#define RUNG_LEASE "(extract(epoch FROM recommendation_training.lease_until) * 1000000)::bigint"

constexpr char kNewest[] =
    "SELECT version, as_of - date '1970-01-01', (extract(epoch FROM trained_at) * 1000000)::bigint, training_ms, body_bytes "
    "FROM recommendation_model ORDER BY version DESC LIMIT 1";
constexpr char kTakeLease[] =
    "INSERT INTO recommendation_training (lease_until) VALUES (clock_timestamp() + $1::int * interval '1 second') "
    "ON CONFLICT (only_one) DO UPDATE SET lease_until = excluded.lease_until "
    "WHERE recommendation_training.lease_until < clock_timestamp() RETURNING " RUNG_LEASE;
// Returns the state as the statement found it; empty: nobody had spoken of the SKU.
constexpr char kSetAvailability[] =
    "INSERT INTO recommendation_availability (sku, state, revision) VALUES ($1, $2, $3) "
    "ON CONFLICT (sku) DO UPDATE SET state = excluded.state, revision = excluded.revision "
    "RETURNING coalesce((SELECT b.state FROM recommendation_availability b WHERE b.sku = $1), '')";
constexpr char kRecord[] =
    "INSERT INTO recommendation_feedback (customer_id, feedback_id, day, sku, source, action, model_version, policy_version, audience) "
    "VALUES ($1, $2, " RUNG_DATE("$3") ", $4, $5::smallint, $6::smallint, $7, $8, $9) ON CONFLICT DO NOTHING";
// A showing leads to one click and one purchase at most. What the customer did counts for a week after the days that are asked about.
constexpr char kConversion[] =
    "WITH item AS (SELECT policy_version, audience, source, "
    "  count(*) FILTER (WHERE action = 1 AND day BETWEEN " RUNG_DATE("$1") " AND " RUNG_DATE("$2") ") AS shown, "
    "  count(*) FILTER (WHERE action = 2 AND day >= " RUNG_DATE("$1") ") AS clicked, "
    "  count(*) FILTER (WHERE action = 3 AND day >= " RUNG_DATE("$1") ") AS bought, "
    "  count(*) FILTER (WHERE action IN (2, 3) AND day BETWEEN " RUNG_DATE("$1") " AND " RUNG_DATE("$2") ") AS told, "
    "  bool_or(action = 1) AS was_shown "
    "  FROM recommendation_feedback WHERE day BETWEEN " RUNG_DATE("$1") " - 7 AND " RUNG_DATE("$2") " + 7 "
    "  GROUP BY policy_version, audience, source, customer_id, sku, model_version), "
    "total AS (SELECT policy_version, audience, source, sum(shown)::bigint AS shown, sum(least(clicked, shown))::bigint AS clicked, "
    "  sum(least(bought, shown))::bigint AS bought, coalesce(sum(told) FILTER (WHERE NOT was_shown), 0)::bigint AS unshown FROM item GROUP BY 1, 2, 3) "
    "SELECT policy_version, audience, source, shown, clicked, bought, unshown FROM total WHERE shown > 0 OR unshown > 0 ORDER BY 1, 2, 3";

int64_t BigIntOf(std::string_view field) {
  uint64_t value = 0;
  std::memcpy(&value, field.data(), sizeof value);
  return static_cast<int64_t>(be64toh(value));
}

int16_t SmallIntOf(std::string_view field) {
  uint16_t value = 0;
  std::memcpy(&value, field.data(), sizeof value);
  return static_cast<int16_t>(be16toh(value));
}

std::string Json(const std::string& state) { return state.empty() ? "" : fmt::format(R"({{"state":"{}"}})", state); }

absl::Status Unsigned(const AvailabilityRow& row, const ByWhom& by) {
  const std::string what = row.state == "BLOCKED" ? fmt::format("\"{}\" becomes blocked:", row.sku)
                                                  : fmt::format("\"{}\" is blocked and {} would end that: leave it out, or", row.sku, row.state);
  std::vector<Violation> violations;
  if (by.author.empty()) violations.push_back({"author", "REQUIRED", fmt::format("{} say who decides it", what)});
  if (by.reason.empty()) violations.push_back({"reason", "REQUIRED", fmt::format("{} say why", what)});
  return InvalidRequest(violations);
}

class PostgresRecommendationStore final : public RecommendationStore {
 public:
  PostgresRecommendationStore(std::shared_ptr<Sessions> sessions, std::string conninfo)
      : sessions_(std::move(sessions)), conninfo_(std::move(conninfo)) {}

  absl::Status ScanEvents(int part, const std::vector<int16_t>& kinds,
                          const std::function<absl::Status(const EventView&)>& visit) override {
    std::string numbers;
    for (const int16_t kind : kinds) numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", kind);
    // A connection of its own: the scan of a large base takes minutes. Sorted by customer, in memory or on disk, which beats
    // walking the primary key in random order.
    RUNG_ASSIGN_OR_RETURN(const auto connection, PqConnection::Open(conninfo_, "SET statement_timeout = 0; SET work_mem = '256MB'"));
    return connection->CopyOut(
        fmt::format("COPY (SELECT e.customer_id, c.check_bits, e.event_id, e.key_id, e.body FROM event_{} e JOIN customer c USING (customer_id) "
                    "WHERE e.kind IN ({}) ORDER BY e.customer_id) TO STDOUT (FORMAT binary)", part, numbers),
        [&](std::span<const std::string_view> f) {
          return visit({CustomerNumber{BigIntOf(f[0])}, static_cast<uint64_t>(BigIntOf(f[1])), f[2], SmallIntOf(f[3]), f[4]});
        });
  }

  absl::StatusOr<TrainingLease> BeginTraining(int lease_seconds, Deadline deadline) override {
    TrainingLease lease = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      const auto taken = work.exec_params(kTakeLease, lease_seconds);
      if (taken.empty()) return WithReason(FailedPreconditionError("a training is running already; wait for its end"), "TRAINING_RUNNING");
      lease = taken[0][0].as<int64_t>();
      return absl::OkStatus();
    }));
    return lease;
  }

  absl::Status EndTraining(TrainingLease lease, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) {
      work.exec_params("DELETE FROM recommendation_training WHERE " RUNG_LEASE " = $1", lease);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<RecommendationModelRow> SaveModel(const RecommendationModelRow& model, int kept,
                                                   const std::function<ModelChunk(int64_t, size_t)>& chunk, size_t chunks,
                                                   Deadline deadline) override {
    RecommendationModelRow saved = model;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      if (model.lease && work.exec_params("SELECT FROM recommendation_training WHERE " RUNG_LEASE " = $1 FOR UPDATE", *model.lease).empty()) {
        return WithReason(FailedPreconditionError("the training outlasted its lease, and another one has begun since; its model isn't stored"),
                          "TRAINING_RUNNING");
      }
      saved.version = work.exec_params1("INSERT INTO recommendation_model (as_of, trained_at, training_ms, body_bytes) VALUES (" RUNG_DATE("$1")
                                        ", " RUNG_TIME("$2") ", $3, $4) RETURNING version",
                                        model.as_of, model.trained_at, model.training_ms, model.body_bytes)[0].as<int64_t>();
      for (size_t i = 0; i < chunks; ++i) {
        const ModelChunk piece = chunk(saved.version, i);
        work.exec_params("INSERT INTO recommendation_model_chunk (version, chunk_no, key_id, body) VALUES ($1, $2, $3::smallint, $4)", saved.version,
                         static_cast<int32_t>(i), piece.key_id, pqxx::binarystring(piece.body));
      }
      work.exec_params("DELETE FROM recommendation_model WHERE version NOT IN (SELECT version FROM recommendation_model ORDER BY version DESC LIMIT $1)", kept);
      return absl::OkStatus();
    }));
    return saved;
  }

  absl::StatusOr<RecommendationModelRow> NewestModel(Deadline deadline) override {
    RecommendationModelRow row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      const auto found = work.exec(kNewest);
      if (!found.empty()) {
        row = {found[0][0].as<int64_t>(), found[0][1].as<Day>(), found[0][2].as<int64_t>(), found[0][3].as<int64_t>(), found[0][4].as<int64_t>(), {}};
      }
      return absl::OkStatus();
    }));
    return row;
  }

  absl::StatusOr<std::vector<ModelChunk>> ReadModel(int64_t version, Deadline deadline) override {
    std::vector<ModelChunk> chunks;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      chunks.clear();
      for (;;) {
        const auto rows = work.exec_params("SELECT key_id, body FROM recommendation_model_chunk WHERE version = $1 AND chunk_no = $2", version,
                                           static_cast<int32_t>(chunks.size()));
        if (rows.empty()) break;
        chunks.push_back({rows[0][0].as<int16_t>(), pqxx::binarystring(rows[0][1]).str()});
      }
      return chunks.empty() ? NotFoundError("no recommendation model {}", version) : absl::OkStatus();
    }));
    return chunks;
  }

  absl::Status SetAvailability(const std::vector<AvailabilityRow>& rows, const ByWhom& by, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      // One change after another: a reader that has seen a revision has seen everything below it.
      work.exec("SELECT pg_advisory_xact_lock(hashtext('rung recommendation availability'))");
      const int64_t revision = work.exec1("SELECT coalesce(max(revision), 0) + 1 FROM recommendation_availability")[0].as<int64_t>();
      std::vector<AuditRow> entries;
      for (const AvailabilityRow& row : rows) {
        const auto before = work.exec_params1(kSetAvailability, row.sku, row.state, revision)[0].as<std::string>();
        const bool blocked = row.state == "BLOCKED";
        if (blocked == (before == "BLOCKED")) continue;
        if (by.author.empty() || by.reason.empty()) return Unsigned(row, by);
        AuditRow& entry = entries.emplace_back();
        entry.recorded_at = by.at;
        entry.actor = by.author;
        entry.action = blocked ? "BLOCK_SKU" : "UNBLOCK_SKU";
        entry.subject = "recommendation-availability/" + row.sku;
        entry.reason = by.reason;
        entry.before = Json(before);
        entry.after = Json(row.state);
      }
      if (!entries.empty()) AppendAudit(work, std::move(entries));
      return absl::OkStatus();
    });
  }

  absl::StatusOr<int64_t> AvailabilityRevision(Deadline deadline) override {
    int64_t revision = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      revision = work.exec1("SELECT coalesce(max(revision), 0) FROM recommendation_availability")[0].as<int64_t>();
      return absl::OkStatus();
    }));
    return revision;
  }

  absl::StatusOr<std::vector<std::string>> Unavailable(Deadline deadline) override {
    std::vector<std::string> skus;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      skus.clear();
      for (const auto& row : work.exec("SELECT sku FROM recommendation_availability WHERE state <> 'AVAILABLE' ORDER BY sku")) skus.push_back(row[0].as<std::string>());
      return absl::OkStatus();
    }));
    return skus;
  }

  absl::StatusOr<int64_t> NewestWatchList(Deadline deadline) override {
    int64_t scan_id = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      scan_id = work.exec1("SELECT coalesce(max(scan_id), 0) FROM churn_scan WHERE state = 'DONE'")[0].as<int64_t>();
      return absl::OkStatus();
    }));
    return scan_id;
  }

  absl::StatusOr<std::vector<RiskRow>> WatchList(int64_t scan_id, Deadline deadline) override {
    std::vector<RiskRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& r : work.exec_params("SELECT customer_id, risk FROM churn_watch WHERE scan_id = $1", scan_id)) {
        rows.push_back({CustomerNumber{r[0].as<int64_t>()}, static_cast<ChurnRisk>(r[1].as<int16_t>())});
      }
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<int64_t> RecordFeedback(const std::vector<FeedbackRow>& rows, Deadline deadline) override {
    int64_t recorded = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      recorded = 0;
      for (const FeedbackRow& row : rows) {
        recorded += static_cast<int64_t>(work.exec_params(kRecord, static_cast<int64_t>(row.customer), row.feedback_id, row.day, row.sku, row.source, row.action,
                                                          row.model_version, row.policy_version, row.audience).affected_rows());
      }
      return absl::OkStatus();
    }));
    return recorded;
  }

  absl::StatusOr<std::vector<ConversionRow>> Conversion(Day from, Day to, Deadline deadline) override {
    std::vector<ConversionRow> conversions;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      conversions.clear();
      for (const auto& r : work.exec_params(kConversion, from, to)) {
        conversions.push_back({r[0].as<int32_t>(), r[1].as<std::string>(), r[2].as<int16_t>(), r[3].as<int64_t>(), r[4].as<int64_t>(), r[5].as<int64_t>(),
                               r[6].as<int64_t>()});
      }
      return absl::OkStatus();
    }));
    return conversions;
  }

 private:
  const std::shared_ptr<Sessions> sessions_;
  const std::string conninfo_;
};

}  // namespace

std::unique_ptr<RecommendationStore> MakeRecommendationStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo) {
  return std::make_unique<PostgresRecommendationStore>(std::move(sessions), conninfo);
}

}  // namespace rung::storage::postgres
