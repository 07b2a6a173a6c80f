#include "libs/errors/errors.h"

#include <absl/strings/cord.h>
#include <nlohmann/json.hpp>

namespace rung {
namespace {

using nlohmann::json;

constexpr char kReason[] = "rung/reason";
constexpr char kMetadata[] = "rung/metadata";
constexpr char kViolations[] = "rung/violations";
constexpr char kRetry[] = "rung/retry_ms";

void Set(absl::Status& status, const char* url, const std::string& value) {
  status.SetPayload(url, absl::Cord(ToAbsl(value)));
}

std::string Get(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status WithReason(absl::Status status, std::string_view reason,
                        const std::map<std::string, std::string>& metadata) {
  Set(status, kReason, std::string(reason));
  if (!metadata.empty()) Set(status, kMetadata, json(metadata).dump(-1, ' ', false, json::error_handler_t::replace));
  return status;
}

absl::Status WithRetry(absl::Status status, int64_t retry_after_ms) {
  Set(status, kRetry, std::to_string(retry_after_ms));
  return status;
}

absl::Status WithViolations(absl::Status status, const std::vector<Violation>& violations) {
  json list = json::array();
  for (const Violation& violation : violations) {
    list.push_back({violation.field, violation.reason, violation.message});
  }
  Set(status, kViolations, list.dump(-1, ' ', false, json::error_handler_t::replace));
  return status;
}

absl::Status InvalidRequest(const std::vector<Violation>& violations) {
  const Violation& first = violations.front();
  absl::Status status =
      violations.size() == 1
          ? InvalidArgumentError("{}: {}", first.field, first.message)
          : InvalidArgumentError("{}: {} (and {} more)", first.field, first.message, violations.size() - 1);
  return WithReason(WithViolations(std::move(status), violations), "INVALID_REQUEST");
}

absl::Status InvalidField(std::string field, std::string reason, std::string message) {
  return InvalidRequest({Violation{std::move(field), std::move(reason), std::move(message)}});
}

std::string ReasonOf(const absl::Status& status) { return Get(status, kReason); }

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  const std::string text = Get(status, kMetadata);
  return text.empty() ? std::map<std::string, std::string>() : json::parse(text).get<std::map<std::string, std::string>>();
}

std::vector<Violation> ViolationsOf(const absl::Status& status) {
  std::vector<Violation> violations;
  const std::string text = Get(status, kViolations);
  if (text.empty()) return violations;
  for (const json& item : json::parse(text)) violations.push_back({item[0], item[1], item[2]});
  return violations;
}

std::optional<int64_t> RetryAfterMs(const absl::Status& status) {
  const std::string text = Get(status, kRetry);
  return text.empty() ? std::nullopt : std::optional<int64_t>(std::stoll(text));
}

}  // namespace rung
