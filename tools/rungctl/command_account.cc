#include <fmt/format.h>

#include "rung/grading/v1/account.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::AccountService::Stub;

template <typename Merges>
std::string TableOf(const Merges& merges, const Session& session) {
  Table table;
  for (const Label& label : {Label{"Merged", "被合并账户"}, Label{"Into", "并入"}, Label{"Events", "事件数"}, Label{"Author", "操作人"}, Label{"Reason", "理由"}}) {
    table.AddColumn(session.In(label));
  }
  for (const pb::AccountMerge& merge : merges) {
    table.AddRow({Printable(merge.customer_id()), Printable(merge.target_customer_id()), FormatCount(merge.event_count()), Printable(merge.author()),
                  Printable(merge.reason())});
  }
  return table.Render();
}

}  // namespace

int Run(const AccountMerge& command, Session& session) {
  pb::MergeAccountsRequest request;
  request.set_request_id(command.request_id.empty() ? NewRequestId() : command.request_id);
  request.set_customer_id(command.customer_id);
  request.set_target_customer_id(command.target_customer_id);
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  pb::MergeAccountsResponse response;
  const grpc::Status status = session.connection.Call<pb::AccountService>(&Stub::MergeAccounts, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : TableOf(std::vector<pb::AccountMerge>{response.merge()}, session));
  return kExitOk;
}

int Run(const AccountShow& command, Session& session) {
  pb::GetAccountRequest request;
  request.set_customer_id(command.customer_id);
  pb::GetAccountResponse response;
  const grpc::Status status = session.connection.Call<pb::AccountService>(&Stub::GetAccount, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const pb::Account& account = response.account();
  const auto or_none = [&](const std::string& text) { return text.empty() ? session.In({"none", "无"}) : Printable(text); };
  fmt::print("{}: {}\n{}: {}\n", session.In({"Merged into", "已并入"}), or_none(account.merged_into_customer_id()), session.In({"Group", "组"}), or_none(account.group_id()));
  if (!account.merges().empty()) fmt::print("\n{}", TableOf(account.merges(), session));
  return kExitOk;
}

}  // namespace rung::ctl
