// Documents of which an installation has one each: tags, the abuse policy, the retention policy.
#pragma once

#include <string>

#include "libs/forecast/retention_policy.h"
#include "libs/lifecycle/document_kind.h"
#include "libs/lifecycle/tag_review.h"
#include "libs/storage/model_store.h"
#include "libs/storage/config_store.h"
#include "rung/grading/v1/abuse.pb.h"
#include "rung/grading/v1/retention_policy.pb.h"
#include "rung/grading/v1/tag.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

inline constexpr char kOnlyDocument[] = "default";  // of policies

/// Thread-safe.
class TagSetKind final : public lifecycle::DocumentKind {
 public:
  explicit TagSetKind(const storage::CodeStore& codes) : codes_(codes) {}

  std::string name() const override { return lifecycle::kTagSetKind; }
  const google::protobuf::Message& prototype() const override { return v1::TagSet::default_instance(); }
  std::string IdOf(const google::protobuf::Message&) const override { return lifecycle::kTagSetDocument; }
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;

 private:
  const storage::CodeStore& codes_;
};

/// Thread-safe.
class AbusePolicyKind final : public lifecycle::DocumentKind {
 public:
  static constexpr char kName[] = "abuse-policy";

  std::string name() const override { return kName; }
  const google::protobuf::Message& prototype() const override { return v1::AbusePolicy::default_instance(); }
  std::string IdOf(const google::protobuf::Message&) const override { return kOnlyDocument; }
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
};

/// Thread-safe.
class RetentionPolicyKind final : public lifecycle::DocumentKind {
 public:
  static constexpr char kName[] = "retention-policy";

  RetentionPolicyKind(storage::ConfigStore& config, const Ladders& ladders) : config_(config), ladders_(ladders) {}

  std::string name() const override { return kName; }
  const google::protobuf::Message& prototype() const override { return v1::RetentionPolicy::default_instance(); }
  std::string IdOf(const google::protobuf::Message&) const override { return kOnlyDocument; }
  /// Coupons and tags that aren't published and tiers that the default ladder hasn't are warnings: they may come.
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;

 private:
  storage::ConfigStore& config_;
  const Ladders& ladders_;
};

}  // namespace rung::grading
