#include "tools/rungctl/errors.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace rung::ctl {
namespace {

TEST(Errors, ShowReasonAndEveryViolation) {
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_REQUEST");
  rich.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("model.tiers[1].lower_bound");
  violation->set_description("91 isn't below 90");
  violation->set_reason("NOT_FALLING");
  bad_request.add_field_violations()->set_field("model.model_id");
  rich.add_details()->PackFrom(bad_request);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  rich.add_details()->PackFrom(retry);
  const grpc::Status status(grpc::StatusCode::INVALID_ARGUMENT, "2 violations", rich.SerializeAsString());
  EXPECT_EQ(DescribeError(status),
            "INVALID_ARGUMENT (INVALID_REQUEST): 2 violations\n"
            "  model.tiers[1].lower_bound: 91 isn't below 90 (NOT_FALLING)\n"
            "  model.model_id: \n"
            "  try again in 0.5 s");
}

TEST(Errors, SayWhereToLookForAServiceThatIsNotHere) {
  EXPECT_NE(DescribeError({grpc::StatusCode::UNIMPLEMENTED, ""}).find("--server"), std::string::npos);
  EXPECT_EQ(DescribeError({grpc::StatusCode::UNIMPLEMENTED, "not in this release"}), "UNIMPLEMENTED: not in this release");
}

TEST(Errors, SayASingleViolationOnce) {
  google::rpc::Status rich;
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("publish_time");
  violation->set_description("it is over");
  violation->set_reason("OUT_OF_RANGE");
  rich.add_details()->PackFrom(bad_request);
  const grpc::Status status(grpc::StatusCode::INVALID_ARGUMENT, "publish_time: it is over", rich.SerializeAsString());
  EXPECT_EQ(DescribeError(status), "INVALID_ARGUMENT: publish_time: it is over (OUT_OF_RANGE)");
  const grpc::Status other(grpc::StatusCode::INVALID_ARGUMENT, "not so", rich.SerializeAsString());
  EXPECT_EQ(DescribeError(other), "INVALID_ARGUMENT: not so\n  publish_time: it is over (OUT_OF_RANGE)");
}

TEST(Errors, DoWithoutDetails) {
  EXPECT_EQ(DescribeError({grpc::StatusCode::NOT_FOUND, "no \x1b[2J"}), "NOT_FOUND: no \uFFFD[2J");
  EXPECT_EQ(DescribeError({grpc::StatusCode::UNAVAILABLE, "away", "no status"}), "UNAVAILABLE: away");
}

TEST(Errors, TellUnavailableFromRefused) {
  EXPECT_EQ(ExitCodeOf({grpc::StatusCode::UNAVAILABLE, ""}), kExitUnavailable);
  EXPECT_EQ(ExitCodeOf({grpc::StatusCode::DEADLINE_EXCEEDED, ""}), kExitUnavailable);
  EXPECT_EQ(ExitCodeOf({grpc::StatusCode::NOT_FOUND, ""}), kExitRefused);
}

}  // namespace
}  // namespace rung::ctl
