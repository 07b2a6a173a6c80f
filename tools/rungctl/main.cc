// rungctl: administers a rung server.
#include <cstdio>

#include <fmt/format.h>

#include "tools/rungctl/commands.h"
#include "tools/rungctl/connection.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/options.h"

namespace rung::ctl {
namespace {

int Main(int argc, char** argv) {
  const ParsedLine parsed = ParseOptions({argv + 1, argv + argc});
  if (!parsed.error.empty()) Complain(parsed.error);
  fmt::print("{}", parsed.output);
  if (!parsed.run) return parsed.exit_code;

  Connection connection(parsed.options.global.server, parsed.options.global.timeout);
  Session session{parsed.options.global, connection};
  const int exit_code = std::visit(
      [&](const auto& command) -> int {
        if constexpr (std::is_same_v<std::decay_t<decltype(command)>, std::monostate>) {
          return kExitUsage;  // the parser requires a command
        } else {
          return Run(command, session);
        }
      },
      parsed.options.command);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    Complain("the output couldn't be written");
    return exit_code == kExitOk ? kExitRefused : exit_code;
  }
  return exit_code;
}

}  // namespace
}  // namespace rung::ctl

int main(int argc, char** argv) { return rung::ctl::Main(argc, argv); }
