#include "services/pricing/graded_customers.h"

#include "libs/errors/errors.h"

namespace rung::pricing_service {
namespace {

// More of its caller's time a hint isn't worth.
constexpr int64_t kHintMs = 250;

CustomerFacts FactsOf(absl::StatusOr<host::NearCustomer> near) {
  if (near.ok()) return {.tier = std::move(near->tier_code), .tier_version = near->tier_version, .region = std::move(near->region), .segment = std::move(near->segment)};
  const std::string reason = ReasonOf(near.status());
  const bool known = reason == "CUSTOMER_UNKNOWN" || reason == "NO_LADDER" || reason == "LADDER_UNKNOWN";
  return {.why_unknown = known ? reason : "TIER_UNREACHABLE"};
}

}  // namespace

std::optional<CustomerFacts> GradedCustomers::Near(const std::string& customer_id, const std::string& ladder_id) const {
  auto near = host_.customers().GetFromMemory(customer_id, ladder_id, true);
  return near ? std::optional(FactsOf(*std::move(near))) : std::nullopt;
}

CustomerFacts GradedCustomers::Get(const std::string& customer_id, const std::string& ladder_id, Deadline deadline) const {
  return FactsOf(host_.customers().Get(customer_id, ladder_id, deadline));
}

std::optional<benefits::UpgradePath> GradedCustomers::PathOf(const std::string& customer_id, const std::string& ladder_id, Deadline deadline) const {
  const Day today = host_.zone().DayOf(host_.clock().NowSeconds());
  return paths_.Plan(customer_id, ladder_id, today, Deadline::After(deadline.RemainingMs(kHintMs)));
}

}  // namespace rung::pricing_service
