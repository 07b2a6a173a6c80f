// Which SKUs go with which.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "libs/recommend/item_groups.h"

namespace rung::recommend {

struct Neighbour {
  int32_t sku = 0;
  float similarity = 0;
};

struct NeighbourOptions {
  size_t most = 50;       ///< neighbours kept of each SKU
  double shrinkage = 0;   ///< λ of n_ij / (n_ij + λ): two common groups are weaker evidence than two hundred
  int32_t least_common = 1;
  int threads = 1;
};

/// Cosine of the SKUs' columns of zeros and ones, n_ij / sqrt(n_i n_j) (Sarwar, Karypis, Konstan, Riedl 2001, "Item-based
/// collaborative filtering recommendation algorithms", 3.1.1), times n_ij / (n_ij + λ) (Bell and Koren 2007, "Improved
/// neighborhood-based collaborative filtering", eq. 4). Immutable.
class Neighbours {
 public:
  /// Each SKU's nearest ones, most similar first; of equal ones the lower number. The same whatever the threads.
  static Neighbours Build(const ItemGroups& groups, const NeighbourOptions& options);

  /// The other way round: to each SKU those that count it among their nearest. A SKU that everything is bought with is near to
  /// much and has few such.
  Neighbours Reversed() const;

  std::span<const Neighbour> of(int32_t sku) const {
    const size_t begin = start_[static_cast<size_t>(sku)];
    return std::span(rows_).subspan(begin, start_[static_cast<size_t>(sku) + 1] - begin);
  }
  /// For of() of a SKU that is asked for soon: its first lines. What follows in a long row the hardware fetches by itself.
  void Prefetch(int32_t sku) const {
    constexpr size_t kRowsALine = 64 / sizeof(Neighbour), kMostLines = 16;
    const auto row = of(sku);
    for (size_t i = 0; i < std::min(row.size(), kMostLines * kRowsALine); i += kRowsALine) __builtin_prefetch(row.data() + i);
  }
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }

 private:
  std::vector<size_t> start_{0};
  std::vector<Neighbour> rows_;
};

}  // namespace rung::recommend
