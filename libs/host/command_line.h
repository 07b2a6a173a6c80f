// Flags, environment (RUNG_…) and a TOML file, checked when they are read.
#pragma once

#include <memory>
#include <string>

#include "libs/host/options.h"

namespace CLI {
class App;
}

namespace rung::host {

/// The flags that every server has; services add theirs to `app()` before Parse.
class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& description);
  ~CommandLine();

  CLI::App& app() { return *app_; }
  /// Prints help, version or a usage error and exits for those (2: usage).
  void Parse(int argc, char** argv);
  const Options& options() const { return options_; }

 private:
  Options options_;
  std::unique_ptr<CLI::App> app_;
};

}  // namespace rung::host
