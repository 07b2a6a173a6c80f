#include <algorithm>

#include <absl/strings/numbers.h>
#include <absl/strings/string_view.h>
#include <fmt/format.h>

#include "libs/base/status.h"
#include "rung/grading/v1/appeal.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/sentences.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::AppealService::Stub;

constexpr int kPageMax = 500;

Label StateLabel(pb::AppealState state) {
  switch (state) {
    case pb::APPEAL_STATE_OPEN: return {"open", "待处理"};
    case pb::APPEAL_STATE_ACCEPTING: return {"being accepted", "受理中"};
    case pb::APPEAL_STATE_ACCEPTED: return {"accepted", "已成立"};
    case pb::APPEAL_STATE_REJECTED: return {"rejected", "已驳回"};
    case pb::APPEAL_STATE_WITHDRAWN: return {"withdrawn", "已撤回"};
    default: return {"", ""};
  }
}

std::string DueIn(const pb::Appeal& item, const Session& session) {
  return item.overdue() ? item.due_date() + session.In({" overdue", " 已逾期"}) : item.due_date();
}

std::string CustomerOf(const pb::Appeal& item) {
  return item.merged_into_customer_id().empty() ? item.customer_id() : fmt::format("{} → {}", item.customer_id(), item.merged_into_customer_id());
}

std::string QueueTable(const pb::ListAppealsResponse& appeals, const Session& session) {
  Table table;
  for (const Label& label : {Label{"Due", "期限"}, Label{"Customer", "客户"}, Label{"Appeal", "申诉"}, Label{"State", "状态"}, Label{"Ladder", "分级体系"},
                             Label{"Tier", "等级"}, Label{"Assignee", "处理人"}, Label{"Text", "内容"}}) {
    table.AddColumn(session.In(label));
  }
  for (const pb::Appeal& item : appeals.appeals()) {
    table.AddRow({DueIn(item, session), CustomerOf(item), item.appeal_id(), session.In(StateLabel(item.state())), item.ladder_id(), item.tier_code(),
                  item.assignee(), Printable(item.text())});
  }
  return table.Render();
}

std::string DetailTable(const pb::Appeal& item, const Session& session) {
  Table table;
  table.AddColumn("");
  table.AddColumn("");
  const auto row = [&](const Label& label, std::string value) {
    if (!value.empty()) table.AddRow({session.In(label), std::move(value)});
  };
  row({"Customer", "客户"}, item.customer_id());
  row({"Merged into", "已并入"}, item.merged_into_customer_id());
  row({"Appeal", "申诉"}, item.appeal_id());
  row({"State", "状态"}, session.In(StateLabel(item.state())));
  row({"Against", "针对"}, fmt::format("{} v{} {}", item.ladder_id(), item.version(), item.tier_code()));
  row({"Text", "内容"}, Printable(item.text()));
  row({"Contact", "联系方式"}, Printable(item.contact()));
  row({"Filed", "提交时间"}, FormatInstant(item.filed_time().seconds()));
  row({"Filed by", "提交人"}, item.author());
  row({"Due", "期限"}, DueIn(item, session));
  row({"Assignee", "处理人"}, item.assignee());
  if (item.has_resolved_time()) row({"Resolved", "处理时间"}, FormatInstant(item.resolved_time().seconds()));
  row({"Resolved by", "裁定人"}, item.resolved_by());
  row({"Why", "理由"}, Printable(item.resolution_reason()));
  row({"Correcting event", "更正事件"}, item.correcting_event_id());
  if (item.state() == pb::APPEAL_STATE_ACCEPTED) row({"Tier", "等级"}, fmt::format("{} → {}", item.tier_code_before(), item.tier_code_after()));
  return table.Render();
}

int Show(const google::protobuf::Message& response, const pb::Appeal& item, const Session& session) {
  fmt::print("{}", session.options.json ? ToJson(response) : DetailTable(item, session));
  return kExitOk;
}

