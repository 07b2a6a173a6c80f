#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void AddCustomer(CLI::App& app, std::string& customer_id) {
  app.add_option("ID", customer_id, "The order system's id of the customer")->required();
}
void AddLadder(CLI::App& app, std::string& ladder_id) {
  app.add_option("--ladder", ladder_id, "Default: the default ladder");
}
void AddAsOf(CLI::App& app, std::string& as_of_date) {
  app.add_option("--as-of", as_of_date, "Business day; default: today")->check(IsDate());
}

void CheckBatch(const TierBatch& command) {
  if (command.customer_ids.empty() && command.file.empty()) throw CLI::ValidationError("batch", "give ids or --file");
}

void DefinePath(CLI::App& app, TierPath& command) {
  AddCustomer(app, command.customer_id);
  AddLadder(app, command.ladder_id);
  app.add_option("--to", command.target_tier_code, "Code of the tier; default: the one above the customer's");
  app.add_option("--by", command.by_date, "The last day on which it may be reached; default: in 30 days")->check(IsDate());
  app.add_flag("--nothing-else", command.nothing_else, "Don't assume that the customer goes on ordering as usual");
  app.add_option("--max-spend", command.max_spend_minor, "The most extra money of a plan, in fen")->check(IsPositive());
  app.add_option("--min-order", command.min_order_minor, "The least amount of an extra order, in fen")->check(CLI::NonNegativeNumber);
  const auto cost = [&](const char* name, std::optional<int64_t>& value, const char* what) {
    app.add_option(name, value, what)->check(CLI::NonNegativeNumber)->group("Costs, for the cheapest mix");
  };
  cost("--cost-spend", command.spend_permille, "Of the extra money, in thousandths");
  cost("--cost-order", command.order_cost, "Of an extra order, in fen");
  cost("--cost-new-category", command.new_category_cost, "Of a category never bought before, in fen");
  cost("--cost-repeat-category", command.repeat_category_cost, "Of a category bought again, in fen");
  cost("--cost-review", command.review_cost, "Of a review, in fen");
  cost("--cost-session", command.session_cost, "Of an app session, in fen");
  cost("--cost-payment", command.payment_cost, "Of a bill paid now, in fen");
}

void DefineTier(CLI::App& tier, Command& chosen) {
  tier.require_subcommand(1);
  AddCommand<TierGet>(tier, "get", "A customer's tier", chosen, [](CLI::App& app, TierGet& command) {
    AddCustomer(app, command.customer_id);
    AddLadder(app, command.ladder_id);
    app.add_option("--min-version", command.min_version, "At least this version of the label")->check(CLI::NonNegativeNumber);
  });
  AddCommand<TierBatch>(tier, "batch", "Tiers of many customers", chosen, [](CLI::App& app, TierBatch& command) {
    CLI::Option* ids = app.add_option("ID", command.customer_ids, "Customers");
    CLI::Option* file = app.add_option("--file", command.file, "One id per line; - is the standard input");
    ids->excludes(file);
    AddLadder(app, command.ladder_id);
  }, CheckBatch);
  AddCommand<TierHistory>(tier, "history", "A customer's changes of tier", chosen, [](CLI::App& app, TierHistory& command) {
    AddCustomer(app, command.customer_id);
    AddLadder(app, command.ladder_id);
    app.add_option("--limit", command.limit, "At most so many, newest first")->check(CLI::Range(1, 100'000))->capture_default_str();
  });
  AddCommand<TierAsOf>(tier, "as-of", "The tier that held at an instant", chosen, [](CLI::App& app, TierAsOf& command) {
    AddCustomer(app, command.customer_id);
    app.add_option("TIME", command.time, "When, as 2026-03-31T12:00:00+08:00")->required()->check(IsInstant());
    AddLadder(app, command.ladder_id);
    app.add_flag("--with-correction", command.with_correction, "Also what facts known today make of that day");
  });
  AddCommand<TierWatch>(tier, "watch", "Changes of tiers as they come, until interrupted", chosen, [](CLI::App& app, TierWatch& command) {
    app.add_option("ID", command.customer_ids, "Customers; default: everybody");
    app.add_option("--ladder", command.ladder_id, "Default: every ladder");
    app.add_option("--resume", command.resume_token, "Go on behind a message of an earlier watch (-o json shows tokens)");
    app.add_option("--count", command.count, "Stop after so many changes")->check(IsPositive());
  });
  AddCommand<TierList>(tier, "list", "The ladders and their tiers", chosen, [](CLI::App&, TierList&) {});
  AddCommand<TierDistribution>(tier, "distribution", "How many customers each tier holds", chosen,
                               [](CLI::App& app, TierDistribution& command) { AddLadder(app, command.ladder_id); });
  AddCommand<TierPath>(tier, "path", "What a customer has to do to reach a tier, and to keep its own", chosen, DefinePath);
  AddCommand<TierExplain>(tier, "explain", "Why a customer has its tier, number by number", chosen,
                          [](CLI::App& app, TierExplain& command) {
                            AddCustomer(app, command.customer_id);
                            AddLadder(app, command.ladder_id);
                            AddAsOf(app, command.as_of_date);
                            app.add_option("--version", command.version, "The decision that made this version of the label")
                                ->check(IsPositive());
                          });
  AddCommand<TierReplay>(tier, "replay", "Make a stored decision again and compare every bit", chosen, [](CLI::App& app, TierReplay& command) {
    AddCustomer(app, command.customer_id);
    AddLadder(app, command.ladder_id);
    app.add_option("--version", command.version, "Of the label; default: the newest decision")->check(IsPositive());
  });
}

void DefineFeatures(CLI::App& features, Command& chosen) {
  features.require_subcommand(1);
  AddCommand<FeaturesGet>(features, "get", "A customer's features", chosen, [](CLI::App& app, FeaturesGet& command) {
    AddCustomer(app, command.customer_id);
    AddAsOf(app, command.as_of_date);
    app.add_option("--names", command.names, "Only these, comma-separated")->delimiter(',')->allow_extra_args(false);
    app.add_flag("--pooled", command.pooled, "Those of its group, which its tier is graded by");
  });
  AddCommand<FeaturesDefinitions>(features, "definitions", "Every feature with unit and formula", chosen,
                                  [](CLI::App&, FeaturesDefinitions&) {});
  AddCommand<FeaturesAudit>(features, "audit", "Rebuild features from events and compare", chosen,
                            [](CLI::App& app, FeaturesAudit& command) {
                              app.add_option("--sample-every", command.sample_every, "Audit every n-th customer")
                                  ->check(CLI::Range(1, 1'000'000'000))
                                  ->capture_default_str();
                            });
}

}  // namespace

void DefineGradingCommands(CLI::App& app, Command& chosen) {
  DefineTier(*app.add_subcommand("tier", "Look tiers up"), chosen);
  DefineFeatures(*app.add_subcommand("features", "Look features up"), chosen);
  AddCommand<GradeCommand>(app, "grade", "Grade a customer without writing anything", chosen,
                           [](CLI::App& grade, GradeCommand& command) {
                             AddCustomer(grade, command.customer_id);
                             AddLadder(grade, command.ladder_id);
                             AddAsOf(grade, command.as_of_date);
                           });
}

}  // namespace rung::ctl
