#include "tools/rungctl/json_output.h"

#include <google/protobuf/util/json_util.h>

namespace rung::ctl {
namespace {

std::string Print(const google::protobuf::Message& message, const google::protobuf::util::JsonPrintOptions& options) {
  std::string json;
  // Fails only for Any and malformed timestamps, which the server never sends.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json = "{}";
  if (!json.ends_with('\n')) json += '\n';
  return json;
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.add_whitespace = style == JsonStyle::kIndented;
  return Print(message, options);
}

std::string ToJsonLine(const google::protobuf::Message& message) { return Print(message, {}); }

std::string ToEditableJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  return Print(message, options);
}

}  // namespace rung::ctl
