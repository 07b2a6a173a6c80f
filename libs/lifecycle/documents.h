// Documents between the wire, storage and their kinds.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <google/protobuf/any.pb.h>

#include "libs/lifecycle/document_kind.h"
#include "libs/lifecycle/document_reader.h"
#include "rung/config/v1/config.pb.h"

namespace rung::lifecycle {

namespace pb = config::v1;

using Document = std::unique_ptr<google::protobuf::Message>;

/// The kinds that a server keeps. Thread-safe once they are all added.
class Documents {
 public:
  void Add(DocumentKind& kind) { kinds_[kind.name()] = &kind; }
  void Add(DocumentReader& reader) { readers_.push_back(&reader); }

  const std::map<std::string, DocumentKind*>& kinds() const { return kinds_; }
  std::vector<std::string> names() const;
  /// NOT_FOUND/KIND_UNKNOWN.
  absl::StatusOr<DocumentKind*> Kind(const std::string& name) const;
  /// The kind of a message type. INVALID_ARGUMENT with `field`.
  absl::StatusOr<DocumentKind*> KindOf(const google::protobuf::Any& any, const std::string& field) const;

  /// What its kind says of the document and, once that finds no error, what the kind's readers warn of.
  std::vector<Finding> Check(const DocumentKind& kind, const google::protobuf::Message& document) const;
  /// Lets a publication take effect in this process: the kind's own, then its readers'. The first error; all are told.
  absl::Status Published(DocumentKind& kind, Deadline deadline) const;

 private:
  std::map<std::string, DocumentKind*> kinds_;
  std::vector<DocumentReader*> readers_;
};

inline constexpr size_t kMaxFindings = 500;

/// INVALID_ARGUMENT with paths below `field` when the bytes aren't such a message, or its shape is wrong.
absl::StatusOr<Document> Unpack(const DocumentKind& kind, const google::protobuf::Any& any, const std::string& field);

/// Fields that this release doesn't know, and too many list elements in all: what isn't worth a further look.
std::vector<Violation> FindShapeProblems(const google::protobuf::Message& document, size_t max_elements = kMaxElements);

/// The name of the field with the document's id, which is the first one of its type.
std::string IdField(const DocumentKind& kind);
/// 1 to 64 of a-z, 0-9, '-' and '_': ids stand in etags, file names and the audit's subjects.
std::optional<Violation> FindIdProblem(std::string field, std::string_view id);

/// The form that is stored and hashed: proto3 JSON with the names of the .proto file.
std::string DocumentJson(const google::protobuf::Message& document);
absl::StatusOr<Document> ParseDocument(const DocumentKind& kind, const std::string& json);

/// The same message always gives the same bytes, whatever the order of its maps.
std::string DeterministicBytes(const google::protobuf::Message& message);

/// Errors first; at most kMaxFindings.
void ToWire(const std::vector<Finding>& findings, google::protobuf::RepeatedPtrField<pb::Finding>* out);
bool HasErrors(const std::vector<Finding>& findings);
/// INVALID_ARGUMENT with every error (at most kMaxFindings), under `prefix`.
absl::Status Refuse(const std::vector<Finding>& findings, const std::string& prefix);

}  // namespace rung::lifecycle
