// Gives customers their tags: one customer, or a base in columns.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libs/tags/tag_set.h"

namespace rung::tags {

/// A compiled tag set. Immutable and thread-safe.
class Tagger {
 public:
  /// `set` must be valid (see Validate).
  explicit Tagger(TagSet set);

  const TagSet& set() const { return set_; }
  /// Names of the features that must be given, without repetition.
  const std::vector<std::string>& features() const { return features_; }

  /// The tags of one customer; `values` by features(), NaN: missing. A condition on a missing feature doesn't hold.
  TagBits TagsOf(std::span<const double> values) const;

  /// Which conditions of a tag hold, in their order: why a customer has it, or hasn't.
  std::vector<bool> ConditionsHolding(size_t tag, std::span<const double> values) const;

  /// The tags of out.size() customers; `columns` by features().
  void TagColumns(std::span<const double* const> columns, std::span<TagBits> out) const;

 private:
  TagSet set_;
  std::vector<std::string> features_;
  std::vector<std::vector<int>> columns_;  // by tag and condition, into features_
};

}  // namespace rung::tags
