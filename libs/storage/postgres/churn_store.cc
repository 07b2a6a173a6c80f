#include "libs/storage/churn_store.h"

#include <fmt/ranges.h>

#include <cstring>

#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"
#include "libs/storage/postgres/retention_actions.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

#define RUNG_TIME(parameter) "(timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond')"
#define RUNG_DATE(parameter) "(date '1970-01-01' + " parameter "::int)"

constexpr char kScanColumns[] =
    "SELECT scan_id, as_of - date '1970-01-01', fit_version, policy_version, ladder_no, value_kind, state, author, customers, watch, high, lost, "
    "actions, message, coalesce((extract(epoch FROM ended_at) * 1000000)::bigint, 0), measure FROM churn_scan ";
constexpr char kTakeScan[] =
    "INSERT INTO churn_scan (as_of, fit_version, policy_version, ladder_no, value_kind, state, author, started_at, lease_until, measure) "
    "SELECT " RUNG_DATE("$1") ", $2::int, $3::int, $4::smallint, $5::smallint, 'RUNNING', $6::text, " RUNG_TIME("$7") ", clock_timestamp() + $8::int * interval '1 second', $9::smallint "
    "WHERE NOT EXISTS (SELECT FROM churn_scan WHERE state = 'RUNNING') RETURNING scan_id";
constexpr char kForget[] =
    "DELETE FROM churn_watch WHERE scan_id NOT IN (SELECT scan_id FROM churn_scan WHERE state = 'DONE' ORDER BY scan_id DESC LIMIT 2)";

ChurnScanRow ScanOf(const pqxx::row& r) {
  ChurnScanRow scan;
  scan.scan_id = r[0].as<int64_t>();
  scan.as_of = r[1].as<Day>();
  scan.fit_version = r[2].as<int32_t>();
  scan.policy_version = r[3].as<int32_t>();
  scan.ladder_no = r[4].as<int16_t>();
  scan.value_kind = r[5].as<int16_t>();
  scan.state = r[6].as<std::string>();
  scan.author = r[7].as<std::string>();
  scan.customers = r[8].as<int64_t>();
  scan.watch = r[9].as<int64_t>();
  scan.high = r[10].as<int64_t>();
  scan.lost = r[11].as<int64_t>();
  scan.actions = r[12].as<int64_t>();
  scan.message = r[13].as<std::string>();
  scan.ended_at = r[14].as<int64_t>();
  scan.measure = r[15].as<int16_t>();
  return scan;
}

void Write(const WatchRow& row, int64_t scan_id, CopyWriter& out) {
  const auto real = [&out](double value) {
    int64_t bits = 0;
    static_assert(sizeof bits == sizeof value);
    std::memcpy(&bits, &value, sizeof bits);
    out.BigInt(bits);  // binary float8 is the same eight bytes
  };
  out.StartRow(16);
  out.BigInt(static_cast<int64_t>(row.customer));
  out.BigInt(scan_id);
  out.BigInt(row.place);
  out.Bytes(row.external_id);
  out.SmallInt(row.risk);
  out.SmallInt(row.tier);
  out.Int(row.region);
  out.Int(row.account_manager);
  real(row.p_alive);
  out.Int(row.days_silent);
  out.BigInt(row.repeats);
  real(row.own_gap_days);
  real(row.base_gap_days);
  out.BigInt(row.value);
  out.BigInt(row.at_risk);
  if (row.ltv) {
    out.BigInt(*row.ltv);
  } else {
    out.Null();
  }
}

WatchRow WatchOf(const pqxx::row& r) {
  WatchRow row;
  row.customer = CustomerNumber{r[0].as<int64_t>()};
  row.place = r[1].as<int64_t>();
  row.external_id = r[2].as<std::string>();
  row.risk = r[3].as<int16_t>();
  row.tier = r[4].as<int16_t>();
  row.region = r[5].as<int32_t>();
  row.account_manager = r[6].as<int32_t>();
  row.p_alive = r[7].as<double>();
  row.days_silent = r[8].as<int32_t>();
  row.repeats = r[9].as<int64_t>();
  row.own_gap_days = r[10].as<double>();
  row.base_gap_days = r[11].as<double>();
  row.value = r[12].as<int64_t>();
  row.at_risk = r[13].as<int64_t>();
  if (!r[14].is_null()) row.ltv = r[14].as<int64_t>();
  return row;
}

// Lists of one value are equalities to the planner: their rows come in the order of the index.
std::string ListQuery(int64_t scan_id, const WatchFilter& filter, int64_t after, int limit) {
  std::string sql = fmt::format(
      "SELECT customer_id, place, external_id, risk, tier, region, account_manager, p_alive, days_silent, repeats, own_gap_days, base_gap_days, "
      "value, at_risk, ltv FROM churn_watch WHERE scan_id = {} AND place > {}", scan_id, after);
  const auto among = [&sql](const char* column, const std::vector<int32_t>& values) {
    if (!values.empty()) sql += fmt::format(" AND {} IN ({})", column, fmt::join(values, ", "));
  };
  among("risk", filter.risks);
  among("tier", filter.tiers);
  among("region", filter.regions);
  among("account_manager", filter.account_managers);
  return sql + fmt::format(" ORDER BY place LIMIT {}", limit);
}

