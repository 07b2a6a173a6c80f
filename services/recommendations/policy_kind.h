// The recommendation policy as a document.
#pragma once

#include "libs/lifecycle/document_kind.h"
#include "rung/recommendations/v1/policy.pb.h"
#include "services/recommendations/in_force.h"

namespace rung::recommendations {

/// Thread-safe.
class PolicyKind final : public lifecycle::DocumentKind {
 public:
  PolicyKind(InForce& in_force, storage::ConfigStore& config) : in_force_(in_force), config_(config) {}

  std::string name() const override { return kPolicyKind; }
  const google::protobuf::Message& prototype() const override { return v1::RecommendationPolicy::default_instance(); }
  std::string IdOf(const google::protobuf::Message&) const override { return kOnlyPolicy; }
  /// Codes that the model in force doesn't know and coupons that aren't published are warnings, and so are tags: they may be new.
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return in_force_.RefreshPolicy(deadline); }

 private:
  InForce& in_force_;
  storage::ConfigStore& config_;
};

}  // namespace rung::recommendations
