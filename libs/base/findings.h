// Collects what is wrong with a document, all of it and yet not without bound.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libs/base/text.h"
#include "libs/base/violation.h"

namespace rung {

class Findings {
 public:
  /// A document of 100,000 entries can be wrong 100,000 times; nobody reads on.
  static constexpr size_t kMaxFindings = 1'000;

  template <typename... Args>
  void Add(std::string field, std::string_view reason, fmt::format_string<Args...> format, Args&&... args) {
    if (full()) return;
    list_.push_back({std::move(field), std::string(reason), fmt::format(format, std::forward<Args>(args)...)});
  }
  void Add(Violation violation) {
    if (!full()) list_.push_back(std::move(violation));
  }

  /// Free text: bounded, no control characters.
  void CheckText(std::string field, std::string_view text, size_t limit) {
    if (auto problem = FindTextProblem(std::move(field), text, limit)) Add(*std::move(problem));
  }
  /// An id: text that isn't empty.
  void CheckId(std::string field, std::string_view id, size_t limit = 64) {
    if (auto problem = FindRequiredTextProblem(std::move(field), id, limit)) Add(*std::move(problem));
  }

  /// `noun` in the plural: "lines".
  void CheckCount(std::string field, size_t count, size_t limit, std::string_view noun) {
    if (count > limit) Add(std::move(field), "TOO_MANY", "{} {}; at most {}", count, noun, limit);
  }

  void CheckRange(std::string field, int64_t value, int64_t least, int64_t most) {
    if (value < least || value > most) Add(std::move(field), "OUT_OF_RANGE", "{} is outside {} to {}", value, least, most);
  }

  bool empty() const { return list_.empty(); }
  bool full() const { return list_.size() >= kMaxFindings; }
  std::vector<Violation> Take() && { return std::move(list_); }

 private:
  std::vector<Violation> list_;
};

}  // namespace rung
