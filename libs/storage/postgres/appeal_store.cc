#include "libs/storage/appeal_store.h"

#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

#define RUNG_MICROS(column) "coalesce((extract(epoch FROM " column ") * 1000000)::bigint, 0)"
#define RUNG_TIME(parameter) "(timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond')"
#define RUNG_DATE(parameter) "(date '1970-01-01' + " parameter "::int)"

constexpr char kSelect[] =
    "SELECT customer_id, appeal_id, external_id, ladder_no, version, tier_code, state, key_id, body, body_hash, author, " RUNG_MICROS("filed_at")
    ", due - date '1970-01-01', assignee, " RUNG_MICROS("updated_at") ", revision, " RUNG_MICROS("resolved_at")
    ", resolved_by, resolution_reason, event_id, correction_key_id, correction, tier_before, tier_after, "
    "coalesce((SELECT t.external_id FROM customer c JOIN customer t ON t.customer_id = c.merged_into "
    "WHERE c.customer_id = appeal.customer_id AND c.merged_into <> 0), '') FROM appeal ";
constexpr char kInsert[] =
    "INSERT INTO appeal (customer_id, appeal_id, external_id, ladder_no, version, tier_code, state, key_id, body, body_hash, author, filed_at, due, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, 'OPEN', $7, $8, $9, $10, " RUNG_TIME("$11") ", " RUNG_DATE("$12") ", " RUNG_TIME("$11") ") ON CONFLICT DO NOTHING";
constexpr char kUpdate[] =
    "UPDATE appeal SET state = $3, assignee = $4, updated_at = " RUNG_TIME("$5") ", resolved_at = " RUNG_TIME("nullif($6::bigint, 0)")
    ", resolved_by = $7, resolution_reason = $8, event_id = $9, correction_key_id = $10, correction = $11, tier_before = $12, tier_after = $13, "
    "revision = revision + 1 WHERE customer_id = $1 AND appeal_id = $2";
constexpr char kList[] =
    "WHERE state = ANY(string_to_array($1, ',')) AND ($2 = '' OR assignee = $2) AND (NOT $3::boolean OR assignee = '') AND (NOT $4::boolean OR customer_id = $5) "
    "AND ($6::int = 0 OR due < " RUNG_DATE("$6") ") ORDER BY due, filed_at, customer_id, appeal_id OFFSET $7 LIMIT $8";
constexpr char kSelectComments[] =
    "SELECT comment_id, author, key_id, body, body_hash, " RUNG_MICROS("created_at") " FROM appeal_comment WHERE customer_id = $1 AND appeal_id = $2 ";
constexpr char kInsertComment[] =
    "INSERT INTO appeal_comment (customer_id, appeal_id, comment_id, author, key_id, body, body_hash, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, " RUNG_TIME("$8") ")";

std::string Bytes(const pqxx::field& field) { return pqxx::binarystring(field).str(); }

AppealRow AppealOf(const pqxx::row& r) {
  AppealRow row;
  row.customer = CustomerNumber{r[0].as<int64_t>()};
  row.appeal_id = r[1].as<std::string>();
  row.external_id = r[2].as<std::string>();
  row.ladder_no = r[3].as<int16_t>();
  row.version = r[4].as<int64_t>();
  row.tier_code = r[5].as<std::string>();
  row.state = r[6].as<std::string>();
  row.body = {r[7].as<int16_t>(), Bytes(r[8])};
  row.body_hash = Bytes(r[9]);
  row.author = r[10].as<std::string>();
  row.filed_at = r[11].as<int64_t>();
  row.due = r[12].as<Day>();
  row.assignee = r[13].as<std::string>();
  row.updated_at = r[14].as<int64_t>();
  row.revision = r[15].as<int32_t>();
  row.resolved_at = r[16].as<int64_t>();
  row.resolved_by = r[17].as<std::string>();
  row.resolution_reason = r[18].as<std::string>();
  row.event_id = r[19].as<std::string>();
  row.correction = {r[20].as<int16_t>(), Bytes(r[21])};
  row.tier_before = r[22].as<std::string>();
  row.tier_after = r[23].as<std::string>();
  row.merged_into = r[24].as<std::string>();
  return row;
}

AppealCommentRow CommentOf(CustomerNumber customer, const std::string& appeal_id, const pqxx::row& r) {
  return {customer,          appeal_id, r[0].as<std::string>(), r[1].as<std::string>(), {r[2].as<int16_t>(), Bytes(r[3])}, Bytes(r[4]),
          r[5].as<int64_t>()};
}

