// Tells about events that the server refused.
#pragma once

#include <cstdint>

#include "rung/grading/v1/ingest.pb.h"

namespace rung::ctl {

/// Writes a line to standard error for each of the first `shown_max` refusals. Not thread-safe.
class Refusals {
 public:
  explicit Refusals(int64_t shown_max) : shown_max_(shown_max) {}

  /// `line` 0: not known.
  void Tell(int64_t line, const grading::v1::EventResult& result);

  /// How many weren't shown, as a last line; nothing when all were.
  void TellRest() const;

 private:
  int64_t shown_max_;
  int64_t count_ = 0;
};

}  // namespace rung::ctl
