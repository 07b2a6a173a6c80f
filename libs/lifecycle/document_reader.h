// A service that works with documents of another service's kind, in the same process: pricing follows benefit plans.
#pragma once

#include <string>
#include <vector>

#include "libs/lifecycle/document_kind.h"

namespace rung::lifecycle {

/// Thread-safe.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;

  virtual std::string kind() const = 0;
  /// What doesn't fit the reader's own documents. The document has passed its kind's own check without an error; the
  /// reader can't refuse it.
  virtual std::vector<Violation> Review(const google::protobuf::Message& document) const = 0;
  /// As DocumentKind::Published, after it.
  virtual absl::Status Published(Deadline deadline) = 0;
};

}  // namespace rung::lifecycle
