#include "libs/scoring/ranking.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>

#include "libs/base/huge_pages.h"

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

// A row with where its value lies between the least and the greatest one. Greater places mean greater values; values
// that differ by little may share a place.
struct Item {
  uint32_t place;
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

// Sorts rows by value: four passes over their places, 8 bytes a row. Rows that share a place are few, unless their
// values are the same, and are put in order afterwards.
class Sorter {
 public:
  /// Rows of the members that have a value, in ascending order, and their values beside them.
  std::span<const Item> Sort(std::span<const double> values, std::span<const uint8_t> member, std::vector<double>& sorted) {
    if (values.size() > size_) {
      size_ = values.size();
      items_ = MakeHugePages<Item>(size_);
      other_ = MakeHugePages<Item>(size_);
    }
    const size_t count = Place(values, member);
    for (int digit = 0; digit < kPlaceDigits; ++digit) Pass(digit, count);
    sorted.resize(count);
    // Alone in its loop, so that the processor waits for many rows at a time.
    for (size_t i = 0; i < count; ++i) sorted[i] = values[items_[i].row] + 0.0;  // -0.0 becomes +0.0
    for (size_t i = 1; i < count; ++i) {
      if (sorted[i - 1] > sorted[i]) i = SortRunAt(values, i, count, sorted);
    }
    return {items_.get(), count};
  }

 private:
  // Of 256 buckets the first-level cache holds every end that a pass writes to.
  static constexpr int kPlaceBits = 8;
  static constexpr int kPlaceDigits = 32 / kPlaceBits;
  static constexpr size_t kPlaceBuckets = size_t{1} << kPlaceBits;
  static size_t PlaceDigit(uint32_t place, int digit) { return (place >> (digit * kPlaceBits)) & (kPlaceBuckets - 1); }

  size_t Place(std::span<const double> values, std::span<const uint8_t> member) {
    const auto counts = [&](size_t i) { return !std::isnan(values[i]) && (member.empty() || member[i] != 0); };
    double least = std::numeric_limits<double>::infinity(), greatest = -least;
    for (size_t i = 0; i < values.size(); ++i) {
      if (!counts(i)) continue;
      least = values[i] < least ? values[i] : least;
      greatest = values[i] > greatest ? values[i] : greatest;
    }
    // Subtracting and multiplying round, but never turn two values round.
    const double scale = 4294967295.0 / (greatest - least);
    if (std::isfinite(scale) && std::isfinite(greatest - least)) {
      return Fill(values, counts, [=](double value) { return static_cast<uint32_t>(static_cast<int64_t>((value - least) * scale)); });
    }
    return Fill(values, counts, [](double value) { return static_cast<uint32_t>(KeyOf(value) >> 32); });
  }

  template <typename Counts, typename PlaceOf>
  size_t Fill(std::span<const double> values, Counts counts, PlaceOf place_of) {
    for (auto& histogram : histograms_) histogram.fill(0);
    size_t count = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (!counts(i)) continue;
      const uint32_t place = place_of(values[i]);
      items_[count++] = {place, static_cast<uint32_t>(i)};
      for (int d = 0; d < kPlaceDigits; ++d) ++histograms_[d][PlaceDigit(place, d)];
    }
    return count;
  }

  // Least significant digit first; a digit that is the same everywhere costs no pass.
  void Pass(int digit, size_t count) {
    auto& histogram = histograms_[digit];
    if (count == 0 || histogram[PlaceDigit(items_[0].place, digit)] == count) return;
    uint32_t start = 0;
    for (uint32_t& bucket : histogram) start += std::exchange(bucket, start);
    for (size_t i = 0; i < count; ++i) other_[histogram[PlaceDigit(items_[i].place, digit)]++] = items_[i];
    items_.swap(other_);
  }