class PostgresAppealStore final : public AppealStore {
 public:
  explicit PostgresAppealStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<AppealRow> File(const AppealRow& appeal, const AuditRow& entry, Deadline deadline) override {
    AppealRow filed;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      const auto customer = static_cast<int64_t>(appeal.customer);
      const auto inserted =
          work.exec_params(kInsert, customer, appeal.appeal_id, appeal.external_id, appeal.ladder_no, appeal.version, appeal.tier_code, appeal.body.key_id,
                           pqxx::binarystring(appeal.body.bytes), pqxx::binarystring(appeal.body_hash), appeal.author, appeal.filed_at, appeal.due);
      if (inserted.affected_rows() != 0) AppendAudit(work, {entry});
      auto stored = Read(work, appeal.customer, appeal.appeal_id, "");
      if (absl::IsNotFound(stored.status())) {
        return WithReason(AlreadyExistsError("another appeal against version {} isn't resolved yet; comment on that one", appeal.version), "APPEAL_PENDING");
      }
      RUNG_RETURN_IF_ERROR(stored.status());
      if (stored->body_hash != appeal.body_hash) {
        return WithReason(AlreadyExistsError("appeal \"{}\" of this customer exists with another content; choose another appeal_id", appeal.appeal_id),
                          "APPEAL_EXISTS");
      }
      filed = *std::move(stored);
      return absl::OkStatus();
    }));
    return filed;
  }

  absl::StatusOr<std::vector<AppealRow>> List(const AppealFilter& filter, int64_t offset, int limit, Deadline deadline) override {
    std::string states;
    for (const std::string& state : filter.states) states += (states.empty() ? "" : ",") + state;
    std::vector<AppealRow> appeals;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      appeals.clear();
      const int64_t customer = filter.customer ? static_cast<int64_t>(*filter.customer) : 0;
      for (const auto& row : work.exec_params(fmt::format("{}{}", kSelect, kList), states, filter.assignee, filter.unassigned, filter.customer.has_value(),
                                              customer, filter.due_before, offset, limit)) {
        appeals.push_back(AppealOf(row));
      }
      return absl::OkStatus();
    }));
    return appeals;
  }

  absl::StatusOr<AppealRow> Get(CustomerNumber customer, const std::string& appeal_id, Deadline deadline) override {
    AppealRow found;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(found, Read(work, customer, appeal_id, ""));
      return absl::OkStatus();
    }));
    return found;
  }

  absl::StatusOr<AppealRow> Update(CustomerNumber customer, const std::string& appeal_id, UnixMicros now, const Change& change, Deadline deadline) override {
    AppealRow row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(row, Read(work, customer, appeal_id, " FOR UPDATE"));
      RUNG_ASSIGN_OR_RETURN(const std::optional<AuditRow> entry, change(row));
      if (!entry) return absl::OkStatus();
      work.exec_params(kUpdate, static_cast<int64_t>(customer), appeal_id, row.state, row.assignee, now, row.resolved_at, row.resolved_by,
                       row.resolution_reason, row.event_id, row.correction.key_id, pqxx::binarystring(row.correction.bytes), row.tier_before, row.tier_after);
      row.updated_at = now;
      ++row.revision;
      AppendAudit(work, {*entry});
      return absl::OkStatus();
    }));
    return row;
  }

  absl::StatusOr<AppealCommentRow> Comment(const AppealCommentRow& comment, int most, const AuditRow& entry, Deadline deadline) override {
    AppealCommentRow stored = comment;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      // The appeal's lock makes comments come one after the other.
      RUNG_RETURN_IF_ERROR(Read(work, comment.customer, comment.appeal_id, " FOR UPDATE").status());
      const auto customer = static_cast<int64_t>(comment.customer);
      const auto known = work.exec_params(fmt::format("{}AND comment_id = $3", kSelectComments), customer, comment.appeal_id, comment.comment_id);
      if (!known.empty()) {
        stored = CommentOf(comment.customer, comment.appeal_id, known[0]);
        if (stored.body_hash == comment.body_hash) return absl::OkStatus();
        return WithReason(AlreadyExistsError("comment \"{}\" exists with another content; choose another comment_id", comment.comment_id), "COMMENT_EXISTS");
      }
      const auto count = work.exec_params("SELECT count(*) FROM appeal_comment WHERE customer_id = $1 AND appeal_id = $2", customer, comment.appeal_id);
      if (count[0][0].as<int64_t>() >= most) {
        return WithReason(ResourceExhaustedError("the appeal has {} comments; that is the most", most), "TOO_MANY_COMMENTS");
      }
      work.exec_params(kInsertComment, customer, comment.appeal_id, comment.comment_id, comment.author, comment.body.key_id,
                       pqxx::binarystring(comment.body.bytes), pqxx::binarystring(comment.body_hash), comment.created_at);
      AppendAudit(work, {entry});
      return absl::OkStatus();
    }));
    return stored;
  }

  absl::StatusOr<std::vector<AppealCommentRow>> Comments(CustomerNumber customer, const std::string& appeal_id, Deadline deadline) override {
    std::vector<AppealCommentRow> comments;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      comments.clear();
      for (const auto& row : work.exec_params(fmt::format("{}ORDER BY created_at, comment_id", kSelectComments), static_cast<int64_t>(customer), appeal_id)) {
        comments.push_back(CommentOf(customer, appeal_id, row));
      }
      return absl::OkStatus();
    }));
    return comments;
  }

 private:
  static absl::StatusOr<AppealRow> Read(pqxx::work& work, CustomerNumber customer, const std::string& appeal_id, const std::string& lock) {
    const auto rows = work.exec_params(fmt::format("{}WHERE customer_id = $1 AND appeal_id = $2{}", kSelect, lock), static_cast<int64_t>(customer), appeal_id);
    if (rows.empty()) return WithReason(NotFoundError("the customer has no appeal \"{}\"", appeal_id), "APPEAL_UNKNOWN");
    return AppealOf(rows[0]);
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<AppealStore> MakeAppealStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresAppealStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
