#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kColumns[] =
    "SELECT run_id, request_id, state, as_of - date '1970-01-01', author, override_guard, phase, customers, progress, "
    "planned, planned_downgrades, upgraded, downgraded, first_graded, superseded, message, "
    "(extract(epoch FROM started_at) * 1000000)::bigint, coalesce((extract(epoch FROM ended_at) * 1000000)::bigint, 0), "
    "fence, wanted, lease_until < clock_timestamp() FROM regrade_run ";
constexpr char kLease[] = "clock_timestamp() + interval '15 seconds'";

RunRow RowOf(const pqxx::row& r) {
  RunRow run;
  run.run_id = r[0].as<int64_t>();
  run.request_id = r[1].as<std::string>();
  run.state = r[2].as<std::string>();
  run.as_of = r[3].as<Day>();
  run.author = r[4].as<std::string>();
  run.override_guard = r[5].as<bool>();
  run.phase = r[6].as<std::string>();
  run.customers = r[7].as<int64_t>();
  run.progress = r[8].as<int64_t>();
  run.planned = r[9].as<int64_t>();
  run.planned_downgrades = r[10].as<int64_t>();
  run.upgraded = r[11].as<int64_t>();
  run.downgraded = r[12].as<int64_t>();
  run.first_graded = r[13].as<int64_t>();
  run.superseded = r[14].as<int64_t>();
  run.message = r[15].as<std::string>();
  run.started_at = r[16].as<int64_t>();
  run.ended_at = r[17].as<int64_t>();
  run.fence = r[18].as<int64_t>();
  run.wanted = r[19].as<std::string>();
  run.lease_expired = r[20].as<bool>();
  return run;
}

bool Ended(const RunRow& run) { return run.state == "DONE" || run.state == "CANCELLED" || run.state == "FAILED"; }

absl::Status RunEnded(const RunRow& run) {
  return WithReason(FailedPreconditionError("run {} has ended ({})", run.run_id, run.state), "RUN_ENDED");
}

absl::Status Fenced(const RunRow& run) {
  return WithReason(AbortedError("another runner has taken over run {}", run.run_id), "FENCED");
}

// What people decide about a run.
std::string Json(const RunRow& run) {
  const bool asked = run.state == "RUNNING" && !run.wanted.empty();
  return fmt::format(R"({{"state":"{}"{},"override_guard":{},"planned_downgrades":{}}})", run.state,
                     asked ? fmt::format(R"(,"wanted":"{}")", run.wanted) : "", run.override_guard, run.planned_downgrades);
}

void Record(pqxx::work& work, const char* action, const ByWhom& by, const std::string& before, const RunRow& after) {
  AuditRow entry;
  entry.recorded_at = by.at;
  entry.actor = by.author;
  entry.action = action;
  entry.subject = fmt::format("regrade/{}", after.run_id);
  entry.reason = by.reason;
  entry.before = before;
  entry.after = Json(after);
  AppendAudit(work, {entry});
}

