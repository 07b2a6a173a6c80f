// Documents between the wire, storage and their kinds.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <google/protobuf/any.pb.h>

#include "libs/lifecycle/document_kind.h"
#include "rung/config/v1/config.pb.h"

namespace rung::lifecycle {

namespace pb = config::v1;

using Document = std::unique_ptr<google::protobuf::Message>;

/// The kinds that a server keeps. Immutable once built.
class Documents {
 public:
  explicit Documents(std::vector<DocumentKind*> kinds);

  const std::map<std::string, DocumentKind*>& kinds() const { return kinds_; }
  /// NOT_FOUND/KIND_UNKNOWN.
  absl::StatusOr<DocumentKind*> Kind(const std::string& name) const;
  /// The kind of a message type. INVALID_ARGUMENT with `field`.
  absl::StatusOr<DocumentKind*> KindOf(const google::protobuf::Any& any, const std::string& field) const;

 private:
  std::map<std::string, DocumentKind*> kinds_;
};

/// INVALID_ARGUMENT with `field` when the bytes aren't such a message.
absl::StatusOr<Document> Unpack(const DocumentKind& kind, const google::protobuf::Any& any, const std::string& field);

/// The form that is stored and hashed: proto3 JSON with the names of the .proto file.
std::string DocumentJson(const google::protobuf::Message& document);
absl::StatusOr<Document> ParseDocument(const DocumentKind& kind, const std::string& json);

/// The same message always gives the same bytes, whatever the order of its maps.
std::string DeterministicBytes(const google::protobuf::Message& message);

void ToWire(const std::vector<Finding>& findings, google::protobuf::RepeatedPtrField<pb::Finding>* out);
bool HasErrors(const std::vector<Finding>& findings);
/// INVALID_ARGUMENT with every error, under `prefix`.
absl::Status Refuse(const std::vector<Finding>& findings, const std::string& prefix);

void SetTime(UnixMicros micros, google::protobuf::Timestamp* out);

}  // namespace rung::lifecycle
