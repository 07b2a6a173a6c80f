#include "libs/storage/override_store.h"

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kColumns[] =
    "SELECT o.customer_id, c.external_id, o.override_id, o.ladder_no, o.tier_code, o.until - date '1970-01-01', o.reason, o.author, "
    "(extract(epoch FROM o.created_at) * 1000000)::bigint, coalesce((extract(epoch FROM o.ended_at) * 1000000)::bigint, 0), o.ended_by, o.end_reason, "
    "coalesce(t.external_id, '') FROM tier_override o JOIN customer c USING (customer_id) "
    "LEFT JOIN customer t ON c.merged_into <> 0 AND t.customer_id = c.merged_into ";

OverrideRow RowOf(const pqxx::row& r) {
  return {CustomerNumber{r[0].as<int64_t>()}, r[1].as<std::string>(), r[2].as<std::string>(), r[3].as<int16_t>(), r[4].as<std::string>(),
          r[5].as<Day>(), r[6].as<std::string>(), r[7].as<std::string>(), r[8].as<int64_t>(), r[9].as<int64_t>(), r[10].as<std::string>(),
          r[11].as<std::string>(), r[12].as<std::string>()};
}

pqxx::binarystring Binary(const std::string& bytes) { return {bytes.data(), bytes.size()}; }

bool SameContent(const OverrideRow& a, const OverrideRow& b) {
  return a.ladder_no == b.ladder_no && a.tier_code == b.tier_code && a.until == b.until && a.reason == b.reason && a.author == b.author;
}

// A few rows at most: no need for COPY.
void WriteChanges(pqxx::work& work, const OverrideWrites& writes, CustomerNumber customer) {
  work.exec_params("UPDATE customer SET standings = $2 WHERE customer_id = $1", static_cast<int64_t>(customer), Binary(writes.standings));
  for (const LabelRow& label : writes.labels) {
    work.exec_params("INSERT INTO outbox (customer_id, check_bits, ladder_no, label) VALUES ($1, $2, $3, $4)", static_cast<int64_t>(label.customer.number),
                     static_cast<int64_t>(label.customer.check), label.ladder_no, static_cast<int64_t>(label.word));
  }
  if (!writes.changes.empty()) {
    Chains chains(work.exec_params(Chains::kLock, fmt::format("{{{}}}", ChainOf(customer))));
    for (const TierChangeRow& change : writes.changes) {
      const ChainPlace place = chains.Append(change);
      work.exec_params(
          "INSERT INTO tier_change (customer_id, ladder_no, version, from_tier, to_tier, computed_tier, score_milli, reason, model_version, as_of, "
          "recorded_at, cause, inputs, chain_seq, chain_hash) VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9, date '1970-01-01' + $10::int, "
          "timestamptz 'epoch' + $11::bigint * interval '1 microsecond', $12, $13, $14, $15)",
          static_cast<int64_t>(change.customer), change.ladder_no, change.version, change.from_tier, change.to_tier, change.computed_tier,
          change.score_milli, change.reason, change.model_version, change.as_of, change.recorded_at, change.cause, Binary(change.inputs),
          place.sequence, Binary(place.hash));
    }
    for (const auto& [chain, head] : chains.heads()) {
      work.exec_params("UPDATE audit_chain SET length = $2, hash = $3 WHERE chain = $1", chain, head.length, Binary(head.hash));
    }
  }
  AppendAudit(work, {writes.audit});
}

class PostgresOverrideStore final : public OverrideStore {
 public:
  explicit PostgresOverrideStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<OverrideRow> Set(const OverrideRow& row, const Change& change, Deadline deadline) override {
    return One(deadline, [&](pqxx::work& work) -> absl::StatusOr<OverrideRow> {
      RUNG_ASSIGN_OR_RETURN(const CustomerRow customer, Lock(work, row.customer));
      if (const auto earlier = Known(work, row.customer, row.override_id)) {
        if (SameContent(*earlier, row)) return *earlier;
        return WithReason(AlreadyExistsError("override \"{}\" of this customer says something else already; use another override_id",
                                             Shorten(row.override_id, 80)),
                          "OVERRIDE_EXISTS");
      }
      RUNG_ASSIGN_OR_RETURN(const OverrideWrites writes, change(customer));
      work.exec_params("UPDATE tier_override SET ended_at = timestamptz 'epoch' + $3::bigint * interval '1 microsecond', ended_by = $4, end_reason = $5 "
                       "WHERE customer_id = $1 AND ladder_no = $2 AND ended_at IS NULL",
                       static_cast<int64_t>(row.customer), row.ladder_no, row.created_at, row.author, "replaced by " + row.override_id);
      work.exec_params("INSERT INTO tier_override VALUES ($1, $2, $3, $4, date '1970-01-01' + $5::int, $6, $7, "
                       "timestamptz 'epoch' + $8::bigint * interval '1 microsecond')",
                       static_cast<int64_t>(row.customer), row.override_id, row.ladder_no, row.tier_code, row.until, row.reason, row.author, row.created_at);
      WriteChanges(work, writes, row.customer);
      return Read(work, row);
    });
  }

