#include "libs/recommend/neighbours.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <utility>

namespace rung::recommend {
namespace {

constexpr size_t kAhead = 8;  // groups that are on their way from memory

// One row of A'A at a time into a dense counter (Gustavson 1978): 20,000 counters stay in the cache, while a table of pairs
// wouldn't.
class RowCounter {
 public:
  RowCounter(const ItemGroups& groups, const NeighbourOptions& options)
      : groups_(groups), options_(options), common_(static_cast<size_t>(groups.skus()), 0) {}

  std::vector<Neighbour> Row(int32_t sku) {
    const auto own = groups_.groups(sku);
    for (size_t i = 0; i < own.size(); ++i) {
      // Not in any cache, neither where a group stands nor what is in it.
      if (i + 2 * kAhead < own.size()) groups_.PrefetchPlace(own[i + 2 * kAhead]);
      if (i + kAhead < own.size()) groups_.PrefetchItems(own[i + kAhead]);
      for (const int32_t other : groups_.items(own[i])) {
        if (common_[static_cast<size_t>(other)]++ == 0) touched_.push_back(other);
      }
    }
    std::vector<Neighbour> row;
    for (const int32_t other : touched_) {
      const int32_t common = std::exchange(common_[static_cast<size_t>(other)], 0);
      if (other == sku || common < options_.least_common) continue;
      const double n = common, either = static_cast<double>(own.size()) * static_cast<double>(groups_.groups(other).size());
      row.push_back({other, static_cast<float>(n / std::sqrt(either) * (n / (n + options_.shrinkage)))});
    }
    touched_.clear();
    const size_t kept = std::min(row.size(), options_.most);
    std::partial_sort(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept), row.end(),
                      [](const Neighbour& a, const Neighbour& b) {
                        return a.similarity != b.similarity ? a.similarity > b.similarity : a.sku < b.sku;
                      });
    row.resize(kept);
    return row;
  }

 private:
  const ItemGroups& groups_;
  const NeighbourOptions& options_;
  std::vector<int32_t> common_;
  std::vector<int32_t> touched_;
};

}  // namespace

Neighbours Neighbours::Build(const ItemGroups& groups, const NeighbourOptions& options) {
  std::vector<std::vector<Neighbour>> rows(static_cast<size_t>(groups.skus()));
  std::atomic<int32_t> next{0};
  const auto work = [&] {
    RowCounter counter(groups, options);
    for (int32_t sku; (sku = next.fetch_add(1)) < groups.skus();) rows[static_cast<size_t>(sku)] = counter.Row(sku);
  };
  std::vector<std::thread> threads;
  for (int t = 1; t < options.threads; ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  Neighbours neighbours;
  for (const auto& row : rows) {
    neighbours.rows_.insert(neighbours.rows_.end(), row.begin(), row.end());
    neighbours.start_.push_back(neighbours.rows_.size());
  }
  return neighbours;
}

Neighbours Neighbours::Reversed() const {
  Neighbours reversed;
  reversed.start_.assign(start_.size(), 0);
  for (const Neighbour& neighbour : rows_) ++reversed.start_[static_cast<size_t>(neighbour.sku) + 1];
  for (size_t i = 1; i < reversed.start_.size(); ++i) reversed.start_[i] += reversed.start_[i - 1];
  reversed.rows_.resize(rows_.size());
  std::vector<size_t> next(reversed.start_.begin(), reversed.start_.end() - 1);
  for (size_t sku = 0; sku + 1 < start_.size(); ++sku) {
    for (const Neighbour& neighbour : of(static_cast<int32_t>(sku))) {
      reversed.rows_[next[static_cast<size_t>(neighbour.sku)]++] = {static_cast<int32_t>(sku), neighbour.similarity};
    }
  }
  return reversed;
}

}  // namespace rung::recommend
