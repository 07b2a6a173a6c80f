// Documents of which an installation has one each: tags and the abuse policy.
#pragma once

#include "libs/lifecycle/document_kind.h"
#include "libs/storage/model_store.h"
#include "rung/grading/v1/abuse.pb.h"
#include "rung/grading/v1/tag.pb.h"

namespace rung::grading {

inline constexpr char kOnlyDocument[] = "default";

/// Thread-safe.
class TagSetKind final : public lifecycle::DocumentKind {
 public:
  static constexpr char kName[] = "tags";

  explicit TagSetKind(const storage::CodeStore& codes) : codes_(codes) {}

  std::string name() const override { return kName; }
  const google::protobuf::Message& prototype() const override { return v1::TagSet::default_instance(); }
  std::string IdOf(const google::protobuf::Message&) const override { return kOnlyDocument; }
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

}  // namespace rung::grading
