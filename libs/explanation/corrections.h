// Corrections of single values as people talk about them: what values a feature can take, which facts could carry a
// correction, and a sentence.
#pragma once

#include <string_view>
#include <vector>

#include "libs/explanation/feature_names.h"
#include "libs/explanation/quantities.h"
#include "libs/scoring/correction.h"

namespace rung::explanation {

/// By unit: fen, whole numbers, hundredths of a percent … as fine as Quantity writes them, so that a sentence names the very
/// value that was graded. Names that aren't built in are outside values: thousandths.
scoring::FeatureGrid GridOf(std::string_view feature);

enum class Carrier { kOrder, kRefund, kCancellation, kDelivery, kComplaint, kReview, kSession, kInvoice, kProfile, kOutsideValue };

/// Kinds of facts that could carry a correction of the feature, the likeliest first.
std::vector<Carrier> CarriersOf(std::string_view feature);

/// `feature` by its name in the model.
Text DescribeCorrection(std::string_view feature, const scoring::Correction& correction, const scoring::Model& model, const Style& style);

/// How many there are, or that there is none.
Text SummariseCorrections(const scoring::Corrections& corrections, bool is_best_tier);

}  // namespace rung::explanation
