#include <algorithm>

#include <fmt/format.h>

#include "rung/benefits/v1/coupon.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = benefits::v1;
using Stub = pb::CouponService::Stub;

constexpr int kPageMax = 500;

Label StateLabel(pb::CouponState state) {
  switch (state) {
    case pb::COUPON_STATE_ISSUED: return {"issued", "可用"};
    case pb::COUPON_STATE_RESERVED: return {"reserved", "已预留"};
    case pb::COUPON_STATE_REDEEMED: return {"redeemed", "已使用"};
    case pb::COUPON_STATE_EXPIRED: return {"expired", "已过期"};
    default: return {"", ""};
  }
}

pb::CouponState StateOf(const std::string& name) {
  for (const auto state : {pb::COUPON_STATE_ISSUED, pb::COUPON_STATE_RESERVED, pb::COUPON_STATE_REDEEMED, pb::COUPON_STATE_EXPIRED}) {
    if (name == StateLabel(state).en) return state;
  }
  return pb::COUPON_STATE_UNSPECIFIED;
}

std::string CouponTable(const std::vector<const pb::IssuedCoupon*>& coupons, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Coupon", "优惠券"}));
  table.AddColumn(session.In({"Customer", "客户"}));
  table.AddColumn(session.In({"Definition", "券定义"}));
  table.AddColumn(session.In({"Version", "版本"}), Align::kRight);
  table.AddColumn(session.In({"State", "状态"}));
  table.AddColumn(session.In({"Issued", "发放时间"}));
  table.AddColumn(session.In({"Until", "有效期至"}));
  table.AddColumn(session.In({"Order", "订单"}));
  table.AddColumn(session.In({"Source", "来源"}));
  for (const pb::IssuedCoupon* item : coupons) {
    table.AddRow({item->issued_coupon_id(), item->customer_id(), item->coupon_id(), std::to_string(item->coupon_version()), session.In(StateLabel(item->state())),
                  FormatInstant(item->issued_time().seconds()), item->until_date(), item->order_id(), item->source()});
  }
  return table.Render();
}

std::string Of(int64_t count, const std::optional<int64_t>& limit) { return limit ? fmt::format("{} / {}", FormatCount(count), FormatCount(*limit)) : FormatCount(count); }

}  // namespace

int Run(const CouponIssue& command, Session& session) {
  pb::IssueCouponRequest request;
  request.set_request_id(command.request_id.empty() ? NewRequestId() : command.request_id);
  request.set_customer_id(command.customer_id);
  request.set_coupon_id(command.coupon_id);
  request.set_source(AuthorOr(command.source));
  pb::IssueCouponResponse response;
  const grpc::Status status = session.connection.Call<pb::CouponService>(&Stub::IssueCoupon, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : CouponTable({&response.coupon()}, session));
  return kExitOk;
}

int Run(const CouponList& command, Session& session) {
  pb::ListCouponsRequest request;
  request.set_customer_id(command.customer_id);
  request.set_state(StateOf(command.state));
  pb::ListCouponsResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.entries_size()));
    pb::ListCouponsResponse page;
    const grpc::Status status = session.connection.Call<pb::CouponService>(&Stub::ListCoupons, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.entries_size() < command.limit);
  std::vector<const pb::IssuedCoupon*> coupons;
  for (const auto& entry : all.entries()) coupons.push_back(&entry.coupon());
  fmt::print("{}", session.options.json ? ToJson(all) : CouponTable(coupons, session));
  return kExitOk;
}

int Run(const CouponUsage& command, Session& session) {
  pb::GetCouponUsageRequest request;
  request.set_coupon_id(command.coupon_id);
  pb::GetCouponUsageResponse response;
  const grpc::Status status = session.connection.Call<pb::CouponService>(&Stub::GetCouponUsage, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  table.AddRow({session.In({"Coupon", "优惠券"}), fmt::format("{} v{}", response.coupon_id(), response.coupon_version())});
  table.AddRow({session.In({"Issued", "已发放"}), Of(response.issued_count(), response.has_issue_limit() ? std::optional(response.issue_limit()) : std::nullopt)});
  std::string used = FormatMoney(response.used_fen(), "");
  if (response.has_budget_fen()) used += " / " + FormatMoney(response.budget_fen(), "");
  table.AddRow({session.In({"Used", "已用金额"}), used});
  fmt::print("{}", table.Render());
  return kExitOk;
}

}  // namespace rung::ctl