  absl::StatusOr<std::optional<OverrideRow>> Find(CustomerNumber customer, const std::string& override_id, Deadline deadline) override {
    std::optional<OverrideRow> row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      row = Known(work, customer, override_id);
      return absl::OkStatus();
    }));
    return row;
  }

  absl::StatusOr<OverrideRow> End(const OverrideRow& end, Day today,
                                  const std::function<absl::StatusOr<OverrideWrites>(const CustomerRow&, const OverrideRow&)>& change,
                                  Deadline deadline) override {
    return One(deadline, [&](pqxx::work& work) -> absl::StatusOr<OverrideRow> {
      RUNG_ASSIGN_OR_RETURN(const CustomerRow customer, Lock(work, end.customer));
      RUNG_ASSIGN_OR_RETURN(const OverrideRow row, Read(work, end));
      if (row.ended_at != 0 && row.ended_by == end.ended_by && row.end_reason == end.end_reason) return row;
      if (row.ended_at != 0 || today >= row.until) {
        return WithReason(FailedPreconditionError("override \"{}\" isn't in force any more", Shorten(end.override_id, 80)), "OVERRIDE_ENDED");
      }
      RUNG_ASSIGN_OR_RETURN(const OverrideWrites writes, change(customer, row));
      work.exec_params("UPDATE tier_override SET ended_at = timestamptz 'epoch' + $3::bigint * interval '1 microsecond', ended_by = $4, end_reason = $5 "
                       "WHERE customer_id = $1 AND override_id = $2",
                       static_cast<int64_t>(end.customer), end.override_id, end.ended_at, end.ended_by, end.end_reason);
      WriteChanges(work, writes, end.customer);
      return Read(work, end);
    });
  }

  absl::StatusOr<std::vector<OverrideRow>> List(const CustomerNumber* customer, Day in_force_on, int64_t offset, int limit, Deadline deadline) override {
    std::vector<OverrideRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : work.exec_params(
               std::string(kColumns) + "WHERE ($1::bigint IS NULL OR o.customer_id = $1) AND ($2 = 0 OR (o.ended_at IS NULL AND c.merged_into = 0 AND o.until > date '1970-01-01' + $2::int)) "
                                       "ORDER BY o.created_at DESC, o.customer_id, o.override_id OFFSET $3 LIMIT $4",
               customer == nullptr ? std::optional<int64_t>() : std::optional<int64_t>(static_cast<int64_t>(*customer)), in_force_on, offset, limit)) {
        rows.push_back(RowOf(row));
      }
      return absl::OkStatus();
    }));
    return rows;
  }

 private:
  absl::StatusOr<OverrideRow> One(Deadline deadline, const std::function<absl::StatusOr<OverrideRow>(pqxx::work&)>& body) {
    OverrideRow row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(row, body(work));
      return absl::OkStatus();
    }));
    return row;
  }

  static absl::StatusOr<CustomerRow> Lock(pqxx::work& work, CustomerNumber number) {
    const auto rows = work.exec_params("SELECT check_bits, external_id, standings FROM customer WHERE customer_id = $1 FOR UPDATE", static_cast<int64_t>(number));
    if (rows.empty()) return NotFoundError("the customer is unknown");
    CustomerRow customer;
    customer.fingerprint = {number, static_cast<uint64_t>(rows[0][0].as<int64_t>())};
    customer.external_id = rows[0][1].as<std::string>();
    customer.standings = pqxx::binarystring(rows[0][2]).str();
    return customer;
  }

  static std::optional<OverrideRow> Known(pqxx::work& work, CustomerNumber customer, const std::string& override_id) {
    const auto rows = work.exec_params(std::string(kColumns) + "WHERE o.customer_id = $1 AND o.override_id = $2", static_cast<int64_t>(customer), override_id);
    return rows.empty() ? std::nullopt : std::optional(RowOf(rows[0]));
  }

  static absl::StatusOr<OverrideRow> Read(pqxx::work& work, const OverrideRow& row) {
    if (auto known = Known(work, row.customer, row.override_id)) return *std::move(known);
    return WithReason(NotFoundError("this customer has no override \"{}\"", Shorten(row.override_id, 80)), "OVERRIDE_UNKNOWN");
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<OverrideStore> MakeOverrideStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresOverrideStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
