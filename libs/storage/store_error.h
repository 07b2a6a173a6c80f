// What an error of the store means for the one who asked.
#pragma once

#include "libs/errors/errors.h"

namespace rung::storage {

/// Whether the same call may succeed later without anybody mending anything: STORE_UNAVAILABLE, STORE_TIMEOUT,
/// STORE_CONFLICT, STORE_BUSY.
inline bool MayPass(const absl::Status& status) { return ReasonOf(status).starts_with("STORE_"); }

}  // namespace rung::storage