class PostgresChurnStore final : public ChurnStore {
 public:
  PostgresChurnStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo)
      : sessions_(std::move(sessions)), bulk_(1, [conninfo] { return PqConnection::Open(conninfo, fmt::format("{}; SET statement_timeout = 600000", kActAsService)); }) {}

  absl::StatusOr<ChurnScanRow> BeginScan(const ChurnScanRow& wanted, int lease_seconds, UnixMicros now, Deadline deadline) override {
    ChurnScanRow scan = wanted;
    scan.state = "RUNNING";
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      work.exec("SELECT pg_advisory_xact_lock(hashtext('rung churn scan'))");
      work.exec("UPDATE churn_scan SET state = 'FAILED', message = 'its process went away' WHERE state = 'RUNNING' AND lease_until < clock_timestamp()");
      if (scan.author == "batch") {
        const auto done = work.exec_params("SELECT FROM churn_scan WHERE state = 'DONE' AND as_of >= " RUNG_DATE("$1") " AND fit_version >= $2 LIMIT 1",
                                           scan.as_of, scan.fit_version);
        if (!done.empty()) return WithReason(FailedPreconditionError("the list as of {} is there", FormatDay(scan.as_of)), "CHURN_SCAN_DONE");
      }
      const auto taken = work.exec_params(kTakeScan, scan.as_of, scan.fit_version, scan.policy_version, scan.ladder_no, scan.value_kind, scan.author,
                                          now, lease_seconds, scan.measure);
      if (taken.empty()) return WithReason(FailedPreconditionError("a scan for churn is running already; wait for its end"), "CHURN_SCAN_RUNNING");
      scan.scan_id = taken[0][0].as<int64_t>();
      return absl::OkStatus();
    }));
    return scan;
  }

  absl::Status WriteList(int64_t scan_id, const std::vector<WatchRow>& rows) override {
    RUNG_ASSIGN_OR_RETURN(auto lease, bulk_.Take(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(lease->Command(kForget));
    return lease->CopyIn(
        "COPY churn_watch (customer_id, scan_id, place, external_id, risk, tier, region, account_manager, p_alive, days_silent, repeats, own_gap_days, "
        "base_gap_days, value, at_risk, ltv) FROM STDIN (FORMAT binary)",
        [&](CopyWriter& out) {
          for (const WatchRow& row : rows) Write(row, scan_id, out);
          return absl::OkStatus();
        });
  }

  absl::Status EndScan(const ChurnScanRow& scan, UnixMicros now, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      const auto ended = work.exec_params(
          "UPDATE churn_scan SET state = $2, customers = $3, watch = $4, high = $5, lost = $6, actions = $7, message = $8, ended_at = " RUNG_TIME("$9")
          " WHERE scan_id = $1 AND state = 'RUNNING'",
          scan.scan_id, scan.state, scan.customers, scan.watch, scan.high, scan.lost, scan.actions, scan.message, now);
      if (ended.affected_rows() == 0) return WithReason(AbortedError("another process has taken over from scan {}", scan.scan_id), "FENCED");
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<ChurnScanRow>> Lists(Deadline deadline) override {
    std::vector<ChurnScanRow> scans;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      scans.clear();
      for (const auto& row : work.exec(fmt::format("{}WHERE state = 'DONE' ORDER BY scan_id DESC LIMIT 2", kScanColumns))) scans.push_back(ScanOf(row));
      return absl::OkStatus();
    }));
    return scans;
  }

  absl::StatusOr<std::vector<WatchRow>> List(int64_t scan_id, const WatchFilter& filter, int64_t after, int limit, Deadline deadline) override {
    std::vector<WatchRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : work.exec(ListQuery(scan_id, filter, after, limit))) rows.push_back(WatchOf(row));
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<std::vector<RecentAction>> Recent(Day since, Deadline deadline) override {
    return Read<RecentAction>(deadline, [since](pqxx::work& work) { return RecentActions(work, since); });
  }
  absl::StatusOr<int64_t> Plan(const std::vector<RetentionActionRow>& actions, const std::vector<ActionLimit>& limits, const std::string& author,
                               Deadline deadline) override {
    int64_t planned = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      planned = PlanActions(work, actions, limits, author);
      return absl::OkStatus();
    }));
    return planned;
  }
  absl::StatusOr<std::vector<RetentionActionRow>> Waiting(int limit, Deadline deadline) override {
    return Read<RetentionActionRow>(deadline, [limit](pqxx::work& work) { return WaitingActions(work, limit); });
  }
  absl::Status End(const RetentionActionRow& ended, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) {
      EndAction(work, ended);
      return absl::OkStatus();
    });
  }
  absl::StatusOr<RetentionActionRow> CloseTask(const TaskClosing& closing, Deadline deadline) override {
    RetentionActionRow closed;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(closed, CloseOpenTask(work, closing));
      return absl::OkStatus();
    }));
    return closed;
  }
  absl::StatusOr<std::vector<RetentionActionRow>> Actions(const ActionFilter& filter, int64_t before, int limit, Deadline deadline) override {
    return Read<RetentionActionRow>(deadline, [&](pqxx::work& work) { return FindActions(work, filter, before, limit); });
  }

 private:
  template <typename Row, typename Query>
  absl::StatusOr<std::vector<Row>> Read(Deadline deadline, const Query& query) {
    std::vector<Row> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows = query(work);
      return absl::OkStatus();
    }));
    return rows;
  }

  const std::shared_ptr<Sessions> sessions_;
  Pool<PqConnection> bulk_;
};

}  // namespace

std::unique_ptr<ChurnStore> MakeChurnStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo) {
  return std::make_unique<PostgresChurnStore>(std::move(sessions), conninfo);
}

}  // namespace rung::storage::postgres
