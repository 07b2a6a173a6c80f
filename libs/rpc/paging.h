// Page sizes and opaque tokens bound to what is being listed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace rung::rpc {

/// 0 is the default of 50. INVALID_ARGUMENT below 0 or above 500.
absl::StatusOr<int> PageSize(int32_t requested);

/// A token that continues after `position` in the list described by `filter`.
std::string PageToken(int64_t position, std::string_view filter);
/// 0 for an empty token. INVALID_ARGUMENT/BAD_PAGE_TOKEN when it wasn't given for this filter.
absl::StatusOr<int64_t> ParsePageToken(const std::string& token, std::string_view filter);

}  // namespace rung::rpc
