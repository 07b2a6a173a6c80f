// What an operator configures: flags, environment (RUNG_…) and a TOML file, checked when they are read.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/features/feature.h"

namespace rung::grading {

struct Options {
  std::string listen = "127.0.0.1:50051";
  std::string metrics_listen = "127.0.0.1:9464";  ///< empty: none
  std::string postgres;                           ///< libpq conninfo
  std::string redis;                              ///< "unix:/path" or "host:port"
  std::string zone = "Asia/Shanghai";
  std::string currency = "CNY";
  std::vector<std::string> sources = {"orders", "deliveries", "complaints", "sessions", "reviews", "invoices"};
  std::string business_time;                      ///< RFC 3339; pins the business clock's start
  std::string key_file;
  bool create_key = false;
  std::string presets;                            ///< folder of models to publish when there are none
  std::string default_ladder = "kuailv";          ///< among the presets
  std::string nightly = "02:30";
  double guard_max_downgrade_share = 0.2;
  std::string audit_export;                       ///< folder for signed audit roots; empty: none are kept
  int audit_export_seconds = 3600;
  int approvals = 0;                              ///< that a publication needs, by others than the draft's author
  int ingest_writers = 2;
  int workers = 8;
  int scan_threads = 2;
  std::string log_level = "info";
};

/// Parses the command line of a server called `program`. Prints help, version or a usage error and exits for those.
Options ParseOptions(const std::string& program, int argc, char** argv);

/// Names of sources as bits. INVALID_ARGUMENT names the unknown one.
absl::StatusOr<features::Sources> SourcesOf(const std::vector<std::string>& names);
std::vector<std::string> NamesOf(features::Sources sources);

}  // namespace rung::grading
