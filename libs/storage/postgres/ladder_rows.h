// What publishing a model does to its ladder.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>
#include <pqxx/pqxx>

#include "libs/storage/config_store.h"

namespace rung::storage::postgres {

/// Items of a JSON array of tier codes.
std::vector<std::string> SplitJsonArray(const std::string& json);

/// Creates the ladder or extends its tier numbers. RESOURCE_EXHAUSTED/TOO_MANY_LADDERS, TOO_MANY_TIERS.
absl::Status ChangeLadder(pqxx::work& work, const std::string& ladder_id, const LadderChange& change);

}  // namespace rung::storage::postgres
