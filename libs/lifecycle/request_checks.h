// What every request of the life of configuration is held to.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/config_store.h"

namespace rung::lifecycle {

template <typename Request>
storage::DocumentKey KeyOf(const Request& request) {
  return {request.kind(), request.document_id()};
}

/// Collects violations; status() names them all.
class RequestChecks {
 public:
  static constexpr size_t kMaxId = 128;
  static constexpr size_t kMaxNote = 1000;

  RequestChecks& Required(const char* field, const std::string& value, size_t limit = kMaxId) {
    if (auto problem = FindRequiredTextProblem(field, value, limit)) violations_.push_back(*std::move(problem));
    return *this;
  }
  RequestChecks& Text(const char* field, const std::string& value, size_t limit) {
    if (auto problem = FindTextProblem(field, value, limit)) violations_.push_back(*std::move(problem));
    return *this;
  }
  /// `author`, and `note` and `request_id` where a request has them.
  template <typename Request>
  RequestChecks& Who(const Request& request) {
    Required("author", request.author());
    if constexpr (requires { request.note(); }) Text("note", request.note(), kMaxNote);
    if constexpr (requires { request.request_id(); }) Required("request_id", request.request_id());
    return *this;
  }
  /// `document_id`, and `etag` where a request has one.
  template <typename Request>
  RequestChecks& Which(const Request& request) {
    Required("document_id", request.document_id());
    if constexpr (requires { request.etag(); }) Required("etag", request.etag(), 256);
    return *this;
  }
  absl::Status status() const { return violations_.empty() ? absl::OkStatus() : InvalidRequest(violations_); }

 private:
  std::vector<Violation> violations_;
};

}  // namespace rung::lifecycle
