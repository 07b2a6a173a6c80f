// An import from file to server.
#pragma once

#include <string>

#include "libs/importer/importer.h"
#include "tools/rungctl/commands.h"

namespace rung::ctl {

struct ImportRun {
  std::string file;
  importer::ImportOptions options;
  bool dry_run = false;
  /// Whether dropped lines count as refused input.
  bool drops_are_refusals = false;
};

/// Imports, prints the summary and returns the exit code.
int RunImport(ImportRun run, Session& session);

}  // namespace rung::ctl