template <typename Command>
grpc::Status Get(const Command& command, Session& session, pb::GetAppealResponse& response) {
  pb::GetAppealRequest request;
  request.set_customer_id(command.customer_id);
  request.set_appeal_id(command.appeal_id);
  return session.connection.Call<pb::AppealService>(&Stub::GetAppeal, request, &response);
}

void PrintReview(const pb::GetAppealResponse& seen, const Session& session) {
  for (const pb::AppealComment& comment : seen.comments()) {
    fmt::print("  {} {}: {}\n", FormatInstant(comment.created_time().seconds()), comment.author(), Printable(comment.text()));
  }
  if (seen.has_replay()) {
    fmt::print("\n{}: {}\n", session.In({"The decision made again", "决定重算"}),
               seen.replay().matches() ? session.In({"the same, bit for bit", "完全一致"}) : session.In({"DIFFERENT", "不一致"}));
    fmt::print("  {}\n", SentenceIn(seen.explanation().summary(), session));
    PrintSection({"Why not the next tier", "为何未达更高等级"}, seen.explanation().next_tier_sentences(), session);
  }
  fmt::print("\n{}\n", SentenceIn(seen.corrections_summary(), session));
  for (const pb::SmallestCorrection& correction : seen.corrections()) fmt::print("  {}\n", SentenceIn(correction.sentence(), session));
  for (const pb::DecisiveEvent& event : seen.decisive_events()) fmt::print("  {}\n", SentenceIn(event.sentence(), session));
}

// From --event, --void or --value; the server fills in ids, source and time.
absl::Status ReadCorrection(const AppealResolve& command, pb::Event& correction) {
  if (!command.event_file.empty()) return ReadDocument(command.event_file, correction);
  if (!command.voided_event_id.empty()) {
    correction.mutable_void_event()->set_voided_event_id(command.voided_event_id);
    return absl::OkStatus();
  }
  const size_t equals = command.outside_value.find('=');
  double value = 0;
  const std::string number = equals == std::string::npos ? "" : command.outside_value.substr(equals + 1);
  if (!absl::SimpleAtod(absl::string_view(number.data(), number.size()), &value)) {
    return InvalidArgumentError("--value {}: write NAME=NUMBER, like credit_score=710", command.outside_value);
  }
  correction.mutable_outside_value()->set_name(command.outside_value.substr(0, equals));
  correction.mutable_outside_value()->set_value(value);
  return absl::OkStatus();
}

}  // namespace

int Run(const AppealFile& command, Session& session) {
  pb::FileAppealRequest request;
  request.set_customer_id(command.customer_id);
  request.set_appeal_id(command.appeal_id.empty() ? NewRequestId() : command.appeal_id);
  request.set_ladder_id(command.ladder_id);
  request.set_version(command.version);
  request.set_text(command.text);
  request.set_contact(command.contact);
  request.set_author(AuthorOr(command.author));
  if (command.deadline_days > 0) request.set_deadline_days(command.deadline_days);
  pb::FileAppealResponse response;
  const grpc::Status status = session.connection.Call<pb::AppealService>(&Stub::FileAppeal, request, &response);
  return status.ok() ? Show(response, response.appeal(), session) : Fail(status);
}

int Run(const AppealList& command, Session& session) {
  pb::ListAppealsRequest request;
  request.set_customer_id(command.customer_id);
  request.set_assignee(command.assignee);
  request.set_unassigned(command.unassigned);
  request.set_overdue(command.overdue);
  request.set_state(command.state == "open"        ? pb::APPEAL_STATE_OPEN
                    : command.state == "accepting" ? pb::APPEAL_STATE_ACCEPTING
                    : command.state == "accepted"  ? pb::APPEAL_STATE_ACCEPTED
                    : command.state == "rejected"  ? pb::APPEAL_STATE_REJECTED
                    : command.state == "withdrawn" ? pb::APPEAL_STATE_WITHDRAWN
                                                   : pb::APPEAL_STATE_UNSPECIFIED);
  pb::ListAppealsResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.appeals_size()));
    pb::ListAppealsResponse page;
    const grpc::Status status = session.connection.Call<pb::AppealService>(&Stub::ListAppeals, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.appeals_size() < command.limit);
  fmt::print("{}", session.options.json ? ToJson(all) : QueueTable(all, session));
  return kExitOk;
}

