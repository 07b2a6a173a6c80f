#include "libs/clients/tag_client.h"

#include "libs/base/customer_id.h"
#include "libs/errors/errors.h"
#include "libs/rpc/client_call.h"
#include "libs/rpc/status.h"
#include "rung/grading/v1/tag.grpc.pb.h"

namespace rung::clients {
namespace {

namespace pb = grading::v1;

constexpr int64_t kFreshMicros = 60'000'000;
constexpr int64_t kUsableMicros = 600'000'000;

absl::Status Unreachable(std::string_view why) {
  return WithRetry(WithReason(UnavailableError("the customer's tags can't be had in time: {}", why), "TAGS_UNREACHABLE"), 500);
}

}  // namespace

std::optional<TagIds> TagClient::Younger(std::string_view customer_id, int64_t micros) const {
  const auto customer = static_cast<int64_t>(FingerprintOf(customer_id).number);
  Shard& shard = ShardOf(customer);
  std::lock_guard lock(shard.mutex);
  const auto it = shard.entries.find(customer);
  if (it == shard.entries.end() || MonotonicMicros() - it->second.read_at > micros) return std::nullopt;
  return it->second.tags;
}

std::optional<TagIds> TagClient::Kept(std::string_view customer_id) const { return Younger(customer_id, kFreshMicros); }

absl::StatusOr<TagIds> TagClient::Get(const std::string& customer_id, Deadline deadline) const {
  if (auto kept = Kept(customer_id)) return *std::move(kept);
  auto asked = Ask(customer_id, deadline);
  if (!asked.ok()) {
    if (auto older = Younger(customer_id, kUsableMicros)) return *std::move(older);
    return asked;
  }
  const auto customer = static_cast<int64_t>(FingerprintOf(customer_id).number);
  Shard& shard = ShardOf(customer);
  std::lock_guard lock(shard.mutex);
  if (shard.entries.size() >= kMaxPerShard) shard.entries.clear();  // rare, and cheaper than keeping an order of use
  shard.entries[customer] = {*asked, MonotonicMicros()};
  return asked;
}

absl::StatusOr<TagIds> TagClient::Ask(const std::string& customer_id, Deadline deadline) const {
  const auto channel = channel_();
  if (channel == nullptr) return Unreachable("this process doesn't serve yet");
  pb::GetCustomerTagsRequest request;
  request.set_customer_id(customer_id);
  pb::GetCustomerTagsResponse response;
  const auto stub = pb::TagService::NewStub(channel);
  rpc::ClientCall call(deadline);
  const grpc::Status status = stub->GetCustomerTags(&call.context(), request, &response);
  auto tags = std::make_shared<std::vector<std::string>>();
  if (!status.ok()) {
    const absl::Status error = rpc::FromGrpc(status);
    const std::string reason = ReasonOf(error);
    if (reason == "NO_TAGS" || reason == "CUSTOMER_UNKNOWN") return tags;
    return Unreachable(Message(error));
  }
  for (const auto& tag : response.tags()) {
    if (tag.has()) tags->push_back(tag.tag_id());
  }
  return tags;
}

}  // namespace rung::clients
