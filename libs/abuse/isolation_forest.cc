#include "libs/abuse/isolation_forest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>

namespace rung::abuse {

double MeanSearchLength(size_t n) {
  if (n < 2) return 0;
  double harmonic = 0;  // H(n - 1), summed from the smallest term
  for (size_t i = n - 1; i > 0; --i) harmonic += 1.0 / static_cast<double>(i);
  return 2 * harmonic - 2 * static_cast<double>(n - 1) / static_cast<double>(n);
}

// Grows the trees one after the other (algorithms 1 and 2).
class IsolationForest::Grower {
 public:
  Grower(const Rows& rows, const ForestOptions& options, IsolationForest& forest)
      : rows_(rows), forest_(forest), random_(options.seed), all_(rows.size()) {
    std::iota(all_.begin(), all_.end(), size_t{0});
    sample_size_ = std::min(options.sample_size, rows.size());
    // The mean height of a tree: what is deeper is ordinary, however deep.
    height_max_ = std::bit_width(sample_size_ - 1);
    for (size_t n = 0; n <= sample_size_; ++n) search_length_.push_back(MeanSearchLength(n));
  }

  void Grow() {
    // The first places of a partial Fisher-Yates shuffle: a sample without replacement.
    for (size_t i = 0; i < sample_size_; ++i) std::swap(all_[i], all_[i + Below(all_.size() - i)]);
    forest_.roots_.push_back(forest_.nodes_.size());
    Split(std::span(all_).first(sample_size_), 0);
  }

 private:
  size_t Below(size_t bound) {
    return static_cast<size_t>((static_cast<unsigned __int128>(random_()) * bound) >> 64);
  }
  double Unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }  // [0, 1)

  double At(size_t row, size_t column) const { return rows_.values[row * rows_.columns + column]; }

  void Split(std::span<size_t> sample, int height) {
    const size_t node = forest_.nodes_.size();
    forest_.nodes_.emplace_back();
    double cut = 0;
    const int column = height < height_max_ && sample.size() > 1 ? ChooseCut(sample, cut) : -1;
    if (column < 0) {
      forest_.nodes_[node].value = height + search_length_[sample.size()];
      return;
    }
    const auto middle = std::partition(sample.begin(), sample.end(), [&](size_t row) { return At(row, column) < cut; });
    const auto left = static_cast<size_t>(middle - sample.begin());
    Split(sample.first(left), height + 1);
    forest_.nodes_[node] = {column, static_cast<int32_t>(forest_.nodes_.size()), cut};
    Split(sample.subspan(left), height + 1);
  }

  // A random column that isn't constant in the sample, and a random value between its extremes, so that both sides
  // get a row; -1 when all rows are equal.
  int ChooseCut(std::span<const size_t> sample, double& cut) {
    candidates_.clear();
    for (size_t column = 0; column < rows_.columns; ++column) {
      double low = At(sample[0], column), high = low;
      for (const size_t row : sample) {
        low = std::min(low, At(row, column));
        high = std::max(high, At(row, column));
      }
      if (low < high) candidates_.push_back({static_cast<int>(column), low, high});
    }
    if (candidates_.empty()) return -1;
    const Candidate& chosen = candidates_[Below(candidates_.size())];
    cut = chosen.high - Unit() * (chosen.high - chosen.low);
    if (!(cut > chosen.low)) cut = chosen.high;  // rounding, or a range beyond the largest double
    return chosen.column;
  }

  struct Candidate {
    int column;
    double low;
    double high;
  };

  const Rows& rows_;
  IsolationForest& forest_;
  std::mt19937_64 random_;
  std::vector<size_t> all_;
  std::vector<double> search_length_;
  std::vector<Candidate> candidates_;
  size_t sample_size_ = 0;
  int height_max_ = 0;
};

IsolationForest::IsolationForest(const Rows& rows, const ForestOptions& options) {
  if (rows.size() < 2) return;
  Grower grower(rows, options, *this);
  for (int tree = 0; tree < options.trees; ++tree) grower.Grow();
  expected_length_ = MeanSearchLength(std::min(options.sample_size, rows.size()));
}

double IsolationForest::PathLength(size_t root, std::span<const double> row) const {
  const Node* node = &nodes_[root];
  while (node->column >= 0) {
    node = row[static_cast<size_t>(node->column)] < node->value ? node + 1 : &nodes_[static_cast<size_t>(node->right)];
  }
  return node->value;
}

double IsolationForest::Score(std::span<const double> row) const {
  if (roots_.empty()) return 0.5;
  double sum = 0;
  for (const size_t root : roots_) sum += PathLength(root, row);
  return std::exp2(-sum / static_cast<double>(roots_.size()) / expected_length_);  // equation (2)
}

}  // namespace rung::abuse
