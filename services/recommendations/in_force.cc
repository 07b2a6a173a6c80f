#include "services/recommendations/in_force.h"

#include <google/protobuf/util/json_util.h>
#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/wire/recommendation_mapping.h"

namespace rung::recommendations {

std::string ChunkRow(int64_t version, size_t chunk) { return fmt::format("recommendation-model|{}|{}", version, chunk); }

InForce::InForce(storage::RecommendationStore& store, storage::ConfigStore& config, const sealing::Codec& codec)
    : store_(store), config_(config), codec_(codec) {
  Serving first;
  first.model = std::make_shared<const recommend::RecommendModel>();
  first.policy = std::make_shared<const recommend::Policy>(recommend::DefaultPolicy());
  first.unavailable = std::make_shared<const recommend::Unavailable>();
  Publish(std::move(first));
}

void InForce::Publish(Serving next) {
  next.lists = std::make_shared<const recommend::CompiledPolicy>(*next.model, *next.policy, *next.unavailable);
  std::lock_guard lock(mutex_);
  serving_ = std::make_shared<const Serving>(std::move(next));
}

absl::Status InForce::LoadModel(Serving& next, const storage::RecommendationModelRow& row, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(auto chunks, store_.ReadModel(row.version, deadline));
  std::string bytes;
  bytes.reserve(static_cast<size_t>(row.body_bytes));
  for (size_t i = 0; i < chunks.size(); ++i) {
    RUNG_ASSIGN_OR_RETURN(const std::string piece, codec_.Open(chunks[i].key_id, chunks[i].body, ChunkRow(row.version, i)));
    bytes += piece;
    std::string().swap(chunks[i].body);  // of a large base these are gigabytes
  }
  RUNG_ASSIGN_OR_RETURN(auto model, recommend::RecommendModel::Parse(bytes));
  next.model = std::make_shared<const recommend::RecommendModel>(std::move(model));
  next.row = row;
  return absl::OkStatus();
}

absl::Status InForce::LoadPolicy(Serving& next, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto rows, config_.Current(kPolicyKind, deadline));
  for (const storage::VersionRow& row : rows) {
    if (row.key.document_id != kOnlyPolicy || row.version == next.policy_version) continue;
    v1::RecommendationPolicy message;
    if (!google::protobuf::util::JsonStringToMessage(row.body_json, &message).ok()) {
      return InternalError("the stored recommendation policy {} doesn't parse", row.version);
    }
    std::vector<Violation> violations;
    next.policy = std::make_shared<const recommend::Policy>(wire::FromWire(message, violations));
    next.policy_version = row.version;
  }
  return absl::OkStatus();
}

absl::Status InForce::Refresh(Deadline deadline) {
  std::lock_guard one_at_a_time(refresh_);
  const std::shared_ptr<const Serving> current = Current();
  Serving next = *current;
  RUNG_ASSIGN_OR_RETURN(const auto newest, store_.NewestModel(deadline));
  if (newest.version > current->row.version && newest.version != unreadable_) {
    const absl::Status loaded = LoadModel(next, newest, deadline);
    if (absl::IsDataLoss(loaded) || absl::IsFailedPrecondition(loaded)) {
      unreadable_ = newest.version;
      spdlog::error("recommendation model {} doesn't load, {} stays in force: {}", newest.version, current->row.version, Message(loaded));
    } else if (!loaded.ok()) {
      return loaded;
    }
  }
  RUNG_RETURN_IF_ERROR(LoadPolicy(next, deadline));
  RUNG_ASSIGN_OR_RETURN(const int64_t revision, store_.AvailabilityRevision(deadline));
  if (revision != current->availability_revision) {
    RUNG_ASSIGN_OR_RETURN(const auto skus, store_.Unavailable(deadline));
    next.unavailable = std::make_shared<const recommend::Unavailable>(skus.begin(), skus.end());
    next.availability_revision = revision;
  }
  if (next.model != current->model || next.policy != current->policy || next.unavailable != current->unavailable) Publish(std::move(next));
  return absl::OkStatus();
}

void InForce::Adopt(std::shared_ptr<const recommend::RecommendModel> model, const storage::RecommendationModelRow& row) {
  std::lock_guard one_at_a_time(refresh_);
  Serving next = *Current();
  if (row.version <= next.row.version) return;
  next.model = std::move(model);
  next.row = row;
  Publish(std::move(next));
}

}  // namespace rung::recommendations
