#include "libs/storage/abuse_store.h"

#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

#define RUNG_MICROS(column) "coalesce((extract(epoch FROM " column ") * 1000000)::bigint, 0)"
#define RUNG_TIME(parameter) "(timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond')"
#define RUNG_DAY(column) "coalesce(" column " - date '1970-01-01', 0)"
#define RUNG_DATE(parameter) "(date '1970-01-01' + " parameter "::int)"
#define RUNG_HOLDS "(c.frozen AND (c.state = 'OPEN' OR c.frozen_until > " RUNG_DATE("$1") "))"  // whether case c freezes on day $1

constexpr int kAgainFromMilli = 10'000;  // a cleared customer has to look worse than that to come back

constexpr char kShared[] =
    "SELECT customer_id::text, kind::text, encode(blind_index, 'hex') FROM customer_match JOIN "
    "(SELECT kind, blind_index FROM customer_match GROUP BY kind, blind_index HAVING count(*) > 1) s USING (kind, blind_index) "
    "ORDER BY kind, blind_index";
constexpr char kCaseColumns[] =
    "SELECT customer_id, external_id, case_no, state, frozen, score_milli, " RUNG_DAY("as_of") ", signals, " RUNG_MICROS("opened_at") ", "
    RUNG_MICROS("updated_at") ", revision, " RUNG_MICROS("decided_at") ", decided_by, decision_reason, " RUNG_DAY("frozen_until")
    " FROM abuse_case ";
constexpr char kRefresh[] =
    "UPDATE abuse_case SET score_milli = $2, frozen = frozen OR $3, signals = $4, as_of = " RUNG_DATE("$5") ", updated_at = " RUNG_TIME("$6")
    ", revision = revision + 1 WHERE customer_id = $1 AND state = 'OPEN'";
// The newest case decides whether another one is opened.
constexpr char kOpen[] =
    "INSERT INTO abuse_case (customer_id, case_no, external_id, state, frozen, score_milli, as_of, signals, opened_at, updated_at) "
    "SELECT $1::bigint, coalesce(max(case_no), 0) + 1, $2::text, 'OPEN', $3::boolean, $4::int, " RUNG_DATE("$5") ", $6::bytea, " RUNG_TIME("$7") ", " RUNG_TIME("$7")
    " FROM abuse_case WHERE customer_id = $1 HAVING NOT coalesce(bool_or("
    "case_no = (SELECT max(case_no) FROM abuse_case WHERE customer_id = $1) AND ("
    "(state = 'CLEARED' AND as_of > " RUNG_DATE("$5") " - $8::int AND score_milli + $9::int > $4::int) OR "
    "(state = 'CONFIRMED' AND frozen_until > " RUNG_DATE("$5") "))), false)";
// A case's freeze, whether the standings carry it, and whether another case of the same account holds them.
constexpr char kPending[] =
    "SELECT p.customer_id, p.case_no, p.revision, p.wanted, a.external_id, EXISTS (SELECT FROM customer m JOIN abuse_case c USING (customer_id) "
    "WHERE (m.customer_id = a.customer_id OR (m.merged_into = a.customer_id AND m.merged_into <> 0)) AND " RUNG_HOLDS ") "
    "FROM (SELECT c.*, " RUNG_HOLDS " AS wanted FROM abuse_case c WHERE (c.frozen OR c.flag_set) AND " RUNG_HOLDS " <> c.flag_set "
    "ORDER BY c.customer_id, c.case_no LIMIT $2) p JOIN customer o ON o.customer_id = p.customer_id "
    "JOIN customer a ON a.customer_id = CASE o.merged_into WHEN 0 THEN o.customer_id ELSE o.merged_into END";
constexpr char kTakeScan[] =
    "INSERT INTO abuse_scan (as_of, state, author, started_at, lease_until) SELECT " RUNG_DATE("$1") ", 'RUNNING', $2, " RUNG_TIME("$3")
    ", clock_timestamp() + $4::int * interval '1 second' WHERE NOT EXISTS (SELECT FROM abuse_scan WHERE state = 'RUNNING') RETURNING scan_id";

AbuseCaseRow CaseOf(const pqxx::row& r) {
  AbuseCaseRow row;
  row.customer = CustomerNumber{r[0].as<int64_t>()};
  row.external_id = r[1].as<std::string>();
  row.case_no = r[2].as<int32_t>();
  row.state = r[3].as<std::string>();
  row.frozen = r[4].as<bool>();
  row.score_milli = r[5].as<int32_t>();
  row.as_of = r[6].as<Day>();
  row.signals = pqxx::binarystring(r[7]).str();
  row.opened_at = r[8].as<int64_t>();
  row.updated_at = r[9].as<int64_t>();
  row.revision = r[10].as<int32_t>();
  row.decided_at = r[11].as<int64_t>();
  row.decided_by = r[12].as<std::string>();
  row.decision_reason = r[13].as<std::string>();
  row.frozen_until = r[14].as<Day>();
  return row;
}

