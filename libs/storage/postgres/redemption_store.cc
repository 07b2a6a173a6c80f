#include "libs/storage/redemption_store.h"

#include <map>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/sealing/chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/shares.h"

namespace rung::storage::postgres {
namespace {

// $1: customer, $2: now. What is overdue shows as expired, whether or not anybody has given it back yet.
constexpr char kColumns[] =
    "SELECT external_id, reservation_id, turn, order_id, CASE WHEN state = 'RESERVED' AND expire_at <= " RUNG_TIME("$2") " THEN 'EXPIRED' ELSE state END, "
    "plan_id, plan_version, " RUNG_MICROS("reserved_at") ", " RUNG_MICROS("expire_at") ", CASE WHEN state = 'RESERVED' AND expire_at <= " RUNG_TIME("$2")
    " THEN " RUNG_MICROS("expire_at") " ELSE " RUNG_MICROS("ended_at") " END FROM reservation JOIN redeemer USING (customer_id) WHERE customer_id = $1 ";
constexpr char kClaims[] =
    "SELECT reservation_id, subject, uses, amount FROM reservation_claim WHERE customer_id = $1 AND reservation_id = ANY ($2::text[]) "
    "ORDER BY reservation_id, claim_no";
constexpr char kInsert[] =
    "INSERT INTO reservation VALUES ($1, $2, $3, $4, $5, 'RESERVED', $6, $7, " RUNG_TIME("$8") ", " RUNG_TIME("$9") ", NULL)";
constexpr char kInsertClaim[] = "INSERT INTO reservation_claim VALUES ($1, $2, $3, $4, $5, $6, $7, " RUNG_DATE("$8") ", $9)";

ReservationState StateOf(const std::string& name) {
  if (name == "RESERVED") return ReservationState::kReserved;
  if (name == "COMMITTED") return ReservationState::kCommitted;
  return name == "RELEASED" ? ReservationState::kReleased : ReservationState::kExpired;
}

pqxx::binarystring Hash(const std::string& bytes) {
  const std::string hash = sealing::ChainHash({}, bytes);
  return {hash.data(), hash.size()};
}

std::string Named(const ReservationName& name) {
  return name.reservation_id.empty() ? fmt::format("order \"{}\" has no reservation of this customer", Shorten(name.order_id, 80))
                                     : fmt::format("this customer has no reservation \"{}\"", Shorten(name.reservation_id, 80));
}

class PostgresRedemptionStore final : public RedemptionStore {
 public:
  explicit PostgresRedemptionStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<std::optional<ReservationRow>> Replay(CustomerNumber customer, const std::string& reservation_id, const std::string& request_bytes,
                                                       UnixMicros now, Deadline deadline) override {
    std::optional<ReservationRow> earlier;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(earlier, Earlier(work, customer, reservation_id, request_bytes, now));
      return absl::OkStatus();
    }));
    return earlier;
  }

  absl::StatusOr<Reserved> Reserve(const ReservationRow& reservation, const std::vector<Share>& shares, const std::string& request_bytes,
                                   Deadline deadline) override {
    Reserved reserved;
    RUNG_RETURN_IF_ERROR(TakeTurn(*sessions_, shares, reservation.reserved_at, deadline, [&](pqxx::work& work, Cut cut) -> absl::Status {
      reserved = {};
      Turn turn(work, {reservation.customer, reservation.external_id}, reservation.reserved_at);
      RUNG_ASSIGN_OR_RETURN(auto earlier, Earlier(work, reservation.customer, reservation.reservation_id, request_bytes, reservation.reserved_at));
      if (earlier) {
        reserved.reservation = *std::move(earlier);
        return turn.Settle({}, cut).status();
      }
      reserved.reservation = reservation;
      reserved.reservation.turn = turn.number();
      Insert(work, reserved.reservation, shares, request_bytes);
      RUNG_ASSIGN_OR_RETURN(reserved.left, turn.Settle(shares, cut));
      return absl::OkStatus();
    }));
    return reserved;
  }

  absl::StatusOr<std::vector<ReservationRow>> Commit(const ReservationName& name, UnixMicros now, Deadline deadline) override {
    return Change(name, now, deadline, [&](pqxx::work& work, Turn&, const std::vector<ReservationRow>& named) -> absl::Status {
      bool any = false;
      for (const ReservationRow& row : named) {
        any = any || row.state == ReservationState::kReserved || row.state == ReservationState::kCommitted;
        if (row.state != ReservationState::kReserved) continue;
        work.exec_params("UPDATE reservation SET state = 'COMMITTED', ended_at = " RUNG_TIME("$3") " WHERE customer_id = $1 AND reservation_id = $2",
                         static_cast<int64_t>(name.customer), row.reservation_id, now);
      }
      if (any) return absl::OkStatus();
      const ReservationRow& last = named.back();
      return WithReason(FailedPreconditionError("reservation \"{}\" {}: reserve again", Shorten(last.reservation_id, 80),
                                                last.state == ReservationState::kReleased ? "was released" : "has expired"),
                        "RESERVATION_ENDED");
    });
  }

  absl::StatusOr<std::vector<ReservationRow>> Release(const ReservationName& name, UnixMicros now, Deadline deadline) override {
    return Change(name, now, deadline, [&](pqxx::work&, Turn& turn, const std::vector<ReservationRow>& named) {
      for (const ReservationRow& row : named) {
        if (row.state == ReservationState::kReserved || row.state == ReservationState::kCommitted) turn.End(row.reservation_id, "RELEASED");
      }
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<ReservationRow>> List(CustomerNumber customer, const std::string& order_id, int64_t before, int limit, UnixMicros now,
                                                   Deadline deadline) override {
    std::vector<ReservationRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows = Read(work, customer, now, "AND ($3 = '' OR order_id = $3) AND ($4::bigint = 0 OR turn < $4::bigint) ORDER BY turn DESC LIMIT $5", order_id,
                  before, limit);
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<Taken> ReadTaken(CustomerNumber customer, const std::vector<Meter>& meters, const std::vector<std::string>& pools, UnixMicros now,
                                  Deadline deadline) override {
    Taken taken;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      if (!meters.empty()) taken.meters = ReadMeters(work, customer, meters, now);
      if (!pools.empty()) taken.pools = ReadPools(work, pools, now);
      return absl::OkStatus();
    }));
    return taken;
  }

  absl::StatusOr<int> Sweep(UnixMicros now, int limit, Deadline deadline) override { return GiveBackOverdue(*sessions_, {}, now, limit, deadline); }

 private:
  static absl::StatusOr<std::optional<ReservationRow>> Earlier(pqxx::work& work, CustomerNumber customer, const std::string& reservation_id,
                                                               const std::string& request_bytes, UnixMicros now) {
    const auto same = work.exec_params("SELECT request_hash = $3 FROM reservation WHERE customer_id = $1 AND reservation_id = $2",
                                       static_cast<int64_t>(customer), reservation_id, Hash(request_bytes));
    if (same.empty()) return std::nullopt;
    if (!same[0][0].as<bool>()) {
      return WithReason(AlreadyExistsError("request_id \"{}\" was used for another request of this customer", Shorten(reservation_id, 80)), "REQUEST_ID_REUSED");
    }
    return Read(work, customer, now, "AND reservation_id = $3", reservation_id).at(0);
  }

  template <typename... Args>
  static std::vector<ReservationRow> Read(pqxx::work& work, CustomerNumber customer, UnixMicros now, const char* which, const Args&... args) {
    std::vector<ReservationRow> rows;
    std::map<std::string, size_t> places;
    std::vector<std::string> ids;
    for (const pqxx::row& r : work.exec_params(std::string(kColumns) + which, static_cast<int64_t>(customer), now, args...)) {
      rows.push_back({.customer = customer, .external_id = r[0].as<std::string>(), .reservation_id = r[1].as<std::string>(), .turn = r[2].as<int64_t>(),
                      .order_id = r[3].as<std::string>(), .state = StateOf(r[4].as<std::string>()), .plan_id = r[5].as<std::string>(),
                      .plan_version = r[6].as<int32_t>(), .reserved_at = r[7].as<int64_t>(), .expire_at = r[8].as<int64_t>(), .ended_at = r[9].as<int64_t>()});
      ids.push_back(rows.back().reservation_id);
      places[ids.back()] = rows.size() - 1;
    }
    if (ids.empty()) return rows;
    for (const pqxx::row& r : work.exec_params(kClaims, static_cast<int64_t>(customer), TextArray(ids))) {
      rows[places[r[0].as<std::string>()]].claims.push_back({r[1].as<std::string>(), r[2].as<int64_t>(), r[3].as<int64_t>()});
    }
    return rows;
  }

  static void Insert(pqxx::work& work, ReservationRow& row, const std::vector<Share>& shares, const std::string& request_bytes) {
    const auto customer = static_cast<int64_t>(row.customer);
    work.exec_params(kInsert, customer, row.reservation_id, row.turn, Hash(request_bytes), row.order_id, row.plan_id, row.plan_version, row.reserved_at,
                     row.expire_at);
    row.claims.clear();
    for (size_t i = 0; i < shares.size(); ++i) {
      const Share& share = shares[i];
      row.claims.push_back({share.meter.subject, share.uses, share.amount});
      work.exec_params(kInsertClaim, customer, row.reservation_id, static_cast<int>(i), share.meter.subject, share.uses, share.amount, share.metered,
                       share.meter.period_start, share.pool);
    }
  }

  template <typename Body>
  absl::StatusOr<std::vector<ReservationRow>> Change(const ReservationName& name, UnixMicros now, Deadline deadline, const Body& body) {
    constexpr char kWhich[] = "AND ($3 <> '' AND reservation_id = $3 OR $3 = '' AND order_id = $4) ORDER BY turn";
    std::vector<ReservationRow> named;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      Turn turn(work, {name.customer, ""}, now);
      named = Read(work, name.customer, now, kWhich, name.reservation_id, name.order_id);
      if (named.empty()) return WithReason(NotFoundError("{}", Named(name)), "RESERVATION_UNKNOWN");
      RUNG_RETURN_IF_ERROR(body(work, turn, named));
      RUNG_RETURN_IF_ERROR(turn.Settle({}, Cut::kOwnSlice).status());
      named = Read(work, name.customer, now, kWhich, name.reservation_id, name.order_id);
      return absl::OkStatus();
    }));
    return named;
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<RedemptionStore> MakeRedemptionStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresRedemptionStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
