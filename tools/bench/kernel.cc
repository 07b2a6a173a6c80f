// The scoring kernel against a plain read of the same columns, and exact ranks of eight columns.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
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

// Of this thread: what others do on the machine doesn't count.
double ThreadCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// The scorer's features, drawn evenly over their usual range.
std::vector<std::vector<double>> FeatureColumns(const scoring::Scorer& scorer, size_t rows) {
  std::mt19937_64 random(7);
  std::vector<std::vector<double>> columns;
  for (const std::string& name : scorer.features()) {
    auto& column = columns.emplace_back(rows);
    const double top = name.find("spend") != std::string::npos ? 6e7 : name.find("rate") != std::string::npos ? 1.0 : 30.0;
    for (double& value : column) value = static_cast<double>(random() % 1'000'000) / 1e6 * top;
  }
  return columns;
}

constexpr int kPasses = 25;  // in one measurement: a thread's CPU clock may go in steps of 4 ms

double SumOf(const std::vector<std::vector<double>>& columns) {
  double sums[4] = {};
  for (const auto& column : columns) {
    for (size_t i = 0; i + 3 < column.size(); i += 4) {
      for (int lane = 0; lane < 4; ++lane) sums[lane] += column[i + lane];
    }
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

// Scores and reads the same columns in turn.
void Kernel(const Options& o, const scoring::Scorer& scorer) {
  const auto rows = static_cast<size_t>(o.rows);
  const auto columns = FeatureColumns(scorer, rows);
  scoring::ScoreInputs inputs;
  inputs.rows = rows;
  for (const auto& column : columns) inputs.features.push_back(column.data());
  inputs.benchmarks.resize(scorer.model().benchmarks.size());
  scoring::ScoreOutputs outputs;
  std::vector<double> score_times, read_times;
  volatile double sink = 0;
  for (int round = 0; round < o.rounds; ++round) {
    double start = ThreadCpuSeconds();
    for (int pass = 0; pass < kPasses; ++pass) scorer.Score(inputs, outputs);
    score_times.push_back((ThreadCpuSeconds() - start) / kPasses);
    start = ThreadCpuSeconds();
    for (int pass = 0; pass < kPasses; ++pass) {
      sink = sink + SumOf(columns);
      asm volatile("" ::: "memory");  // the next pass reads again
    }
    read_times.push_back((ThreadCpuSeconds() - start) / kPasses);
  }
  (void)sink;
  const double bytes = static_cast<double>(rows * columns.size() * sizeof(double));
  Print("score_ms", Median(score_times) * 1e3);
  Print("score_bytes_per_second", bytes / Median(score_times));
  Print("read_bytes_per_second", bytes / Median(read_times));
}

// Eight columns as customers have them: money with a long tail, counts with many ties, rates, margins around 0.
std::vector<std::vector<double>> RankedColumns(size_t rows) {
  std::mt19937_64 random(8);
  std::lognormal_distribution<double> spend(13, 1.3), basket(10, 0.8);
  std::normal_distribution<double> margin(0, 1e5);
  std::vector<std::vector<double>> columns(8, std::vector<double>(rows));
  for (size_t i = 0; i < rows; ++i) {
    const auto orders = static_cast<double>(random() % 400);
    const double row[] = {std::floor(spend(random)), orders, orders * 365.0 / (12 * 365), static_cast<double>(random() % 366),
                          basket(random), static_cast<double>(random() >> 11) * 0x1p-53, std::floor(margin(random)),
                          static_cast<double>(random() % 60) / 2};
    for (size_t c = 0; c < columns.size(); ++c) columns[c][i] = row[c];
  }
  return columns;
}

// The yardstick gets the same values and must come to the same sum.
double CheckSum(const std::vector<std::vector<double>>& ranks) {
  double sum = 0;
  for (const auto& column : ranks) {
    for (size_t i = 0; i < column.size(); ++i) sum += column[i] * static_cast<double>(i % 977);
  }
  return sum;
}

void WriteCsv(const std::string& path, const std::vector<std::vector<double>>& columns) {
  std::FILE* out = std::fopen(path.c_str(), "w");
  std::fputs("i,x0,x1,x2,x3,x4,x5,x6,x7\n", out);
  for (size_t i = 0; i < columns[0].size(); ++i) {
    std::fprintf(out, "%zu", i);
    for (const auto& column : columns) std::fprintf(out, ",%.17g", column[i]);
    std::fputc('\n', out);
  }
  std::fclose(out);
}

void Ranks(const Options& o) {
  const auto rows = static_cast<size_t>(o.rows);
  const auto columns = RankedColumns(rows);
  std::vector<std::vector<double>> ranks(columns.size(), std::vector<double>(rows));
  std::vector<scoring::ColumnToRank> tasks;
  for (size_t c = 0; c < columns.size(); ++c) tasks.push_back({columns[c], false, ranks[c]});
  std::vector<double> times;
  const double cpu = CpuSeconds(getpid());
  for (int round = 0; round < o.rounds; ++round) {
    const int64_t start = MonotonicMicros();
    const auto rankings = scoring::RankColumns(tasks, {}, 2);
    times.push_back(static_cast<double>(MonotonicMicros() - start) / 1e6);
  }
  Print("rank_seconds", Median(times));
  Print("rank_cpu_seconds", (CpuSeconds(getpid()) - cpu) / o.rounds);
  std::printf("rank_check\t%.0f\n", CheckSum(ranks));
  if (!o.ranks_csv.empty()) WriteCsv(o.ranks_csv, columns);
}

void Run(const Options& o) {
  std::ifstream file(o.model);
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Violation> violations;
  Kernel(o, scoring::Scorer(wire::FromWire(*wire::ParseModelJson(text.str()), violations)));
  Ranks(o);
}

}  // namespace

void AddKernel(CLI::App& app) {
  auto* command = app.add_subcommand("kernel", "scoring kernel and ranks");
  auto o = std::make_shared<Options>();
  command->add_option("--model", o->model)->required();
  command->add_option("--rows", o->rows);
  command->add_option("--rounds", o->rounds);
  command->add_option("--ranks-csv", o->ranks_csv, "write the ranked columns for the yardstick");
  command->callback([o] { Run(*o); });
}

}  // namespace rung::bench
