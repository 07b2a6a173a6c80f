#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/sealing/chain.h"
#include "libs/storage/config_store.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/ladder_rows.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kModelKind[] = "model";
constexpr int kMaxDrafts = 1000;

// Columns of micros; times go in as micros, too.
#define RUNG_MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"
#define RUNG_TIME(parameter) "timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond'"

// Lists leave the bodies where they are: a price book has tens of megabytes.
#define RUNG_VERSION_COLUMNS(body) \
  "SELECT kind, document_id, version, " body ", etag, author, approver, note, restored_version, " RUNG_MICROS("published_at") " FROM config_version "
#define RUNG_DRAFT_COLUMNS(body) \
  "SELECT kind, document_id, " body ", etag, base_version, author, " RUNG_MICROS("updated_at") " FROM config_draft "
#define RUNG_SCHEDULE_COLUMNS(body)                                                                                          \
  "SELECT schedule_id, kind, document_id, " body ", base_version, author, approver, note, " RUNG_MICROS("publish_at")        \
  ", state, version, message FROM config_schedule "
constexpr char kVersionColumns[] = RUNG_VERSION_COLUMNS("body");
constexpr char kVersionHeads[] = RUNG_VERSION_COLUMNS("''");
constexpr char kDraftColumns[] = RUNG_DRAFT_COLUMNS("body");
constexpr char kDraftHeads[] = RUNG_DRAFT_COLUMNS("''");
constexpr char kScheduleColumns[] = RUNG_SCHEDULE_COLUMNS("body");
constexpr char kScheduleHeads[] = RUNG_SCHEDULE_COLUMNS("''");
constexpr char kOfCurrent[] =
    "v WHERE kind = $1 AND version = (SELECT max(version) FROM config_version m WHERE m.kind = v.kind AND m.document_id = v.document_id) "
    "ORDER BY document_id";

VersionRow VersionOf(const pqxx::row& r) {
  return {{r[0].as<std::string>(), r[1].as<std::string>()}, r[2].as<int32_t>(), r[3].as<std::string>(), r[4].as<std::string>(),
          r[5].as<std::string>(), r[6].as<std::string>(), r[7].as<std::string>(), r[8].as<int32_t>(), r[9].as<int64_t>()};
}
DraftRow DraftOf(const pqxx::row& r) {
  return {{r[0].as<std::string>(), r[1].as<std::string>()}, r[2].as<std::string>(), r[3].as<std::string>(), r[4].as<int32_t>(),
          r[5].as<std::string>(), r[6].as<int64_t>(), {}};
}
ScheduleRow ScheduleOf(const pqxx::row& r) {
  return {r[0].as<int64_t>(), {r[1].as<std::string>(), r[2].as<std::string>()}, r[3].as<std::string>(), r[4].as<int32_t>(),
          r[5].as<std::string>(), r[6].as<std::string>(), r[7].as<std::string>(), r[8].as<int64_t>(), r[9].as<std::string>(),
          r[10].as<int32_t>(), r[11].as<std::string>()};
}

std::string SubjectOf(const DocumentKey& key) { return key.kind + "/" + key.document_id; }

// Enough to prove which bytes were meant, without keeping them twice.
std::string Summary(int32_t version, std::string_view etag, std::string_view body) {
  return fmt::format(R"({{"version":{},"etag":"{}","body_sha256":"{}"}})", version, etag, sealing::HexHash(body));
}

AuditRow EntryOf(const DocumentKey& key, UnixMicros now, std::string actor, std::string action, std::string reason) {
  AuditRow entry;
  entry.recorded_at = now;
  entry.actor = std::move(actor);
  entry.action = std::move(action);
  entry.subject = SubjectOf(key);
  entry.reason = std::move(reason);
  return entry;
}

