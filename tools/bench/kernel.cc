// The scoring kernel against a plain read of the same columns, and exact ranks.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

#include "libs/base/clock.h"
#include "libs/scoring/population.h"
#include "libs/wire/model_mapping.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

struct Options {
  std::string model;
  int64_t rows = 1'000'000;
  int rounds = 9;
  std::string ranks_csv;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Run(const Options& o) {
  std::ifstream file(o.model);
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Violation> violations;
  scoring::Scorer scorer(wire::FromWire(*wire::ParseModelJson(text.str()), violations));
  const auto rows = static_cast<size_t>(o.rows);
  std::mt19937_64 random(7);
  std::vector<std::vector<double>> columns;
  scoring::ScoreInputs inputs;
  inputs.rows = rows;
  for (const std::string& name : scorer.features()) {
    auto& column = columns.emplace_back(rows);
    const double top = name.find("spend") != std::string::npos ? 6e7 : name.find("rate") != std::string::npos ? 1.0 : 30.0;
    for (double& value : column) value = static_cast<double>(random() % 1'000'000) / 1e6 * top;
  }
  for (const auto& column : columns) inputs.features.push_back(column.data());
  inputs.benchmarks.resize(scorer.model().benchmarks.size());
  scoring::ScoreOutputs outputs;
  std::vector<double> score_times, read_times, rank_times;
  volatile double sink = 0;
  for (int round = 0; round < o.rounds; ++round) {
    int64_t start = MonotonicMicros();
    scorer.Score(inputs, outputs);
    score_times.push_back(static_cast<double>(MonotonicMicros() - start) / 1e6);
    start = MonotonicMicros();
    double sums[4] = {};
    for (const auto& column : columns) {
      for (size_t i = 0; i + 3 < rows; i += 4) {
        for (int lane = 0; lane < 4; ++lane) sums[lane] += column[i + lane];
      }
    }
    sink = sums[0] + sums[1] + sums[2] + sums[3];
    read_times.push_back(static_cast<double>(MonotonicMicros() - start) / 1e6);
    start = MonotonicMicros();
    std::vector<double> ranks(rows);
    scoring::RankMembers(columns[0], {}, false, ranks);
    rank_times.push_back(static_cast<double>(MonotonicMicros() - start) / 1e6);
  }
  (void)sink;
  const double bytes = static_cast<double>(rows * columns.size() * sizeof(double));
  Print("score_ms", Median(score_times) * 1e3);
  Print("score_bytes_per_second", bytes / Median(score_times));
  Print("read_bytes_per_second", bytes / Median(read_times));
  Print("rank_one_column_seconds", Median(rank_times));
  if (!o.ranks_csv.empty()) {
    std::FILE* out = std::fopen(o.ranks_csv.c_str(), "w");
    std::fputs("x\n", out);
    for (const double value : columns[0]) std::fprintf(out, "%.6f\n", value);
    std::fclose(out);
  }
}

}  // namespace

void AddKernel(CLI::App& app) {
  auto* command = app.add_subcommand("kernel", "scoring kernel and ranks");
  auto o = std::make_shared<Options>();
  command->add_option("--model", o->model)->required();
  command->add_option("--rows", o->rows);
  command->add_option("--ranks-csv", o->ranks_csv, "write the ranked column for the yardstick");
  command->callback([o] { Run(*o); });
}

}  // namespace rung::bench
