#include <filesystem>
#include <set>

#include "tools/rungctl/command_line.h"

namespace rung::ctl {
namespace {

void DefineImport(CLI::App& app, ImportCommand& command) {
  app.add_option("FILE", command.file, "CSV file in UTF-8, plain or gzip-compressed; - is the standard input")->required();
  app.add_option("--map", command.map,
                 "field=column,... for order_id, order_time, customer_id, sku, quantity, unit_price or amount; and "
                 "category, unit, cost, promotional_discount, region, segment. Default: columns of these names, but segment");
  app.add_option("--zone", command.zone, "Where times without an offset were written; default: the server's zone, and in a dry run without a server Asia/Shanghai");
  app.add_option("--time-format", command.time_formats, "Such as \"%d/%m/%Y %H:%M\", \"%E4Y%m%d\" or \"%s\" (seconds since 1970); may be repeated. "
                 "Default: 2026-03-31 19:05, 2026-03-31 19:05:00, 2026-03-31T19:05:00+08:00 and 2026-03-31")
      ->allow_extra_args(false);
  app.add_option("--cancel-prefix", command.cancel_prefix, "Order ids that start with this are cancellations");
  app.add_option("--delimiter", command.delimiter, "One character, or \"tab\"")->capture_default_str();
  app.add_flag("--drop-duplicates", command.drop_duplicates,
               "Drop exact repetitions of one of the million lines before; those that lie further apart may be missed");
  app.add_flag("--dry-run", command.dry_run, "Only read and report");
}

void DefineIngest(CLI::App& app, IngestCommand& command) {
  app.add_option("FILE", command.file, "Plain or gzip-compressed; - is the standard input")->required();
  app.add_option("--format", command.format, "jsonl: an event per line; csv: order lines as generated")
      ->transform(CLI::CheckedTransformer(std::vector<std::pair<std::string, IngestFormat>>{
          {"jsonl", IngestFormat::kJsonLines}, {"csv", IngestFormat::kCsv}}));
}

void DefineGenerate(CLI::App& app, GenerateCommand& command) {
  app.add_option("--customers", command.customers, "How many")->required()->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  app.add_option("--seed", command.seed, "Same seed, same base")->capture_default_str();
  CLI::Option* from = app.add_option("--from", command.from_date, "First day of orders")->check(IsDate());
  CLI::Option* to = app.add_option("--to", command.to_date, "Last day of orders")->check(IsDate());
  from->needs(to);
  to->needs(from);
  app.add_option("--lines-per-customer", command.lines_per_customer, "Order lines, on average")
      ->check(CLI::Range(int64_t{1}, int64_t{5000}));
  app.add_option("--lines", command.lines_file, "Write order lines as CSV");
  app.add_option("--jsonl", command.jsonl_file, "Write events as JSON lines");
  app.add_option("--truth", command.truth_file, "Write what a grader has to find out as CSV");
  app.add_flag("--send", command.send, "Send the events to the server");
  app.footer("Files named - are the standard output.");
}

void CheckGenerate(const GenerateCommand& command) {
  if (command.lines_file.empty() && command.jsonl_file.empty() && command.truth_file.empty() && !command.send) {
    throw CLI::ValidationError("generate", "give --lines, --jsonl, --truth or --send");
  }
  if ((command.lines_file == "-") + (command.jsonl_file == "-") + (command.truth_file == "-") > 1) {
    throw CLI::ValidationError("generate", "only one of the files can be the standard output");
  }
  std::set<std::filesystem::path> files;
  for (const std::string& file : {command.lines_file, command.jsonl_file, command.truth_file}) {
    std::error_code error;
    if (file.empty() || file == "-" || files.insert(std::filesystem::weakly_canonical(std::filesystem::absolute(file), error)).second) continue;
    throw CLI::ValidationError("generate", file + " is named for two outputs");
  }
}

}  // namespace

void DefineDataCommands(CLI::App& app, Command& chosen) {
  AddCommand<ImportCommand>(app, "import", "Import order lines from a CSV file", chosen, DefineImport);
  AddCommand<IngestCommand>(app, "ingest", "Send events from a file", chosen, DefineIngest);
  AddCommand<GenerateCommand>(app, "generate", "Generate histories of customers", chosen, DefineGenerate, CheckGenerate);
}

}  // namespace rung::ctl
