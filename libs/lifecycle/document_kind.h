// What the life of configuration needs to know of one kind of document.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include "libs/base/deadline.h"
#include "libs/base/violation.h"
#include "libs/storage/config_store.h"

namespace rung::lifecycle {

struct Finding {
  enum Severity { kError, kWarning };
  Severity severity = kError;
  Violation violation;  ///< its field is a path in the document
};

/// Far above what people write, and still within what a gRPC client accepts by default (4 MiB).
inline constexpr size_t kMaxDocumentBytes = 3 << 20;
inline constexpr size_t kMaxElements = 200'000;

/// Thread-safe.
class DocumentKind {
 public:
  virtual ~DocumentKind() = default;

  /// The name of the kind in requests and storage. Example: "model".
  virtual std::string name() const = 0;
  /// An empty document.
  virtual const google::protobuf::Message& prototype() const = 0;
  virtual std::string IdOf(const google::protobuf::Message& document) const = 0;
  /// Bounds of one document: its bytes as a message, and the elements of all its lists and maps together.
  virtual size_t max_bytes() const { return kMaxDocumentBytes; }
  virtual size_t max_elements() const { return kMaxElements; }
  /// Everything that is wrong (errors: can't be published) or most likely not meant (warnings).
  virtual std::vector<Finding> Check(const google::protobuf::Message& document) const = 0;
  /// Adds what publication changes beside the version itself.
  virtual void Amend(const google::protobuf::Message& document, storage::PublishRow& publish) const {
    (void)document;
    (void)publish;
  }
  /// A version was published in this process: it takes effect at once. Other processes notice by themselves.
  virtual absl::Status Published(Deadline deadline) {
    (void)deadline;
    return absl::OkStatus();
  }
};

}  // namespace rung::lifecycle
