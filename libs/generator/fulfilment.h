// What becomes of the orders: deliveries, cancellations, refunds, complaints and reviews.
#pragma once

#include "libs/generator/customer_plan.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"

namespace rung::generator {

/// Adds the facts that follow each order, and marks the cancelled ones. The refunds of an order never exceed it.
void FulfilOrders(const Marketplace& marketplace, const CustomerPlan& plan, History& history);

}  // namespace rung::generator
