#include "tools/rungctl/language.h"

#include <cstdlib>

namespace rung::ctl {

std::optional<Language> ParseLanguage(std::string_view text) {
  const std::string_view code = text.substr(0, text.find_first_of("_.-@"));
  if (code == "zh") return Language::kChinese;
  if (code == "en") return Language::kEnglish;
  return std::nullopt;
}

Language LanguageOfEnvironment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return ParseLanguage(value).value_or(Language::kEnglish);
  }
  return Language::kEnglish;
}

}  // namespace rung::ctl
