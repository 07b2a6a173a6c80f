#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "rung/grading/v1/account.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"
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

constexpr int kPageMax = 500;

template <typename Groups>
std::string TableOf(const Groups& groups, const Session& session) {
  Table table;
  for (const Label& label : {Label{"Group", "组"}, Label{"Name", "名称"}, Label{"Accounts", "账户数"}, Label{"Author", "操作人"}, Label{"Etag", "版本标记"}}) {
    table.AddColumn(session.In(label));
  }
  for (const pb::Group& group : groups) {
    table.AddRow({Printable(group.group_id()), Printable(group.name()), FormatCount(group.account_count()), Printable(group.author()), group.etag()});
  }
  return table.Render();
}

int Show(const google::protobuf::Message& response, const pb::Group& group, const Session& session) {
  fmt::print("{}", session.options.json ? ToJson(response) : TableOf(std::vector<pb::Group>{group}, session));
  return kExitOk;
}

template <typename Request, typename Command>
Request RequestOf(const Command& command) {
  Request request;
  request.set_request_id(command.request_id.empty() ? NewRequestId() : command.request_id);
  request.set_group_id(command.group_id);
  for (const std::string& id : command.customer_ids) request.add_customer_ids(id);
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  return request;
}

grpc::Status Get(const std::string& group_id, Session& session, pb::GetGroupResponse& response) {
  pb::GetGroupRequest request;
  request.set_group_id(group_id);
  return session.connection.Call<pb::AccountService>(&Stub::GetGroup, request, &response);
}

template <typename Response, typename Request, typename Method>
int Change(const GroupChange& command, Method method, Session& session) {
  Request request = RequestOf<Request>(command);
  request.set_etag(command.etag);
  if (command.etag.empty()) {
    pb::GetGroupResponse current;
    if (const grpc::Status status = Get(command.group_id, session, current); !status.ok()) return Fail(status);
    request.set_etag(current.group().etag());
  }
  Response response;
  const grpc::Status status = session.connection.Call<pb::AccountService>(method, request, &response);
  return status.ok() ? Show(response, response.group(), session) : Fail(status);
}

}  // namespace

int Run(const GroupCreate& command, Session& session) {
  auto request = RequestOf<pb::CreateGroupRequest>(command);
  request.set_name(command.name.empty() ? command.group_id : command.name);
  pb::CreateGroupResponse response;
  const grpc::Status status = session.connection.Call<pb::AccountService>(&Stub::CreateGroup, request, &response);
  return status.ok() ? Show(response, response.group(), session) : Fail(status);
}

int Run(const GroupChange& command, Session& session) {
  if (command.remove) return Change<pb::RemoveAccountsResponse, pb::RemoveAccountsRequest>(command, &Stub::RemoveAccounts, session);
  return Change<pb::AddAccountsResponse, pb::AddAccountsRequest>(command, &Stub::AddAccounts, session);
}

int Run(const GroupShow& command, Session& session) {
  pb::GetGroupResponse response;
  if (const grpc::Status status = Get(command.group_id, session, response); !status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{}", TableOf(std::vector<pb::Group>{response.group()}, session));
  if (response.customer_ids().empty()) return kExitOk;
  pb::BatchGetTiersRequest wanted;
  *wanted.mutable_customer_ids() = response.customer_ids();
  pb::BatchGetTiersResponse tiers;
  const grpc::Status status = session.connection.Call<pb::TierService>(&pb::TierService::Stub::BatchGetTiers, wanted, &tiers);
  if (!status.ok()) return Fail(status);
  Table table;
  for (const Label& label : {Label{"Customer", "客户"}, Label{"Tier", "等级"}, Label{"Version", "版本"}}) table.AddColumn(session.In(label));
  for (const pb::CustomerTier& tier : tiers.tiers()) {
    table.AddRow({Printable(tier.customer_id()), tier.graded() ? tier.tier_code() : session.In({"not graded", "未评级"}), std::to_string(tier.version())});
  }
  fmt::print("\n{}", table.Render());
  return kExitOk;
}

int Run(const GroupList& command, Session& session) {
  pb::ListGroupsRequest request;
  request.set_customer_id(command.customer_id);
  pb::ListGroupsResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.groups_size()));
    pb::ListGroupsResponse page;
    const grpc::Status status = session.connection.Call<pb::AccountService>(&Stub::ListGroups, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.groups_size() < command.limit);
  fmt::print("{}", session.options.json ? ToJson(all) : TableOf(all.groups(), session));
  return kExitOk;
}

}  // namespace rung::ctl
