// One line on standard error that says how far long work is.
#pragma once

#include <chrono>
#include <string>

namespace rung::ctl {

/// Shows nothing unless standard error is a terminal. Not thread-safe.
class Progress {
 public:
  Progress();
  ~Progress() { Clear(); }

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool visible() const { return visible_; }

  /// Replaces the line, at most ten times a second.
  void Show(const std::string& line);

  /// Takes the line away, before other output.
  void Clear();

 private:
  bool visible_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace rung::ctl
