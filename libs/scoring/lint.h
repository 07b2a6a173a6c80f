// What is wrong or unwise about a model that can be graded with: everything names the field and the way out. Errors keep
// it from being published, so they are certain: no base of customers makes them untrue.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/scoring/model.h"
#include "libs/scoring/splitting.h"

namespace rung::scoring {

enum class Severity {
  kNote,     ///< worth a look
  kWarning,  ///< most likely not what was meant
  kError,    ///< the model does something that nobody can want; it can't be published
};

struct Sentence {
  std::string en;
  std::string zh;
};

struct Finding {
  std::string field;  ///< path in the model: "tiers[0].lower_bound"
  Severity severity = Severity::kWarning;
  std::string code;   ///< UPPER_SNAKE, never renamed; docs/lint.md lists them
  Sentence message;
  Sentence way_out;
};

/// What lint asks about a feature's meaning; see features::TraitsOf.
struct FeatureTraits {
  std::string family;   ///< features of one family say the same on different scales; empty: a family of its own
  int direction = 0;    ///< +1: more is better, -1: less is, 0: neither
  std::string by_days;  ///< of a feature that counts orders: the one that counts days instead
};

/// A feature over today's base; `low` and `high` mean nothing when nobody has it.
struct FeatureSummary {
  int64_t present_count = 0;
  double low = 0;
  double high = 0;
};

struct BaseSummary {
  int64_t customer_count = 0;
  int64_t member_count = 0;  ///< of the population
  std::map<std::string, FeatureSummary, std::less<>> features;
};

/// The summary of a base in columns; `names` as its features are ordered. Customers outside the population count, too.
BaseSummary SummariseBase(const std::vector<std::string>& names, const BaseColumns& base);

struct LintInputs {
  std::function<FeatureTraits(std::string_view)> traits;  ///< required
  const BaseSummary* base = nullptr;                      ///< optional
  const SplittingGain* splitting = nullptr;               ///< optional: what SplitAndRescore found
};

/// All findings, by field in the order of the model. `model` must be valid (see Validate).
std::vector<Finding> Lint(const Model& model, const LintInputs& inputs);

}  // namespace rung::scoring
