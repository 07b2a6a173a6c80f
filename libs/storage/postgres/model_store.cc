#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/ladder_rows.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kColumns[] =
    "SELECT l.ladder_no, l.ladder_id, l.is_default, array_to_json(l.tier_codes)::text, m.version, m.body, m.etag, "
    "m.author, (extract(epoch FROM m.published_at) * 1000000)::bigint FROM ladder l "
    "JOIN config_version m ON m.kind = 'model' AND m.document_id = l.ladder_id ";

ModelRow RowOf(const pqxx::row& row) {
  return {row[0].as<int16_t>(), row[1].as<std::string>(), SplitJsonArray(row[3].as<std::string>()), row[2].as<bool>(),
          row[4].as<int32_t>(), row[5].as<std::string>(), row[6].as<std::string>(), row[7].as<std::string>(),
          row[8].as<int64_t>()};
}

class PostgresModelStore final : public ModelStore {
 public:
  explicit PostgresModelStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<std::vector<ModelRow>> Current(Deadline deadline) override {
    std::vector<ModelRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : work.exec(std::string(kColumns) +
                                       "WHERE m.version = (SELECT max(version) FROM config_version v WHERE v.kind = 'model' AND "
                                       "v.document_id = l.ladder_id) ORDER BY l.ladder_no")) {
        rows.push_back(RowOf(row));
      }
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<ModelRow> Get(const std::string& ladder_id, int32_t version, Deadline deadline) override {
    ModelRow found;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      const auto rows = work.exec_params(
          std::string(kColumns) + "WHERE l.ladder_id = $1 AND ($2 = 0 OR m.version = $2) ORDER BY m.version DESC LIMIT 1",
          ladder_id, version);
      if (rows.empty() && work.exec_params("SELECT 1 FROM ladder WHERE ladder_id = $1", ladder_id).empty()) {
        return WithReason(NotFoundError("no ladder \"{}\"; `rungctl model list` shows them", Shorten(ladder_id, 80)), "LADDER_UNKNOWN");
      }
      if (rows.empty()) {
        return WithReason(NotFoundError("ladder \"{}\" has no version {}", ladder_id, version), "MODEL_VERSION_UNKNOWN");
      }
      found = RowOf(rows[0]);
      return absl::OkStatus();
    }));
    return found;
  }

 private:
  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<ModelStore> MakeModelStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresModelStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
