// Invoices and payments of customers on credit terms.
#pragma once

#include "libs/generator/customer_plan.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"

namespace rung::generator {

/// Bills what FulfilOrders has left of the orders: per order with the delivery, or on the first of the next month.
void BillOrders(const Marketplace& marketplace, const CustomerPlan& plan, History& history);

}  // namespace rung::generator
