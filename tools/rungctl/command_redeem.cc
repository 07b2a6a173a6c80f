#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "libs/base/status.h"
#include "rung/benefits/v1/redemption.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = benefits::v1;
using Stub = pb::RedemptionService::Stub;

constexpr int kPageMax = 500;

Label StateLabel(pb::ReservationState state) {
  switch (state) {
    case pb::RESERVATION_STATE_RESERVED: return {"reserved", "已预留"};
    case pb::RESERVATION_STATE_COMMITTED: return {"committed", "已核销"};
    case pb::RESERVATION_STATE_RELEASED: return {"released", "已释放"};
    case pb::RESERVATION_STATE_EXPIRED: return {"expired", "已过期"};
    default: return {"", ""};
  }
}

std::string ClaimsOf(const pb::Reservation& item) {
  std::string text;
  for (const pb::Claim& claim : item.claims()) {
    text += (text.empty() ? "" : ", ") + (claim.benefit_id().empty() ? claim.issued_coupon_id() : claim.benefit_id());
    if (claim.use_count() > 1) text += fmt::format(" x{}", claim.use_count());
    if (claim.amount_fen() != 0) text += " (" + FormatMoney(claim.amount_fen(), "") + ")";
  }
  return text;
}

std::string ReservationTable(const google::protobuf::RepeatedPtrField<pb::Reservation>& items, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Reservation", "预留"}));
  table.AddColumn(session.In({"Order", "订单"}));
  table.AddColumn(session.In({"State", "状态"}));
  table.AddColumn(session.In({"Claims", "内容"}));
  table.AddColumn(session.In({"Reserved", "预留时间"}));
  table.AddColumn(session.In({"Expires", "到期时间"}));
  table.AddColumn(session.In({"Ended", "结束时间"}));
  for (const pb::Reservation& item : items) {
    const bool held = item.state() == pb::RESERVATION_STATE_RESERVED;
    table.AddRow({item.reservation_id(), item.order_id(), session.In(StateLabel(item.state())), ClaimsOf(item), FormatInstant(item.reserved_time().seconds()),
                  held ? FormatInstant(item.expire_time().seconds()) : "", FormatInstant(item.ended_time().seconds())});
  }
  return table.Render();
}

// "ID" or "ID=FEN".
absl::Status ReadClaim(const std::string& text, std::string* id, pb::Claim& claim) {
  const size_t mark = text.rfind('=');
  *id = text.substr(0, mark);
  if (mark == std::string::npos) return absl::OkStatus();
  int64_t amount = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + mark + 1, end, amount);
  if (error != std::errc() || at != end) return InvalidArgumentError("\"{}\" isn't like ID or ID=1500, an amount in fen", text);
  claim.set_amount_fen(amount);
  return absl::OkStatus();
}

template <typename Request, typename Response>
int End(const RedeemEnd& command, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), Session& session) {
  Request request;
  request.set_customer_id(command.customer_id);
  request.set_reservation_id(command.reservation_id);
  request.set_order_id(command.order_id);
  Response response;
  const grpc::Status status = session.connection.Call<pb::RedemptionService>(method, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : ReservationTable(response.reservations(), session));
  return kExitOk;
}

}  // namespace

int Run(const RedeemReserve& command, Session& session) {
  pb::ReserveRequest request;
  request.set_request_id(command.request_id.empty() ? NewRequestId() : command.request_id);
  request.set_customer_id(command.customer_id);
  request.set_order_id(command.order_id);
  request.set_plan_id(command.plan_id);
  request.set_hold_seconds(command.hold_seconds);
  for (const bool benefit : {true, false}) {
    for (const std::string& text : benefit ? command.benefits : command.coupons) {
      pb::Claim& claim = *request.add_claims();
      std::string* id = benefit ? claim.mutable_benefit_id() : claim.mutable_issued_coupon_id();
      if (const absl::Status status = ReadClaim(text, id, claim); !status.ok()) return FailLocally(status);
    }
  }
  pb::ReserveResponse response;
  const grpc::Status status = session.connection.Call<pb::RedemptionService>(&Stub::Reserve, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  google::protobuf::RepeatedPtrField<pb::Reservation> one;
  *one.Add() = response.reservation();
  fmt::print("{}", ReservationTable(one, session));
  for (int i = 0; i < response.remaining_size(); ++i) {
    const pb::Remaining& left = response.remaining(i);
    const pb::Claim& claim = response.reservation().claims(i);
    const std::string id = Printable(claim.benefit_id().empty() ? claim.issued_coupon_id() : claim.benefit_id());
    if (left.has_uses()) fmt::print("{}: {} {}\n", id, FormatCount(left.uses()), session.In({"uses left", "次剩余"}));
    if (left.has_budget_fen()) fmt::print("{}: {} {}\n", id, FormatMoney(left.budget_fen(), ""), session.In({"left of the budget", "预算剩余"}));
  }
  return kExitOk;
}

int Run(const RedeemCommit& command, Session& session) { return End(command, &Stub::Commit, session); }
int Run(const RedeemRelease& command, Session& session) { return End(command, &Stub::Release, session); }

int Run(const RedeemList& command, Session& session) {
  pb::ListReservationsRequest request;
  request.set_customer_id(command.customer_id);
  request.set_order_id(command.order_id);
  pb::ListReservationsResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.reservations_size()));
    pb::ListReservationsResponse page;
    const grpc::Status status = session.connection.Call<pb::RedemptionService>(&Stub::ListReservations, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.reservations_size() < command.limit);
  fmt::print("{}", session.options.json ? ToJson(all) : ReservationTable(all.reservations(), session));
  return kExitOk;
}

}  // namespace rung::ctl
