// A path in sentences, in English and Chinese.
#pragma once

#include <vector>

#include "libs/explanation/feature_names.h"
#include "libs/explanation/quantities.h"
#include "libs/path/path.h"

namespace rung::path {

/// What is asked, what is assumed, and whether single levers are enough.
std::vector<explanation::Text> DescribePath(const Path& path, const scoring::Model& model, const explanation::Style& style);

/// One plan: what to do, or how far it leads.
explanation::Text DescribePlan(const Plan& plan, const Path& path, const scoring::Model& model, const explanation::Style& style);

}  // namespace rung::path
