// One thing that is wrong with an input.
#pragma once

#include <string>

namespace rung {

struct Violation {
  std::string field;    ///< full path, e.g. "dimensions[2].factors[0].normaliser.knots[1].x"
  std::string reason;   ///< UPPER_SNAKE, stable
  std::string message;  ///< what is wrong and what would be right

  bool operator==(const Violation&) const = default;
};

}  // namespace rung
