// Text from outside: what may be stored, and how it is shown when it is too long.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/violation.h"

namespace rung {

/// At most `limit` bytes of UTF-8 text, never cut inside a character; "…" marks a cut.
std::string Shorten(std::string_view text, size_t limit);

/// A violation when the text is longer than `limit` bytes or holds control characters other than tab and line ends
/// (PostgreSQL can't keep a NUL, and people can't see the others).
std::optional<Violation> FindTextProblem(std::string field, std::string_view text, size_t limit);
/// The same of a text that has to be there: REQUIRED when it is empty.
std::optional<Violation> FindRequiredTextProblem(std::string field, std::string_view text, size_t limit);

}  // namespace rung
