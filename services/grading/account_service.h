// rung.grading.v1.AccountService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/account.grpc.pb.h"
#include "services/grading/account_groups.h"
#include "services/grading/account_merger.h"

namespace rung::grading {

class AccountService final : public v1::AccountService::CallbackService {
 public:
  AccountService(AccountGroups& groups, AccountMerger& merger, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : groups_(groups), merger_(merger), pool_(pool), metrics_(metrics) {}

  grpc::ServerUnaryReactor* CreateGroup(grpc::CallbackServerContext* context, const v1::CreateGroupRequest* request,
                                        v1::CreateGroupResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "CreateGroup"), pool_, [this, request, response](Deadline deadline) {
      return groups_.Create(*request, *response->mutable_group(), deadline);
    });
  }
  grpc::ServerUnaryReactor* AddAccounts(grpc::CallbackServerContext* context, const v1::AddAccountsRequest* request,
                                        v1::AddAccountsResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "AddAccounts"), pool_, [this, request, response](Deadline deadline) {
      return groups_.Add(*request, *response->mutable_group(), deadline);
    });
  }
  grpc::ServerUnaryReactor* RemoveAccounts(grpc::CallbackServerContext* context, const v1::RemoveAccountsRequest* request,
                                           v1::RemoveAccountsResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "RemoveAccounts"), pool_, [this, request, response](Deadline deadline) {
      return groups_.Remove(*request, *response->mutable_group(), deadline);
    });
  }
  grpc::ServerUnaryReactor* GetGroup(grpc::CallbackServerContext* context, const v1::GetGroupRequest* request,
                                     v1::GetGroupResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "GetGroup"), pool_,
                            [this, request, response](Deadline deadline) { return groups_.Get(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ListGroups(grpc::CallbackServerContext* context, const v1::ListGroupsRequest* request,
                                       v1::ListGroupsResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "ListGroups"), pool_,
                            [this, request, response](Deadline deadline) { return groups_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* MergeAccounts(grpc::CallbackServerContext* context, const v1::MergeAccountsRequest* request,
                                          v1::MergeAccountsResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "MergeAccounts"), pool_, [this, request, response](Deadline deadline) {
      return merger_.Merge(*request, *response->mutable_merge(), deadline);
    });
  }
  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context, const v1::GetAccountRequest* request,
                                       v1::GetAccountResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "GetAccount"), pool_, [this, request, response](Deadline deadline) {
      return merger_.Get(*request, *response->mutable_account(), deadline);
    });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.AccountService";

  AccountGroups& groups_;
  AccountMerger& merger_;
  rpc::WorkerPool& pool_;
  telemetry::Metrics& metrics_;
};

}  // namespace rung::grading
