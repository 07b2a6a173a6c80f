#include "tools/rungctl/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "tools/rungctl/display_width.h"

namespace rung::ctl {

Progress::Progress() : visible_(isatty(STDERR_FILENO) == 1) {}

void Progress::Show(const std::string& line) {
  const auto now = std::chrono::steady_clock::now();
  if (!visible_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  fmt::print(stderr, "\r{}\x1b[K", Printable(line));
  std::fflush(stderr);
  shown_ = true;
  last_ = now;
}

void Progress::Clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace rung::ctl
