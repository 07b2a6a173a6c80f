// What is left of limited benefits, and what a quote has to do without.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/pricing/explanation.h"
#include "rung/benefits/v1/redemption.pb.h"
#include "services/pricing/checkout.h"

namespace rung::pricing_service {

struct LeftByBenefit {
  std::map<std::string, benefits::v1::Remaining> remaining;  ///< by benefit; one that isn't there isn't limited
  std::string merged_into;  ///< the account under whose id limited benefits are reserved; empty: the customer's own
};

struct LimitsQuery {
  std::string customer_id;
  std::string plan_id;
  std::string region;
};

/// Thread-safe.
class LimitSource {
 public:
  virtual ~LimitSource() = default;
  /// UNAVAILABLE/BENEFITS_UNREACHABLE.
  virtual absl::StatusOr<LeftByBenefit> Left(const LimitsQuery& query, Deadline deadline) const = 0;
};

struct Shortage {
  std::string benefit_id;
  const char* reason = nullptr;  ///< QUOTA_EXHAUSTED, BUDGET_EXHAUSTED, ACCOUNT_MERGED, BENEFITS_UNREACHABLE
  std::string merged_into;       ///< ACCOUNT_MERGED: the id to use
  google::protobuf::Timestamp renewed_time;  ///< of uses; 0: never
};

/// Why the claim can't be had, as far as is known now; nullopt: it can. Unset: what is left couldn't be found out.
std::optional<Shortage> FindShortage(const benefits::v1::Claim& claim, const std::optional<LeftByBenefit>& left);

/// `zone` is that of the shop.
void Write(const Shortage& shortage, const benefits::Plan& plan, const BusinessZone& zone, const std::vector<pricing::Language>& languages,
           pricing::v1::UnavailableBenefit* out);

/// Benefits that apply, are limited, and change prices or the delivery fee.
std::vector<std::string> LimitedBenefits(const std::vector<benefits::Entitlement>& entitlements);

}  // namespace rung::pricing_service
