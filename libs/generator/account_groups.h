// Which accounts belong together: linked accounts of one owner, and honest chains.
#pragma once

#include <cstdint>
#include <optional>

#include "libs/generator/options.h"
#include "libs/generator/truth.h"

namespace rung::generator {

struct AccountGroup {
  int64_t leader = 0;  ///< smallest customer index of the group; the others take over its attributes
  int member = 0;      ///< 0 for the leader, then upwards by index
  bool chain = false;  ///< an honest chain, else linked accounts
  SharedAttributes shared;
};

/// The group that a customer belongs to, if any. Groups lie within blocks of 64 consecutive customers, at scattered
/// places: a customer's group can be told without generating the others. Only the last block, when customer_count
/// cuts it short, depends on customer_count.
std::optional<AccountGroup> GroupOf(const GeneratorOptions& options, int64_t index);

}  // namespace rung::generator
