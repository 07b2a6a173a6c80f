#include "services/grading/account_groups.h"

#include <absl/strings/numbers.h>

#include <set>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"

namespace rung::grading {
namespace {

void ToWire(const storage::GroupRow& row, v1::Group& out) {
  out.set_group_id(row.group_id);
  out.set_name(row.name);
  out.set_etag(std::to_string(row.revision));
  out.set_account_count(row.account_count);
  out.set_author(row.author);
  wire::SetTime(row.created_at, out.mutable_created_time());
}

void CheckCustomers(const google::protobuf::RepeatedPtrField<std::string>& ids, std::vector<Violation>& violations) {
  if (ids.empty() || ids.size() > storage::kMaxGroupAccounts) {
    violations.push_back({"customer_ids", "OUT_OF_RANGE", fmt::format("{} ids; 1 to {}", ids.size(), storage::kMaxGroupAccounts)});
    return;
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < ids.size(); ++i) {
    const std::string field = fmt::format("customer_ids[{}]", i);
    if (auto problem = FindRequiredTextProblem(field, ids[i], 128)) violations.push_back(*std::move(problem));
    if (!seen.insert(ids[i]).second) violations.push_back({field, "DUPLICATE", fmt::format("\"{}\" is given twice", Shorten(ids[i], 80))});
  }
}

}  // namespace

template <typename Request>
absl::StatusOr<storage::GroupChange> AccountGroups::Check(const Request& request, const char* method) const {
  std::vector<Violation> violations;
  const auto require = [&](const char* field, const std::string& text, size_t limit) {
    if (auto problem = FindRequiredTextProblem(field, text, limit)) violations.push_back(*std::move(problem));
  };
  require("request_id", request.request_id(), 128);
  require("group_id", request.group_id(), 128);
  if constexpr (requires { request.name(); }) require("name", request.name(), 200);
  if constexpr (requires { request.etag(); }) require("etag", request.etag(), 256);
  require("reason", request.reason(), 1000);
  require("author", request.author(), 128);
  CheckCustomers(request.customer_ids(), violations);
  if (!violations.empty()) return InvalidRequest(violations);
  storage::GroupChange change;
  change.method = method;
  change.request_id = request.request_id();
  change.request_bytes = request.SerializeAsString();
  change.group_id = request.group_id();
  change.reason = request.reason();
  change.author = request.author();
  change.now = clock_.NowMicros();
  change.today = zone_.DayOf(change.now / 1'000'000);
  if constexpr (requires { request.etag(); }) {
    if (!absl::SimpleAtoi(ToAbsl(request.etag()), &change.revision) || change.revision < 1) change.revision = -1;  // no group ever had it
  }
  return change;
}

absl::Status AccountGroups::Apply(const storage::GroupChange& change, v1::Group& out, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const storage::GroupRow row, store_.Change(change, deadline));
  grader_.DecideWhatIsDue();
  ToWire(row, out);
  return absl::OkStatus();
}

absl::Status AccountGroups::Create(const v1::CreateGroupRequest& request, v1::Group& out, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(storage::GroupChange change, Check(request, "CreateGroup"));
  change.name = request.name();
  change.joining.assign(request.customer_ids().begin(), request.customer_ids().end());
  return Apply(change, out, deadline);
}

absl::Status AccountGroups::Add(const v1::AddAccountsRequest& request, v1::Group& out, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(storage::GroupChange change, Check(request, "AddAccounts"));
  change.joining.assign(request.customer_ids().begin(), request.customer_ids().end());
  return Apply(change, out, deadline);
}

absl::Status AccountGroups::Remove(const v1::RemoveAccountsRequest& request, v1::Group& out, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(storage::GroupChange change, Check(request, "RemoveAccounts"));
  change.leaving.assign(request.customer_ids().begin(), request.customer_ids().end());
  return Apply(change, out, deadline);
}

absl::Status AccountGroups::Get(const v1::GetGroupRequest& request, v1::GetGroupResponse& response, Deadline deadline) const {
  if (request.group_id().empty()) return InvalidField("group_id", "REQUIRED", "must not be empty");
  RUNG_ASSIGN_OR_RETURN(const storage::GroupRow row, store_.Get(request.group_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const auto accounts, store_.Accounts(request.group_id(), deadline));
  ToWire(row, *response.mutable_group());
  for (const std::string& id : accounts) response.add_customer_ids(id);
  return absl::OkStatus();
}

absl::Status AccountGroups::List(const v1::ListGroupsRequest& request, v1::ListGroupsResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "groups|" + request.customer_id();
  RUNG_ASSIGN_OR_RETURN(const int64_t offset, rpc::ParsePageToken(request.page_token(), filter));
  const CustomerNumber customer = request.customer_id().empty() ? CustomerNumber{} : FingerprintOf(request.customer_id()).number;
  RUNG_ASSIGN_OR_RETURN(auto rows, store_.List(customer, offset, page_size + 1, deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(page_size);
    response.set_next_page_token(rpc::PageToken(offset + page_size, filter));
  }
  for (const storage::GroupRow& row : rows) ToWire(row, *response.add_groups());
  return absl::OkStatus();
}

}  // namespace rung::grading
