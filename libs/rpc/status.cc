#include "libs/rpc/status.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <map>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/base/clock.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace rung::rpc {
namespace {

std::string NextErrorId() {
  static std::atomic<uint32_t> counter{0};
  return fmt::format("{:x}-{:x}", SystemClock().NowSeconds(), counter.fetch_add(1));
}

// Details travel in a header that clients bound to 8 kB, percent-encoding included.
constexpr size_t kMaxMessage = 1000;
constexpr size_t kMaxViolationBytes = 3500;

// What most errors carry besides code and message, in bytes ready to be appended to a google.rpc.Status: unknown
// customers are asked for often, and packing takes longer than looking them up. Reasons are few and fixed.
const std::string& DetailsOf(const std::string& reason) {
  thread_local std::map<std::string, std::string> prepared;
  std::string& bytes = prepared[reason];
  if (bytes.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain("rung");
    google::rpc::Status envelope;
    envelope.add_details()->PackFrom(info);
    bytes = envelope.SerializeAsString();
  }
  return bytes;
}

// The reason of a status that carries nothing else to tell; else empty.
std::string OnlyReasonOf(const absl::Status& status) {
  int payloads = 0;
  status.ForEachPayload([&](absl::string_view, const absl::Cord&) { ++payloads; });
  return payloads == 1 ? ReasonOf(status) : std::string();
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  std::string message = Shorten(Message(status), kMaxMessage);
  const bool internal = code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNKNOWN || code == grpc::StatusCode::DATA_LOSS;
  if (const std::string reason = internal ? "" : OnlyReasonOf(status); !reason.empty()) {
    google::rpc::Status head;
    head.set_code(code);
    head.set_message(message);
    std::string details = head.SerializeAsString();
    details += DetailsOf(reason);
    return grpc::Status(code, message, details);
  }
  google::rpc::Status envelope;
  if (internal) {
    google::rpc::RequestInfo info;
    info.set_request_id(NextErrorId());
    spdlog::error("internal error {}: {}", info.request_id(), message);
    message = fmt::format("internal error; the server's log has it under {}", info.request_id());
    envelope.add_details()->PackFrom(info);
  }
  google::rpc::ErrorInfo error_info;
  error_info.set_reason(ReasonOf(status).empty() ? "UNSPECIFIED" : ReasonOf(status));
  error_info.set_domain("rung");
  for (const auto& [key, value] : MetadataOf(status)) (*error_info.mutable_metadata())[key] = value;
  envelope.add_details()->PackFrom(error_info);
  const std::vector<Violation> violations = ViolationsOf(status);
  if (!violations.empty()) {
    google::rpc::BadRequest bad_request;
    size_t bytes = 0;
    for (const Violation& item : violations) {
      bytes += item.field.size() + item.reason.size() + item.message.size() + 8;
      if (bytes > kMaxViolationBytes) break;
      auto* violation = bad_request.add_field_violations();
      violation->set_field(item.field);
      violation->set_reason(item.reason);
      violation->set_description(item.message);
    }
    envelope.add_details()->PackFrom(bad_request);
  }
  if (const auto retry_ms = RetryAfterMs(status)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(*retry_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int>(*retry_ms % 1000) * 1'000'000);
    envelope.add_details()->PackFrom(retry);
  }
  envelope.set_code(code);
  envelope.set_message(message);
  return grpc::Status(code, message, envelope.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), ToAbsl(status.error_message()));
  google::rpc::Status envelope;
  if (!envelope.ParseFromString(status.error_details())) return out;
  for (const google::protobuf::Any& any : envelope.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info) && info.reason() != "UNSPECIFIED") {
      out = WithReason(std::move(out), info.reason(), {info.metadata().begin(), info.metadata().end()});
    } else if (any.UnpackTo(&bad_request)) {
      std::vector<Violation> violations;
      for (const auto& item : bad_request.field_violations()) violations.push_back({item.field(), item.reason(), item.description()});
      out = WithViolations(std::move(out), violations);
    } else if (any.UnpackTo(&retry)) {
      out = WithRetry(std::move(out), retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1'000'000);
    }
  }
  return out;
}

}  // namespace rung::rpc
