// The parts of lint; only lint*.cc include this.
#pragma once

#include "libs/scoring/lint.h"

namespace rung::scoring::lint {

struct Findings {
  std::vector<Finding> list;

  void Add(std::string field, Severity severity, std::string code, Sentence message, Sentence way_out);
};

/// Thousandths of a point as points.
std::string Points(double milli);

/// The base's summary of a feature or of what a derived one stands for; nullptr when it isn't known.
const FeatureSummary* SummaryOf(const Model& model, const BaseSummary* base, std::string_view feature);

/// Whether a condition can hold for somebody of the base.
bool SomebodyMeets(const Condition& condition, const FeatureSummary& summary);

void CheckDimensions(const Model& model, const LintInputs& inputs, Findings& out);
void CheckMultipliers(const Model& model, const LintInputs& inputs, Findings& out);
void CheckRules(const Model& model, const LintInputs& inputs, Findings& out);

}  // namespace rung::scoring::lint
