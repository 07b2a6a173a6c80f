#include "libs/storage/fit_store.h"

#include "libs/errors/errors.h"
#include "libs/sealing/chain.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kColumns[] =
    "SELECT fit_version, request_id, as_of - date '1970-01-01', author, (extract(epoch FROM fitted_at) * 1000000)::bigint, body FROM base_fit ";

FitRow RowOf(const pqxx::row& r) {
  return {r[0].as<int32_t>(), r[1].as<std::string>(), r[2].as<Day>(), r[3].as<std::string>(), r[4].as<int64_t>(), pqxx::binarystring(r[5]).str()};
}

std::optional<FitRow> FirstOf(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return RowOf(rows[0]);
}

class PostgresFitStore final : public FitStore {
 public:
  explicit PostgresFitStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<FitRow> Append(const FitRow& row, Deadline deadline) override {
    FitRow stored = row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      work.exec("SELECT pg_advisory_xact_lock(hashtext('rung base fit'))");  // one version after the other
      if (auto known = FirstOf(work.exec_params(fmt::format("{}WHERE request_id = $1", kColumns), row.request_id))) {
        stored = *std::move(known);
        return absl::OkStatus();
      }
      stored.version = work.exec1("SELECT coalesce(max(fit_version), 0) + 1 FROM base_fit")[0].as<int32_t>();
      work.exec_params("INSERT INTO base_fit VALUES ($1, $2, date '1970-01-01' + $3::int, $4, timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6)",
                       stored.version, row.request_id, row.as_of, row.author, row.fitted_at, pqxx::binarystring(row.body.data(), row.body.size()));
      AuditRow entry;
      entry.recorded_at = row.fitted_at;
      entry.actor = row.author;
      entry.action = "FIT_BASE";
      entry.subject = fmt::format("base-fit/{}", stored.version);
      entry.after = fmt::format(R"({{"version":{},"as_of":"{}","body_sha256":"{}"}})", stored.version, FormatDay(row.as_of), sealing::HexHash(row.body));
      AppendAudit(work, {entry});
      return absl::OkStatus();
    }));
    return stored;
  }

  absl::StatusOr<std::optional<FitRow>> Get(int32_t version, Deadline deadline) override {
    return One(deadline, "WHERE $1::int = 0 OR fit_version = $1::int ORDER BY fit_version DESC LIMIT 1", version);
  }

  absl::StatusOr<std::optional<FitRow>> OfRequest(const std::string& request_id, Deadline deadline) override {
    return One(deadline, "WHERE request_id = $1", request_id);
  }

  absl::StatusOr<int32_t> NewestVersion(Deadline deadline) override {
    int32_t version = 0;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      version = work.exec1("SELECT coalesce(max(fit_version), 0) FROM base_fit")[0].as<int32_t>();
      return absl::OkStatus();
    }));
    return version;
  }

  absl::StatusOr<std::vector<FitRow>> List(int64_t offset, int limit, Deadline deadline) override {
    std::vector<FitRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : work.exec_params(fmt::format("{}ORDER BY fit_version DESC OFFSET $1 LIMIT $2", kColumns), offset, limit)) rows.push_back(RowOf(row));
      return absl::OkStatus();
    }));
    return rows;
  }

 private:
  template <typename Key>
  absl::StatusOr<std::optional<FitRow>> One(Deadline deadline, std::string_view where, const Key& key) {
    std::optional<FitRow> found;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      found = FirstOf(work.exec_params(fmt::format("{}{}", kColumns, where), key));
      return absl::OkStatus();
    }));
    return found;
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<FitStore> MakeFitStore(std::shared_ptr<Sessions> sessions) { return std::make_unique<PostgresFitStore>(std::move(sessions)); }

}  // namespace rung::storage::postgres