int Run(const AppealShow& command, Session& session) {
  pb::GetAppealResponse response;
  const grpc::Status status = Get(command, session, response);
  if (!status.ok()) return Fail(status);
  Show(response, response.appeal(), session);
  if (!session.options.json) PrintReview(response, session);
  return kExitOk;
}

int Run(const AppealAssign& command, Session& session) {
  pb::GetAppealResponse seen;
  grpc::Status status = Get(command, session, seen);
  if (!status.ok()) return Fail(status);
  pb::AssignAppealRequest request;
  request.set_customer_id(command.customer_id);
  request.set_appeal_id(command.appeal_id);
  request.set_etag(seen.appeal().etag());
  request.set_assignee(command.assignee);
  request.set_author(AuthorOr(command.author));
  pb::AssignAppealResponse response;
  status = session.connection.Call<pb::AppealService>(&Stub::AssignAppeal, request, &response);
  return status.ok() ? Show(response, response.appeal(), session) : Fail(status);
}

int Run(const AppealComment& command, Session& session) {
  pb::CommentAppealRequest request;
  request.set_customer_id(command.customer_id);
  request.set_appeal_id(command.appeal_id);
  request.set_comment_id(command.comment_id.empty() ? NewRequestId() : command.comment_id);
  request.set_text(command.text);
  request.set_author(AuthorOr(command.author));
  pb::CommentAppealResponse response;
  const grpc::Status status = session.connection.Call<pb::AppealService>(&Stub::CommentAppeal, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) fmt::print("{}", ToJson(response));
  return kExitOk;
}

int Run(const AppealResolve& command, Session& session) {
  pb::ResolveAppealRequest request;
  if (command.accept) {
    if (const absl::Status read = ReadCorrection(command, *request.mutable_correction()); !read.ok()) return FailLocally(read);
  }
  pb::GetAppealResponse seen;
  grpc::Status status = Get(command, session, seen);
  if (!status.ok()) return Fail(status);
  request.set_customer_id(command.customer_id);
  request.set_appeal_id(command.appeal_id);
  request.set_etag(seen.appeal().etag());
  request.set_verdict(command.accept ? pb::APPEAL_STATE_ACCEPTED : pb::APPEAL_STATE_REJECTED);
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  request.set_dry_run(command.dry_run);
  pb::ResolveAppealResponse response;
  status = session.connection.Call<pb::AppealService>(&Stub::ResolveAppeal, request, &response);
  if (!status.ok()) return Fail(status);
  if (!command.dry_run || session.options.json) return Show(response, response.appeal(), session);
  fmt::print("{}\n", session.In({fmt::format("The engine would decide {} today (computed: {}); nothing was written", response.tier_code(), response.computed_tier_code()),
                                 fmt::format("引擎今天将定为 {}（计算等级 {}）；未写入任何数据", response.tier_code(), response.computed_tier_code())}));
  return kExitOk;
}

int Run(const AppealWithdraw& command, Session& session) {
  pb::GetAppealResponse seen;
  grpc::Status status = Get(command, session, seen);
  if (!status.ok()) return Fail(status);
  pb::WithdrawAppealRequest request;
  request.set_customer_id(command.customer_id);
  request.set_appeal_id(command.appeal_id);
  request.set_etag(seen.appeal().etag());
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  pb::WithdrawAppealResponse response;
  status = session.connection.Call<pb::AppealService>(&Stub::WithdrawAppeal, request, &response);
  return status.ok() ? Show(response, response.appeal(), session) : Fail(status);
}

}  // namespace rung::ctl
