// Exact competition ranks over a population.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "libs/scoring/model.h"

namespace rung::scoring {

/// Values of the population's members in ascending order; the missing ones are left out.
class Ranking {
 public:
  Ranking() = default;

  /// Sorts the present values (radix, stable, O(n)).
  static Ranking Of(std::span<const double> values);
  /// Takes values that are in ascending order already.
  static Ranking FromSorted(std::vector<double> sorted) { return Ranking(std::move(sorted)); }

  int64_t size() const { return static_cast<int64_t>(sorted_.size()); }
  const std::vector<double>& sorted() const { return sorted_; }

  /// Number of members strictly better than `value`.
  int64_t Better(double value, bool lower_is_better) const;

  /// Largest value, and the largest with one occurrence of `without` left out; 0 when there is none.
  double Max() const { return sorted_.empty() ? 0 : sorted_.back(); }
  double MaxWithout(double without) const;

 private:
  explicit Ranking(std::vector<double> sorted) : sorted_(std::move(sorted)) {}

  std::vector<double> sorted_;
};

/// The members' scores. There are only 100,001 of them, so they are counted.
class ScoreRanking {
 public:
  ScoreRanking() = default;
  /// Of the rows for which `member` is set; an empty `member` means all. O(n).
  static ScoreRanking Of(std::span<const ScoreMilli> scores, std::span<const uint8_t> member);

  int64_t size() const { return size_; }
  /// Number of members with a higher score than this, which may lie outside the scale.
  int64_t Better(ScoreMilli score) const;

 private:
  std::vector<uint32_t> better_;  // by score; empty: nobody
  int64_t size_ = 0;
};

/// Ranks of rows against a ranking in one pass: out[i] = 1 + number strictly better, NaN where values[i] is missing.
/// Rows outside the population are ranked as well.
void RankRows(std::span<const double> values, const Ranking& ranking, bool lower_is_better, std::span<double> out);

/// Ranks of rows among those for which `member` is set (an empty `member` means all), together with their ranking.
Ranking RankMembers(std::span<const double> values, std::span<const uint8_t> member, bool lower_is_better,
                    std::span<double> out);

/// One column for RankColumns; `out` is as long as `values`.
struct ColumnToRank {
  std::span<const double> values;
  bool lower_is_better = false;
  std::span<double> out;
};

/// RankMembers for several columns at once, on up to `threads` threads.
std::vector<Ranking> RankColumns(std::span<const ColumnToRank> columns, std::span<const uint8_t> member, int threads);

}  // namespace rung::scoring
