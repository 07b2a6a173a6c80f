#include "libs/host/command_line.h"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace rung::host {

CommandLine::CommandLine(const std::string& program, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, program)) {
  CLI::App& app = *app_;
  Options& o = options_;
  app.set_version_flag("--version", "rung 0.1.0");
  app.set_config("--config", "", "TOML file with these options");
  app.add_option("--listen", o.listen, "gRPC address, host:port or unix:/path")->envname("RUNG_LISTEN")->capture_default_str();
  app.add_option("--metrics-listen", o.metrics_listen, "Prometheus address; empty: none")->envname("RUNG_METRICS_LISTEN")->capture_default_str();
  app.add_option("--postgres", o.postgres, "libpq connection string")->envname("RUNG_POSTGRES")->required();
  app.add_option("--redis", o.redis, "unix:/path or host:port")->envname("RUNG_REDIS")->required();
  app.add_option("--zone", o.zone, "business time zone (IANA)")->envname("RUNG_ZONE")->capture_default_str();
  app.add_option("--currency", o.currency, "the currency of all amounts (ISO 4217)")->envname("RUNG_CURRENCY")->capture_default_str()
      ->check([](const std::string& c) { return c.size() == 3 ? std::string() : "a currency code has three letters"; });
  app.add_option("--business-time", o.business_time, "start the business clock here (RFC 3339) and let it run on, for demos")->envname("RUNG_BUSINESS_TIME");
  app.add_option("--key-file", o.key_file, "keys that seal sensitive columns")->envname("RUNG_KEY_FILE")->required();
  app.add_flag("--create-key", o.create_key, "create the key file when it is missing")->envname("RUNG_CREATE_KEY");
  app.add_option("--audit-export", o.audit_export, "folder outside the database for signed audit roots")->envname("RUNG_AUDIT_EXPORT")
      ->check(CLI::ExistingDirectory);
  app.add_option("--audit-export-seconds", o.audit_export_seconds, "how often a root is signed and kept")->envname("RUNG_AUDIT_EXPORT_SECONDS")
      ->capture_default_str()->check(CLI::Range(1, 86'400));
  app.add_option("--approvals", o.approvals, "approvals that a publication needs, by others than the draft's author")->envname("RUNG_APPROVALS")
      ->check(CLI::Range(0, 5))->capture_default_str();
  app.add_option("--workers", o.workers, "threads of each service for calls that wait for storage")->envname("RUNG_WORKERS")
      ->capture_default_str()->check(CLI::Range(1, 256));
  app.add_option("--grading", o.grading, "address of the grading service, unless this process has it")->envname("RUNG_GRADING")->capture_default_str();
  app.add_option("--benefits", o.benefits, "address of the benefits service, unless this process has it")->envname("RUNG_BENEFITS")->capture_default_str();
  app.add_option("--log-level", o.log_level, "debug, info, warn or error")->envname("RUNG_LOG_LEVEL")->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

CommandLine::~CommandLine() = default;

void CommandLine::Parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app_->exit(error) == 0 ? 0 : 2);
  }
}

}  // namespace rung::host