  // Puts the run of rows in order that share the place of row `at`; returns its last row.
  size_t SortRunAt(std::span<const double> values, size_t at, size_t count, std::vector<double>& sorted) {
    size_t first = at, end = at;
    while (first > 0 && items_[first - 1].place == items_[at].place) --first;
    while (end < count && items_[end].place == items_[at].place) ++end;
    constexpr size_t kShort = 256;
    if (end - first <= kShort) {
      std::sort(items_.get() + first, items_.get() + end,
                [&](const Item& a, const Item& b) { return values[a.row] < values[b.row]; });
    } else {
      std::vector<Entry> entries;
      for (size_t i = first; i < end; ++i) entries.push_back({KeyOf(values[items_[i].row]), items_[i].row});
      RadixSort(entries);
      for (size_t i = first; i < end; ++i) items_[i].row = entries[i - first].row;
    }
    for (size_t i = first; i < end; ++i) sorted[i] = values[items_[i].row] + 0.0;
    return end - 1;
  }

  size_t size_ = 0;
  HugePages<Item> items_, other_;
  std::array<std::array<uint32_t, kPlaceBuckets>, kPlaceDigits> histograms_;
};

Ranking RankWith(Sorter& sorter, std::span<const double> values, std::span<const uint8_t> member, bool lower_is_better,
                 std::span<double> out) {
  std::vector<double> sorted;
  const std::span<const Item> items = sorter.Sort(values, member, sorted);
  const size_t n = items.size();
  for (size_t first = 0, end; first < n; first = end) {
    end = first + 1;
    while (end < n && sorted[end] == sorted[first]) ++end;
    const auto rank = static_cast<double>(1 + (lower_is_better ? first : n - end));
    for (size_t i = first; i < end; ++i) out[items[i].row] = rank;
  }
  Ranking ranking = Ranking::FromSorted(std::move(sorted));
  if (n == values.size()) return ranking;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      out[i] = kNaN;
    } else if (!member.empty() && member[i] == 0) {
      out[i] = static_cast<double>(1 + ranking.Better(values[i], lower_is_better));
    }
  }
  return ranking;
}

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

ScoreRanking ScoreRanking::Of(std::span<const ScoreMilli> scores, std::span<const uint8_t> member) {
  ScoreRanking ranking;
  ranking.better_.resize(kMaxScoreMilli + 1);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!member.empty() && member[i] == 0) continue;
    ++ranking.better_[scores[i]];
    ++ranking.size_;
  }
  uint32_t better = 0;
  for (size_t score = ranking.better_.size(); score-- > 0;) better += std::exchange(ranking.better_[score], better);
  return ranking;
}

int64_t ScoreRanking::Better(ScoreMilli score) const {
  if (score < 0) return size_;
  return static_cast<size_t>(score) < better_.size() ? better_[score] : 0;
}

void RankRows(std::span<const double> values, const Ranking& ranking, bool lower_is_better, std::span<double> out) {
  for (size_t i = 0; i < values.size(); ++i) {
    out[i] = std::isnan(values[i]) ? kNaN : static_cast<double>(1 + ranking.Better(values[i], lower_is_better));
  }
}

Ranking RankMembers(std::span<const double> values, std::span<const uint8_t> member, bool lower_is_better,
                    std::span<double> out) {
  Sorter sorter;
  return RankWith(sorter, values, member, lower_is_better, out);
}

std::vector<Ranking> RankColumns(std::span<const ColumnToRank> columns, std::span<const uint8_t> member, int threads) {
  std::vector<Ranking> rankings(columns.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    Sorter sorter;  // its memory serves one column after the other
    for (size_t c; (c = next.fetch_add(1)) < columns.size();) {
      rankings[c] = RankWith(sorter, columns[c].values, member, columns[c].lower_is_better, columns[c].out);
    }
  };
  std::vector<std::jthread> others;
  for (size_t t = 1; t < std::min<size_t>(threads, columns.size()); ++t) others.emplace_back(work);
  work();
  others.clear();
  return rankings;
}

}  // namespace rung::scoring
