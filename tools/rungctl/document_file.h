// Documents from JSON files, with errors that name the line.
#pragma once

#include <optional>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

namespace rung::ctl {

/// What is wrong with a JSON text, as one line, and where; 0: nobody knows.
struct JsonProblem {
  int line = 0;
  std::string text;
};

/// Reads proto3 JSON as it stands in RFC 8259, without the liberties that protobuf's parser takes.
std::optional<JsonProblem> ParseJson(const std::string& json, google::protobuf::Message& message);

/// Reads proto3 JSON from the file; "-" is the standard input. INVALID_ARGUMENT "FILE:LINE: …" for what isn't JSON, for
/// unknown and repeated keys and for values of the wrong type; NOT_FOUND when the file can't be read, with a
/// word about --draft when the path looks like a document's name.
absl::Status ReadDocument(const std::string& path, google::protobuf::Message& document);

/// A file's text, at most 256 MiB; "-" is the standard input.
absl::StatusOr<std::string> ReadText(const std::string& path);

/// The same for a text; `name` stands for the file.
absl::Status ParseDocument(const std::string& name, const std::string& json, google::protobuf::Message& document);

}  // namespace rung::ctl
