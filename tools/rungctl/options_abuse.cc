#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void CheckVerdict(const AbuseReview& command) {
  if (command.confirm == command.clear) throw CLI::ValidationError("abuse review", "choose --confirm or --clear");
  if (command.clear && command.freeze_days >= 0) throw CLI::ValidationError("abuse review", "--freeze-days goes with --confirm");
}

}  // namespace

void DefineAbuseCommands(CLI::App& app, Command& chosen) {
  CLI::App& abuse = *app.add_subcommand("abuse", "Suspected abuse: scans, cases, reviews")->require_subcommand(1);
  AddCommand<AbuseScan>(abuse, "scan", "Look over the base and open cases", chosen, [](CLI::App& app, AbuseScan& command) {
    app.add_option("--as-of", command.as_of_date, "Last day whose facts count; default: yesterday")->check(IsDate());
    app.add_option("--author", command.author, "Who asks for it; default: USER");
  });
  AddCommand<AbuseList>(abuse, "list", "Cases, the most suspicious first", chosen, [](CLI::App& app, AbuseList& command) {
    app.add_option("--state", command.state, "open, confirmed or cleared")->check(CLI::IsMember({"open", "confirmed", "cleared"}))->capture_default_str();
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
  AddCommand<AbuseShow>(abuse, "show", "One case with its reasons", chosen, [](CLI::App& app, AbuseShow& command) {
    app.add_option("CUSTOMER", command.customer_id, "The customer")->required();
    app.add_option("--case", command.case_number, "Number of the case; default: the newest")->check(IsPositive());
  });
  AddCommand<AbuseReview>(
      abuse, "review", "Decide a case", chosen,
      [](CLI::App& app, AbuseReview& command) {
        app.add_option("CUSTOMER", command.customer_id, "The customer")->required();
        app.add_option("--case", command.case_number, "Number of the case; default: the newest")->check(IsPositive());
        app.add_flag("--confirm", command.confirm, "It was abuse: upgrades stay frozen for a while");
        app.add_flag("--clear", command.clear, "It wasn't: an upgrade that waited takes effect");
        app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
        app.add_option("--freeze-days", command.freeze_days, "With --confirm; default: 90")->check(CLI::Range(0, 3650));
        app.add_option("--author", command.author, "Who decides; default: USER");
      },
      CheckVerdict);
}

}  // namespace rung::ctl
