// What must hold whatever has happened.
#pragma once

#include "tests/support/installation.h"

namespace rung::testing {

/// The five presets.
const std::vector<std::string>& PresetLadders();

/// The kept states equal those rebuilt from the events.
void ExpectAuditFindsNothing(Installation& installation, int64_t customers);
/// Every standing's changes count up from 1, each beginning where the one before it ended.
void ExpectContiguousHistory(const Installation& installation);
/// What GetTier says of everybody is the newest change in PostgreSQL. Returns how many were compared.
int ExpectLabelsAreTheNewestChanges(Installation& installation);

}  // namespace rung::testing
