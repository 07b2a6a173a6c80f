// absl::Status with messages formatted by fmt, and the one bridge between std and Abseil string views.
//
// Debian 12 builds Abseil so that absl::string_view isn't std::string_view and the two don't convert. Our own
// interfaces speak std::string_view; only this file knows of the other.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

namespace rung {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Message(const absl::Status& status) { return FromAbsl(status.message()); }

template <typename... Args>
absl::Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return absl::Status(code, ToAbsl(fmt::format(format, std::forward<Args>(args)...)));
}

#define RUNG_DEFINE_ERROR(Name)                                                    \
  template <typename... Args>                                                      \
  absl::Status Name##Error(fmt::format_string<Args...> format, Args&&... args) {   \
    return Error(absl::StatusCode::k##Name, format, std::forward<Args>(args)...);  \
  }
RUNG_DEFINE_ERROR(InvalidArgument)
RUNG_DEFINE_ERROR(NotFound)
RUNG_DEFINE_ERROR(AlreadyExists)
RUNG_DEFINE_ERROR(FailedPrecondition)
RUNG_DEFINE_ERROR(Aborted)
RUNG_DEFINE_ERROR(OutOfRange)
RUNG_DEFINE_ERROR(ResourceExhausted)
RUNG_DEFINE_ERROR(Internal)
RUNG_DEFINE_ERROR(Unavailable)
RUNG_DEFINE_ERROR(DeadlineExceeded)
RUNG_DEFINE_ERROR(Cancelled)
#undef RUNG_DEFINE_ERROR

}  // namespace rung

#define RUNG_CONCAT_INNER(a, b) a##b
#define RUNG_CONCAT(a, b) RUNG_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` isn't OK.
#define RUNG_RETURN_IF_ERROR(expression)               \
  do {                                                 \
    if (absl::Status rung_status_ = (expression); !rung_status_.ok()) return rung_status_; \
  } while (false)

/// `RUNG_ASSIGN_OR_RETURN(auto x, F())`: the value of a StatusOr, or returns its error.
#define RUNG_ASSIGN_OR_RETURN(declaration, expression) \
  RUNG_ASSIGN_OR_RETURN_INNER(RUNG_CONCAT(rung_or_, __LINE__), declaration, expression)
#define RUNG_ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                        \
  if (!temporary.ok()) return temporary.status();                       \
  declaration = std::move(temporary).value()
