#include "services/grading/retention_actor.h"

#include <spdlog/spdlog.h>

#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace rung::grading {
namespace {

constexpr int kAtOnce = 100;
constexpr Day kLatestDays = 7;  // what was right for a customer then needn't be now
constexpr int64_t kCallMs = 5000;

}  // namespace

void RetentionActor::Act(const std::function<bool()>& stop) {
  for (;;) {
    const auto waiting = store_.Waiting(kAtOnce, Deadline::After(kCallMs));
    if (!waiting.ok() || waiting->empty()) return;
    for (const storage::RetentionActionRow& action : *waiting) {
      if (stop()) return;
      const absl::Status status = Do(action);
      if (!status.ok() && !complained_) spdlog::warn("retention: coupons wait: {}", Message(status));
      complained_ = !status.ok();
      if (!status.ok()) return;
    }
  }
}

absl::Status RetentionActor::Do(storage::RetentionActionRow action) {
  action.ended_at = clock_.NowMicros();
  action.state = "REFUSED";
  if (action.planned_day < zone_.DayOf(action.ended_at / 1'000'000) - kLatestDays) {
    action.refusal = "TOO_LATE: the benefits service couldn't be reached for a week";
    return store_.End(action, Deadline::After(kCallMs));
  }
  const auto coupon = coupons_.Issue({fmt::format("retention:{}", action.action_no), action.external_id, action.coupon_id, "retention:" + action.rule_id},
                                     Deadline::After(kCallMs));
  if (coupon.ok()) {
    action.state = "DONE";
    action.issued_coupon_id = coupon->issued_coupon_id;
  } else if (clients::IsRefusal(coupon.status())) {
    action.refusal = Shorten(fmt::format("{}: {}", ReasonOf(coupon.status()), Message(coupon.status())), 500);
  } else {
    return coupon.status();
  }
  return store_.End(action, Deadline::After(kCallMs));
}

}  // namespace rung::grading
