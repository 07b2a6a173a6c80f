#include "services/benefits/customer_source.h"

#include "libs/errors/errors.h"
#include "libs/host/near_customers.h"

namespace rung::benefits_service {
namespace {

absl::StatusOr<CustomerFacts> FactsOf(std::string_view customer_id, absl::StatusOr<host::NearCustomer> found) {
  CustomerFacts facts;
  facts.customer.customer_id = std::string(customer_id);
  if (found.ok()) {
    facts.customer.tier = std::move(found->tier_code);
    facts.customer.region = std::move(found->region);
    facts.customer.segment = std::move(found->segment);
    facts.tier_version = found->tier_version;
    facts.merged = found->merged;
    return facts;
  }
  facts.why_unknown = ReasonOf(found.status());
  if (facts.why_unknown == "CUSTOMER_UNKNOWN") return found.status();
  if (facts.why_unknown.empty()) facts.why_unknown = "TIER_UNREACHABLE";
  return facts;
}

}  // namespace

std::optional<absl::StatusOr<CustomerFacts>> CustomerSource::GetFromMemory(std::string_view customer_id, std::string_view ladder_id, bool with_traits) const {
  auto found = near_.GetFromMemory(customer_id, ladder_id, with_traits);
  if (!found) return std::nullopt;
  return FactsOf(customer_id, *std::move(found));
}

absl::StatusOr<CustomerFacts> CustomerSource::Get(std::string_view customer_id, std::string_view ladder_id, Deadline deadline) const {
  return FactsOf(customer_id, near_.Get(customer_id, ladder_id, deadline));
}

absl::StatusOr<std::string> CustomerSource::MergedInto(std::string_view customer_id, Deadline deadline) const { return near_.MergedInto(customer_id, deadline); }

absl::Status CustomerSource::RequireUnmerged(std::string_view customer_id, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const std::string target, near_.MergedInto(customer_id, deadline));
  return target.empty() ? absl::OkStatus() : storage::AccountMerged(customer_id, target);
}

absl::Status RequireTier(const CustomerFacts& facts) {
  if (facts.customer.tier) return absl::OkStatus();
  return WithRetry(WithReason(UnavailableError("the customer's tier can't be had right now ({})", facts.why_unknown), "TIER_UNREACHABLE"), 500);
}

}  // namespace rung::benefits_service
