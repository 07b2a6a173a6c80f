#include "libs/errors/errors.h"

#include <gtest/gtest.h>

namespace rung {
namespace {

TEST(Errors, KeepReasonMetadataViolationsAndRetryOnTheStatus) {
  const std::vector<Violation> violations = {{"events[0].event_id", "EMPTY", "give an id"}, {"b", "BAD", "\"é\" \xff"}};
  const absl::Status status = WithRetry(WithReason(InvalidRequest(violations), "INVALID_REQUEST", {{"k", "v"}}), 250);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Message(status), "events[0].event_id: give an id (and 1 more)");
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  EXPECT_EQ(MetadataOf(status).at("k"), "v");
  EXPECT_EQ(RetryAfterMs(status), 250);
  ASSERT_EQ(ViolationsOf(status).size(), 2u);
  EXPECT_EQ(ViolationsOf(status)[0], violations[0]);
}

TEST(Errors, PlainStatusesHaveNoDetails) {
  const absl::Status status = NotFoundError("nobody");
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_TRUE(ViolationsOf(status).empty());
  EXPECT_FALSE(RetryAfterMs(status));
}

}  // namespace
}  // namespace rung
