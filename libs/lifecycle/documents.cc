#include "libs/lifecycle/documents.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace rung::lifecycle {

Documents::Documents(std::vector<DocumentKind*> kinds) {
  for (DocumentKind* kind : kinds) kinds_[kind->name()] = kind;
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
    if (any.type_url().substr(any.type_url().rfind('/') + 1) == type) return kind;
    known += (known.empty() ? "" : ", ") + type;
  }
  return InvalidField(field + ".@type", "UNKNOWN_TYPE",
                      fmt::format("\"{}\" is no document kept here; it must be one of: {}", Shorten(any.type_url(), 120), known));
}

absl::StatusOr<Document> Unpack(const DocumentKind& kind, const google::protobuf::Any& any, const std::string& field) {
  Document document(kind.prototype().New());
  if (!any.UnpackTo(document.get())) return InvalidField(field, "BAD_DOCUMENT", "the bytes are no " + kind.prototype().GetDescriptor()->full_name());
  return document;
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
      if (finding.severity != severity) continue;
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
    if (finding.severity != Finding::kError) continue;
    violations.push_back(finding.violation);
    violations.back().field = prefix + "." + finding.violation.field;
  }
  return InvalidRequest(violations);
}

void SetTime(UnixMicros micros, google::protobuf::Timestamp* out) {
  out->set_seconds(micros / 1'000'000);
  out->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

}  // namespace rung::lifecycle
