// What grading knows of customers: labels near, paths asked for.
#pragma once

#include "libs/host/host.h"
#include "services/pricing/checkout.h"
#include "services/pricing/path_client.h"

namespace rung::pricing_service {

/// Thread-safe. Usually answers Get from this process's memory.
class GradedCustomers final : public CustomerSource {
 public:
  explicit GradedCustomers(host::Host& host) : host_(host), paths_([&host] { return host.ChannelTo(host::Peer::kGrading); }) {}

  std::optional<CustomerFacts> Near(const std::string& customer_id, const std::string& ladder_id) const override;
  CustomerFacts Get(const std::string& customer_id, const std::string& ladder_id, Deadline deadline) const override;
  std::optional<benefits::UpgradePath> PathOf(const std::string& customer_id, const std::string& ladder_id, Deadline deadline) const override;

 private:
  host::Host& host_;
  const PathClient paths_;
};

}  // namespace rung::pricing_service
