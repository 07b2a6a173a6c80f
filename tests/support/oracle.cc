#include "tests/support/oracle.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace

nlohmann::json OracleCases(const std::string& script, int seed, int count, const std::string& more) {
  const std::string command = fmt::format("PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 '{}' {} {} {}", SourcePath("tests/oracle/" + script),
                                          FromEnvironment("RUNG_ORACLE_SEED", seed), FromEnvironment("RUNG_ORACLE_COUNT", count), more);
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) std::abort();
  std::string text;
  char buffer[1 << 16];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  if (pclose(pipe) != 0) {
    std::cerr << "failed: " << command << "\n";
    std::abort();
  }
  return nlohmann::json::parse(text)["cases"];
}

}  // namespace rung::testing
