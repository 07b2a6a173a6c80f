// A customer who cuts every order into several on the same day, at no more spend: what an abuser of order counts does.
#pragma once

#include "libs/features/customer_state.h"

namespace rung::features {

/// The state with each order cut into `parts` equal ones of the same day; amounts, costs and refunds are divided to the
/// fen and add up to what they were. Cancellations and reviews go to every part. Deliveries, sessions and invoices stay.
CustomerState SplitOrders(const CustomerState& state, int parts);

}  // namespace rung::features
