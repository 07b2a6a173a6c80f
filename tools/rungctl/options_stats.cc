#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

CLI::Option* DefineSource(CLI::App& app, PurchaseSource& source) {
  CLI::Option* file = app.add_option("FILE", source.file, "CSV file of orders or order lines, plain or gzip-compressed; - is the standard input");
  app.add_option("--map", source.map,
                 "field=column,... for customer_id, order_time, and amount or quantity and unit_price; and cost, order_id. "
                 "Default: as in generated files. With a cost, values are margins");
  app.add_option("--zone", source.zone, "Where times without an offset were written")->capture_default_str();
  app.add_option("--time-format", source.time_formats, "Such as \"%d/%m/%Y %H:%M\"; may be repeated")->allow_extra_args(false);
  app.add_option("--cancel-prefix", source.cancel_prefix, "Order ids that start with this are cancellations");
  app.add_option("--delimiter", source.delimiter, "One character, or \"tab\"")->capture_default_str();
  app.add_flag("--count-zero", source.count_zero, "An amount of 0 is a purchase as well");
  app.add_option("--until", source.until_date, "Last day that counts; default: that of the last purchase")->check(IsDate());
  return file;
}

void CheckFit(const StatsFit& command) {
  if (command.store == !command.source.file.empty()) {
    throw CLI::ValidationError("stats fit", "give a FILE, or --store for the server's customers");
  }
  const bool of_server = !command.order_method.empty() || !command.value_method.empty() || !command.churn_measure.empty() || command.without_holdout || !command.author.empty();
  if (of_server && !command.store) throw CLI::ValidationError("stats fit", "--orders, --values, --churn, --no-holdout and --author go with --store");
  const bool of_file = command.list > 0 || !command.customer_ids.empty() || !command.source.map.empty() || command.discount_percent > 0;
  if (of_file && command.store) throw CLI::ValidationError("stats fit", "--list, --customer, --discount and --map go with a FILE; see `stats outlook`");
}

void DefineFit(CLI::App& app, StatsFit& command) {
  DefineSource(app, command.source);
  app.add_option("--model", command.model, "mbg-cnbd (k by likelihood), mbg-nbd, bg-nbd, nbd or pareto-nbd")
      ->check(CLI::IsMember({"mbg-cnbd", "mbg-nbd", "bg-nbd", "nbd", "pareto-nbd"}))
      ->capture_default_str();
  app.add_option("--horizon-days", command.horizon_days, "Of expected orders and value")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  app.add_option("--discount", command.discount_percent, "Percent a year by which later orders count less; of a FILE")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--list", command.list, "List so many customers, the most valuable first")->check(CLI::Range(0, 100'000));
  app.add_option("--customer", command.customer_ids, "List this customer, with 95 % intervals of its forecasts; may be repeated")->allow_extra_args(false);
  app.add_flag("--store", command.store, "Fit the server's customers; the fit takes effect and stays: P(alive), LTV and the like become features");
  app.add_option("--orders", command.order_method, "With --store, how orders are forecast: model or rate; default: as before")
      ->check(CLI::IsMember({"model", "rate"}));
  app.add_option("--values", command.value_method, "With --store, how values are forecast: model, rate or past; default: as before")
      ->check(CLI::IsMember({"model", "rate", "past"}));
  app.add_option("--churn", command.churn_measure, "With --store, what churn is judged by: joined or recency; default: as before")
      ->check(CLI::IsMember({"joined", "recency"}));
  app.add_flag("--no-holdout", command.without_holdout, "With --store: no comparison with baselines; quicker");
  app.add_option("--author", command.author, "With --store, who asks for it; default: USER");
}

void DefineEvaluate(CLI::App& app, StatsEvaluate& command) {
  DefineSource(app, command.source)->required();
  app.add_option("--horizon-days", command.horizon_days, "Length of a holdout")->check(CLI::Range(1, 3650))->capture_default_str();
  app.add_option("--folds", command.folds, "How many holdouts, the newest ending on the last day")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--step-days", command.step_days, "How much earlier each next holdout is")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  app.add_flag("--pareto-nbd", command.with_pareto_nbd, "Evaluate Pareto/NBD as well; slower");
}

}  // namespace

void DefineStatsCommands(CLI::App& app, Command& chosen) {
  CLI::App* stats = app.add_subcommand("stats", "How often customers buy, what they will bring, who leaves; from a file or the server's base");
  stats->require_subcommand(1);
  AddCommand<StatsFit>(*stats, "fit", "Fit a customer-base model", chosen, DefineFit, CheckFit);
  AddCommand<StatsShow>(*stats, "show", "A fit of the server's base with its findings", chosen, [](CLI::App& app, StatsShow& command) {
    app.add_option("VERSION", command.version, "Default: the fit in force")->check(IsPositive());
  });
  AddCommand<StatsList>(*stats, "list", "Fits of the server's base, the newest first", chosen, [](CLI::App& app, StatsList& command) {
    app.add_option("--limit", command.limit, "At most so many")->check(CLI::Range(1, 500))->capture_default_str();
  });
  AddCommand<OutlookGet>(*stats, "outlook", "What customers will probably do, by the fit in force", chosen, [](CLI::App& app, OutlookGet& command) {
    app.add_option("CUSTOMER", command.customer_ids, "One or more")->required();
    app.add_option("--as-of", command.as_of_date, "Last day whose facts count; default: today")->check(IsDate());
  });
  AddCommand<StatsEvaluate>(*stats, "evaluate", "Compare the model with baselines on rolling holdouts", chosen, DefineEvaluate);
}

}  // namespace rung::ctl
