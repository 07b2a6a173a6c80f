#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/sealing/chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/shares.h"

namespace rung::storage::postgres {
namespace {

// $1: customer, $2: now. A coupon's use is a claim like any other.
constexpr char kColumns[] =
    "SELECT * FROM (SELECT d.external_id, i.issued_coupon_id, i.turn, i.coupon_id, i.coupon_version, i.source, " RUNG_MICROS("i.issued_at") " AS issued, "
    "i.until_day - date '1970-01-01' AS until, coalesce(use.reservation_id, '') AS reservation_id, coalesce(use.order_id, '') AS order_id, "
    "coalesce(use.state, '') AS use, i.request_id FROM issued_coupon i JOIN redeemer d USING (customer_id) LEFT JOIN LATERAL ("
    "SELECT r.reservation_id, r.order_id, r.state FROM reservation_claim c JOIN reservation r USING (customer_id, reservation_id) "
    "WHERE c.customer_id = i.customer_id AND c.subject = 'coupon:' || i.issued_coupon_id AND "
    "(r.state = 'COMMITTED' OR (r.state = 'RESERVED' AND r.expire_at > " RUNG_TIME("$2") ")) LIMIT 1) use ON true WHERE i.customer_id = $1) coupon ";
constexpr char kInsert[] =
    "INSERT INTO issued_coupon VALUES ($1, $2, $3, $4, $5, $6, $7, $8, " RUNG_TIME("$9") ", date '1970-01-01' + $10::int)";

const char* WhereOf(CouponFilter filter) {
  switch (filter) {
    case CouponFilter::kAll:
      return "$3 = $3";
    case CouponFilter::kIssued:
      return "use = '' AND (until IS NULL OR until >= $3)";
    case CouponFilter::kReserved:
      return "use = 'RESERVED' AND $3 = $3";
    case CouponFilter::kRedeemed:
      return "use = 'COMMITTED' AND $3 = $3";
    case CouponFilter::kExpired:
      break;
  }
  return "use = '' AND until < $3";
}

pqxx::binarystring Hash(const std::string& bytes) {
  const std::string hash = sealing::ChainHash({}, bytes);
  return {hash.data(), hash.size()};
}

class PostgresCouponStore final : public CouponStore {
 public:
  explicit PostgresCouponStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<std::optional<IssuedCouponRow>> Replay(CustomerNumber customer, const std::string& request_id, const std::string& request_bytes,
                                                        UnixMicros now, Deadline deadline) override {
    std::optional<IssuedCouponRow> earlier;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(earlier, Earlier(work, customer, request_id, request_bytes, now));
      return absl::OkStatus();
    }));
    return earlier;
  }

  absl::StatusOr<IssuedCouponRow> Issue(const IssuedCouponRow& coupon, const Share& share, const std::string& request_id, const std::string& request_bytes,
                                        Deadline deadline) override {
    IssuedCouponRow issued;
    RUNG_RETURN_IF_ERROR(TakeTurn(*sessions_, {share}, coupon.issued_at, deadline, [&](pqxx::work& work, Cut cut) -> absl::Status {
      Turn turn(work, {coupon.customer, coupon.external_id}, coupon.issued_at);
      RUNG_ASSIGN_OR_RETURN(auto earlier, Earlier(work, coupon.customer, request_id, request_bytes, coupon.issued_at));
      if (earlier) {
        issued = *std::move(earlier);
        return turn.Settle({}, cut).status();
      }
      RUNG_ASSIGN_OR_RETURN(const std::vector<Left> left, turn.Settle({share}, cut));
      issued = coupon;
      issued.turn = turn.number();
      issued.issued_coupon_id = fmt::format("{}.{}", coupon.coupon_id, left[0].taken);
      work.exec_params(kInsert, static_cast<int64_t>(coupon.customer), issued.issued_coupon_id, request_id, Hash(request_bytes), issued.turn,
                       coupon.coupon_id, coupon.coupon_version, coupon.source, coupon.issued_at, coupon.until);
      return absl::OkStatus();
    }));
    return issued;
  }

  absl::StatusOr<std::vector<IssuedCouponRow>> Find(CustomerNumber customer, const std::vector<std::string>& ids, UnixMicros now, Deadline deadline) override {
    std::vector<IssuedCouponRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows = Read(work, customer, now, "WHERE issued_coupon_id = ANY ($3::text[])", TextArray(ids));
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<std::vector<IssuedCouponRow>> List(CustomerNumber customer, CouponFilter filter, Day today, int64_t before, int limit, UnixMicros now,
                                                    Deadline deadline) override {
    std::vector<IssuedCouponRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      const std::string which = fmt::format("WHERE {} AND ($4::bigint = 0 OR turn < $4::bigint) ORDER BY turn DESC LIMIT $5", WhereOf(filter));
      rows = Read(work, customer, now, which.c_str(), today, before, limit);
      return absl::OkStatus();
    }));
    return rows;
  }

 private:
  static absl::StatusOr<std::optional<IssuedCouponRow>> Earlier(pqxx::work& work, CustomerNumber customer, const std::string& request_id,
                                                                const std::string& request_bytes, UnixMicros now) {
    const auto same = work.exec_params("SELECT request_hash = $3 FROM issued_coupon WHERE customer_id = $1 AND request_id = $2",
                                       static_cast<int64_t>(customer), request_id, Hash(request_bytes));
    if (same.empty()) return std::nullopt;
    if (!same[0][0].as<bool>()) {
      return WithReason(AlreadyExistsError("request_id \"{}\" was used for another request of this customer", Shorten(request_id, 80)), "REQUEST_ID_REUSED");
    }
    return Read(work, customer, now, "WHERE request_id = $3", request_id).at(0);
  }

  template <typename... Args>
  static std::vector<IssuedCouponRow> Read(pqxx::work& work, CustomerNumber customer, UnixMicros now, const char* which, const Args&... args) {
    std::vector<IssuedCouponRow> rows;
    for (const pqxx::row& r : work.exec_params(std::string(kColumns) + which, static_cast<int64_t>(customer), now, args...)) {
      IssuedCouponRow& row = rows.emplace_back();
      row.customer = customer;
      row.external_id = r[0].as<std::string>();
      row.issued_coupon_id = r[1].as<std::string>();
      row.turn = r[2].as<int64_t>();
      row.coupon_id = r[3].as<std::string>();
      row.coupon_version = r[4].as<int32_t>();
      row.source = r[5].as<std::string>();
      row.issued_at = r[6].as<int64_t>();
      if (!r[7].is_null()) row.until = r[7].as<Day>();
      row.reservation_id = r[8].as<std::string>();
      row.order_id = r[9].as<std::string>();
      row.redeemed = r[10].as<std::string>() == "COMMITTED";
    }
    return rows;
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<CouponStore> MakeCouponStore(std::shared_ptr<Sessions> sessions) { return std::make_unique<PostgresCouponStore>(std::move(sessions)); }

}  // namespace rung::storage::postgres
