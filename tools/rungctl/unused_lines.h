// Why a file of which no line could be used says nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tools/rungctl/values.h"

namespace rung::ctl {

/// Collects ": no date 3, first in line 5; no id 1, first in line 9", to stand behind the error's message.
class UnusedLines {
 public:
  void Add(std::string_view reason, int64_t count, int64_t first_line) {
    if (count == 0) return;
    text_ += fmt::format("{}{} {}, first in line {}", text_.empty() ? ": " : "; ", reason, FormatCount(count), first_line);
  }
  /// Empty when nothing was added.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace rung::ctl
