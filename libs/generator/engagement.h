// Registration, app sessions, changes in the CRM and scores from outside.
#pragma once

#include "libs/generator/customer_plan.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"

namespace rung::generator {

/// Registration comes first of all facts: on the registered day, before anything else can happen.
void Register(const CustomerPlan& plan, History& history);

/// Visits of the app before orders and between them.
void AddSessions(const Marketplace& marketplace, const CustomerPlan& plan, History& history);

/// A new account manager for some; closing for some of those that churned; "potential_index" and "credit_score" for
/// some, renewed each quarter.
void AddCrmFacts(const Marketplace& marketplace, const CustomerPlan& plan, History& history);

}  // namespace rung::generator
