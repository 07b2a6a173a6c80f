// English and Chinese.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rung::ctl {

enum class Language : uint8_t { kEnglish, kChinese };

/// A text in both languages.
struct Label {
  std::string_view en;
  std::string_view zh;

  std::string in(Language language) const { return std::string(language == Language::kChinese ? zh : en); }
};

/// "en", "zh" and locale names such as "zh_CN.UTF-8"; nullopt for other texts.
std::optional<Language> ParseLanguage(std::string_view text);

/// Of the environment's LC_ALL, LC_MESSAGES or LANG, whichever is set first; English when it is neither.
Language LanguageOfEnvironment();

}  // namespace rung::ctl
