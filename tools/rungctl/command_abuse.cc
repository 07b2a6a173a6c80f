#include <algorithm>

#include <fmt/format.h>

#include "rung/grading/v1/abuse.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::AbuseService::Stub;

constexpr int kPageMax = 500;

std::string ReasonIn(const pb::AbuseSignal& signal, const Session& session) {
  return Printable(session.options.language == Language::kChinese ? signal.reason_zh() : signal.reason_en());
}

Label StateLabel(pb::AbuseCaseState state) {
  switch (state) {
    case pb::ABUSE_CASE_STATE_OPEN: return {"open", "待复核"};
    case pb::ABUSE_CASE_STATE_CONFIRMED: return {"confirmed", "已确认"};
    case pb::ABUSE_CASE_STATE_CLEARED: return {"cleared", "已排除"};
    default: return {"", ""};
  }
}

int Show(const pb::AbuseCase& item, const Session& session) {
  if (session.options.json) {
    fmt::print("{}", ToJson(item));
    return kExitOk;
  }
  Table table;
  table.AddColumn("");
  table.AddColumn("");
  const auto row = [&](const Label& label, std::string value) { table.AddRow({session.In(label), std::move(value)}); };
  row({"Customer", "客户"}, item.customer_id());
  row({"Case", "案件"}, std::to_string(item.case_number()));
  row({"State", "状态"}, session.In(StateLabel(item.state())));
  row({"Score", "可疑分"}, FormatScore(item.score_milli(), 100));
  row({"Upgrades frozen", "升级冻结"}, session.In(item.upgrades_frozen() ? Label{"yes", "是"} : Label{"no", "否"}));
  if (!item.frozen_until_date().empty()) row({"  until", "  截止"}, item.frozen_until_date());
  row({"As of", "截至"}, item.as_of_date());
  row({"Opened", "建案时间"}, FormatInstant(item.opened_time().seconds()));
  if (!item.decided_by().empty()) {
    row({"Decided", "复核时间"}, FormatInstant(item.decided_time().seconds()));
    row({"Decided by", "复核人"}, item.decided_by());
    row({"Why", "理由"}, item.decision_reason());
  }
  fmt::print("{}", table.Render());
  for (const pb::AbuseSignal& signal : item.signals()) fmt::print("  {}\n", ReasonIn(signal, session));
  return kExitOk;
}

grpc::Status Get(const std::string& customer, int32_t number, Session& session, pb::AbuseCase& out) {
  pb::GetAbuseCaseRequest request;
  request.set_customer_id(customer);
  request.set_case_number(number);
  pb::GetAbuseCaseResponse response;
  grpc::Status status = session.connection.Call<pb::AbuseService>(&Stub::GetAbuseCase, request, &response);
  out = std::move(*response.mutable_abuse_case());
  return status;
}

std::string CaseTable(const pb::ListAbuseCasesResponse& cases, const Session& session) {
  Table table;
  const auto column = [&](const Label& label, Align align) { table.AddColumn(session.In(label), align); };
  column({"Customer", "客户"}, Align::kLeft);
  column({"Case", "案件"}, Align::kRight);
  column({"Score", "可疑分"}, Align::kRight);
  column({"Frozen", "冻结"}, Align::kLeft);
  column({"As of", "截至"}, Align::kLeft);
  column({"First reason", "首要原因"}, Align::kLeft);
  for (const pb::AbuseCase& item : cases.cases()) {
    table.AddRow({item.customer_id(), std::to_string(item.case_number()), FormatScore(item.score_milli(), 100),
                  session.In(item.upgrades_frozen() ? Label{"yes", "是"} : Label{"", ""}), item.as_of_date(),
                  item.signals().empty() ? "" : ReasonIn(item.signals(0), session)});
  }
  return table.Render();
}

}  // namespace

int Run(const AbuseScan& command, Session& session) {
  pb::ScanAbuseRequest request;
  request.set_as_of_date(command.as_of_date);
  request.set_author(AuthorOr(command.author));
  pb::ScanAbuseResponse response;
  const grpc::Status status = session.connection.Call<pb::AbuseService>(&Stub::ScanAbuse, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  const auto row = [&](const Label& label, std::string value) { table.AddRow({session.In(label), std::move(value)}); };
  row({"As of", "截至"}, response.as_of_date());
  row({"Customers", "客户数"}, FormatCount(response.customer_count()));
  row({"Listed", "可疑"}, FormatCount(response.listed_count()));
  row({"  upgrades frozen", "  其中冻结升级"}, FormatCount(response.frozen_count()));
  row({"Cases opened", "新建案件"}, FormatCount(response.opened_count()));
  row({"Linked groups", "关联账户组"}, FormatCount(response.group_count()));
  fmt::print("{}", table.Render());
  return kExitOk;
}

int Run(const AbuseList& command, Session& session) {
  pb::ListAbuseCasesRequest request;
  request.set_state(command.state == "confirmed" ? pb::ABUSE_CASE_STATE_CONFIRMED
                    : command.state == "cleared" ? pb::ABUSE_CASE_STATE_CLEARED
                                                 : pb::ABUSE_CASE_STATE_OPEN);
  pb::ListAbuseCasesResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.cases_size()));
    pb::ListAbuseCasesResponse page;
    const grpc::Status status = session.connection.Call<pb::AbuseService>(&Stub::ListAbuseCases, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.cases_size() < command.limit);
  fmt::print("{}", session.options.json ? ToJson(all) : CaseTable(all, session));
  return kExitOk;
}

int Run(const AbuseShow& command, Session& session) {
  pb::AbuseCase item;
  const grpc::Status status = Get(command.customer_id, command.case_number, session, item);
  return status.ok() ? Show(item, session) : Fail(status);
}

int Run(const AbuseReview& command, Session& session) {
  pb::AbuseCase item;
  grpc::Status status = Get(command.customer_id, command.case_number, session, item);
  if (!status.ok()) return Fail(status);
  pb::ReviewAbuseCaseRequest request;
  request.set_customer_id(command.customer_id);
  request.set_case_number(item.case_number());
  request.set_etag(item.etag());
  request.set_verdict(command.confirm ? pb::ABUSE_CASE_STATE_CONFIRMED : pb::ABUSE_CASE_STATE_CLEARED);
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  if (command.freeze_days >= 0) request.set_freeze_days(command.freeze_days);
  pb::ReviewAbuseCaseResponse response;
  status = session.connection.Call<pb::AbuseService>(&Stub::ReviewAbuseCase, request, &response);
  return status.ok() ? Show(response.abuse_case(), session) : Fail(status);
}

}  // namespace rung::ctl
