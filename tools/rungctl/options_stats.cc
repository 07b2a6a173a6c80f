#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void DefineSource(CLI::App& app, PurchaseSource& source) {
  app.add_option("FILE", source.file, "CSV file of orders or order lines, plain or gzip-compressed; - is the standard input")
      ->required();
  app.add_option("--map", source.map,
                 "field=column,... for customer_id, order_time, and amount or quantity and unit_price; and cost, order_id. "
                 "Default: as in generated files. With a cost, values are margins");
  app.add_option("--zone", source.zone, "Where times without an offset were written")->capture_default_str();
  app.add_option("--time-format", source.time_formats, "Such as \"%d/%m/%Y %H:%M\"; may be repeated")->allow_extra_args(false);
  app.add_option("--cancel-prefix", source.cancel_prefix, "Order ids that start with this are cancellations");
  app.add_option("--delimiter", source.delimiter, "One character, or \"tab\"")->capture_default_str();
  app.add_flag("--count-zero", source.count_zero, "An amount of 0 is a purchase as well");
  app.add_option("--until", source.until_date, "Last day that counts; default: that of the last purchase")->check(IsDate());
}

void DefineFit(CLI::App& app, StatsFit& command) {
  DefineSource(app, command.source);
  app.add_option("--model", command.model, "mbg-cnbd (k by likelihood), mbg-nbd, bg-nbd, nbd or pareto-nbd")
      ->check(CLI::IsMember({"mbg-cnbd", "mbg-nbd", "bg-nbd", "nbd", "pareto-nbd"}))
      ->capture_default_str();
  app.add_option("--horizon-days", command.horizon_days, "Of expected orders and value")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  app.add_option("--list", command.list, "List so many customers, the most valuable first")->check(CLI::Range(0, 100'000));
  app.add_option("--customer", command.customer_ids, "List this customer; may be repeated")->allow_extra_args(false);
}

void DefineEvaluate(CLI::App& app, StatsEvaluate& command) {
  DefineSource(app, command.source);
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
  CLI::App* stats = app.add_subcommand("stats", "How often customers buy, what they will bring, who leaves; from a file");
  stats->require_subcommand(1);
  AddCommand<StatsFit>(*stats, "fit", "Fit a customer-base model", chosen, DefineFit);
  AddCommand<StatsEvaluate>(*stats, "evaluate", "Compare the model with baselines on rolling holdouts", chosen, DefineEvaluate);
}

}  // namespace rung::ctl
