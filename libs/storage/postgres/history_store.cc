#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kChanges[] =
    "SELECT version, coalesce(from_tier, ''), to_tier, computed_tier, score_milli, reason, model_version, "
    "as_of - date '1970-01-01', (extract(epoch FROM recorded_at) * 1000000)::bigint, cause FROM tier_change "
    "WHERE customer_id = $1 AND ladder_no = $2 AND ($3::bigint = 0 OR version < $3::bigint) ORDER BY version DESC LIMIT $4";

class PostgresHistoryStore final : public HistoryStore {
 public:
  explicit PostgresHistoryStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<std::vector<TierChangeRow>> Changes(CustomerNumber customer, int16_t ladder_no, int64_t before_version,
                                                     int limit, Deadline deadline) override {
    std::vector<TierChangeRow> changes;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      changes.clear();
      for (const auto& row : work.exec_params(kChanges, static_cast<int64_t>(customer), ladder_no, before_version, limit)) {
        changes.push_back({customer, ladder_no, row[0].as<int64_t>(), row[1].as<std::string>(), row[2].as<std::string>(),
                           row[3].as<std::string>(), row[4].as<int32_t>(), row[5].as<std::string>(), row[6].as<int32_t>(),
                           row[7].as<Day>(), row[8].as<int64_t>(), row[9].as<std::string>()});
      }
      return absl::OkStatus();
    }));
    return changes;
  }

 private:
  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<HistoryStore> MakeHistoryStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresHistoryStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
