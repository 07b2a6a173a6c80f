#include "libs/storage/postgres/shares.h"

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace rung::storage::postgres {
namespace {

constexpr char kTakeTurn[] =
    "INSERT INTO redeemer VALUES ($1, $2, 1) ON CONFLICT (customer_id) DO UPDATE SET turns = redeemer.turns + 1 RETURNING turns";
constexpr char kOwnOverdue[] =
    "SELECT reservation_id FROM reservation WHERE customer_id = $1 AND state = 'RESERVED' AND expire_at <= " RUNG_TIME("$2") " ORDER BY turn";
constexpr char kEnd[] =
    "UPDATE reservation SET state = $3, ended_at = least(" RUNG_TIME("$4") ", CASE WHEN $3 = 'EXPIRED' THEN expire_at END) "
    "WHERE customer_id = $1 AND reservation_id = $2";
constexpr char kGiveMetersBack[] =
    "UPDATE quota_use q SET taken = q.taken - c.uses FROM reservation_claim c WHERE c.customer_id = $1 AND c.reservation_id = $2 AND c.metered "
    "AND q.customer_id = $1 AND q.subject = c.subject AND q.period_start = c.period_start";
constexpr char kAmounts[] =
    "SELECT pool, sum(amount)::bigint FROM reservation_claim WHERE customer_id = $1 AND reservation_id = $2 AND pool <> '' GROUP BY pool";
constexpr char kTakeMeter[] =
    "INSERT INTO quota_use VALUES ($1, $2, " RUNG_DATE("$3") ", $4) "
    "ON CONFLICT (customer_id, subject, period_start) DO UPDATE SET taken = quota_use.taken + excluded.taken RETURNING taken";
// A slice that was cut from another budget isn't to be trusted: it may have been lowered since.
constexpr char kDraw[] =
    "UPDATE budget_slice SET taken = taken + $3::bigint WHERE customer_id = budget_slice_of($1) AND pool = $2 "
    "AND cut_from IS NOT DISTINCT FROM $4::bigint AND ($4::bigint IS NULL OR taken + $3::bigint <= granted)";
constexpr char kGiveAmountBack[] = "UPDATE budget_slice SET taken = taken - $3::bigint WHERE customer_id = budget_slice_of($1) AND pool = $2";
constexpr char kMakeSlices[] =
    "INSERT INTO budget_slice SELECT s, $1, NULL, 0, 0 FROM budget_slices() AS s ORDER BY s ON CONFLICT (customer_id, pool) DO NOTHING";
constexpr char kLockSlices[] = "SELECT taken FROM budget_slice WHERE pool = $1 ORDER BY customer_id FOR UPDATE";
constexpr char kCutSlices[] =
    "UPDATE budget_slice SET cut_from = $3::bigint, taken = taken + CASE WHEN customer_id = budget_slice_of($1) THEN $4::bigint ELSE 0 END, "
    "granted = taken + CASE WHEN customer_id = budget_slice_of($1) THEN $5::bigint ELSE $6::bigint END WHERE pool = $2";
constexpr char kOverdue[] =
    "SELECT DISTINCT customer_id, external_id FROM redeemer JOIN (SELECT r.customer_id FROM reservation r WHERE r.state = 'RESERVED' AND r.expire_at <= "
    RUNG_TIME("$1") " AND ($2::text[] = '{}' OR EXISTS (SELECT FROM reservation_claim c WHERE c.customer_id = r.customer_id AND "
    "c.reservation_id = r.reservation_id AND c.pool = ANY ($2::text[]))) ORDER BY r.expire_at LIMIT $3) o USING (customer_id)";
constexpr char kPools[] =
    "SELECT coalesce((SELECT sum(taken) FROM budget_slice s WHERE s.pool = p.name), 0)::bigint - coalesce((SELECT sum(c.amount) FROM reservation r "
    "JOIN reservation_claim c USING (customer_id, reservation_id) WHERE r.state = 'RESERVED' AND r.expire_at <= " RUNG_TIME("$2")
    " AND c.pool = p.name), 0)::bigint FROM unnest($1::text[]) WITH ORDINALITY AS p(name, no) ORDER BY no";
constexpr char kMeters[] =
    "SELECT coalesce(q.taken, 0) - coalesce((SELECT sum(c.uses) FROM reservation r JOIN reservation_claim c USING (customer_id, reservation_id) "
    "WHERE r.customer_id = $1 AND r.state = 'RESERVED' AND r.expire_at <= " RUNG_TIME("$4") " AND c.metered AND c.subject = m.subject "
    "AND c.period_start = m.start), 0)::bigint FROM (SELECT subject, " RUNG_DATE("start") " AS start, no "
    "FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS u(subject, start, no)) m "
    "LEFT JOIN quota_use q ON q.customer_id = $1 AND q.subject = m.subject AND q.period_start = m.start ORDER BY m.no";

constexpr int kOverdueBatch = 200;

absl::Status Short(const Share& share, size_t claim, const char* reason, int64_t left, const std::string& message) {
  return WithReason(ResourceExhaustedError("{}", message), reason, {{"claim", std::to_string(claim)}, {"subject", share.meter.subject}, {"left", std::to_string(left)}});
}

absl::Status ShortOfUses(const Share& share, size_t claim, int64_t left) {
  return Short(share, claim, share.uses_reason, left, fmt::format("{}: {} wanted, {} left", Shorten(share.uses_name, 200), share.uses, left));
}

absl::Status ShortOfPool(const Share& share, size_t claim, int64_t left, int64_t wanted) {
  const auto shown = [&](int64_t amount) {
    return share.currency.empty() ? fmt::format("{}", amount) : fmt::format("{} {}.{:02}", share.currency, amount / 100, amount % 100);
  };
  return Short(share, claim, share.pool_reason, left, fmt::format("{}: {} wanted, {} left", Shorten(share.pool_name, 200), shown(wanted), shown(left)));
}

absl::Status SliceShort() { return OutOfRangeError("the customer's slice is short"); }

}  // namespace

std::string TextArray(const std::vector<std::string>& texts) {
  std::string out = "{";
  for (const std::string& text : texts) {
    out += out.size() == 1 ? "\"" : ",\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

Turn::Turn(pqxx::work& work, const Redeemer& redeemer, UnixMicros now) : work_(work), customer_(static_cast<int64_t>(redeemer.customer)), now_(now) {
  number_ = work_.exec_params1(kTakeTurn, customer_, redeemer.external_id)[0].as<int64_t>();
  for (const auto& row : work_.exec_params(kOwnOverdue, customer_, now_)) End(row[0].as<std::string>(), "EXPIRED");
}

void Turn::End(const std::string& reservation_id, const char* state) {
  work_.exec_params(kEnd, customer_, reservation_id, state, now_);
  work_.exec_params(kGiveMetersBack, customer_, reservation_id);
  for (const auto& row : work_.exec_params(kAmounts, customer_, reservation_id)) pools_[row[0].as<std::string>()].given_back += row[1].as<int64_t>();
}

absl::StatusOr<std::vector<Left>> Turn::TakeFromMeters(const std::vector<Share>& shares) {
  std::vector<Left> left(shares.size());
  for (size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    if (!share.metered) continue;
    left[i].taken = work_.exec_params1(kTakeMeter, customer_, share.meter.subject, share.meter.period_start, share.uses)[0].as<int64_t>();
    if (!share.uses_limit) continue;
    left[i].uses = *share.uses_limit - left[i].taken;
    if (*left[i].uses < 0) return ShortOfUses(share, i, std::max<int64_t>(0, *left[i].uses + share.uses));
  }
  return left;
}

absl::StatusOr<std::vector<Left>> Turn::Settle(const std::vector<Share>& shares, Cut cut) {
  RUNG_ASSIGN_OR_RETURN(std::vector<Left> left, TakeFromMeters(shares));
  std::vector<std::string> limited;
  for (size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].pool_limit) limited.push_back(shares[i].pool);
    if (shares[i].pool.empty() || shares[i].amount == 0) continue;
    PoolChange& change = pools_[shares[i].pool];
    change.taken += shares[i].amount;
    if (change.share == nullptr) change.share = &shares[i], change.claim = i;
  }
  for (const auto& [pool, change] : pools_) {
    if (change.share == nullptr) {
      work_.exec_params(kGiveAmountBack, customer_, pool, change.given_back);
    } else {
      RUNG_RETURN_IF_ERROR(cut == Cut::kOwnSlice ? Draw(pool, change) : CutAfresh(pool, change));
    }
  }
  if (limited.empty()) return left;
  const std::vector<int64_t> taken = ReadPools(work_, limited, now_);
  for (size_t i = 0, k = 0; i < shares.size(); ++i) {
    if (shares[i].pool_limit) left[i].amount = std::max<int64_t>(0, *shares[i].pool_limit - taken[k++]);
  }
  return left;
}

absl::Status Turn::Draw(const std::string& pool, const PoolChange& change) {
  const auto drawn = work_.exec_params(kDraw, customer_, pool, change.taken - change.given_back, change.limit());
  return drawn.affected_rows() == 1 ? absl::OkStatus() : SliceShort();
}

absl::Status Turn::CutAfresh(const std::string& pool, const PoolChange& change) {
  work_.exec_params(kMakeSlices, pool);
  const auto slices = work_.exec_params(kLockSlices, pool);
  int64_t taken = -change.given_back;
  for (const auto& row : slices) taken += row[0].as<int64_t>();
  int64_t spread = 0;
  if (change.limit()) {
    const int64_t free = *change.limit() - taken;
    if (free < change.taken) return ShortOfPool(*change.share, change.claim, std::max<int64_t>(0, free), change.taken);
    spread = free - change.taken;
  }
  const int64_t delta = change.taken - change.given_back;
  const int64_t others = spread / static_cast<int64_t>(slices.size());
  const int64_t own = spread - others * (static_cast<int64_t>(slices.size()) - 1);
  work_.exec_params(kCutSlices, customer_, pool, change.limit(), delta, delta + own, others);
  return absl::OkStatus();
}

absl::Status TakeTurn(Sessions& sessions, const std::vector<Share>& shares, UnixMicros now, Deadline deadline,
                      const std::function<absl::Status(pqxx::work&, Cut)>& body) {
  absl::Status status = sessions.Transact(deadline, [&](pqxx::work& work) { return body(work, Cut::kOwnSlice); });
  if (!absl::IsOutOfRange(status)) return status;
  std::vector<std::string> pools;
  for (const Share& share : shares) {
    if (!share.pool.empty() && share.amount != 0) pools.push_back(share.pool);
  }
  // Refused without locking anything: an exhausted budget is asked for often.
  RUNG_RETURN_IF_ERROR(sessions.Transact(deadline, [&](pqxx::work& work) -> absl::Status {
    const std::vector<int64_t> taken = ReadPools(work, pools, now);
    for (size_t i = 0, k = 0; i < shares.size(); ++i) {
      const Share& share = shares[i];
      if (share.pool.empty() || share.amount == 0) continue;
      const int64_t before = taken[k++];
      if (!share.pool_limit || before + share.amount <= *share.pool_limit) continue;
      return ShortOfPool(share, i, std::max<int64_t>(0, *share.pool_limit - before), share.amount);
    }
    return absl::OkStatus();
  }));
  for (int customers = 1; customers > 0;) {
    RUNG_ASSIGN_OR_RETURN(customers, GiveBackOverdue(sessions, pools, now, kOverdueBatch, deadline));
  }
  return sessions.Transact(deadline, [&](pqxx::work& work) { return body(work, Cut::kAfresh); });
}

absl::StatusOr<int> GiveBackOverdue(Sessions& sessions, const std::vector<std::string>& pools, UnixMicros now, int limit, Deadline deadline) {
  std::vector<Redeemer> redeemers;
  RUNG_RETURN_IF_ERROR(sessions.Transact(deadline, [&](pqxx::work& work) {
    redeemers.clear();
    for (const auto& row : work.exec_params(kOverdue, now, TextArray(pools), limit)) {
      redeemers.push_back({CustomerNumber{row[0].as<int64_t>()}, row[1].as<std::string>()});
    }
    return absl::OkStatus();
  }));
  // Each customer for itself: two customers' rows are never locked together.
  for (const Redeemer& redeemer : redeemers) {
    RUNG_RETURN_IF_ERROR(sessions.Transact(deadline, [&](pqxx::work& work) { return Turn(work, redeemer, now).Settle({}, Cut::kOwnSlice).status(); }));
  }
  return static_cast<int>(redeemers.size());
}

std::vector<int64_t> ReadPools(pqxx::work& work, const std::vector<std::string>& pools, UnixMicros now) {
  std::vector<int64_t> taken;
  for (const auto& row : work.exec_params(kPools, TextArray(pools), now)) taken.push_back(row[0].as<int64_t>());
  return taken;
}

std::vector<int64_t> ReadMeters(pqxx::work& work, CustomerNumber customer, const std::vector<Meter>& meters, UnixMicros now) {
  std::vector<std::string> subjects;
  std::string starts = "{";
  for (const Meter& meter : meters) {
    subjects.push_back(meter.subject);
    starts += (starts.size() == 1 ? "" : ",") + std::to_string(meter.period_start);
  }
  std::vector<int64_t> taken;
  for (const auto& row : work.exec_params(kMeters, static_cast<int64_t>(customer), TextArray(subjects), starts + "}", now)) taken.push_back(row[0].as<int64_t>());
  return taken;
}

}  // namespace rung::storage::postgres
