// Price books and policies as documents, and benefit plans as pricing reads them: how they are checked and what their
// publication changes.
#pragma once

#include <string>
#include <utility>

#include "libs/lifecycle/document_kind.h"
#include "libs/lifecycle/document_reader.h"
#include "rung/pricing/v1/price_book.pb.h"
#include "rung/pricing/v1/price_policy.pb.h"
#include "services/pricing/offer_review.h"

namespace rung::pricing_service {

inline constexpr char kPriceBookKind[] = "price-book";
inline constexpr char kPricePolicyKind[] = "price-policy";
/// The benefits service checks and publishes plans; pricing reads them.
inline constexpr char kBenefitPlanKind[] = "benefit-plan";

/// Thread-safe.
class PriceBookKind final : public lifecycle::DocumentKind {
 public:
  PriceBookKind(Checkouts& checkouts, std::string currency) : checkouts_(checkouts), currency_(std::move(currency)) {}

  std::string name() const override { return kPriceBookKind; }
  const google::protobuf::Message& prototype() const override { return pricing::v1::PriceBook::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override;
  /// 200,000 SKUs with two names and a few regional prices each.
  size_t max_bytes() const override { return 48 << 20; }
  size_t max_elements() const override { return 4'000'000; }
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return checkouts_.Reload(deadline); }

 private:
  Checkouts& checkouts_;
  const std::string currency_;  // the installation's
};

/// Thread-safe.
class PricePolicyKind final : public lifecycle::DocumentKind {
 public:
  explicit PricePolicyKind(Checkouts& checkouts) : checkouts_(checkouts) {}

  std::string name() const override { return kPricePolicyKind; }
  const google::protobuf::Message& prototype() const override { return pricing::v1::PricePolicy::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override;
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return checkouts_.Reload(deadline); }

 private:
  Checkouts& checkouts_;
};

/// Thread-safe.
class BenefitPlanReader final : public lifecycle::DocumentReader {
 public:
  explicit BenefitPlanReader(Checkouts& checkouts) : checkouts_(checkouts) {}

  std::string kind() const override { return kBenefitPlanKind; }
  std::vector<Violation> Review(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return checkouts_.Reload(deadline); }

 private:
  Checkouts& checkouts_;
};

}  // namespace rung::pricing_service
