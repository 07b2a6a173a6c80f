// What tiers are called.
#pragma once

#include <string>
#include <string_view>

#include "rung/grading/v1/tier.pb.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

struct Session;

/// The ladders with their names in the user's language.
class TierNames {
 public:
  TierNames(grading::v1::ListTiersResponse ladders, Language language)
      : ladders_(std::move(ladders)), language_(language) {}

  /// Asks the server; without an answer codes stand for names.
  static TierNames Load(Session& session);

  /// No ladder's id: the default ladder. The code where no name is known; empty for an empty code.
  std::string Name(std::string_view ladder_id, std::string_view tier_code) const;

  /// Scale that the ladder's scores are shown on; 100 for unknown ladders.
  double DisplayScale(std::string_view ladder_id) const;

 private:
  const grading::v1::Ladder* Find(std::string_view ladder_id) const;

  grading::v1::ListTiersResponse ladders_;
  Language language_;
};

/// From a message's map of languages to names: the wanted language, else `fallback`.
template <typename Names>
std::string NameIn(const Names& names, Language language, const std::string& fallback) {
  const auto place = names.find(language == Language::kChinese ? "zh" : "en");
  return place == names.end() || place->second.empty() ? fallback : place->second;
}

}  // namespace rung::ctl