class PostgresRunStore final : public RunStore {
 public:
  PostgresRunStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo)
      : sessions_(std::move(sessions)), bulk_(2, [conninfo] {
          // A runner that is frozen within a chunk holds the run's row: PostgreSQL lets go of it within the lease.
          // Chunks are joined by nested loops over the index alone, which keep the order of their rows.
          return PqConnection::Open(conninfo, "SET statement_timeout = 600000; SET idle_in_transaction_session_timeout = 10000; "
                                              "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off");
        }) {}

  absl::StatusOr<RunRow> Create(const RunRow& run, const std::string& reason, Deadline deadline, bool* created) override {
    *created = false;
    return One(deadline, [&](pqxx::work& work) -> absl::StatusOr<RunRow> {
      work.exec("LOCK TABLE regrade_run IN SHARE ROW EXCLUSIVE MODE");
      const auto same = work.exec_params(std::string(kColumns) + "WHERE request_id = $1", run.request_id);
      if (!same.empty()) return RowOf(same[0]);
      const auto unfinished = work.exec(std::string(kColumns) + "WHERE state IN ('RUNNING', 'PAUSED', 'HELD')");
      if (!unfinished.empty()) {
        const RunRow other = RowOf(unfinished[0]);
        return WithReason(FailedPreconditionError("run {} is unfinished ({}): resume or cancel it first", other.run_id, other.state),
                          "RUN_IN_PROGRESS", {{"run_id", std::to_string(other.run_id)}});
      }
      const auto id = work.exec_params1(
          std::string("INSERT INTO regrade_run (request_id, state, as_of, author, override_guard, started_at, fence, lease_until) "
                      "VALUES ($1, 'RUNNING', date '1970-01-01' + $2::int, $3, $4, to_timestamp($5::bigint / 1e6), 1, ") + kLease +
              ") RETURNING run_id",
          run.request_id, run.as_of, run.author, run.override_guard, run.started_at)[0].as<int64_t>();
      *created = true;
      RUNG_ASSIGN_OR_RETURN(const RunRow made, ById(work, id));
      if (run.override_guard) Record(work, "OVERRIDE_GUARD", {run.author, reason, run.started_at}, "", made);
      return made;
    });
  }

  absl::StatusOr<RunRow> Get(int64_t run_id, Deadline deadline) override {
    return One(deadline, [&](pqxx::work& work) { return ById(work, run_id); });
  }

  absl::StatusOr<std::vector<RunRow>> List(int64_t before, int limit, Deadline deadline) override {
    std::vector<RunRow> runs;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      runs.clear();
      for (const auto& row : work.exec_params(
               std::string(kColumns) + "WHERE $1::bigint = 0 OR run_id < $1::bigint ORDER BY run_id DESC LIMIT $2", before, limit)) {
        runs.push_back(RowOf(row));
      }
      return absl::OkStatus();
    }));
    return runs;
  }

  absl::StatusOr<RunRow> Ask(int64_t run_id, const std::string& wanted, const ByWhom& by, Deadline deadline) override {
    return One(deadline, [&](pqxx::work& work) -> absl::StatusOr<RunRow> {
      RUNG_ASSIGN_OR_RETURN(const RunRow run, ById(work, run_id, " FOR UPDATE"));
      if (Ended(run)) return RunEnded(run);
      const bool runs = run.state == "RUNNING" && !run.lease_expired;
      if (runs ? run.wanted == wanted : wanted == "PAUSE" && run.state != "RUNNING") return run;  // nothing changes
      if (runs) {
        work.exec_params0("UPDATE regrade_run SET wanted = $2 WHERE run_id = $1", run.run_id, wanted);
      } else if (wanted == "CANCEL") {
        work.exec_params0("UPDATE regrade_run SET state = 'CANCELLED', wanted = '', fence = fence + 1, "
                          "ended_at = to_timestamp($2::bigint / 1e6) WHERE run_id = $1", run.run_id, by.at);
      } else {
        work.exec_params0("UPDATE regrade_run SET state = 'PAUSED', wanted = '', fence = fence + 1 WHERE run_id = $1", run.run_id);
      }
      RUNG_ASSIGN_OR_RETURN(const RunRow asked, ById(work, run.run_id));
      Record(work, wanted == "PAUSE" ? "PAUSE_REGRADE" : "CANCEL_REGRADE", by, Json(run), asked);
      return asked;
    });
  }

  absl::StatusOr<RunRow> TakeOver(int64_t run_id, bool override_guard, const ByWhom* by, Deadline deadline) override {
    return One(deadline, [&](pqxx::work& work) -> absl::StatusOr<RunRow> {
      RUNG_ASSIGN_OR_RETURN(const RunRow run, ById(work, run_id, " FOR UPDATE"));
      if (Ended(run)) return RunEnded(run);
      if (run.state == "RUNNING" && !run.lease_expired) {
        return WithReason(FailedPreconditionError("run {} is running", run.run_id), "RUN_IN_PROGRESS");
      }
      work.exec_params0(std::string("UPDATE regrade_run SET state = 'RUNNING', wanted = '', message = '', fence = fence + 1, "
                                    "override_guard = override_guard OR $2, lease_until = ") + kLease + " WHERE run_id = $1",
                        run.run_id, override_guard);
      RUNG_ASSIGN_OR_RETURN(const RunRow taken, ById(work, run.run_id));
      if (by != nullptr) Record(work, override_guard ? "OVERRIDE_GUARD" : "RESUME_REGRADE", *by, Json(run), taken);
      return taken;
    });
  }

  absl::Status Save(const RunRow& run) override {
    return sessions_->Transact(Deadline::After(10'000), [&](pqxx::work& work) -> absl::Status {
      const auto result = work.exec_params(
          std::string("UPDATE regrade_run SET state = $3, phase = $4, customers = $5, progress = $6, planned = $7, "
                      "planned_downgrades = $8, upgraded = $9, downgraded = $10, first_graded = $11, superseded = $12, "
                      "message = $13, ended_at = CASE WHEN $14::bigint = 0 THEN NULL ELSE to_timestamp($14::bigint / 1e6) END, lease_until = ") +
              kLease + " WHERE run_id = $1 AND fence = $2",
          run.run_id, run.fence, run.state, run.phase, run.customers, run.progress, run.planned, run.planned_downgrades,
          run.upgraded, run.downgraded, run.first_graded, run.superseded, run.message, run.ended_at);
      return result.affected_rows() == 1 ? absl::OkStatus() : Fenced(run);
    });
  }

  absl::StatusOr<ChunkResult> ApplyChunk(const RunRow& run, const std::vector<StandingsUpdate>& updates,
                                         const std::vector<TierChangeRow>& changes,
                                         const std::vector<LabelRow>& labels) override {
    RUNG_ASSIGN_OR_RETURN(auto lease, bulk_.Take(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(lease->Command("BEGIN"));
    absl::StatusOr<ChunkResult> result = Apply(*lease, run, updates, changes, labels);
    const absl::Status end = lease->Command(result.ok() ? "COMMIT" : "ROLLBACK");
    if (result.ok() && !end.ok()) return end;
    return result;
  }

  absl::Status SaveFrozen(const RunRow& run, int16_t ladder_no, const std::vector<FrozenPart>& parts) override {
    RUNG_ASSIGN_OR_RETURN(auto lease, bulk_.Take(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(lease->Command("BEGIN"));
    absl::Status status = CheckFence(*lease, run).status();
    if (status.ok()) {
      status = lease->Command(fmt::format("DELETE FROM frozen_population WHERE ladder_no = {}", ladder_no));
    }
    if (status.ok()) {
      status = lease->CopyIn("COPY frozen_population FROM STDIN (FORMAT binary)", [&](CopyWriter& out) {
        for (const FrozenPart& part : parts) {
          out.StartRow(5);
          out.SmallInt(ladder_no);
          out.BigInt(run.run_id);
          out.Int(part.model_version);
          out.Int(part.part);
          out.Bytes(part.body);
        }
        return absl::OkStatus();
      });
    }
    const absl::Status end = lease->Command(status.ok() ? "COMMIT" : "ROLLBACK");
    return status.ok() ? end : status;
  }

  absl::StatusOr<std::map<int16_t, int64_t>> FrozenRuns(Deadline deadline) override {
    std::map<int16_t, int64_t> runs;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      runs.clear();
      for (const auto& row : work.exec("SELECT ladder_no, run_id FROM frozen_population WHERE part = 0")) {
        runs[row[0].as<int16_t>()] = row[1].as<int64_t>();
      }
      return absl::OkStatus();
    }));
    return runs;
  }

  absl::StatusOr<std::vector<FrozenPart>> LoadFrozen(int16_t ladder_no, int64_t* run_id) override {
    RUNG_ASSIGN_OR_RETURN(auto lease, bulk_.Take(Deadline::After(30'000)));
    Params params;
    params.BigInt(ladder_no);
    static constexpr char kLoad[] =
        "SELECT run_id, model_version, part, body FROM frozen_population WHERE ladder_no = $1::bigint ORDER BY part";
    RUNG_ASSIGN_OR_RETURN(const Result result, lease->Query(kLoad, params));
    std::vector<FrozenPart> parts;
    *run_id = 0;
    for (int r = 0; r < PQntuples(result.get()); ++r) {
      *run_id = GetBigInt(result.get(), r, 0);
      parts.push_back({ladder_no, static_cast<int32_t>(GetBigInt(result.get(), r, 1)),
                       static_cast<int32_t>(GetBigInt(result.get(), r, 2)), std::string(GetBytes(result.get(), r, 3))});
    }
    return parts;
  }

 private:
  static absl::StatusOr<RunRow> ById(pqxx::work& work, int64_t run_id, const std::string& lock = "") {
    const auto rows = work.exec_params(
        std::string(kColumns) + "WHERE run_id = CASE WHEN $1::bigint = 0 THEN (SELECT max(run_id) FROM regrade_run) ELSE $1::bigint END" + lock, run_id);
    if (rows.empty()) {
      return WithReason(run_id == 0 ? NotFoundError("there has been no run yet") : NotFoundError("no run {}", run_id), "RUN_UNKNOWN");
    }
    return RowOf(rows[0]);
  }

  absl::StatusOr<RunRow> One(Deadline deadline, const std::function<absl::StatusOr<RunRow>(pqxx::work&)>& body) {
    RunRow run;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(run, body(work));
      return absl::OkStatus();
    }));
    return run;
  }

  // Keeps a later runner out until the transaction ends; returns what an operator asked.
  static absl::StatusOr<std::string> CheckFence(PqConnection& connection, const RunRow& run) {
    static constexpr char kCheck[] =
        "UPDATE regrade_run SET lease_until = clock_timestamp() + interval '15 seconds' "
        "WHERE run_id = $1::bigint AND fence = $2::bigint RETURNING wanted";
    Params params;
    params.BigInt(run.run_id);
    params.BigInt(run.fence);
    RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(kCheck, params));
    if (PQntuples(result.get()) == 0) return Fenced(run);
    return std::string(GetBytes(result.get(), 0, 0));
  }

  static absl::StatusOr<ChunkResult> Apply(PqConnection& connection, const RunRow& run,
                                           const std::vector<StandingsUpdate>& updates,
                                           const std::vector<TierChangeRow>& changes,
                                           const std::vector<LabelRow>& labels) {
    ChunkResult out;
    RUNG_ASSIGN_OR_RETURN(out.wanted, CheckFence(connection, run));
    static constexpr char kUpdate[] =
        "UPDATE customer SET standings = n.a FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS n (c, b, a) "
        "WHERE customer_id = n.c AND standings = n.b RETURNING customer_id";
    // By number, as everybody locks customers: whoever meets a chunk waits for it, or it for them, but never both.
    std::vector<const StandingsUpdate*> ordered;
    for (const StandingsUpdate& update : updates) ordered.push_back(&update);
    std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) { return a->customer.number < b->customer.number; });
    std::vector<int64_t> numbers;
    std::vector<std::string_view> before, after;
    for (const StandingsUpdate* update : ordered) {
      numbers.push_back(static_cast<int64_t>(update->customer.number));
      before.emplace_back(update->before);
      after.emplace_back(update->after);
    }
    Params params;
    params.BigInts(numbers);
    params.Bytes(before);
    params.Bytes(after);
    RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(kUpdate, params));
    for (int r = 0; r < PQntuples(result.get()); ++r) out.applied.push_back(CustomerNumber{GetBigInt(result.get(), r, 0)});
    std::vector<CustomerNumber> sorted = out.applied;
    std::sort(sorted.begin(), sorted.end());
    const auto applied = [&](CustomerNumber number) { return std::binary_search(sorted.begin(), sorted.end(), number); };
    RUNG_RETURN_IF_ERROR(connection.CopyIn("COPY outbox FROM STDIN (FORMAT binary)", [&](CopyWriter& copy) {
      for (const LabelRow& label : labels) {
        if (!applied(label.customer.number)) continue;
        copy.StartRow(4);
        copy.BigInt(static_cast<int64_t>(label.customer.number));
        copy.BigInt(static_cast<int64_t>(label.customer.check));
        copy.SmallInt(label.ladder_no);
        copy.BigInt(static_cast<int64_t>(label.word));
      }
      return absl::OkStatus();
    }));
    static constexpr char kCount[] =
        "UPDATE regrade_run SET progress = progress + $2::bigint + $3::bigint + $4::bigint + $6::bigint, first_graded = first_graded + $2::bigint, "
        "upgraded = upgraded + $3::bigint, downgraded = downgraded + $4::bigint, superseded = superseded + $5::bigint "
        "WHERE run_id = $1::bigint";
    Params counts;
    counts.BigInt(run.run_id);
    const auto count = [&](std::string_view reason) {
      return static_cast<int64_t>(std::count_if(changes.begin(), changes.end(), [&](const TierChangeRow& change) {
        return change.reason == reason && applied(change.customer);
      }));
    };
    for (const char* reason : {"FIRST", "UPGRADE", "DOWNGRADE"}) counts.BigInt(count(reason));
    counts.BigInt(static_cast<int64_t>(updates.size() - out.applied.size()));
    counts.BigInt(count("TIER_DROPPED"));
    RUNG_RETURN_IF_ERROR(connection.Query(kCount, counts).status());
    std::vector<TierChangeRow> lasting;
    std::copy_if(changes.begin(), changes.end(), std::back_inserter(lasting), [&](const TierChangeRow& change) { return applied(change.customer); });
    RUNG_RETURN_IF_ERROR(RecordChanges(connection, lasting));
    return out;
  }

  static absl::Status RecordChanges(PqConnection& connection, const std::vector<TierChangeRow>& changes) {
    if (changes.empty()) return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(const Result locked, connection.Query(Chains::kLock, Chains::LockParams(changes)));
    Chains chains(locked.get());
    RUNG_RETURN_IF_ERROR(connection.CopyIn(
        "COPY tier_change (customer_id, ladder_no, version, from_tier, to_tier, computed_tier, score_milli, reason, "
        "model_version, as_of, recorded_at, cause, inputs, chain_seq, chain_hash) FROM STDIN (FORMAT binary)",
        [&](CopyWriter& copy) {
          for (const TierChangeRow& change : changes) WriteChange(change, chains.Append(change), copy);
          return absl::OkStatus();
        }));
    return connection.Query(Chains::kMove, chains.MoveParams()).status();
  }

  static void WriteChange(const TierChangeRow& change, const ChainPlace& place, CopyWriter& copy) {
    copy.StartRow(15);
    copy.BigInt(static_cast<int64_t>(change.customer));
    copy.SmallInt(change.ladder_no);
    copy.BigInt(change.version);
    if (change.from_tier.empty()) {
      copy.Null();
    } else {
      copy.Bytes(change.from_tier);
    }
    copy.Bytes(change.to_tier);
    copy.Bytes(change.computed_tier);
    copy.Int(change.score_milli);
    copy.Bytes(change.reason);
    copy.Int(change.model_version);
    copy.DateDays(change.as_of);
    copy.TimestampMicros(change.recorded_at);
    copy.Bytes(change.cause);
    copy.Bytes(change.inputs);
    copy.BigInt(place.sequence);
    copy.Bytes(place.hash);
  }

  const std::shared_ptr<Sessions> sessions_;
  Pool<PqConnection> bulk_;
};

}  // namespace

std::unique_ptr<RunStore> MakeRunStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo) {
  return std::make_unique<PostgresRunStore>(std::move(sessions), conninfo);
}

}  // namespace rung::storage::postgres
