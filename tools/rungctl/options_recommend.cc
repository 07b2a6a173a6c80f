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
  AddCommand<RecommendEvaluate>(*recommend, "evaluate", "Try the recommender on the last baskets of a file, beside baselines", chosen,
                                DefineEvaluate, CheckPattern);
}

}  // namespace rung::ctl
