// A customer's churn risk of now by the grading service, for what must not go by yesterday's watch list.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include "libs/base/churn_risk.h"
#include "libs/base/deadline.h"

namespace rung::clients {

/// Thread-safe.
class RiskClient {
 public:
  /// `channel` is asked for with each call; nullptr: the process doesn't serve yet.
  explicit RiskClient(std::function<std::shared_ptr<grpc::Channel>()> channel) : channel_(std::move(channel)) {}

  /// kNone while nothing is fitted, and for a customer that grading doesn't know or that has never ordered.
  /// UNAVAILABLE/CHURN_RISK_UNREACHABLE.
  absl::StatusOr<ChurnRisk> Get(const std::string& customer_id, Deadline deadline) const;

 private:
  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
};

}  // namespace rung::clients
