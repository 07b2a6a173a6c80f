// Published documents that this release can't read: a later one has published them. What can't be read isn't guessed, since
// an unknown field may be what restricts a price or a benefit.
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

#include "libs/base/status.h"

namespace rung::lifecycle {

/// Tells operators, once for each version. `in_force`: the version that stays; 0: none.
inline void TellUnreadable(const absl::Status& why, int32_t in_force) {
  const std::string stays = in_force == 0 ? "nothing is in force under its id" : fmt::format("version {} stays in force", in_force);
  spdlog::error("{}; {}", Message(why), stays);
}

/// For who asks for one of which nothing is in force. No other document takes its place: that could be the better price.
inline std::string Unreadable(std::string_view what, std::string_view id) {
  return fmt::format("{} \"{}\" is published in a form that this release can't read: run the release that published it", what, id);
}

}  // namespace rung::lifecycle
