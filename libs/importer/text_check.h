// What bytes may stand in a field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rung::importer {

/// Valid UTF-8 (shortest forms, no surrogates).
bool IsUtf8(std::string_view text);

/// Valid UTF-8 without control characters: fit for an id or a code.
bool IsPlainText(std::string_view text);

/// At most `max_bytes` of the text for display: U+FFFD stands for each byte that isn't UTF-8 and for each control
/// character; "..." follows what was cut off.
std::string Displayed(std::string_view text, size_t max_bytes);

}  // namespace rung::importer
