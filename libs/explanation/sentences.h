// An explanation in sentences, in English and Chinese.
#pragma once

#include <vector>

#include "libs/explanation/explanation.h"
#include "libs/explanation/feature_names.h"
#include "libs/explanation/quantities.h"

namespace rung::explanation {

/// The result first, then its parts by weight in the model, then what is lacking for the next tier.
struct Sentences {
  Text summary;                 ///< score and tiers
  std::vector<Text> breakdown;  ///< dimensions or criteria, multipliers, clamp
  std::vector<Text> stability;  ///< the rules that decided or are in force
  std::vector<Text> missing;    ///< features without a value, and what that did
  std::vector<Text> next_tier;  ///< empty at the top
};

/// `model` is the one that was explained; it gives the tiers' names.
Sentences Describe(const Explanation& explanation, const scoring::Model& model, const Style& style);

/// What a tier is called; its code where a language has no name.
Text TierName(const scoring::Tier& tier);

/// One stability rule; part of Describe.
Text DescribeRule(const ExplainedRule& rule, const Explanation& explanation, const scoring::Model& model);

}  // namespace rung::explanation
