// The recommendation policy as a document.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libs/lifecycle/document_kind.h"
#include "rung/recommendations/v1/policy.pb.h"
#include "services/recommendations/in_force.h"

namespace rung::recommendations {

struct PolicyKindParts {
  InForce& in_force;
  storage::RecommendationStore& store;
  storage::ConfigStore& config;
  std::function<std::vector<std::string>()> default_tiers;  ///< codes of the default ladder, best first; none: there is no ladder yet
};

/// Thread-safe.
class PolicyKind final : public lifecycle::DocumentKind {
 public:
  explicit PolicyKind(PolicyKindParts parts) : parts_(std::move(parts)) {}

  std::string name() const override { return kPolicyKind; }
  const google::protobuf::Message& prototype() const override { return v1::RecommendationPolicy::default_instance(); }
  std::string IdOf(const google::protobuf::Message&) const override { return kOnlyPolicy; }
  /// Warnings: SKUs, categories, regions and segments that the model in force doesn't know, tiers that the default ladder hasn't, coupons
  /// and tags that aren't published, churn risks while there is no watch list. They may be new.
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return parts_.in_force.RefreshPolicy(deadline); }

 private:
  const PolicyKindParts parts_;
};

}  // namespace rung::recommendations
