#include "tools/rungctl/command_line.h"

namespace rung::ctl {

void DefineChurnCommands(CLI::App& app, Command& chosen) {
  CLI::App& churn = *app.add_subcommand("churn", "Who is about to leave: the watch list, and what is done")->require_subcommand(1);
  AddCommand<ChurnListCommand>(churn, "list", "Customers at risk, the most valuable risk first", chosen, [](CLI::App& app, ChurnListCommand& command) {
    app.add_option("--risk", command.risks, "watch, high or lost; may be several")->delimiter(',')->check(CLI::IsMember({"watch", "high", "lost"}));
    app.add_option("--tier", command.tiers, "Of these tiers of the default ladder")->delimiter(',');
    app.add_option("--region", command.regions, "In these regions")->delimiter(',');
    app.add_option("--manager", command.account_managers, "Of these account managers")->delimiter(',');
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  });
  AddCommand<ChurnScanCommand>(churn, "scan", "Make the list anew and act by the policy; it also happens after each batch and fit", chosen,
                               [](CLI::App& app, ChurnScanCommand& command) {
                                 app.add_option("--as-of", command.as_of_date, "Last day whose facts count; default: yesterday")->check(IsDate());
                                 app.add_option("--author", command.author, "Who asks for it; default: USER");
                               });
  AddCommand<ChurnActions>(churn, "actions", "What was done by the retention policy, newest first", chosen, [](CLI::App& app, ChurnActions& command) {
    app.add_option("--customer", command.customer_id, "Of this customer");
    app.add_option("--rule", command.rule_id, "By this rule");
    app.add_option("--state", command.state, "waiting, open, done or refused")->check(CLI::IsMember({"waiting", "open", "done", "refused"}));
    app.add_option("--manager", command.account_manager, "Of this account manager");
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  });
  AddCommand<ChurnClose>(churn, "close", "Say what came of an account manager's task", chosen, [](CLI::App& app, ChurnClose& command) {
    app.add_option("customer", command.customer_id, "The task's customer")->required();
    app.add_option("number", command.action_number, "The task's number, as `churn actions` shows it")->required();
    app.add_option("--outcome", command.outcome, "stays, left, not-reached or not-needed")
        ->required()->check(CLI::IsMember({"stays", "left", "not-reached", "not-needed"}));
    app.add_option("--author", command.author, "Who closes it; default: USER");
    app.add_option("--request-id", command.request_id, "Give the same again to repeat the call safely; default: a new one");
  });
}

}  // namespace rung::ctl
