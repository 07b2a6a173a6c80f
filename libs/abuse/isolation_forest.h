// Isolation forest: how few random cuts it takes to set a row apart from the others.
//
// F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008, and "Isolation-Based Anomaly Detection", ACM TKDD
// 6(1), 2012. Algorithms 1 to 3 and equations (1) and (2) are those of the 2008 paper.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rung::abuse {

/// Rows of finite numbers, one after the other.
struct Rows {
  std::span<const double> values;
  size_t columns = 0;

  size_t size() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const double> operator[](size_t row) const { return values.subspan(row * columns, columns); }
};

struct ForestOptions {
  int trees = 100;         ///< at least 1
  size_t sample_size = 256;  ///< rows that a tree is grown from, at least 2; fewer when there are fewer
  uint64_t seed = 1;
};

/// Immutable once grown; thread-safe. The same rows, options and seed give the same trees on every machine: the
/// generator is std::mt19937_64, whose output the standard fixes, and its distributions are not used.
class IsolationForest {
 public:
  IsolationForest(const Rows& rows, const ForestOptions& options);

  /// In (0, 1]: about 0.5 for ordinary rows, towards 1 for rows that are set apart early. 0.5 when the forest was
  /// grown from fewer than two rows. `row` has as many columns as the rows of the forest.
  double Score(std::span<const double> row) const;

 private:
  struct Node {
    int32_t column = -1;  ///< -1: a leaf
    int32_t right = 0;    ///< the left child is the next node
    double value = 0;     ///< the cut, x < value goes left; of a leaf: its path length
  };
  class Grower;

  double PathLength(size_t root, std::span<const double> row) const;

  std::vector<Node> nodes_;
  std::vector<size_t> roots_;
  double expected_length_ = 0;
};

/// c(n), the mean path length of an unsuccessful search in a binary search tree of n keys: equation (1), with exact
/// harmonic numbers. 0 for n < 2.
double MeanSearchLength(size_t n);

}  // namespace rung::abuse
