// Ids of quotes.
#pragma once

#include <string>

namespace rung::pricing_service {

/// "q-" and 32 hexadecimal digits, unique among all processes. Thread-safe.
std::string NewQuoteId();

}  // namespace rung::pricing_service
