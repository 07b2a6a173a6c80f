// The facts of several accounts as one.
#pragma once

#include <span>

#include "libs/features/customer_state.h"

namespace rung::features {

/// The state of accounts as if one customer had sent all their facts; but test accounts among them are left out, unless
/// they all are, and the whole is open as of `as_of` while any of them is. Two accounts' orders of the same id stay two.
///
/// Good for evaluations, as of days that all of `accounts` are good for. It doesn't tell which folded facts it holds, so
/// events that may concern those can't be applied to it.
CustomerState Pool(std::span<const CustomerState* const> accounts, Day as_of);

}  // namespace rung::features
