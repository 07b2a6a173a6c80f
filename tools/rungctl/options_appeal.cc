#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void CheckVerdict(const AppealResolve& command) {
  if (command.accept == command.reject) throw CLI::ValidationError("appeal resolve", "choose --accept or --reject");
  const int corrections = static_cast<int>(!command.event_file.empty()) + static_cast<int>(!command.voided_event_id.empty()) +
                          static_cast<int>(!command.outside_value.empty());
  if (command.accept && corrections != 1) {
    throw CLI::ValidationError("appeal resolve", "an appeal is accepted with one correction: --event FILE, --void EVENT or --value NAME=NUMBER");
  }
  if (command.reject && (corrections != 0 || command.dry_run)) throw CLI::ValidationError("appeal resolve", "corrections and --dry-run go with --accept");
}

void AddAppeal(CLI::App& app, std::string& customer_id, std::string& appeal_id) {
  app.add_option("ID", customer_id, "The order system's id of the customer")->required();
  app.add_option("APPEAL", appeal_id, "The appeal, as in the list")->required();
}

}  // namespace

void DefineAppealCommands(CLI::App& app, Command& chosen) {
  CLI::App& appeal = *app.add_subcommand("appeal", "Appeals against tiers: filed, reviewed, resolved by correcting a fact")->require_subcommand(1);
  AddCommand<AppealFile>(appeal, "file", "File an appeal against a decision", chosen, [](CLI::App& app, AppealFile& command) {
    app.add_option("ID", command.customer_id, "The order system's id of the customer")->required();
    app.add_option("--text", command.text, "What the customer says")->required();
    app.add_option("--contact", command.contact, "Whom to answer");
    app.add_option("--ladder", command.ladder_id, "Default: the default ladder");
    app.add_option("--version", command.version, "Version of the label; default: the newest decision")->check(IsPositive());
    app.add_option("--days", command.deadline_days, "Business days until it is due; default: the installation's")->check(CLI::Range(1, 90));
    app.add_option("--author", command.author, "Who files it; default: USER");
    app.add_option("--id", command.appeal_id, "Names the appeal, so that filing it again isn't a second one; default: a new one");
  });
  AddCommand<AppealList>(appeal, "list", "The queue, overdue ones first", chosen, [](CLI::App& app, AppealList& command) {
    app.add_option("ID", command.customer_id, "Only of this customer");
    app.add_option("--state", command.state, "pending, open, accepting, accepted, rejected or withdrawn")
        ->check(CLI::IsMember({"pending", "open", "accepting", "accepted", "rejected", "withdrawn"}))->capture_default_str();
    CLI::Option* assignee = app.add_option("--assignee", command.assignee, "Only of this assignee");
    app.add_flag("--unassigned", command.unassigned, "Only those that nobody has")->excludes(assignee);
    app.add_flag("--overdue", command.overdue, "Only those whose day has passed");
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
  AddCommand<AppealShow>(appeal, "show", "One appeal: the decision made again, and what would have changed it", chosen,
                         [](CLI::App& app, AppealShow& command) { AddAppeal(app, command.customer_id, command.appeal_id); });
  AddCommand<AppealAssign>(appeal, "assign", "Give it to somebody", chosen, [](CLI::App& app, AppealAssign& command) {
    AddAppeal(app, command.customer_id, command.appeal_id);
    app.add_option("ASSIGNEE", command.assignee, "Who takes it; default: nobody");
    app.add_option("--author", command.author, "Who assigns it; default: USER");
  });
  AddCommand<AppealComment>(appeal, "comment", "Add to the file", chosen, [](CLI::App& app, AppealComment& command) {
    AddAppeal(app, command.customer_id, command.appeal_id);
    app.add_option("TEXT", command.text, "The comment")->required();
    app.add_option("--author", command.author, "Who says it; default: USER");
    app.add_option("--id", command.comment_id, "Names the comment, so that sending it again isn't a second one; default: a new one");
  });
  AddCommand<AppealResolve>(
      appeal, "resolve", "Accept with a corrected fact, or reject", chosen,
      [](CLI::App& app, AppealResolve& command) {
        AddAppeal(app, command.customer_id, command.appeal_id);
        app.add_flag("--accept", command.accept, "Correct a fact; the engine decides the tier");
        app.add_flag("--reject", command.reject, "Correct nothing");
        app.add_option("--event", command.event_file, "JSON file of the correcting event (rung.grading.v1.Event); - is the standard input");
        app.add_option("--void", command.voided_event_id, "Withdraw this event");
        app.add_option("--value", command.outside_value, "Set an outside value, NAME=NUMBER");
        app.add_flag("--dry-run", command.dry_run, "Only say what the engine would decide today");
        app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
        app.add_option("--author", command.author, "Who decides; default: USER");
      },
      CheckVerdict);
  AddCommand<AppealWithdraw>(appeal, "withdraw", "The customer doesn't insist", chosen, [](CLI::App& app, AppealWithdraw& command) {
    AddAppeal(app, command.customer_id, command.appeal_id);
    app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
    app.add_option("--author", command.author, "Who withdraws it; default: USER");
  });
}

}  // namespace rung::ctl
