// The base of the last trial, for the next one: changing a weight and simulating again needn't read a million states.
#pragma once

#include <memory>
#include <mutex>

#include "services/grading/base_loader.h"

namespace rung::grading {

/// Thread-safe.
class KeptBase {
 public:
  static constexpr int kMaxAgeSeconds = 600;

  /// A base larger than `most_bytes` isn't kept.
  KeptBase(BaseSource source, size_t most_bytes) : source_(source), most_bytes_(most_bytes) {}

  using Progress = std::function<absl::Status(int64_t rows)>;
  /// What is wanted, read at most so long ago, under the calendars and the fit of now: the kept base, or a new one. It is
  /// kept only for callers who would take an older one.
  absl::StatusOr<std::shared_ptr<const LoadedBase>> Get(const BaseWanted& wanted, Day as_of, int max_age_seconds, const Progress& progress);
  /// Lets go of a base, if it is the kept one.
  void Forget(const LoadedBase& base);
  /// Frees what is too old for everybody; to be called now and then.
  void Expire();

 private:
  struct Kept {
    std::shared_ptr<const LoadedBase> base;
    int64_t read_at_micros = 0;  // monotonic
    std::shared_ptr<const features::CalendarSet> calendars;
    std::shared_ptr<const forecast::Forecaster> forecaster;
  };

  const BaseSource source_;
  const size_t most_bytes_;
  std::mutex mutex_;
  Kept kept_;
};

}  // namespace rung::grading
