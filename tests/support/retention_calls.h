// A fit of an installation's base, and the watch list that follows it.
#pragma once

#include <gtest/gtest.h>

#include "rung/grading/v1/churn.grpc.pb.h"
#include "rung/grading/v1/retention.grpc.pb.h"
#include "tests/support/installation.h"

namespace rung::testing {

inline v1::ChurnScan ScanForChurn(const std::shared_ptr<grpc::Channel>& channel) {
  v1::ScanChurnResponse response;
  const grpc::Status status = v1::ChurnService::NewStub(channel)->ScanChurn(Within(60'000).get(), v1::ScanChurnRequest(), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.scan();
}

inline v1::ChurnScan FitAndScan(const std::shared_ptr<grpc::Channel>& channel) {
  v1::FitBaseRequest request;
  request.set_request_id("fit");
  request.set_without_holdout(true);
  v1::FitBaseResponse response;
  const grpc::Status status = v1::RetentionService::NewStub(channel)->FitBase(Within(60'000).get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return ScanForChurn(channel);
}

}  // namespace rung::testing
