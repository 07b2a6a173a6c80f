#include "libs/scoring/ranking.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace rung::scoring {
namespace {

// Unsigned keys in the order of the doubles.
uint64_t KeyOf(double value) {
  const uint64_t bits = std::bit_cast<uint64_t>(value + 0.0);  // -0.0 becomes +0.0: they are one value
  return bits >> 63 != 0 ? ~bits : bits | uint64_t{1} << 63;
}

double ValueOf(uint64_t key) {
  return std::bit_cast<double>(key >> 63 != 0 ? key & ~(uint64_t{1} << 63) : ~key);
}

struct Entry {
  uint64_t key;
  uint32_t row;
};

constexpr int kDigitBits = 11;
constexpr int kDigits = 6;
constexpr size_t kBuckets = size_t{1} << kDigitBits;

inline size_t Digit(uint64_t key, int digit) { return (key >> (digit * kDigitBits)) & (kBuckets - 1); }
inline uint64_t KeyOfItem(uint64_t key) { return key; }
inline uint64_t KeyOfItem(const Entry& entry) { return entry.key; }

// Least significant digit first; a digit that is the same everywhere costs no pass.
template <typename Item>
void RadixSort(std::vector<Item>& items) {
  std::vector<std::array<uint32_t, kBuckets>> counts(kDigits);
  for (auto& count : counts) count.fill(0);
  for (const Item& item : items) {
    for (int d = 0; d < kDigits; ++d) ++counts[d][Digit(KeyOfItem(item), d)];
  }
  std::vector<Item> other(items.size());
  for (int d = 0; d < kDigits; ++d) {
    auto& count = counts[d];
    if (!items.empty() && count[Digit(KeyOfItem(items[0]), d)] == items.size()) continue;
    uint32_t start = 0;
    for (uint32_t& bucket : count) {
      const uint32_t size = bucket;
      bucket = start;
      start += size;
    }
    for (const Item& item : items) other[count[Digit(KeyOfItem(item), d)]++] = item;
    items.swap(other);
  }
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Ranking Ranking::Of(std::span<const double> values) {
  std::vector<uint64_t> keys;
  keys.reserve(values.size());
  for (const double value : values) {
    if (!std::isnan(value)) keys.push_back(KeyOf(value));
  }
  RadixSort(keys);
  std::vector<double> sorted(keys.size());
  std::transform(keys.begin(), keys.end(), sorted.begin(), ValueOf);
  return Ranking(std::move(sorted));
}

int64_t Ranking::Better(double value, bool lower_is_better) const {
  return lower_is_better ? std::lower_bound(sorted_.begin(), sorted_.end(), value) - sorted_.begin()
                         : sorted_.end() - std::upper_bound(sorted_.begin(), sorted_.end(), value);
}

double Ranking::MaxWithout(double without) const {
  if (sorted_.empty()) return 0;
  if (sorted_.back() != without) return sorted_.back();
  return sorted_.size() > 1 ? sorted_[sorted_.size() - 2] : 0;
}

void RankRows(std::span<const double> values, const Ranking& ranking, bool lower_is_better, std::span<double> out) {
  for (size_t i = 0; i < values.size(); ++i) {
    out[i] = std::isnan(values[i]) ? kNaN : static_cast<double>(1 + ranking.Better(values[i], lower_is_better));
  }
}

Ranking RankMembers(std::span<const double> values, std::span<const uint8_t> member, bool lower_is_better,
                    std::span<double> out) {
  std::vector<Entry> entries;
  entries.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    out[i] = kNaN;
    if (std::isnan(values[i])) continue;
    if (member.empty() || member[i] != 0) entries.push_back({KeyOf(values[i]), static_cast<uint32_t>(i)});
  }
  RadixSort(entries);
  const size_t n = entries.size();
  std::vector<double> sorted(n);
  for (size_t first = 0; first < n;) {
    size_t end = first;
    while (end < n && entries[end].key == entries[first].key) ++end;
    const auto rank = static_cast<double>(1 + (lower_is_better ? first : n - end));
    for (size_t i = first; i < end; ++i) {
      out[entries[i].row] = rank;
      sorted[i] = ValueOf(entries[i].key);
    }
    first = end;
  }
  Ranking ranking = Ranking::FromSorted(std::move(sorted));
  if (!member.empty()) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (member[i] == 0 && !std::isnan(values[i])) {
        out[i] = static_cast<double>(1 + ranking.Better(values[i], lower_is_better));
      }
    }
  }
  return ranking;
}

}  // namespace rung::scoring
