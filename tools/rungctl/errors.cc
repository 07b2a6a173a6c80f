#include "tools/rungctl/errors.h"

#include <cstdio>

#include <absl/strings/string_view.h>
#include <fmt/format.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/base/status.h"
#include "tools/rungctl/display_width.h"

namespace rung::ctl {
namespace {

std::string CodeName(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

struct Details {
  std::string reason;
  std::string violation_reason;  // of a single violation that the message names already
  std::string lines;
};

void AddDetail(const google::protobuf::Any& any, const std::string& message, Details& details) {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  google::rpc::RequestInfo request;
  if (any.UnpackTo(&info)) {
    details.reason = Printable(info.reason());
  } else if (any.UnpackTo(&bad_request)) {
    if (bad_request.field_violations_size() == 1) {
      const auto& violation = bad_request.field_violations(0);
      if (violation.field() + ": " + violation.description() == message) {
        details.violation_reason = Printable(violation.reason());
        return;
      }
    }
    for (const auto& violation : bad_request.field_violations()) {
      details.lines += fmt::format("\n  {}: {}", Printable(violation.field()), Printable(violation.description()));
      if (!violation.reason().empty()) details.lines += fmt::format(" ({})", Printable(violation.reason()));
    }
  } else if (any.UnpackTo(&retry)) {
    const double seconds = static_cast<double>(retry.retry_delay().seconds()) + retry.retry_delay().nanos() * 1e-9;
    details.lines += fmt::format("\n  try again in {:.1f} s", seconds);
  } else if (any.UnpackTo(&request)) {
    details.lines += fmt::format("\n  request id: {}", Printable(request.request_id()));
  }
}

}  // namespace

std::string DescribeError(const grpc::Status& status) {
  Details details;
  google::rpc::Status rich;
  if (!status.error_details().empty() && rich.ParseFromString(status.error_details())) {
    for (const auto& any : rich.details()) AddDetail(any, status.error_message(), details);
  }
  // gRPC itself says so, in no words.
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && status.error_message().empty()) {
    return "UNIMPLEMENTED: this server answers no such call. Services that run apart have an address each: give the right one by --server. Text that isn't "
           "UTF-8 gets the same answer.";
  }
  const auto bracketed = [](const std::string& text) { return text.empty() ? "" : fmt::format(" ({})", text); };
  return fmt::format("{}{}: {}{}{}", CodeName(status.error_code()), bracketed(details.reason), Printable(status.error_message()),
                     bracketed(details.violation_reason), details.lines);
}

ExitCode ExitCodeOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return kExitOk;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return kExitUnavailable;
    default:
      return kExitRefused;
  }
}

int Fail(const grpc::Status& status) {
  Complain(DescribeError(status));
  return ExitCodeOf(status);
}

int FailLocally(const absl::Status& status) {
  Complain(std::string(Message(status)));
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ? kExitUsage : kExitRefused;
}

void Complain(const std::string& message) { fmt::print(stderr, "rungctl: {}\n", message); }

}  // namespace rung::ctl
