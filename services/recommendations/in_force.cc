#include "services/recommendations/in_force.h"

#include <google/protobuf/util/json_util.h>
#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/lifecycle/unreadable.h"
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

void InForce::Put(const std::function<bool(Serving& next)>& change) {
  std::lock_guard one_at_a_time(changing_);
  Serving next = *Current();
  if (change(next)) Publish(std::move(next));
}

absl::Status InForce::RefreshAvailability(Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const int64_t revision, store_.AvailabilityRevision(deadline));
  if (revision <= Current()->availability_revision) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const auto skus, store_.Unavailable(deadline));
  const auto unavailable = std::make_shared<const recommend::Unavailable>(skus.begin(), skus.end());
  Put([&](Serving& next) {
    if (revision <= next.availability_revision) return false;
    next.unavailable = unavailable;
    next.availability_revision = revision;
    return true;
  });
  return absl::OkStatus();
}

absl::Status InForce::RefreshPolicy(Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const auto rows, config_.Current(kPolicyKind, deadline));
  for (const storage::VersionRow& row : rows) {
    const int32_t current = Current()->policy_version;
    if (row.key.document_id != kOnlyPolicy || row.version <= current || row.version == unreadable_policy_) continue;
    v1::RecommendationPolicy message;
    std::vector<Violation> violations;
    const auto parsed = google::protobuf::util::JsonStringToMessage(row.body_json, &message);
    const auto policy = std::make_shared<const recommend::Policy>(wire::FromWire(message, violations));
    if (!parsed.ok() || !violations.empty()) {
      unreadable_policy_ = row.version;
      lifecycle::TellUnreadable(InternalError("stored recommendation policy {} doesn't load here", row.version), current);
      if (current == 0) KeepExclusions(row.body_json);
      continue;
    }
    Put([&](Serving& next) {
      if (row.version <= next.policy_version) return false;
      next.policy = policy;
      next.policy_version = row.version;
      return true;
    });
  }
  return absl::OkStatus();
}

// Of a policy that this release can't read: an audience with a condition that is unknown here would be everybody.
void InForce::KeepExclusions(const std::string& policy_json) {
  v1::RecommendationPolicy message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(policy_json, &message, options).ok()) return;
  message.clear_audiences();
  std::vector<Violation> violations;
  recommend::Policy policy = wire::FromWire(message, violations);
  policy.audiences = recommend::DefaultPolicy().audiences;
  Put([&](Serving& next) {
    next.policy = std::make_shared<const recommend::Policy>(std::move(policy));
    return true;
  });
}

absl::StatusOr<std::shared_ptr<const recommend::RecommendModel>> InForce::LoadModel(const storage::RecommendationModelRow& row, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(auto chunks, store_.ReadModel(row.version, deadline));
  std::string bytes;
  bytes.reserve(static_cast<size_t>(row.body_bytes));
  for (size_t i = 0; i < chunks.size(); ++i) {
    RUNG_ASSIGN_OR_RETURN(const std::string piece, codec_.Open(chunks[i].key_id, chunks[i].body, ChunkRow(row.version, i)));
    bytes += piece;
    std::string().swap(chunks[i].body);  // of a large base these are gigabytes
  }
  RUNG_ASSIGN_OR_RETURN(auto model, recommend::RecommendModel::Parse(bytes));
  return std::make_shared<const recommend::RecommendModel>(std::move(model));
}

absl::Status InForce::RefreshModel(Deadline deadline) {
  std::lock_guard one_at_a_time(loading_);
  RUNG_ASSIGN_OR_RETURN(const auto newest, store_.NewestModel(deadline));
  const int64_t current = Current()->row.version;
  if (newest.version <= current || newest.version == unreadable_) return absl::OkStatus();
  auto model = LoadModel(newest, deadline);
  if (absl::IsDataLoss(model.status()) || absl::IsFailedPrecondition(model.status())) {
    unreadable_ = newest.version;
    spdlog::error("recommendation model {} doesn't load, {} stays in force: {}", newest.version, current, Message(model.status()));
    return absl::OkStatus();
  }
  RUNG_RETURN_IF_ERROR(model.status());
  Adopt(*std::move(model), newest);
  return absl::OkStatus();
}

absl::StatusOr<InForce::Versions> InForce::Newest(Deadline deadline) const {
  Versions versions;
  RUNG_ASSIGN_OR_RETURN(const auto model, store_.NewestModel(deadline));
  versions.model = model.version;
  RUNG_ASSIGN_OR_RETURN(const auto heads, config_.CurrentHeads(kPolicyKind, deadline));
  for (const storage::VersionRow& head : heads) {
    if (head.key.document_id == kOnlyPolicy) versions.policy = head.version;
  }
  return versions;
}

void InForce::Adopt(std::shared_ptr<const recommend::RecommendModel> model, const storage::RecommendationModelRow& row) {
  Put([&](Serving& next) {
    if (row.version <= next.row.version) return false;
    next.model = std::move(model);
    next.row = row;
    return true;
  });
}

}  // namespace rung::recommendations
