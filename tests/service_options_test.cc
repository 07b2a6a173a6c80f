// What docs/operations.md and docker-compose.yml say of the services' options, held against what the services say of themselves.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;

/// Defaults by option; empty where there is none or where it isn't one word.
using Options = std::map<std::string, std::string>;

std::string ReadFile(const std::string& path) {
  std::ifstream file(SourcePath(path));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string VariableOf(const std::string& option) {
  std::string name = "RUNG_";
  for (const char c : option.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

Options HelpOf(const std::string& program) {
  FILE* pipe = popen(fmt::format("{}/{} --help", RUNG_BINARY_DIR, program).c_str(), "r");
  std::string help;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) help.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << program;
  const std::regex option(R"(^  (--[a-z-]+)[^=(]*(=([^\[(][^(]*))?.*\(Env:(\w+)\)$)");
  Options options;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, option)) continue;
    std::string fallback = match[3].str();
    if (!fallback.empty()) fallback.pop_back();  // the space before the variable
    options[match[1].str()] = fallback;
    EXPECT_EQ(match[4].str(), VariableOf(match[1].str()));
  }
  return options;
}

/// Of those that every process takes and of this service's own; "suite": of all.
Options TableOf(const std::string& service) {
  const std::regex row(R"(^\| `(--[a-z-]+)` \| (\w+) \| (`([^`]*)`|[a-z ]+) \| .*)");
  Options options;
  std::istringstream lines(ReadFile("docs/operations.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    if (service != "suite" && match[2].str() != "every" && match[2].str() != service) continue;
    EXPECT_TRUE(options.emplace(match[1].str(), match[4].str()).second) << match[1].str() << " is there twice";
  }
  return options;
}

TEST(ServiceOptionsTest, TheTableHasEveryOptionOfEveryServiceWithItsDefault) {
  for (const std::string service : {"grading", "benefits", "pricing", "recommendations", "suite"}) {
    const Options help = HelpOf("rung-" + service);
    ASSERT_GE(help.size(), 16u) << service;
    EXPECT_EQ(TableOf(service), help) << service;
  }
}

TEST(ServiceOptionsTest, InContainersEveryServiceIsToldWhereTheOthersAre) {
  const std::string compose = ReadFile("docker-compose.yml");
  const size_t services = compose.find("\nservices:\n");
  ASSERT_NE(services, std::string::npos);
  const std::string shared = compose.substr(0, services), each = compose.substr(services);
  int peers = 0;
  for (const auto& [option, fallback] : HelpOf("rung-suite")) {
    if (!fallback.starts_with("127.0.0.1:") || option.ends_with("listen")) continue;
    const std::string peer = option.substr(2);
    EXPECT_THAT(shared, HasSubstr(fmt::format("\n    {}: {}:50051\n", VariableOf(option), peer)));
    EXPECT_THAT(each, HasSubstr(fmt::format("\n  {}:\n    <<: *service\n", peer)));
    ++peers;
  }
  EXPECT_EQ(peers, 2);
  // Set for all, by the image, or of no use without a volume or a pinned clock.
  const std::set<std::string> elsewhere = {"--listen", "--metrics-listen", "--postgres", "--redis", "--key-file", "--create-key", "--zone", "--currency", "--presets",
                                           "--audit-export", "--audit-export-seconds", "--business-time", "--grading", "--benefits"};
  for (const auto& [option, fallback] : HelpOf("rung-suite")) {
    if (elsewhere.contains(option)) continue;
    EXPECT_THAT(shared, HasSubstr(fmt::format("\n    {}:\n", VariableOf(option)))) << "an operator's setting would be ignored";
  }
  const std::regex overridden(R"(\n    <<: \*service\n(    .*\n)*    environment:)");
  EXPECT_FALSE(std::regex_search(each, overridden)) << "an environment of its own would hide the shared one";
}

}  // namespace
}  // namespace rung::testing
