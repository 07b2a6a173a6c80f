#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kColumns[] =
    "SELECT customer_id, ladder_no, version, coalesce(from_tier, ''), to_tier, computed_tier, score_milli, reason, model_version, "
    "as_of - date '1970-01-01', (extract(epoch FROM recorded_at) * 1000000)::bigint, cause";
constexpr char kChanges[] =
    " FROM tier_change WHERE customer_id = $1 AND ladder_no = $2 AND ($3::bigint = 0 OR version < $3::bigint) "
    "AND reason <> 'MODEL' ORDER BY version DESC LIMIT $4";
constexpr char kChangeAt[] =
    " FROM tier_change WHERE customer_id = $1 AND ladder_no = $2 AND recorded_at <= to_timestamp($3::bigint / 1000000.0) "
    "AND reason <> 'MODEL' ORDER BY version DESC LIMIT 1";
constexpr char kEnd[] = "SELECT chain, length FROM audit_chain WHERE chain < 64";
// Places that no change of a tier has are other entries of the audit.
constexpr char kAfter[] =
    ", external_id, chain, chain_seq FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS p (chain, after, upto) "
    "CROSS JOIN LATERAL (SELECT * FROM tier_change WHERE (customer_id & 63)::smallint = p.chain AND chain_seq > p.after "
    "AND chain_seq <= p.upto AND reason <> 'MODEL' ORDER BY chain_seq LIMIT $4) AS t JOIN customer USING (customer_id) "
    "ORDER BY chain, chain_seq";
constexpr char kDecision[] =
    ", inputs FROM tier_change WHERE customer_id = $1 AND ladder_no = $2 AND ($3::bigint = 0 OR (version = $3::bigint AND reason <> 'MODEL')) "
    "ORDER BY version DESC, model_version DESC LIMIT 1";
// By blocks, so that it costs the same whatever the size of the history.
constexpr char kSample[] = ", inputs FROM tier_change TABLESAMPLE SYSTEM ($1) LIMIT $2";
constexpr char kSize[] = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'tier_change'::regclass)";

TierChangeRow RowOf(const pqxx::row& r) {
  TierChangeRow change{CustomerNumber{r[0].as<int64_t>()}, r[1].as<int16_t>(), r[2].as<int64_t>(), r[3].as<std::string>(),
                       r[4].as<std::string>(), r[5].as<std::string>(), r[6].as<int32_t>(), r[7].as<std::string>(), r[8].as<int32_t>(),
                       r[9].as<Day>(), r[10].as<int64_t>(), r[11].as<std::string>(), {}};
  return change;
}

TierChangeRow DecisionOf(const pqxx::row& r) {
  TierChangeRow change = RowOf(r);
  change.inputs = pqxx::binarystring(r[12]).str();
  return change;
}

WatchedChange WatchedOf(const pqxx::row& r) {
  return {RowOf(r), r[12].as<std::string>(), r[13].as<int16_t>(), r[14].as<int64_t>()};
}

// A list of numbers as PostgreSQL's array literal.
std::string ArrayOf(const std::vector<int64_t>& values) { return fmt::format("{{{}}}", fmt::join(values, ",")); }

class PostgresHistoryStore final : public HistoryStore {
 public:
  explicit PostgresHistoryStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<std::vector<TierChangeRow>> Changes(CustomerNumber customer, int16_t ladder_no, int64_t before_version,
                                                     int limit, Deadline deadline) override {
    return Rows(RowOf, deadline, [&](pqxx::work& work) {
      return work.exec_params(std::string(kColumns) + kChanges, static_cast<int64_t>(customer), ladder_no, before_version, limit);
    });
  }

  absl::StatusOr<std::optional<TierChangeRow>> ChangeAt(CustomerNumber customer, int16_t ladder_no, UnixMicros instant,
                                                        Deadline deadline) override {
    RUNG_ASSIGN_OR_RETURN(auto rows, Rows(RowOf, deadline, [&](pqxx::work& work) {
      return work.exec_params(std::string(kColumns) + kChangeAt, static_cast<int64_t>(customer), ladder_no, instant);
    }));
    if (rows.empty()) return std::nullopt;
    return std::move(rows[0]);
  }

  absl::StatusOr<HistoryPosition> End(Deadline deadline) override {
    HistoryPosition end{};
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      for (const auto& row : work.exec(kEnd)) end.at(row[0].as<size_t>()) = row[1].as<int64_t>();
      return absl::OkStatus();
    }));
    return end;
  }

  absl::StatusOr<std::vector<WatchedChange>> After(const HistoryPosition& position, const HistoryPosition& end, int limit,
                                                   Deadline deadline) override {
    std::vector<int64_t> chains, after, upto;
    for (size_t chain = 0; chain < position.size(); ++chain) {
      if (position[chain] >= end[chain]) continue;
      chains.push_back(static_cast<int64_t>(chain));
      after.push_back(position[chain]);
      upto.push_back(end[chain]);
    }
    if (chains.empty()) return std::vector<WatchedChange>();
    return Rows(WatchedOf, deadline, [&](pqxx::work& work) {
      return work.exec_params(std::string(kColumns) + kAfter, ArrayOf(chains), ArrayOf(after), ArrayOf(upto), limit);
    });
  }

  absl::StatusOr<TierChangeRow> Decision(CustomerNumber customer, int16_t ladder_no, int64_t version, Deadline deadline) override {
    RUNG_ASSIGN_OR_RETURN(const auto rows, Rows(DecisionOf, deadline, [&](pqxx::work& work) {
      return work.exec_params(std::string(kColumns) + kDecision, static_cast<int64_t>(customer), ladder_no, version);
    }));
    if (rows.empty()) {
      return WithReason(version == 0 ? NotFoundError("no decision about this customer on this ladder is stored")
                                     : NotFoundError("no decision made version {} of this label; `rungctl tier history` shows the versions", version),
                        "DECISION_UNKNOWN");
    }
    return rows[0];
  }

  absl::StatusOr<std::vector<TierChangeRow>> Sample(int limit, Deadline deadline) override {
    return Rows(DecisionOf, deadline, [&](pqxx::work& work) {
      const auto size = work.exec1(kSize)[0].as<int64_t>();
      const double percent = size < 10'000 ? 100 : std::min(100.0, 300.0 * limit / static_cast<double>(size));
      return work.exec_params(std::string(kColumns) + kSample, percent, limit);
    });
  }

 private:
  template <typename Row>
  absl::StatusOr<std::vector<Row>> Rows(Row (*row_of)(const pqxx::row&), Deadline deadline,
                                        const std::function<pqxx::result(pqxx::work&)>& query) {
    std::vector<Row> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : query(work)) rows.push_back(row_of(row));
      return absl::OkStatus();
    }));
    return rows;
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<HistoryStore> MakeHistoryStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresHistoryStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