absl::Status DraftUnknown(const DocumentKey& key) {
  return WithReason(NotFoundError("there is no draft of {} \"{}\"", key.kind, Shorten(key.document_id, 80)), "DRAFT_UNKNOWN");
}
absl::Status EtagMismatch(const DocumentKey& key, std::string_view what, const std::string& current, const std::string& expected) {
  return WithReason(AbortedError("{} of {} \"{}\" has etag \"{}\" now, not \"{}\": read it again and redo the change", what, key.kind,
                                 Shorten(key.document_id, 80), current, Shorten(expected, 80)),
                    "ETAG_MISMATCH", {{"current_etag", current}});
}
absl::Status BaseMoved(const DocumentKey& key, int32_t current, int32_t base) {
  return WithReason(AbortedError("{} \"{}\" has version {} now; the draft was begun on version {}: look at what changed and save it again",
                                 key.kind, Shorten(key.document_id, 80), current, base),
                    "BASE_MOVED", {{"current_version", std::to_string(current)}});
}

class PostgresConfigStore final : public ConfigStore {
 public:
  explicit PostgresConfigStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<DraftRow> SaveDraft(const DraftRow& draft, const std::string& expected_etag, Deadline deadline) override {
    return Write<DraftRow>(deadline, [&](pqxx::work& work) -> absl::StatusOr<DraftRow> {
      const auto known = work.exec_params("SELECT etag FROM config_draft WHERE kind = $1 AND document_id = $2", draft.key.kind, draft.key.document_id);
      const std::string current = known.empty() ? "" : known[0][0].as<std::string>();
      if (current != expected_etag) return EtagMismatch(draft.key, "the draft", current, expected_etag);
      if (known.empty() && work.exec1("SELECT count(*) FROM config_draft")[0].as<int>() >= kMaxDrafts) {
        return WithReason(ResourceExhaustedError("{} drafts exist; delete one", kMaxDrafts), "TOO_MANY_DRAFTS");
      }
      const int32_t base = CurrentVersion(work, draft.key);
      const std::string etag = fmt::format("{}-draft-{}", draft.key.document_id, work.exec1("SELECT nextval('config_draft_revision')")[0].as<int64_t>());
      work.exec_params("DELETE FROM config_draft WHERE kind = $1 AND document_id = $2", draft.key.kind, draft.key.document_id);
      work.exec_params("INSERT INTO config_draft VALUES ($1, $2, $3, $4, $5, $6, " RUNG_TIME("$7") ")", draft.key.kind, draft.key.document_id,
                       draft.body_json, etag, base, draft.author, draft.updated_at);
      AuditRow entry = EntryOf(draft.key, draft.updated_at, draft.author, "SAVE_DRAFT", "");
      entry.after = Summary(base, etag, draft.body_json);
      AppendAudit(work, {entry});
      return ReadDraft(work, draft.key);
    });
  }

  absl::StatusOr<DraftRow> GetDraft(const DocumentKey& key, const std::optional<std::string>& etag, Deadline deadline) override {
    return Read<DraftRow>(deadline, [&](pqxx::work& work) { return etag ? CheckedDraft(work, key, *etag) : ReadDraft(work, key); });
  }

