// Fitting MBG/CNBD-k to a whole base, its likelihood against a plain read of the same columns, and forecasts.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "libs/base/clock.h"
#include "libs/stats/bg_cnbd_fit.h"
#include "libs/stats/bg_cnbd_likelihood.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

struct Options {
  int64_t customers = 1'000'000;
  int days = 730;
  int threads = 2;
  int rounds = 9;
};

double Seconds(int64_t start_micros) { return static_cast<double>(MonotonicMicros() - start_micros) / 1e6; }

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A base of weekly orderers, joined at random within the window, who order on whole days.
std::vector<stats::PurchaseHistory> Simulate(const Options& o) {
  std::mt19937_64 random(7);
  std::gamma_distribution rates(3.0, 1 / 0.8), a(0.6), b(30.0);
  std::vector<stats::PurchaseHistory> histories;
  histories.reserve(static_cast<size_t>(o.customers));
  for (int64_t i = 0; i < o.customers; ++i) {
    std::gamma_distribution gap(3.0, 7 / rates(random));  // days
    const double x = a(random), leave = x / (x + b(random));
    const int age = 1 + static_cast<int>(random() % static_cast<uint64_t>(o.days));
    stats::PurchaseHistory history{0, 0, age / 7.0};
    int day = 0;
    while (std::uniform_real_distribution()(random) >= leave) {
      const int wait = std::max(1, static_cast<int>(std::lround(gap(random))));
      if (day + wait > age) break;
      day += wait;
      history.log_gap_sum += std::log(wait / 7.0);
      ++history.repeats;
    }
    history.recency = day / 7.0;
    histories.push_back(history);
  }
  return histories;
}

void MeasureLikelihood(const stats::GroupedHistories& base, const stats::BgCnbdParameters& parameters, const Options& o) {
  std::vector<double> likelihood_times, read_times;
  volatile double sink = 0;
  for (int round = 0; round < o.rounds; ++round) {
    int64_t start = MonotonicMicros();
    stats::BgCnbdGradient gradient;
    sink = stats::LogLikelihood(parameters, base, &gradient, 1);
    likelihood_times.push_back(Seconds(start));
    start = MonotonicMicros();
    uint64_t sums[4] = {};
    for (const auto& group : base.groups) {
      sums[0] += group.repeats;
      sums[1] += group.recency;
      sums[2] += group.age;
      sums[3] += group.customers;
    }
    sink = static_cast<double>(sums[0] + sums[1] + sums[2] + sums[3]);
    read_times.push_back(Seconds(start));
  }
  (void)sink;
  const auto bytes = static_cast<double>(base.groups.size() * sizeof(stats::GroupedHistories::Group));
  Print("likelihood_ms", Median(likelihood_times) * 1e3);
  Print("likelihood_ns_per_history", Median(likelihood_times) * 1e9 / static_cast<double>(base.groups.size()));
  Print("likelihood_bytes_per_second", bytes / Median(likelihood_times));
  Print("read_bytes_per_second", bytes / Median(read_times));
}

void MeasureForecasts(const stats::BgCnbd& model, const std::vector<stats::PurchaseHistory>& histories) {
  const size_t sample = std::min<size_t>(histories.size(), 100'000);
  const int64_t start = MonotonicMicros();
  volatile double sink = 0;
  for (size_t i = 0; i < sample; ++i) sink = sink + model.ExpectedTransactions(histories[i], 52);
  Print("forecast_year_us_per_customer", Seconds(start) * 1e6 / static_cast<double>(sample));
}

void Run(const Options& o) {
  const std::vector<stats::PurchaseHistory> histories = Simulate(o);
  int64_t start = MonotonicMicros();
  const stats::GroupedHistories base = stats::Group(histories).value();
  const double group_seconds = Seconds(start);
  start = MonotonicMicros();
  // k = 1 to 4: of these customers 3 is best, so the search ends after 4.
  const stats::RegularityFit fit = stats::FitRegularity(base, 4, {.threads = o.threads}).value();
  const double fit_seconds = Seconds(start);
  Print("distinct_histories", static_cast<double>(base.groups.size()));
  Print("group_seconds", group_seconds);
  Print("fit_seconds", fit_seconds);
  Print("group_and_fit_seconds", group_seconds + fit_seconds);
  Print("fitted_ks", static_cast<double>(fit.log_likelihoods.size()));
  Print("best_k", fit.best.model.parameters().k);
  MeasureLikelihood(base, fit.best.model.parameters(), o);
  MeasureForecasts(fit.best.model, histories);
}

}  // namespace

void AddCustomerBase(CLI::App& app) {
  auto* command = app.add_subcommand("customer-base", "fits of MBG/CNBD-k");
  auto o = std::make_shared<Options>();
  command->add_option("--customers", o->customers);
  command->add_option("--days", o->days, "length of the histories");
  command->add_option("--threads", o->threads);
  command->add_option("--rounds", o->rounds);
  command->callback([o] { Run(*o); });
}

}  // namespace rung::bench
