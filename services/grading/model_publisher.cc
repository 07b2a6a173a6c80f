#include "services/grading/model_publisher.h"

#include <google/protobuf/util/message_differencer.h>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/wire/instant.h"
#include "libs/wire/model_mapping.h"

namespace rung::grading {
namespace {

constexpr size_t kMaxId = 128;

absl::Status ToVersion(const storage::ModelRow& row, v1::ModelVersion& out) {
  RUNG_ASSIGN_OR_RETURN(*out.mutable_model(), wire::ParseModelJson(row.body_json));
  out.set_version(row.version);
  out.set_etag(row.etag);
  out.set_author(row.author);
  out.set_is_default(row.is_default);
  wire::SetTime(row.published_at, out.mutable_published_time());
  return absl::OkStatus();
}

}  // namespace

absl::Status ModelPublisher::Apply(const v1::ApplyModelRequest& request, v1::ApplyModelResponse& response, Deadline deadline,
                                   const std::string& approver) {
  std::vector<Violation> violations = kind_.Errors(request.model());
  for (Violation& violation : violations) violation.field = "model." + violation.field;
  if (!request.validate_only() && request.request_id().empty()) {
    violations.push_back({"request_id", "REQUIRED", "give an id of 1 to 128 bytes, so that a repeated call publishes once"});
  }
  if (auto problem = FindTextProblem("request_id", request.request_id(), kMaxId)) violations.push_back(*std::move(problem));
  if (auto problem = FindTextProblem("author", request.author(), kMaxId)) violations.push_back(*std::move(problem));
  if (!violations.empty()) return InvalidRequest(violations);

  const std::string& model_id = request.model().model_id();
  const storage::WriteId write{"ApplyModel", request.request_id(), lifecycle::DeterministicBytes(request)};
  if (!request.validate_only()) {
    RUNG_ASSIGN_OR_RETURN(const auto earlier, config_.Replay({kind_.name(), model_id}, write, deadline));
    if (earlier) return ReadVersion(model_id, earlier->version, *response.mutable_model_version(), deadline);
  }
  const auto current = models_.Get(model_id, 0, deadline);
  if (!current.ok() && !absl::IsNotFound(current.status())) return current.status();
  if (current.ok() && (request.etag().empty() || request.etag() == current->etag) &&
      (current->is_default || !request.make_default())) {
    v1::ModelVersion same;
    RUNG_RETURN_IF_ERROR(ToVersion(*current, same));
    if (google::protobuf::util::MessageDifferencer::Equals(same.model(), request.model())) {
      *response.mutable_model_version() = std::move(same);
      response.set_unchanged(true);
      return absl::OkStatus();
    }
  }
  if (request.validate_only()) {
    *response.mutable_model_version()->mutable_model() = request.model();
    response.mutable_model_version()->set_version(current.ok() ? current->version + 1 : 1);
    return absl::OkStatus();
  }
  lifecycle::DirectPublication publication;
  publication.author = request.author();
  publication.approver = approver;
  publication.write = write;
  publication.make_default = request.make_default();
  if (!request.etag().empty()) publication.expected_etag = request.etag();
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, lifecycle_.PublishDirectly(kind_, request.model(), publication, deadline));
  return ReadVersion(model_id, row.version, *response.mutable_model_version(), deadline);
}

absl::Status ModelPublisher::ReadVersion(const std::string& model_id, int32_t version, v1::ModelVersion& out, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const storage::ModelRow row, models_.Get(model_id, version, deadline));
  return ToVersion(row, out);
}

absl::Status ModelPublisher::Get(const v1::GetModelRequest& request, v1::GetModelResponse& response, Deadline deadline) const {
  if (request.model_id().empty()) return InvalidField("model_id", "REQUIRED", "must not be empty");
  if (request.version() < 0) return InvalidField("version", "OUT_OF_RANGE", "must be 0 (current) or greater");
  RUNG_ASSIGN_OR_RETURN(const storage::ModelRow row, models_.Get(request.model_id(), request.version(), deadline));
  return ToVersion(row, *response.mutable_model_version());
}

void ModelPublisher::List(v1::ListModelsResponse& response) const {
  for (const auto& ladder : *ladders_.Current()) ToVersion(ladder->row, *response.add_model_versions()).IgnoreError();
}

void ModelPublisher::ListTiers(v1::ListTiersResponse& response) const {
  for (const auto& ladder : *ladders_.Current()) {
    v1::Ladder& out = *response.add_ladders();
    const scoring::Model& model = ladder->scorer.model();
    out.set_ladder_id(model.model_id);
    out.mutable_names()->insert(model.names.begin(), model.names.end());
    out.set_model_version(ladder->row.version);
    out.set_is_default(ladder->row.is_default);
    out.set_display_scale(model.display_scale);
    int rank = 0;
    for (const scoring::Tier& tier : model.tiers) {
      v1::TierDefinition& definition = *out.add_tiers();
      definition.set_code(tier.code);
      definition.set_rank(++rank);
      definition.mutable_names()->insert(tier.names.begin(), tier.names.end());
      definition.set_badge(tier.badge);
    }
  }
}

}  // namespace rung::grading
