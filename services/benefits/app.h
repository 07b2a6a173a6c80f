// The benefits service, put together.
#pragma once

#include "libs/host/host.h"

namespace rung::benefits_service {

/// Loads what is published and registers plans and coupons as kinds of documents.
absl::StatusOr<std::unique_ptr<host::App>> MakeApp(host::Host& host);

}  // namespace rung::benefits_service
