// Small integers for the words that facts repeat: categories, regions, segments, names of outside values, account managers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rung::features {

enum class CodeKind : uint8_t { kCategory = 1, kRegion = 2, kSegment = 3, kOutsideValue = 4, kAccountManager = 5 };

/// Codes never change their meaning and are never reused. Thread-safe for reading.
class CodeBook {
 public:
  static constexpr int32_t kUnknown = -1;

  virtual ~CodeBook() = default;
  /// The code of a word, or kUnknown when it has none yet.
  virtual int32_t Find(CodeKind kind, std::string_view word) const = 0;
  /// The word of a code; empty when the code is unknown.
  virtual std::string Word(CodeKind kind, int32_t code) const = 0;
};

/// A code book in memory, which gives codes on demand; for tests and offline work. Not thread-safe.
class LocalCodeBook final : public CodeBook {
 public:
  int32_t Intern(CodeKind kind, std::string_view word);
  int32_t Find(CodeKind kind, std::string_view word) const override;
  std::string Word(CodeKind kind, int32_t code) const override;

 private:
  struct Words {
    std::map<std::string, int32_t, std::less<>> codes;
    std::vector<std::string> words;
  };
  std::map<CodeKind, Words> kinds_;
};

}  // namespace rung::features
