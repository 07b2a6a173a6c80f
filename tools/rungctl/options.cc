#include "tools/rungctl/options.h"

#include <algorithm>
#include <optional>

#include <absl/strings/numbers.h>
#include <absl/time/time.h>

#include "libs/base/day.h"
#include "tools/rungctl/command_line.h"
#include "tools/rungctl/errors.h"

namespace rung::ctl {
namespace {

struct RawGlobals {
  std::string output = "table";
  std::string language;
  std::optional<double> timeout_seconds;
};

constexpr double kUsualSeconds = 10;
constexpr double kLongSeconds = 600;  // of what looks at the whole base before it answers

bool LooksAtTheWholeBase(const Command& command) {
  return std::holds_alternative<AbuseScan>(command) || std::holds_alternative<ChurnScanCommand>(command) || std::holds_alternative<StatsFit>(command) ||
         std::holds_alternative<RecommendTrain>(command);
}

void DefineGlobals(CLI::App& app, GlobalOptions& globals, RawGlobals& raw) {
  app.add_option("--server", globals.server, "Address of the server, HOST:PORT")->envname("RUNG_SERVER")->capture_default_str();
  app.add_option("-o,--output", raw.output, "table or json")->check(CLI::IsMember({"table", "json"}))->capture_default_str();
  app.add_option("--lang", raw.language, "Language of tables, en or zh; default: that of LANG")->check(CLI::IsMember({"en", "zh"}));
  app.add_option("--timeout", raw.timeout_seconds,
                 "Seconds for a call with its retries, or for the silence of a stream; default: 10, and 600 for fits, scans and trainings")
      ->check(CLI::Range(0.001, 86400.0));
  app.set_version_flag("--version", "rungctl " RUNG_VERSION);
}

void Resolve(const RawGlobals& raw, const Command& command, GlobalOptions& globals) {
  globals.json = raw.output == "json";
  globals.language = ParseLanguage(raw.language).value_or(LanguageOfEnvironment());
  const double seconds = raw.timeout_seconds.value_or(LooksAtTheWholeBase(command) ? kLongSeconds : kUsualSeconds);
  globals.timeout = std::chrono::milliseconds(std::max<int64_t>(1, static_cast<int64_t>(seconds * 1000)));
}

// Where another command is wanted and none of its name is known. Empty where that isn't what is wrong.
std::string UnknownCommand(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining(true);  // words fall through to the commands above
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().back();
  if (rest.empty() || last->get_require_subcommand_min() == 0) return "";
  std::string names;
  for (const CLI::App* sub : last->get_subcommands(nullptr)) names += (names.empty() ? "" : ", ") + sub->get_name();
  return "\"" + rest.front() + "\" isn't a command of " + last->get_name() + "; there are: " + names;
}

}  // namespace

CLI::Validator IsPositive() {
  return CLI::Validator(
      [](std::string& text) {
        int64_t number = 0;
        return absl::SimpleAtoi(text, &number) && number > 0 ? std::string() : "\"" + text + "\" isn't a whole number from 1";
      },
      "POSITIVE", "positive");
}

CLI::Validator IsDate() {
  return CLI::Validator(
      [](std::string& text) {
        return ParseDay(text) ? std::string() : "\"" + text + "\" isn't a date like 2026-03-31";
      },
      "DATE", "date");
}

CLI::Validator IsInstant() {
  return CLI::Validator(
      [](std::string& text) {
        absl::Time time;
        std::string error;
        return absl::ParseTime(absl::RFC3339_full, text, &time, &error) ? std::string()
                                                                        : "\"" + text + "\" isn't a time like 2026-04-01T00:00:00+08:00";
      },
      "TIME", "time");
}

ParsedLine ParseOptions(const std::vector<std::string>& arguments) {
  CLI::App app("Administers a rung server.", "rungctl");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 1 the server refused, or some input was refused; 2 usage; 3 the server is out of reach or too "
      "slow.");
  app.fallthrough();  // global options may follow the command
  ParsedLine parsed;
  RawGlobals raw;
  DefineGlobals(app, parsed.options.global, raw);
  DefineDataCommands(app, parsed.options.command);
  DefineGradingCommands(app, parsed.options.command);
  DefineAbuseCommands(app, parsed.options.command);
  DefineChurnCommands(app, parsed.options.command);
  DefineGroupCommands(app, parsed.options.command);
  DefineOverrideCommands(app, parsed.options.command);
  DefineAppealCommands(app, parsed.options.command);
  DefineAdminCommands(app, parsed.options.command);
  DefineBenefitCommands(app, parsed.options.command);
  DefineStatsCommands(app, parsed.options.command);
  DefineRecommendCommands(app, parsed.options.command);
  DefinePriceCommands(app, parsed.options.command);
  try {
    // CLI11 takes the arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    Resolve(raw, parsed.options.command, parsed.options.global);
    parsed.run = true;
  } catch (const CLI::CallForHelp&) {
    parsed.output = app.help();
  } catch (const CLI::CallForAllHelp&) {
    parsed.output = app.help("", CLI::AppFormatMode::All);
  } catch (const CLI::CallForVersion&) {
    parsed.output = app.version() + "\n";
  } catch (const CLI::ParseError& error) {
    const std::string unknown = UnknownCommand(app);
    parsed.error = (unknown.empty() ? std::string(error.what()) : unknown) + "; see --help";
    parsed.exit_code = kExitUsage;
  }
  return parsed;
}

}  // namespace rung::ctl
