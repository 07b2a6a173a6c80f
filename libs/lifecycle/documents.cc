#include "libs/lifecycle/documents.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace rung::lifecycle {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct ShapeCheck {
  const size_t max_elements;
  std::vector<Violation> problems;
  size_t elements = 0;

  void Visit(const std::string& path, const Message& message) {
    const auto& reflection = *message.GetReflection();
    if (const auto& unknown = reflection.GetUnknownFields(message); !unknown.empty()) {
      problems.push_back({path, "UNKNOWN_FIELD", fmt::format("field number {} is unknown to this release: a newer client or another type", unknown.field(0).number())});
    }
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) VisitField(path.empty() ? field->name() : path + "." + field->name(), message, field);
  }

  void VisitField(const std::string& path, const Message& message, const FieldDescriptor* field) {
    const auto& reflection = *message.GetReflection();
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!field->is_repeated()) {
      if (is_message) Visit(path, reflection.GetMessage(message, field));
      return;
    }
    const int size = reflection.FieldSize(message, field);
    const bool enough = elements > max_elements;
    elements += static_cast<size_t>(size);
    if (elements > max_elements) {
      if (!enough) problems.push_back({path, "TOO_MANY", fmt::format("the document has more than {} list elements", max_elements)});
      return;
    }
    for (int i = 0; is_message && i < size && problems.size() < kMaxFindings; ++i) {
      Visit(fmt::format("{}[{}]", path, i), reflection.GetRepeatedMessage(message, field, i));
    }
  }
};

}  // namespace

std::vector<std::string> Documents::names() const {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds_) names.push_back(name);
  return names;
}

absl::StatusOr<DocumentKind*> Documents::Kind(const std::string& name) const {
  const auto it = kinds_.find(name);
  if (it != kinds_.end()) return it->second;
  std::string known;
  for (const auto& [kind, unused] : kinds_) known += (known.empty() ? "" : ", ") + kind;
  return WithReason(NotFoundError("no kind \"{}\" of documents here; there are: {}", Shorten(name, 80), known), "KIND_UNKNOWN");
}

absl::StatusOr<DocumentKind*> Documents::KindOf(const google::protobuf::Any& any, const std::string& field) const {
  std::string known;
  for (const auto& [name, kind] : kinds_) {
    const std::string& type = kind->prototype().GetDescriptor()->full_name();
    if (any.type_url().ends_with("/" + type)) return kind;
    known += (known.empty() ? "" : ", ") + type;
  }
  return InvalidField(field + ".@type", "UNKNOWN_TYPE",
                      fmt::format("\"{}\" is no document kept here; it must be type.googleapis.com/ and one of: {}", Shorten(any.type_url(), 120), known));
}

std::vector<Finding> Documents::Check(const DocumentKind& kind, const google::protobuf::Message& document) const {
  std::vector<Finding> findings = kind.Check(document);
  if (HasErrors(findings)) return findings;
  for (const DocumentReader* reader : readers_) {
    if (reader->kind() != kind.name()) continue;
    for (Violation& violation : reader->Review(document)) findings.push_back({Finding::kWarning, std::move(violation)});
  }
  return findings;
}

absl::Status Documents::Published(DocumentKind& kind, Deadline deadline) const {
  absl::Status first = kind.Published(deadline);
  for (DocumentReader* reader : readers_) {
    if (reader->kind() == kind.name()) first.Update(reader->Published(deadline));
  }
  return first;
}

absl::StatusOr<Document> Unpack(const DocumentKind& kind, const google::protobuf::Any& any, const std::string& field) {
  if (any.value().size() > kind.max_bytes()) {
    return InvalidField(field, "TOO_LONG", fmt::format("{} bytes; at most {}", any.value().size(), kind.max_bytes()));
  }
  Document document(kind.prototype().New());
  if (!document->ParseFromString(any.value())) {
    return InvalidField(field, "BAD_DOCUMENT", "the bytes are no " + kind.prototype().GetDescriptor()->full_name());
  }
  std::vector<Violation> problems = FindShapeProblems(*document, kind.max_elements());
  for (Violation& problem : problems) problem.field = problem.field.empty() ? field : field + "." + problem.field;
  if (!problems.empty()) return InvalidRequest(problems);
  return document;
}

std::vector<Violation> FindShapeProblems(const google::protobuf::Message& document, size_t max_elements) {
  ShapeCheck check{max_elements, {}, 0};
  check.Visit("", document);
  return std::move(check.problems);
}

std::string IdField(const DocumentKind& kind) { return kind.prototype().GetDescriptor()->FindFieldByNumber(1)->name(); }

std::optional<Violation> FindIdProblem(std::string field, std::string_view id) {
  const bool good = !id.empty() && id.size() <= 64 && id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
  if (good) return std::nullopt;
  return Violation{std::move(field), "BAD_ID", fmt::format("\"{}\" must be 1 to 64 of a-z, 0-9, '-' and '_'", Shorten(id, 80))};
}

std::string DocumentJson(const google::protobuf::Message& document) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(document, &json, options);
  return status.ok() ? json : std::string();
}

absl::StatusOr<Document> ParseDocument(const DocumentKind& kind, const std::string& json) {
  Document document(kind.prototype().New());
  const auto status = google::protobuf::util::JsonStringToMessage(json, document.get());
  if (!status.ok()) {
    return InternalError("a stored {} doesn't load: {}", kind.name(), std::string(status.message().data(), status.message().size()));
  }
  return document;
}

std::string DeterministicBytes(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

void ToWire(const std::vector<Finding>& findings, google::protobuf::RepeatedPtrField<pb::Finding>* out) {
  for (const auto severity : {Finding::kError, Finding::kWarning}) {
    for (const Finding& finding : findings) {
      if (finding.severity != severity || out->size() >= static_cast<int>(kMaxFindings)) continue;
      pb::Finding& item = *out->Add();
      item.set_severity(severity == Finding::kError ? pb::SEVERITY_ERROR : pb::SEVERITY_WARNING);
      item.set_field(finding.violation.field);
      item.set_reason(finding.violation.reason);
      item.set_message(finding.violation.message);
    }
  }
}

bool HasErrors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.severity == Finding::kError; });
}

absl::Status Refuse(const std::vector<Finding>& findings, const std::string& prefix) {
  std::vector<Violation> violations;
  for (const Finding& finding : findings) {
    if (finding.severity != Finding::kError || violations.size() >= kMaxFindings) continue;
    violations.push_back(finding.violation);
    violations.back().field = prefix + "." + finding.violation.field;
  }
  return InvalidRequest(violations);
}

}  // namespace rung::lifecycle
