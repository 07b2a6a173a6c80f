// Random cases worked out by scripts in tests/oracle, which know the published definitions and nothing of the engine.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace rung::testing {

/// What `script` below tests/oracle prints for a seed and a number of cases, and whatever else it takes. RUNG_ORACLE_SEED and
/// RUNG_ORACLE_COUNT in the environment take the place of the two. Aborts the test when the script fails.
nlohmann::json OracleCases(const std::string& script, int seed, int count, const std::string& more = "");

}  // namespace rung::testing
