// Grading models as documents: how they are checked and what their publication changes.
#pragma once

#include "libs/lifecycle/document_kind.h"
#include "libs/storage/model_store.h"
#include "libs/storage/store_error.h"
#include "rung/grading/v1/model.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class ModelKind final : public lifecycle::DocumentKind {
 public:
  ModelKind(const storage::CodeStore& codes, Ladders& ladders) : codes_(codes), ladders_(ladders) {}

  std::string name() const override { return "model"; }
  const google::protobuf::Message& prototype() const override { return v1::Model::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override;
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  void Amend(const google::protobuf::Message& document, storage::PublishRow& publish) const override;
  absl::Status Published(Deadline deadline) override {
    const absl::Status status = ladders_.Reload(deadline);
    return storage::MayPass(status) ? status : absl::OkStatus();  // what else doesn't load is another ladder's, and told elsewhere
  }

  /// Everything that keeps a model from being published: violations, and what lint calls an error.
  std::vector<Violation> Errors(const v1::Model& message) const;
  /// Everything that keeps a model from being graded with: trials take models that only lint calls wrong.
  std::vector<Violation> Violations(const v1::Model& message) const;

 private:
  const storage::CodeStore& codes_;
  Ladders& ladders_;
};

}  // namespace rung::grading
