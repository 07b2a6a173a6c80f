#include "libs/tags/tagger.h"

#include <algorithm>

#include "libs/scoring/condition.h"

namespace rung::tags {
namespace {

using scoring::Comparison;

constexpr size_t kBlock = 1024;  // rows at a time: the counts stay in the first-level cache

template <typename Compare>
void Count(const double* column, size_t count, double bound, uint8_t* holding, Compare holds) {
  for (size_t i = 0; i < count; ++i) holding[i] = static_cast<uint8_t>(holding[i] + (holds(column[i], bound) ? 1 : 0));
}

// The comparison is chosen once for a block; NaN compares false with all of them.
void CountHolding(const scoring::Condition& condition, const double* column, size_t count, uint8_t* holding) {
  const double bound = condition.value;
  switch (condition.comparison) {
    case Comparison::kGreater: return Count(column, count, bound, holding, [](double x, double b) { return x > b; });
    case Comparison::kAtLeast: return Count(column, count, bound, holding, [](double x, double b) { return x >= b; });
    case Comparison::kLess: return Count(column, count, bound, holding, [](double x, double b) { return x < b; });
    case Comparison::kAtMost: return Count(column, count, bound, holding, [](double x, double b) { return x <= b; });
  }
}

}  // namespace

Tagger::Tagger(TagSet set) : set_(std::move(set)) {
  for (const Tag& tag : set_.tags) {
    std::vector<int>& columns = columns_.emplace_back();
    for (const scoring::Condition& condition : tag.conditions) {
      const auto at = std::find(features_.begin(), features_.end(), condition.feature);
      columns.push_back(static_cast<int>(at - features_.begin()));
      if (at == features_.end()) features_.push_back(condition.feature);
    }
  }
}

std::vector<bool> Tagger::ConditionsHolding(size_t tag, std::span<const double> values) const {
  std::vector<bool> holding;
  const auto& conditions = set_.tags[tag].conditions;
  for (size_t k = 0; k < conditions.size(); ++k) holding.push_back(scoring::Holds(conditions[k], values[columns_[tag][k]]));
  return holding;
}

TagBits Tagger::TagsOf(std::span<const double> values) const {
  TagBits bits = 0;
  for (size_t tag = 0; tag < set_.tags.size(); ++tag) {
    const auto& conditions = set_.tags[tag].conditions;
    int holding = 0;
    for (size_t k = 0; k < conditions.size(); ++k) holding += scoring::Holds(conditions[k], values[columns_[tag][k]]) ? 1 : 0;
    if (holding >= set_.tags[tag].at_least) bits |= TagBits{1} << tag;
  }
  return bits;
}

void Tagger::TagColumns(std::span<const double* const> columns, std::span<TagBits> out) const {
  std::fill(out.begin(), out.end(), TagBits{0});
  for (size_t from = 0; from < out.size(); from += kBlock) {
    const size_t count = std::min(kBlock, out.size() - from);
    for (size_t tag = 0; tag < set_.tags.size(); ++tag) {
      const auto& conditions = set_.tags[tag].conditions;
      uint8_t holding[kBlock] = {};
      for (size_t k = 0; k < conditions.size(); ++k) {
        CountHolding(conditions[k], columns[static_cast<size_t>(columns_[tag][k])] + from, count, holding);
      }
      const int needed = set_.tags[tag].at_least;
      for (size_t i = 0; i < count; ++i) out[from + i] |= TagBits{holding[i] >= needed} << tag;
    }
  }
}

}  // namespace rung::tags
