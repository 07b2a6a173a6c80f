#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

// What creating and changing a group have in common.
template <typename C>
void AddChange(CLI::App& app, C& command) {
  app.add_option("GROUP", command.group_id, "Id of the group")->required();
  app.add_option("IDS", command.customer_ids, "The order system's ids of the accounts")->required();
  app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
  app.add_option("--author", command.author, "Who does it; default: USER");
  app.add_option("--request-id", command.request_id, "The same id is the same change; default: a new one");
}

void DefineChange(CLI::App& group, const char* name, const char* description, bool remove, Command& chosen) {
  AddCommand<GroupChange>(group, name, description, chosen, [remove](CLI::App& app, GroupChange& command) {
    command.remove = remove;
    AddChange(app, command);
    app.add_option("--etag", command.etag, "Refuse when the group isn't as it was read; default: as it is now");
  });
}

}  // namespace

void DefineGroupCommands(CLI::App& app, Command& chosen) {
  CLI::App& group = *app.add_subcommand("group", "Accounts that share the tier of their pooled facts: the stores of a chain")->require_subcommand(1);
  AddCommand<GroupCreate>(group, "create", "Make a group of accounts", chosen, [](CLI::App& app, GroupCreate& command) {
    AddChange(app, command);
    app.add_option("--name", command.name, "What people call it; default: its id");
  });
  DefineChange(group, "add", "Add accounts to a group", false, chosen);
  DefineChange(group, "remove", "Take accounts out of a group: their own facts count again", true, chosen);
  AddCommand<GroupShow>(group, "show", "A group and its accounts, with their tiers", chosen, [](CLI::App& app, GroupShow& command) {
    app.add_option("GROUP", command.group_id, "Id of the group")->required();
  });
  AddCommand<GroupList>(group, "list", "Groups, by id", chosen, [](CLI::App& app, GroupList& command) {
    app.add_option("ID", command.customer_id, "Only the group of this customer");
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
  CLI::App& account = *app.add_subcommand("account", "Accounts of one customer, registered twice")->require_subcommand(1);
  AddCommand<AccountMerge>(account, "merge", "Move an account's facts to another one, for good", chosen, [](CLI::App& app, AccountMerge& command) {
    app.add_option("ID", command.customer_id, "Whose facts move")->required();
    app.add_option("--into", command.target_customer_id, "To whom")->required();
    app.add_option("--reason", command.reason, "Why; it is kept for good")->required();
    app.add_option("--author", command.author, "Who does it; default: USER");
    app.add_option("--request-id", command.request_id, "The same id is the same merge; default: a new one");
  });
  AddCommand<AccountShow>(account, "show", "What an account was merged into, what was merged into it, its group", chosen, [](CLI::App& app, AccountShow& command) {
    app.add_option("ID", command.customer_id, "The order system's id of the customer")->required();
  });
}

}  // namespace rung::ctl
