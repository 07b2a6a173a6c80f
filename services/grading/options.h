// What an operator configures of grading, beside what every service has (libs/host).
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/features/feature.h"

namespace CLI {
class App;
}

namespace rung::grading {

struct Options {
  std::vector<std::string> sources = {"orders", "deliveries", "complaints", "sessions", "reviews", "invoices"};
  std::string presets;                    ///< folder of models to publish while nobody has published another one
  std::string default_ladder = "kuailv";  ///< among the presets
  std::string nightly = "02:30";
  std::string refit = "mon 01:30";                ///< when a fit of the customer-base models is renewed
  double guard_max_downgrade_share = 0.2;
  int ingest_writers = 2;
  int scan_threads = 2;
  int kept_base_mb = 1024;  ///< the largest base that is kept in memory between simulations
  int appeal_days = 5;  ///< business days until an appeal is due
};

/// Adds the flags that fill `options` when they are parsed.
void AddOptions(CLI::App& app, Options& options);

/// Names of sources as bits. INVALID_ARGUMENT names the unknown one.
absl::StatusOr<features::Sources> SourcesOf(const std::vector<std::string>& names);
std::vector<std::string> NamesOf(features::Sources sources);

}  // namespace rung::grading
