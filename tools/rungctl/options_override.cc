#include "tools/rungctl/command_line.h"

namespace rung::ctl {

void DefineOverrideCommands(CLI::App& app, Command& chosen) {
  CLI::App& override = *app.add_subcommand("override", "Tiers that people set: stronger than the engine until they end")->require_subcommand(1);
  AddCommand<OverrideSet>(override, "set", "Set a customer's tier for a time", chosen, [](CLI::App& app, OverrideSet& command) {
    app.add_option("ID", command.customer_id, "The order system's id of the customer")->required();
    app.add_option("TIER", command.tier_code, "Code of the tier")->required();
    app.add_option("--until", command.until_date, "First business day on which the engine decides again; default: as long as the ladder protects an upgrade")->check(IsDate());
    app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
    app.add_option("--ladder", command.ladder_id, "Default: the default ladder");
    app.add_option("--author", command.author, "Who sets it; default: USER");
    app.add_option("--id", command.override_id, "Names the override, so that setting it again isn't a second one; default: a new one");
  });
  AddCommand<OverrideEnd>(override, "end", "End one before its time", chosen, [](CLI::App& app, OverrideEnd& command) {
    app.add_option("ID", command.customer_id, "The order system's id of the customer")->required();
    app.add_option("OVERRIDE", command.override_id, "The override, as in the list")->required();
    app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
    app.add_option("--author", command.author, "Who ends it; default: USER");
  });
  AddCommand<OverrideList>(override, "list", "Overrides, newest first", chosen, [](CLI::App& app, OverrideList& command) {
    app.add_option("ID", command.customer_id, "Only of this customer");
    app.add_flag("--in-force", command.in_force, "Only those in force");
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
  AddCommand<OverrideImport>(override, "import", "Set many from a CSV file; each for itself", chosen, [](CLI::App& app, OverrideImport& command) {
    app.add_option("FILE", command.file, "Columns: customer_id, tier_code, until_date, reason; ladder_id, author, override_id; - is the standard input")->required();
    app.add_flag("--dry-run", command.dry_run, "Only check");
    app.add_option("--author", command.author, "Who sets them, where the file doesn't say; default: USER");
  });
}

}  // namespace rung::ctl
