// How many columns a text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rung::ctl {

/// Columns of one code point: 0 for combining marks and joiners, 2 for East Asian wide and full-width ones and for
/// emoji, otherwise 1.
int CodePointWidth(char32_t code_point);

/// Columns of a UTF-8 text without control characters; a byte that isn't UTF-8 counts as 1.
size_t DisplayWidth(std::string_view text);

/// The text with U+FFFD for each byte that isn't UTF-8 and each control character: names and ids come from outside and
/// mustn't steer the terminal.
std::string Printable(std::string_view text);

}  // namespace rung::ctl
