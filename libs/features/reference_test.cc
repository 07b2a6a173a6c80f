// docs/features-reference.md says of every feature what the program says of it.
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/features/feature.h"
#include "libs/features/fitted.h"

namespace rung::features {
namespace {

using ::testing::HasSubstr;

TEST(FeaturesReference, HasEveryFeatureAsItIsDefined) {
  std::ostringstream text;
  text << std::ifstream(RUNG_SOURCE_DIR "/docs/features-reference.md").rdbuf();
  const std::string reference = text.str();
  for (const auto& definition : FeatureDefinitions()) {
    EXPECT_THAT(reference, HasSubstr(fmt::format("\n| `{}` | {} | {} | {} |\n", definition.name, definition.unit, definition.formula, definition.missing)));
  }
  for (const auto& definition : FittedDefinitions()) {
    EXPECT_THAT(reference, HasSubstr(fmt::format("\n| `{}` | {} | {} | {} |\n", definition.name, definition.unit, definition.formula, definition.missing)));
  }
}

}  // namespace
}  // namespace rung::features
