#include "libs/base/text.h"

#include <fmt/format.h>

namespace rung {

std::string Shorten(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::optional<Violation> FindTextProblem(std::string field, std::string_view text, size_t limit) {
  if (text.size() > limit) {
    return Violation{std::move(field), "TOO_LONG", fmt::format("{} bytes; at most {}", text.size(), limit)};
  }
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f) {
      return Violation{std::move(field), "BAD_CHARACTER", fmt::format("control character 0x{:02x}; remove it", static_cast<int>(c))};
    }
  }
  return std::nullopt;
}

std::optional<Violation> FindRequiredTextProblem(std::string field, std::string_view text, size_t limit) {
  if (text.empty()) return Violation{std::move(field), "REQUIRED", fmt::format("must not be empty; 1 to {} bytes", limit)};
  return FindTextProblem(std::move(field), text, limit);
}

}  // namespace rung
