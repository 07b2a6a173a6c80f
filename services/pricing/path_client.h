// The way to the next tier, asked of grading.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/channel.h>

#include "libs/base/day.h"
#include "libs/base/deadline.h"
#include "libs/benefits/incentive.h"

namespace rung::pricing_service {

/// Thread-safe.
class PathClient {
 public:
  explicit PathClient(std::function<std::shared_ptr<grpc::Channel>()> channel) : channel_(std::move(channel)) {}

  /// What one more order on `today` has to amount to for a better tier, as grading tries it out. nullopt: nothing that money
  /// alone does, a tier that comes by itself, or no answer in time.
  std::optional<benefits::UpgradePath> Plan(const std::string& customer_id, const std::string& ladder_id, Day today, Deadline deadline) const;

 private:
  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
};

}  // namespace rung::pricing_service
