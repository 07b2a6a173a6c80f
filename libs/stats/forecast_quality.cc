#include "libs/stats/forecast_quality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "libs/stats/correlation.h"

namespace rung::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double Sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

double MeanAbsoluteError(std::span<const double> predicted, std::span<const double> actual) {
  if (predicted.empty()) return kNaN;
  double sum = 0;
  for (size_t i = 0; i < predicted.size(); ++i) sum += std::abs(predicted[i] - actual[i]);
  return sum / static_cast<double>(predicted.size());
}

double TotalRatio(std::span<const double> predicted, std::span<const double> actual) {
  const double total = Sum(actual);
  return total == 0 ? kNaN : Sum(predicted) / total;
}

double CaptureOfTop(std::span<const double> scores, std::span<const double> actual, double share) {
  const double total = Sum(actual);
  if (total == 0) return kNaN;
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  double room = std::round(share * static_cast<double>(scores.size())), captured = 0;
  for (size_t begin = 0; begin < order.size() && room > 0;) {
    size_t end = begin;
    double tied = 0;
    while (end < order.size() && scores[order[end]] == scores[order[begin]]) tied += actual[order[end++]];
    const auto count = static_cast<double>(end - begin);
    captured += tied * std::min(1.0, room / count);
    room -= count;
    begin = end;
  }
  return captured / total;
}

double AreaUnderCurve(std::span<const double> scores, std::span<const uint8_t> happened) {
  const std::vector<double> ranks = MeanRanks(scores);
  double rank_sum = 0, yes = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (happened[i] == 0) continue;
    rank_sum += ranks[i];
    yes += 1;
  }
  const double no = static_cast<double>(ranks.size()) - yes;
  return yes == 0 || no == 0 ? kNaN : (rank_sum - yes * (yes + 1) / 2) / (yes * no);
}

double BrierScore(std::span<const double> probabilities, std::span<const uint8_t> happened) {
  if (probabilities.empty()) return kNaN;
  double sum = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double off = probabilities[i] - (happened[i] != 0 ? 1 : 0);
    sum += off * off;
  }
  return sum / static_cast<double>(probabilities.size());
}

std::vector<CalibrationRow> CalibrationTable(std::span<const double> probabilities, std::span<const uint8_t> happened,
                                             int rows) {
  std::vector<CalibrationRow> table(static_cast<size_t>(rows));
  for (size_t i = 0; i < probabilities.size(); ++i) {
    CalibrationRow& row = table[static_cast<size_t>(std::clamp(static_cast<int>(probabilities[i] * rows), 0, rows - 1))];
    ++row.customers;
    row.predicted += probabilities[i];
    row.observed += happened[i] != 0 ? 1 : 0;
  }
  for (int i = 0; i < rows; ++i) {
    CalibrationRow& row = table[static_cast<size_t>(i)];
    row.lower = static_cast<double>(i) / rows;
    row.upper = static_cast<double>(i + 1) / rows;
    row.predicted /= static_cast<double>(row.customers);
    row.observed /= static_cast<double>(row.customers);
  }
  std::erase_if(table, [](const CalibrationRow& row) { return row.customers == 0; });
  return table;
}

}  // namespace rung::stats
