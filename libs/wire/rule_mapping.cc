#include "libs/wire/rule_mapping.h"

#include <fmt/format.h>

#include "libs/base/text.h"

namespace rung::wire {

void RuleReader::Add(std::string field, std::string reason, std::string message) {
  violations_.push_back({std::move(field), std::move(reason), std::move(message)});
}

void RuleReader::CheckEnum(const std::string& field, bool valid, int value, bool required) {
  if (!valid) {
    Add(field, "UNKNOWN_VALUE", fmt::format("{} is no value of this release", value));
  } else if (required && value == 0) {
    Add(field, "REQUIRED", "choose a value");
  }
}

pricing::Days RuleReader::ReadDays(const std::string& path, const std::string& from, const std::string& until) {
  const auto read = [&](const char* name, const std::string& text) -> std::optional<Day> {
    if (text.empty()) return std::nullopt;
    const auto day = ParseDay(text);
    if (!day) Add(path.empty() ? name : path + "." + name, "BAD_DATE", fmt::format("\"{}\" must be a day such as 2026-03-31", Shorten(text, 40)));
    return day;
  };
  return {read("from_date", from), read("until_date", until)};
}

pricing::Scope RuleReader::ReadScope(const std::string& field, const std::string& text) {
  const auto scope = pricing::ParseScope(text);
  if (scope) return *scope;
  Add(field, "BAD_SCOPE", fmt::format("\"{}\" must be all, category:PATH or sku:ID", Shorten(text, 80)));
  return {};
}

}  // namespace rung::wire
