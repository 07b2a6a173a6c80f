// JSON for scripts.
#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace rung::ctl {

enum class JsonStyle { kIndented, kOneLine };

/// proto3 JSON; numbers and flags are there even when they are 0 or false. Ends in LF.
std::string ToJson(const google::protobuf::Message& message, JsonStyle style = JsonStyle::kIndented);

/// Without what has its default, on one line: events as JSON lines.
std::string ToJsonLine(const google::protobuf::Message& message);

/// Without what has its default, indented: models that people edit.
std::string ToEditableJson(const google::protobuf::Message& message);

}  // namespace rung::ctl
