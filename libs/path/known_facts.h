// What a customer's events leave to do: bills to pay, orders to review.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libs/path/path.h"

namespace rung::path {

/// Bills without a payment: those due from today on first, by due day, then the overdue ones. Withdrawn events don't
/// count.
std::vector<OpenInvoice> OpenInvoices(std::span<const features::Event> events, Day today);

/// Orders of the last year that aren't cancelled and have no review, the newest first.
std::vector<std::string> UnreviewedOrders(std::span<const features::Event> events, Day today);

}  // namespace rung::path
