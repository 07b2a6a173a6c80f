// Groups of accounts, as people make and change them.
#pragma once

#include "libs/storage/account_store.h"
#include "rung/grading/v1/account.pb.h"
#include "services/grading/group_grader.h"

namespace rung::grading {

/// Thread-safe.
class AccountGroups {
 public:
  AccountGroups(storage::AccountStore& store, GroupGrader& grader, const Clock& clock, const BusinessZone& zone)
      : store_(store), grader_(grader), clock_(clock), zone_(zone) {}

  absl::Status Create(const v1::CreateGroupRequest& request, v1::Group& out, Deadline deadline);
  absl::Status Add(const v1::AddAccountsRequest& request, v1::Group& out, Deadline deadline);
  absl::Status Remove(const v1::RemoveAccountsRequest& request, v1::Group& out, Deadline deadline);
  absl::Status Get(const v1::GetGroupRequest& request, v1::GetGroupResponse& response, Deadline deadline) const;
  absl::Status List(const v1::ListGroupsRequest& request, v1::ListGroupsResponse& response, Deadline deadline) const;

 private:
  template <typename Request>
  absl::StatusOr<storage::GroupChange> Check(const Request& request, const char* method) const;
  absl::Status Apply(const storage::GroupChange& change, v1::Group& out, Deadline deadline);

  storage::AccountStore& store_;
  GroupGrader& grader_;
  const Clock& clock_;
  const BusinessZone& zone_;
};

}  // namespace rung::grading
