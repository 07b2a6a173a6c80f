#include "services/grading/options.h"

#include <CLI/CLI.hpp>

#include <cstdlib>

#include "libs/base/status.h"

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

Options ParseOptions(const std::string& program, int argc, char** argv) {
  Options o;
  CLI::App app("Grades the business customers of a wholesaler into tiers.", program);
  app.set_version_flag("--version", "rung 0.1.0");
  app.set_config("--config", "", "TOML file with these options");
  app.add_option("--listen", o.listen, "gRPC address, host:port or unix:/path")->envname("RUNG_LISTEN")->capture_default_str();
  app.add_option("--metrics-listen", o.metrics_listen, "Prometheus address; empty: none")->envname("RUNG_METRICS_LISTEN")->capture_default_str();
  app.add_option("--postgres", o.postgres, "libpq connection string")->envname("RUNG_POSTGRES")->required();
  app.add_option("--redis", o.redis, "unix:/path or host:port")->envname("RUNG_REDIS")->required();
  app.add_option("--zone", o.zone, "business time zone (IANA)")->envname("RUNG_ZONE")->capture_default_str();
  app.add_option("--currency", o.currency, "the currency of all amounts (ISO 4217)")->envname("RUNG_CURRENCY")->capture_default_str()
      ->check([](const std::string& c) { return c.size() == 3 ? std::string() : "a currency code has three letters"; });
  app.add_option("--sources", o.sources, "kinds of facts that this installation receives")->envname("RUNG_SOURCES")->delimiter(',')->capture_default_str();
  app.add_option("--business-time", o.business_time, "start the business clock here (RFC 3339), for demos")->envname("RUNG_BUSINESS_TIME");
  app.add_option("--key-file", o.key_file, "keys that seal sensitive columns")->envname("RUNG_KEY_FILE")->required();
  app.add_flag("--create-key", o.create_key, "create the key file when it is missing")->envname("RUNG_CREATE_KEY");
  app.add_option("--presets", o.presets, "folder of models to publish when there are none")->envname("RUNG_PRESETS");
  app.add_option("--default-ladder", o.default_ladder, "which of the presets becomes the default")->envname("RUNG_DEFAULT_LADDER")->capture_default_str();
  app.add_option("--nightly", o.nightly, "when the batch runs: 02:30, \"mon 02:30\" or off")->envname("RUNG_NIGHTLY")->capture_default_str();
  app.add_option("--audit-export", o.audit_export, "folder outside the database for signed audit roots")->envname("RUNG_AUDIT_EXPORT")
      ->check(CLI::ExistingDirectory);
  app.add_option("--audit-export-seconds", o.audit_export_seconds, "how often a root is signed and kept")->envname("RUNG_AUDIT_EXPORT_SECONDS")
      ->capture_default_str()->check(CLI::Range(1, 86'400));
  app.add_option("--approvals", o.approvals, "approvals that a publication needs, by others than the draft's author")->envname("RUNG_APPROVALS")
      ->check(CLI::Range(0, 5))->capture_default_str();
  app.add_option("--guard-max-downgrade-share", o.guard_max_downgrade_share, "planned downgrades beyond this share hold a run")
      ->envname("RUNG_GUARD_MAX_DOWNGRADE_SHARE")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--ingest-writers", o.ingest_writers, "threads that write events")->envname("RUNG_INGEST_WRITERS")->capture_default_str()->check(CLI::Range(1, 32));
  app.add_option("--workers", o.workers, "threads for calls that wait for storage")->envname("RUNG_WORKERS")->capture_default_str()->check(CLI::Range(1, 256));
  app.add_option("--scan-threads", o.scan_threads, "threads of the batch")->envname("RUNG_SCAN_THREADS")->capture_default_str()->check(CLI::Range(1, 64));
  app.add_option("--log-level", o.log_level, "debug, info, warn or error")->envname("RUNG_LOG_LEVEL")->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return o;
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
      return InvalidArgumentError("--sources: \"{}\" is none of orders, deliveries, complaints, sessions, reviews, invoices", name);
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
