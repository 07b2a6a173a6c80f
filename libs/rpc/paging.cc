#include "libs/rpc/paging.h"

#include <charconv>

#include "libs/base/customer_id.h"
#include "libs/errors/errors.h"

namespace rung::rpc {

absl::StatusOr<int> PageSize(int32_t requested) {
  if (requested == 0) return 50;
  if (requested < 0 || requested > 500) {
    return InvalidField("page_size", "OUT_OF_RANGE", fmt::format("{} is outside 1 to 500", requested));
  }
  return requested;
}

std::string PageToken(int64_t position, std::string_view filter) {
  return fmt::format("{:x}.{:x}", position, LocalFingerprint(fmt::format("{}|{}", position, filter)));
}

absl::StatusOr<int64_t> ParsePageToken(const std::string& token, std::string_view filter) {
  if (token.empty()) return 0;
  int64_t position = 0;
  const size_t dot = token.find('.');
  const char* end = token.data() + std::min(dot, token.size());
  const auto [at, error] = std::from_chars(token.data(), end, position, 16);
  if (error != std::errc() || at != end || position <= 0 || PageToken(position, filter) != token) {
    return InvalidField("page_token", "BAD_PAGE_TOKEN", "not a token of this list; start again without one");
  }
  return position;
}

}  // namespace rung::rpc
