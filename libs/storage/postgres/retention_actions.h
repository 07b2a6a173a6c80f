// Statements about retention actions, for churn_store.
#pragma once

#include <vector>

#include <pqxx/pqxx>

#include "libs/storage/churn_store.h"

namespace rung::storage::postgres {

// Each as the method of ChurnStore that it is for.
std::vector<RecentAction> RecentActions(pqxx::work& work, Day since);
int64_t PlanActions(pqxx::work& work, const std::vector<RetentionActionRow>& actions, const std::vector<ActionLimit>& limits, const std::string& author);
std::vector<RetentionActionRow> WaitingActions(pqxx::work& work, int limit);
void EndAction(pqxx::work& work, const RetentionActionRow& ended);
absl::StatusOr<RetentionActionRow> CloseOpenTask(pqxx::work& work, const TaskClosing& closing);
std::vector<RetentionActionRow> FindActions(pqxx::work& work, const ActionFilter& filter, int64_t before, int limit);

}  // namespace rung::storage::postgres
