// What applies to a customer now, and what is left of it.
#pragma once

#include <vector>

#include "libs/base/clock.h"
#include "libs/pricing/explanation.h"
#include "libs/storage/redemption_store.h"
#include "rung/benefits/v1/benefit.pb.h"
#include "services/benefits/customer_source.h"
#include "services/benefits/published.h"

namespace rung::benefits_service {

/// Meter and pool of a benefit's quota; nothing is limited when it has none.
storage::Share ShareOf(const benefits::Plan& plan, const benefits::Benefit& benefit, const std::optional<benefits::Quota>& quota, Day day);

void WriteRemaining(const std::optional<int64_t>& uses, const std::optional<int64_t>& budget, const benefits::Quota& quota, const BusinessZone& zone,
                    Day day, benefits::v1::Remaining* out);

struct BenefitReaderParts {
  const Published& published;
  const CustomerSource& customers;
  storage::RedemptionStore& store;
  const Clock& clock;
  const BusinessZone& zone;
};

/// Thread-safe.
class BenefitReader {
 public:
  explicit BenefitReader(BenefitReaderParts parts) : parts_(parts) {}

  /// Doesn't block. nullopt: the tier isn't near, quotas have to be read, or the account was merged; the response is untouched.
  std::optional<absl::Status> GetFromMemory(const benefits::v1::GetBenefitsRequest& request, benefits::v1::GetBenefitsResponse& response) const;
  absl::Status Get(const benefits::v1::GetBenefitsRequest& request, benefits::v1::GetBenefitsResponse& response, Deadline deadline) const;

 private:
  struct Question {
    PlanPtr plan;
    std::vector<pricing::Language> languages;
  };
  struct Answers {
    CustomerFacts facts;
    std::string merged_into;          ///< the account whose uses count; empty: its own
    Day day = 0;
    std::vector<benefits::Entitlement> entitlements;
    std::vector<storage::Left> left;  ///< by index of the entitlement; empty: not counted
    bool limited = false;             ///< something that applies has a quota
  };

  absl::StatusOr<Question> Read(const benefits::v1::GetBenefitsRequest& request) const;
  absl::StatusOr<Answers> Answer(const Question& question, CustomerFacts facts, const benefits::v1::GetBenefitsRequest& request) const;
  /// Reads what is left, and says of what is used up that it doesn't apply.
  absl::Status CountQuotas(const benefits::Plan& plan, Answers& answers, Deadline deadline) const;
  void Write(const Question& question, const Answers& answers, bool with_rejected, benefits::v1::GetBenefitsResponse& response) const;

  const BenefitReaderParts parts_;
};

}  // namespace rung::benefits_service
