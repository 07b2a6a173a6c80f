// What is known of the customer who asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/benefits/entitlements.h"

namespace rung::host {
class NearCustomers;
}

namespace rung::benefits_service {

struct CustomerFacts {
  benefits::Customer customer;  ///< its tier is unset when it can't be had in time
  int64_t tier_version = 0;
  bool merged = false;          ///< into another account, whose tier this is
  std::string why_unknown;      ///< of an unset tier. Example: "TIER_UNREACHABLE"
};

/// Thread-safe. NOT_FOUND/CUSTOMER_UNKNOWN; whatever else is in the way is a tier that is unset.
class CustomerSource {
 public:
  explicit CustomerSource(const host::NearCustomers& near) : near_(near) {}

  /// Doesn't block; nullopt when something has to be read. `with_traits`: region and segment matter.
  std::optional<absl::StatusOr<CustomerFacts>> GetFromMemory(std::string_view customer_id, std::string_view ladder_id, bool with_traits) const;
  absl::StatusOr<CustomerFacts> Get(std::string_view customer_id, std::string_view ladder_id, Deadline deadline) const;
  /// The id of the account that has this one's facts, when it was merged; else empty.
  absl::StatusOr<std::string> MergedInto(std::string_view customer_id, Deadline deadline) const;
  /// FAILED_PRECONDITION/ACCOUNT_MERGED, NOT_FOUND/CUSTOMER_UNKNOWN.
  absl::Status RequireUnmerged(std::string_view customer_id, Deadline deadline) const;

 private:
  const host::NearCustomers& near_;
};

/// UNAVAILABLE/TIER_UNREACHABLE when the tier is unset.
absl::Status RequireTier(const CustomerFacts& facts);

}  // namespace rung::benefits_service
