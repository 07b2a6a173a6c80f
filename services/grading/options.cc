#include "services/grading/options.h"

#include <CLI/CLI.hpp>

#include "libs/base/status.h"
#include "services/grading/regrade_runner.h"

namespace rung::grading {
namespace {

struct SourceName {
  const char* name;
  features::Source source;
};
constexpr SourceName kSources[] = {{"orders", features::kOrders},         {"deliveries", features::kDeliveries},
                                   {"complaints", features::kComplaints}, {"sessions", features::kSessions},
                                   {"reviews", features::kReviews},       {"invoices", features::kInvoices}};

}  // namespace

void AddOptions(CLI::App& app, Options& o) {
  app.add_option("--sources", o.sources, "kinds of facts that this installation receives")->envname("RUNG_SOURCES")->delimiter(',')->capture_default_str()
      ->check([](const std::string& name) { return std::string(Message(SourcesOf({name}).status())); });
  app.add_option("--presets", o.presets, "folder of models to publish while nobody has published another one")->envname("RUNG_PRESETS");
  app.add_option("--default-ladder", o.default_ladder, "which of the presets becomes the default")->envname("RUNG_DEFAULT_LADDER")->capture_default_str();
  app.add_option("--refit", o.refit, "when the customer-base models, once fitted, are fitted anew: 01:30, \"mon 01:30\" or off")->envname("RUNG_REFIT")->capture_default_str();
  app.add_option("--nightly", o.nightly, "when the batch runs: 02:30, \"mon 02:30\" or off")->envname("RUNG_NIGHTLY")->capture_default_str()
      ->check([](const std::string& text) { return std::string(Message(Schedule::Parse(text).status())); });
  app.add_option("--guard-max-downgrade-share", o.guard_max_downgrade_share, "planned downgrades beyond this share hold a run")
      ->envname("RUNG_GUARD_MAX_DOWNGRADE_SHARE")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--ingest-writers", o.ingest_writers, "threads that write events")->envname("RUNG_INGEST_WRITERS")->capture_default_str()->check(CLI::Range(1, 32));
  app.add_option("--scan-threads", o.scan_threads, "threads of the batch")->envname("RUNG_SCAN_THREADS")->capture_default_str()->check(CLI::Range(1, 64));
  app.add_option("--kept-base-mb", o.kept_base_mb, "a base up to this size is kept in memory for the next simulation, for ten minutes; 0: never")
      ->envname("RUNG_KEPT_BASE_MB")->capture_default_str()->check(CLI::Range(0, 1 << 20));
  app.add_option("--appeal-days", o.appeal_days, "business days until an appeal is due")->envname("RUNG_APPEAL_DAYS")->capture_default_str()->check(CLI::Range(1, 90));
}

absl::StatusOr<features::Sources> SourcesOf(const std::vector<std::string>& names) {
  features::Sources sources = features::kOrders;
  for (const std::string& name : names) {
    bool known = false;
    for (const SourceName& source : kSources) {
      if (name != source.name) continue;
      sources |= source.source;
      known = true;
    }
    if (!known) {
      return InvalidArgumentError("\"{}\" is none of orders, deliveries, complaints, sessions, reviews, invoices", name);
    }
  }
  return sources;
}

std::vector<std::string> NamesOf(features::Sources sources) {
  std::vector<std::string> names;
  for (const SourceName& source : kSources) {
    if ((sources & source.source) != 0) names.emplace_back(source.name);
  }
  return names;
}

}  // namespace rung::grading
