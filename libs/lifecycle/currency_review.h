// Amounts of documents beside those of the installation.
#pragma once

#include <string>
#include <vector>

#include "libs/base/violation.h"

namespace rung::lifecycle {

/// A warning (WRONG_CURRENCY) where a document's amounts are in another currency than orders and spend. Allowed: who sells
/// abroad has a price book for it.
std::vector<Violation> ReviewCurrency(const std::string& of_document, const std::string& of_installation);

}  // namespace rung::lifecycle