absl::Status CaseUnknown(int32_t case_no) {
  return WithReason(case_no == 0 ? NotFoundError("the customer has no case") : NotFoundError("the customer has no case {}", case_no),
                    "ABUSE_CASE_UNKNOWN");
}

std::string Unhex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto digit = [&](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    bytes.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return bytes;
}

class PostgresAbuseStore final : public AbuseStore {
 public:
  explicit PostgresAbuseStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::Status ScanShared(const std::function<absl::Status(const MatchRow&)>& visit) override {
    return sessions_->Transact(Deadline::After(3'600'000), [&](pqxx::work& work) -> absl::Status {
      // A cursor: the values of a large base needn't stand in memory.
      work.exec0(fmt::format("DECLARE shared NO SCROLL CURSOR FOR {}", kShared));
      for (;;) {
        const auto rows = work.exec("FETCH 10000 FROM shared");
        if (rows.empty()) return absl::OkStatus();
        for (const auto& row : rows) {
          RUNG_RETURN_IF_ERROR(visit({CustomerNumber{row[0].as<int64_t>()}, row[1].as<int16_t>(), Unhex(row[2].as<std::string>())}));
        }
      }
    });
  }

  absl::StatusOr<ScanRow> BeginScan(Day as_of, const std::string& author, int lease_seconds, UnixMicros now, Deadline deadline) override {
    ScanRow scan{.as_of = as_of, .state = "RUNNING", .author = author};
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      work.exec("SELECT pg_advisory_xact_lock(hashtext('rung abuse scan'))");
      work.exec("UPDATE abuse_scan SET state = 'FAILED', message = 'its process went away' WHERE state = 'RUNNING' AND lease_until < clock_timestamp()");
      if (author == "batch") {
        const auto done = work.exec_params("SELECT FROM abuse_scan WHERE author = 'batch' AND state = 'DONE' AND as_of >= " RUNG_DATE("$1") " LIMIT 1", as_of);
        if (!done.empty()) return WithReason(FailedPreconditionError("the batch's scan as of {} is done", FormatDay(as_of)), "ABUSE_SCAN_DONE");
      }
      const auto taken = work.exec_params(kTakeScan, as_of, author, now, lease_seconds);
      if (taken.empty()) return WithReason(FailedPreconditionError("a scan is running already; wait for its end"), "ABUSE_SCAN_RUNNING");
      scan.scan_id = taken[0][0].as<int64_t>();
      return absl::OkStatus();
    }));
    return scan;
  }

  absl::Status EndScan(const ScanRow& scan, UnixMicros now, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) {
      work.exec_params("UPDATE abuse_scan SET state = $2, customers = $3, listed = $4, frozen = $5, opened = $6, groups = $7, message = $8, ended_at = "
                       RUNG_TIME("$9") " WHERE scan_id = $1 AND state = 'RUNNING'", scan.scan_id, scan.state, scan.customers, scan.listed,
                       scan.frozen, scan.opened, scan.groups, scan.message, now);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<int64_t> RecordSuspects(const std::vector<SuspectRow>& suspects, Day as_of, int quiet_days, UnixMicros now,
                                         Deadline deadline) override {
    int64_t opened = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      opened = 0;
      for (const SuspectRow& suspect : suspects) {
        const auto customer = static_cast<int64_t>(suspect.customer);
        const pqxx::binarystring signals(suspect.signals);
        const auto refreshed = work.exec_params(kRefresh, customer, suspect.score_milli, suspect.freeze, signals, as_of, now);
        if (refreshed.affected_rows() != 0) continue;
        opened += static_cast<int64_t>(work.exec_params(kOpen, customer, suspect.external_id, suspect.freeze, suspect.score_milli, as_of,
                                                        signals, now, quiet_days, kAgainFromMilli).affected_rows());
      }
      return absl::OkStatus();
    }));
    return opened;
  }

  absl::StatusOr<std::vector<AbuseCaseRow>> List(const std::string& state, int64_t offset, int limit, Deadline deadline) override {
    std::vector<AbuseCaseRow> cases;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      cases.clear();
      for (const auto& row : work.exec_params(fmt::format("{}WHERE state = $1 ORDER BY score_milli DESC, customer_id, case_no OFFSET $2 LIMIT $3", kCaseColumns),
                                              state, offset, limit)) {
        cases.push_back(CaseOf(row));
      }
      return absl::OkStatus();
    }));
    return cases;
  }

  absl::StatusOr<AbuseCaseRow> Get(CustomerNumber customer, int32_t case_no, Deadline deadline) override {
    AbuseCaseRow found;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(found, Read(work, customer, case_no, ""));
      return absl::OkStatus();
    }));
    return found;
  }

  absl::StatusOr<AbuseCaseRow> Review(const AbuseReview& review, Deadline deadline) override {
    AbuseCaseRow reviewed;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(reviewed, Read(work, review.customer, review.case_no, " FOR UPDATE"));
      if (reviewed.state != "OPEN") {
        const bool same = reviewed.state == review.verdict && reviewed.decided_by == review.author && reviewed.decision_reason == review.reason;
        if (same) return absl::OkStatus();
        return WithReason(FailedPreconditionError("case {} was decided by \"{}\" already: {}", review.case_no, reviewed.decided_by, reviewed.state),
                          "ABUSE_CASE_DECIDED");
      }
      if (reviewed.revision != review.revision) {
        return WithReason(AbortedError("case {} has changed since it was read: read it again", review.case_no), "ETAG_MISMATCH",
                          {{"current_etag", std::to_string(reviewed.revision)}});
      }
      return Decide(work, review, reviewed);
    }));
    return reviewed;
  }

  absl::Status RenewFreezes(Day today, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) {
      work.exec_params("UPDATE abuse_case c SET flag_set = false WHERE c.flag_set AND " RUNG_HOLDS, today);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<PendingFreeze>> Pending(Day today, int limit, Deadline deadline) override {
    std::vector<PendingFreeze> pending;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      pending.clear();
      for (const auto& row : work.exec_params(kPending, today, limit)) {
        pending.push_back({CustomerNumber{row[0].as<int64_t>()}, row[1].as<int32_t>(), row[2].as<int32_t>(), row[3].as<bool>(), row[4].as<std::string>(),
                           row[5].as<bool>()});
      }
      return absl::OkStatus();
    }));
    return pending;
  }

  absl::Status MarkApplied(const std::vector<PendingFreeze>& applied, Deadline deadline) override {
    return sessions_->Transact(deadline, [&](pqxx::work& work) {
      for (const PendingFreeze& item : applied) {
        work.exec_params("UPDATE abuse_case SET flag_set = $4 WHERE customer_id = $1 AND case_no = $2 AND revision = $3", static_cast<int64_t>(item.customer),
                         item.case_no, item.revision, item.freeze);
      }
      return absl::OkStatus();
    });
  }

 private:
  static absl::StatusOr<AbuseCaseRow> Read(pqxx::work& work, CustomerNumber customer, int32_t case_no, const std::string& lock) {
    const auto rows = work.exec_params(fmt::format("{}WHERE customer_id = $1 AND ($2 = 0 OR case_no = $2) ORDER BY case_no DESC LIMIT 1{}", kCaseColumns, lock),
                                       static_cast<int64_t>(customer), case_no);
    if (rows.empty()) return CaseUnknown(case_no);
    return CaseOf(rows[0]);
  }

  static absl::Status Decide(pqxx::work& work, const AbuseReview& review, AbuseCaseRow& row) {
    const bool confirmed = review.verdict == "CONFIRMED";
    work.exec_params("UPDATE abuse_case SET state = $3, frozen = $4, decided_at = " RUNG_TIME("$5") ", updated_at = " RUNG_TIME("$5")
                     ", decided_by = $6, decision_reason = $7, frozen_until = CASE WHEN $4 THEN " RUNG_DATE("$8") " END, revision = revision + 1 "
                     "WHERE customer_id = $1 AND case_no = $2", static_cast<int64_t>(review.customer), review.case_no, review.verdict, confirmed,
                     review.now, review.author, review.reason, review.frozen_until);
    AuditRow entry;
    entry.customer = review.customer;
    entry.chain = ChainOf(review.customer);
    entry.recorded_at = review.now;
    entry.actor = review.author;
    entry.action = "REVIEW_ABUSE";
    entry.subject = fmt::format("abuse/{}/{}", row.external_id, review.case_no);
    entry.reason = review.reason;
    entry.before = fmt::format(R"({{"state":"OPEN","frozen":{},"score_milli":{}}})", row.frozen, row.score_milli);
    entry.after = fmt::format(R"({{"state":"{}","frozen_until":"{}"}})", review.verdict, confirmed ? FormatDay(review.frozen_until) : "");
    AppendAudit(work, {entry});
    RUNG_ASSIGN_OR_RETURN(row, Read(work, review.customer, review.case_no, ""));
    return absl::OkStatus();
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<AbuseStore> MakeAbuseStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresAbuseStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