  absl::StatusOr<std::vector<DraftRow>> ListDrafts(const std::string& kind, Deadline deadline) override {
    return Read<std::vector<DraftRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::vector<DraftRow>> {
      std::vector<DraftRow> drafts;
      for (const auto& row : work.exec_params(std::string(kDraftHeads) + "WHERE $1 = '' OR kind = $1 ORDER BY kind, document_id", kind)) {
        drafts.push_back(DraftOf(row));
        drafts.back().approvals = ReadApprovals(work, drafts.back().key);
      }
      return drafts;
    });
  }

  absl::Status DeleteDraft(const DocumentKey& key, const std::string& etag, const std::string& author, UnixMicros now,
                           Deadline deadline) override {
    return Write<DraftRow>(deadline, [&](pqxx::work& work) -> absl::StatusOr<DraftRow> {
             RUNG_ASSIGN_OR_RETURN(DraftRow draft, CheckedDraft(work, key, etag));
             work.exec_params("DELETE FROM config_draft WHERE kind = $1 AND document_id = $2", key.kind, key.document_id);
             AuditRow entry = EntryOf(key, now, author, "DELETE_DRAFT", "");
             entry.before = Summary(draft.base_version, draft.etag, draft.body_json);
             AppendAudit(work, {entry});
             return draft;
           }).status();
  }

  absl::StatusOr<DraftRow> Approve(const DocumentKey& key, const std::string& etag, const ApprovalRow& approval, Deadline deadline) override {
    return Write<DraftRow>(deadline, [&](pqxx::work& work) -> absl::StatusOr<DraftRow> {
      RUNG_ASSIGN_OR_RETURN(const DraftRow draft, CheckedDraft(work, key, etag));
      work.exec_params(
          "INSERT INTO config_approval VALUES ($1, $2, $3, $4, " RUNG_TIME("$5") ") "
          "ON CONFLICT (kind, document_id, author) DO UPDATE SET note = excluded.note, approved_at = excluded.approved_at",
          key.kind, key.document_id, approval.author, approval.note, approval.approved_at);
      AuditRow entry = EntryOf(key, approval.approved_at, approval.author, "APPROVE", approval.note);
      entry.after = Summary(draft.base_version, draft.etag, draft.body_json);
      AppendAudit(work, {entry});
      return ReadDraft(work, key);
    });
  }

  absl::StatusOr<std::optional<VersionRow>> Replay(const DocumentKey& key, const WriteId& write, Deadline deadline) override {
    return Read<std::optional<VersionRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::optional<VersionRow>> {
      RUNG_ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(work, write));
      if (!answer) return std::nullopt;
      return ReadVersion(work, key, static_cast<int32_t>(*answer));
    });
  }

  absl::StatusOr<std::optional<ScheduleRow>> ReplaySchedule(const WriteId& write, Deadline deadline) override {
    return Read<std::optional<ScheduleRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::optional<ScheduleRow>> {
      RUNG_ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(work, write));
      if (!answer) return std::nullopt;
      return ReadSchedule(work, *answer);
    });
  }

  absl::StatusOr<VersionRow> Publish(const PublishRow& publish, Deadline deadline) override {
    return Write<VersionRow>(deadline, [&](pqxx::work& work) { return PublishWithin(work, publish); });
  }

  absl::StatusOr<ScheduleRow> Schedule(const ScheduleRow& schedule, const std::string& draft_etag, const WriteId& write, UnixMicros now,
                                       Deadline deadline) override {
    return Write<ScheduleRow>(deadline, [&](pqxx::work& work) -> absl::StatusOr<ScheduleRow> {
      RUNG_ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(work, write));
      if (answer) return ReadSchedule(work, *answer);
      RUNG_ASSIGN_OR_RETURN(const DraftRow draft, CheckedDraft(work, schedule.key, draft_etag));
      const int32_t current = CurrentVersion(work, schedule.key);
      if (current != draft.base_version) return BaseMoved(schedule.key, current, draft.base_version);
      const auto id = work.exec_params1(
          "INSERT INTO config_schedule (kind, document_id, body, base_version, author, approver, note, publish_at, state) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, " RUNG_TIME("$8") ", 'WAITING') RETURNING schedule_id",
          schedule.key.kind, schedule.key.document_id, schedule.body_json, schedule.base_version, schedule.author, schedule.approver,
          schedule.note, schedule.publish_at)[0].as<int64_t>();
      work.exec_params("DELETE FROM config_draft WHERE kind = $1 AND document_id = $2", schedule.key.kind, schedule.key.document_id);
      AuditRow entry = EntryOf(schedule.key, now, schedule.author, "SCHEDULE", schedule.note);
      entry.after = fmt::format(R"({{"schedule":{},"publish_at":{},"body_sha256":"{}"}})", id, schedule.publish_at, sealing::HexHash(schedule.body_json));
      AppendAudit(work, {entry});
      Remember(work, write, id, now);
      return ReadSchedule(work, id);
    });
  }

  absl::StatusOr<std::vector<ScheduleRow>> Due(const std::vector<std::string>& kinds, UnixMicros now, Deadline deadline) override {
    std::string list;
    for (const std::string& kind : kinds) list += (list.empty() ? "{" : ",") + kind;
    return Schedules(deadline, kScheduleColumns, "WHERE state = 'WAITING' AND publish_at <= " RUNG_TIME("$1") " AND kind = ANY ($2::text[]) "
                               "ORDER BY publish_at, schedule_id LIMIT 100", now, list + "}");
  }

  absl::StatusOr<std::vector<ScheduleRow>> ListSchedules(const std::string& kind, int64_t before, int limit, Deadline deadline) override {
    return Schedules(deadline, kScheduleHeads, "WHERE ($1 = '' OR kind = $1) AND ($2::bigint = 0 OR schedule_id < $2::bigint) "
                                               "ORDER BY schedule_id DESC LIMIT $3", kind, before, limit);
  }

  absl::StatusOr<ScheduleRow> EndSchedule(const ScheduleRow& ended, const std::string& author, UnixMicros now, Deadline deadline) override {
    return Write<ScheduleRow>(deadline, [&](pqxx::work& work) -> absl::StatusOr<ScheduleRow> {
      RUNG_ASSIGN_OR_RETURN(const ScheduleRow schedule, WaitingSchedule(work, ended.schedule_id));
      work.exec_params("UPDATE config_schedule SET state = $2, message = $3 WHERE schedule_id = $1", ended.schedule_id, ended.state, ended.message);
      AuditRow entry = EntryOf(schedule.key, now, author, ended.state == "FAILED" ? "SCHEDULE_FAILED" : "CANCEL_SCHEDULE", ended.message);
      entry.before = fmt::format(R"({{"schedule":{},"publish_at":{},"body_sha256":"{}"}})", schedule.schedule_id, schedule.publish_at,
                                 sealing::HexHash(schedule.body_json));
      AppendAudit(work, {entry});
      return ReadSchedule(work, ended.schedule_id);
    });
  }

  absl::StatusOr<VersionRow> GetVersion(const DocumentKey& key, int32_t version, Deadline deadline) override {
    return Read<VersionRow>(deadline, [&](pqxx::work& work) { return ReadVersion(work, key, version); });
  }

  absl::StatusOr<std::vector<VersionRow>> Current(const std::string& kind, Deadline deadline) override {
    return Read<std::vector<VersionRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::vector<VersionRow>> {
      return Versions(work.exec_params(std::string(kVersionColumns) + kOfCurrent, kind));
    });
  }

  absl::StatusOr<std::vector<VersionRow>> CurrentHeads(const std::string& kind, Deadline deadline) override {
    return Read<std::vector<VersionRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::vector<VersionRow>> {
      return Versions(work.exec_params(std::string(kVersionHeads) + kOfCurrent, kind));
    });
  }

  absl::StatusOr<std::vector<VersionRow>> ListVersions(const DocumentKey& key, int32_t before, int limit, Deadline deadline) override {
    return Read<std::vector<VersionRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::vector<VersionRow>> {
      if (CurrentVersion(work, key) == 0) return Unknown(key);
      return Versions(work.exec_params(std::string(kVersionHeads) + "WHERE kind = $1 AND document_id = $2 AND ($3 = 0 OR version < $3) "
                                       "ORDER BY version DESC LIMIT $4", key.kind, key.document_id, before, limit));
    });
  }

 private:
  template <typename Row>
  absl::StatusOr<Row> Read(Deadline deadline, const std::function<absl::StatusOr<Row>(pqxx::work&)>& body) {
    Row row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(row, body(work));
      return absl::OkStatus();
    }));
    return row;
  }

  // Changes of configuration are rare: one at a time, whatever process they come from.
  template <typename Row>
  absl::StatusOr<Row> Write(Deadline deadline, const std::function<absl::StatusOr<Row>(pqxx::work&)>& body) {
    return Read<Row>(deadline, [&](pqxx::work& work) -> absl::StatusOr<Row> {
      work.exec("SELECT pg_advisory_xact_lock(hashtext('rung configuration'))");
      return body(work);
    });
  }

  static std::vector<VersionRow> Versions(const pqxx::result& rows) {
    std::vector<VersionRow> versions;
    for (const auto& row : rows) versions.push_back(VersionOf(row));
    return versions;
  }

  template <typename... Args>
  absl::StatusOr<std::vector<ScheduleRow>> Schedules(Deadline deadline, const std::string& columns, const std::string& where, const Args&... args) {
    return Read<std::vector<ScheduleRow>>(deadline, [&](pqxx::work& work) -> absl::StatusOr<std::vector<ScheduleRow>> {
      std::vector<ScheduleRow> schedules;
      for (const auto& row : work.exec_params(columns + where, args...)) schedules.push_back(ScheduleOf(row));
      return schedules;
    });
  }

  static absl::StatusOr<VersionRow> PublishWithin(pqxx::work& work, const PublishRow& publish) {
    const DocumentKey& key = publish.key;
    if (publish.write) {
      RUNG_ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(work, *publish.write));
      if (answer) return ReadVersion(work, key, static_cast<int32_t>(*answer));
    }
    const int32_t current = CurrentVersion(work, key);
    std::string before;
    std::string current_etag;
    if (current != 0) {
      RUNG_ASSIGN_OR_RETURN(const VersionRow row, ReadVersion(work, key, current));
      before = Summary(current, row.etag, row.body_json);
      current_etag = row.etag;
    }
    if (publish.draft_etag) RUNG_RETURN_IF_ERROR(CheckedDraft(work, key, *publish.draft_etag).status());
    if (publish.schedule_id != 0) RUNG_RETURN_IF_ERROR(WaitingSchedule(work, publish.schedule_id).status());
    if (publish.expected_etag && *publish.expected_etag != current_etag) {
      return EtagMismatch(key, "the current version", current_etag, *publish.expected_etag);
    }
    if (publish.expected_base && *publish.expected_base != current) return BaseMoved(key, current, *publish.expected_base);
    if (key.kind == kModelKind && publish.ladder) RUNG_RETURN_IF_ERROR(ChangeLadder(work, key.document_id, *publish.ladder));

    const int32_t version = current + 1;
    const std::string etag = fmt::format("{}-{}", key.document_id, version);
    work.exec_params("INSERT INTO config_version VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, " RUNG_TIME("$10") ")", key.kind, key.document_id,
                     version, publish.body_json, etag, publish.author, publish.approver, publish.note, publish.restored_version, publish.now);
    if (publish.draft_etag) {
      work.exec_params("DELETE FROM config_draft WHERE kind = $1 AND document_id = $2", key.kind, key.document_id);
    }
    if (publish.schedule_id != 0) {
      work.exec_params("UPDATE config_schedule SET state = 'PUBLISHED', version = $2 WHERE schedule_id = $1", publish.schedule_id, version);
    }
    AuditRow entry = EntryOf(key, publish.now, publish.author, publish.restored_version != 0 ? "ROLL_BACK" : "PUBLISH", publish.note);
    entry.before = before;
    entry.after = Summary(version, etag, publish.body_json);
    AppendAudit(work, {entry});
    if (publish.write) Remember(work, *publish.write, version, publish.now);
    return ReadVersion(work, key, version);
  }

  static absl::StatusOr<DraftRow> ReadDraft(pqxx::work& work, const DocumentKey& key) {
    const auto rows = work.exec_params(std::string(kDraftColumns) + "WHERE kind = $1 AND document_id = $2", key.kind, key.document_id);
    if (rows.empty()) return DraftUnknown(key);
    DraftRow draft = DraftOf(rows[0]);
    draft.approvals = ReadApprovals(work, key);
    return draft;
  }
  static std::vector<ApprovalRow> ReadApprovals(pqxx::work& work, const DocumentKey& key) {
    std::vector<ApprovalRow> approvals;
    for (const auto& row : work.exec_params("SELECT author, note, " RUNG_MICROS("approved_at") " FROM config_approval "
                                            "WHERE kind = $1 AND document_id = $2 ORDER BY approved_at, author", key.kind, key.document_id)) {
      approvals.push_back({row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<int64_t>()});
    }
    return approvals;
  }
  static absl::StatusOr<DraftRow> CheckedDraft(pqxx::work& work, const DocumentKey& key, const std::string& etag) {
    RUNG_ASSIGN_OR_RETURN(DraftRow draft, ReadDraft(work, key));
    if (draft.etag != etag) return EtagMismatch(key, "the draft", draft.etag, etag);
    return draft;
  }

  static int32_t CurrentVersion(pqxx::work& work, const DocumentKey& key) {
    return work.exec_params1("SELECT coalesce(max(version), 0) FROM config_version WHERE kind = $1 AND document_id = $2", key.kind, key.document_id)[0]
        .as<int32_t>();
  }
  static absl::Status Unknown(const DocumentKey& key) {
    return WithReason(NotFoundError("no version of {} \"{}\" has been published", key.kind, Shorten(key.document_id, 80)), "DOCUMENT_UNKNOWN");
  }
  static absl::StatusOr<VersionRow> ReadVersion(pqxx::work& work, const DocumentKey& key, int32_t version) {
    const auto rows = work.exec_params(std::string(kVersionColumns) + "WHERE kind = $1 AND document_id = $2 AND ($3 = 0 OR version = $3) "
                                       "ORDER BY version DESC LIMIT 1", key.kind, key.document_id, version);
    if (!rows.empty()) return VersionOf(rows[0]);
    if (CurrentVersion(work, key) == 0) return Unknown(key);
    return WithReason(NotFoundError("{} \"{}\" has no version {}", key.kind, Shorten(key.document_id, 80), version), "VERSION_UNKNOWN");
  }

  static absl::StatusOr<ScheduleRow> ReadSchedule(pqxx::work& work, int64_t id) {
    const auto rows = work.exec_params(std::string(kScheduleColumns) + "WHERE schedule_id = $1", id);
    if (rows.empty()) return WithReason(NotFoundError("no schedule {}", id), "SCHEDULE_UNKNOWN");
    return ScheduleOf(rows[0]);
  }
  static absl::StatusOr<ScheduleRow> WaitingSchedule(pqxx::work& work, int64_t id) {
    RUNG_ASSIGN_OR_RETURN(ScheduleRow schedule, ReadSchedule(work, id));
    if (schedule.state != "WAITING") {
      return WithReason(FailedPreconditionError("schedule {} is {} already", id, schedule.state), "SCHEDULE_ENDED", {{"state", schedule.state}});
    }
    return schedule;
  }

  // The number (version or schedule) that this write was answered with.
  static absl::StatusOr<std::optional<int64_t>> EarlierAnswer(pqxx::work& work, const WriteId& write) {
    const auto earlier = work.exec_params("SELECT request_hash = $3, convert_from(response, 'UTF8') FROM request WHERE method = $1 AND request_id = $2",
                                          write.method, write.request_id, Hash(write));
    if (earlier.empty()) return std::nullopt;
    if (!earlier[0][0].as<bool>()) {
      return WithReason(AlreadyExistsError("request_id \"{}\" was used for another request", write.request_id), "REQUEST_ID_REUSED");
    }
    return earlier[0][1].as<int64_t>();
  }
  static void Remember(pqxx::work& work, const WriteId& write, int64_t answer, UnixMicros now) {
    work.exec_params("INSERT INTO request VALUES ($1, $2, $3, convert_to($4, 'UTF8'), " RUNG_TIME("$5") ")", write.method, write.request_id,
                     Hash(write), std::to_string(answer), now);
  }
  static pqxx::binarystring Hash(const WriteId& write) {
    const std::string hash = sealing::ChainHash({}, write.request_bytes);
    return {hash.data(), hash.size()};
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<ConfigStore> MakeConfigStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresConfigStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
