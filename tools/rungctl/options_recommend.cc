#include <regex>

#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void DefineEvaluate(CLI::App& app, RecommendEvaluate& command) {
  BasketSource& source = command.source;
  app.add_option("FILE", source.file, "CSV file of order lines, plain or gzip-compressed; - is the standard input")->required();
  app.add_option("--map", source.map,
                 "field=column,... for order_id, order_time, customer_id, sku, quantity, unit_price or amount. Default: as in "
                 "generated files");
  app.add_option("--zone", source.zone, "Where times without an offset were written")->capture_default_str();
  app.add_option("--time-format", source.time_formats, "Such as \"%d/%m/%Y %H:%M\"; may be repeated")->allow_extra_args(false);
  app.add_option("--cancel-prefix", source.cancel_prefix, "Order ids that start with this are cancellations");
  app.add_option("--delimiter", source.delimiter, "One character, or \"tab\"")->capture_default_str();
  app.add_option("--sku-pattern", source.sku_pattern, "Only SKUs that match this regular expression as a whole: \"[0-9]{5}.*\"");
  app.add_option("--least-days", command.least_baskets, "Test customers with at least so many purchase days")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  app.add_option("-k", command.k, "Length of the lists")->check(CLI::Range(1, 100))->capture_default_str();
  app.add_flag("--with-others", command.with_others, "Customers with fewer purchase days are part of what is known");
}

void DefineGet(CLI::App& app, RecommendGet& command) {
  app.add_option("CUSTOMER", command.customer_id, "Id of the customer; it needn't be known")->required();
  app.add_option("--count", command.count, "Length of the list")->check(CLI::Range(1, 100))->capture_default_str();
}

void DefineAvailability(CLI::App& app, RecommendAvailability& command) {
  app.add_option("STATE", command.state, "available, out-of-stock or blocked")
      ->required()
      ->check(CLI::IsMember({"available", "out-of-stock", "blocked"}));
  app.add_option("SKU", command.skus, "One or more SKUs")->required();
  app.add_option("--reason", command.reason, "Why SKUs are blocked, or no longer; it is kept for good");
  app.add_option("--author", command.author, "Who blocks or unblocks them; default: USER");
}

void CheckAvailability(const RecommendAvailability& command) {
  if (command.state == "blocked" && command.reason.empty()) throw CLI::ValidationError("availability", "blocked goes with --reason");
}

void DefineConversion(CLI::App& app, RecommendConversion& command) {
  app.add_option("FROM", command.from_date, "First day of the feedback")->required()->check(IsDate());
  app.add_option("TO", command.to_date, "Last day, included")->required()->check(IsDate());
}

void CheckPattern(const RecommendEvaluate& command) {
  try {
    const std::regex pattern(command.source.sku_pattern);
  } catch (const std::regex_error& error) {
    throw CLI::ValidationError("--sku-pattern", command.source.sku_pattern + " is no regular expression: " + error.what());
  }
}

}  // namespace

void DefineRecommendCommands(CLI::App& app, Command& chosen) {
  CLI::App* recommend = app.add_subcommand("recommend", "What a customer will buy next");
  recommend->require_subcommand(1);
  AddCommand<RecommendGet>(*recommend, "get", "A customer's recommendations with reasons", chosen, DefineGet);
  AddCommand<RecommendClaim>(*recommend, "claim", "Issue the coupon that the policy has for a customer, once a month", chosen,
                             [](CLI::App& app, RecommendClaim& command) {
                               app.add_option("CUSTOMER", command.customer_id, "Id of the customer; it needn't be known")->required();
                             });
  AddCommand<RecommendPreview>(*recommend, "preview", "What a policy would make of the base, before it is published", chosen,
                               [](CLI::App& app, RecommendPreview& command) {
                                 app.add_option("FILE", command.file, "The policy; default: the one in force");
                                 app.add_option("--count", command.count, "Length of the lists")->check(CLI::Range(1, 100))->capture_default_str();
                                 app.add_option("--sample", command.sample, "At most so many customers")->check(CLI::Range(1, 100'000))->capture_default_str();
                               });
  AddCommand<RecommendTrain>(*recommend, "train", "Train a model from all stored orders and put it in force",
                             chosen, [](CLI::App&, RecommendTrain&) {});
  AddCommand<RecommendModelInfo>(*recommend, "model", "The model in force", chosen, [](CLI::App&, RecommendModelInfo&) {});
  AddCommand<RecommendAvailability>(*recommend, "availability", "Say which SKUs may be recommended", chosen, DefineAvailability, CheckAvailability);
  AddCommand<RecommendConversion>(*recommend, "conversion", "What was clicked and bought of what was shown", chosen, DefineConversion);
  AddCommand<RecommendEvaluate>(*recommend, "evaluate", "Try the recommender on the last baskets of a file, beside baselines", chosen,
                                DefineEvaluate, CheckPattern);
}

}  // namespace rung::ctl
