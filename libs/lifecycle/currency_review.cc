#include "libs/lifecycle/currency_review.h"

#include <fmt/format.h>

namespace rung::lifecycle {

std::vector<Violation> ReviewCurrency(const std::string& of_document, const std::string& of_installation) {
  if (of_document == of_installation) return {};
  return {{"currency_code", "WRONG_CURRENCY",
           fmt::format("\"{}\", but this installation keeps {}: give amounts in {}, unless you sell in {} too", of_document, of_installation, of_installation, of_document)}};
}

}  // namespace rung::lifecycle
