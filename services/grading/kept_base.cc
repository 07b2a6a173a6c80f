#include "services/grading/kept_base.h"

#include "libs/base/status.h"

namespace rung::grading {
namespace {

constexpr int64_t kMicros = 1'000'000;

}  // namespace

absl::StatusOr<std::shared_ptr<const LoadedBase>> KeptBase::Get(const BaseWanted& wanted, Day as_of, int max_age_seconds,
                                                                const Progress& progress) {
  Kept fresh{nullptr, MonotonicMicros(), source_.reader.calendars().Current(), source_.reader.fits().Current()};
  {
    std::lock_guard lock(mutex_);
    const bool fits = kept_.base != nullptr && fresh.read_at_micros - kept_.read_at_micros <= max_age_seconds * kMicros &&
                      kept_.base->as_of == as_of && kept_.base->Has(wanted) && kept_.calendars == fresh.calendars &&
                      kept_.forecaster == fresh.forecaster;
    if (fits) return kept_.base;
    kept_ = {};  // two bases needn't stand in memory
  }
  RUNG_ASSIGN_OR_RETURN(LoadedBase base, LoadBase(source_, wanted, as_of, progress));
  fresh.base = std::make_shared<const LoadedBase>(std::move(base));
  if (max_age_seconds == 0 || fresh.base->Bytes() > most_bytes_) return fresh.base;
  std::lock_guard lock(mutex_);
  kept_ = fresh;
  return fresh.base;
}

void KeptBase::Forget(const LoadedBase& base) {
  Kept old;  // freed outside the lock
  std::lock_guard lock(mutex_);
  if (kept_.base.get() == &base) std::swap(old, kept_);
}

void KeptBase::Expire() {
  Kept old;  // freed outside the lock
  std::lock_guard lock(mutex_);
  if (kept_.base != nullptr && MonotonicMicros() - kept_.read_at_micros > kMaxAgeSeconds * kMicros) std::swap(old, kept_);
}

}  // namespace rung::grading
