// Does what was planned: issues the coupons of waiting actions, once each.
#pragma once

#include <functional>

#include "libs/base/clock.h"
#include "libs/clients/coupon_client.h"
#include "libs/storage/churn_store.h"

namespace rung::grading {

/// An action is recorded before its coupon is asked for, and its number names the request: whoever asks again, after a lost
/// answer or a crash, gets the same coupon. For one thread.
class RetentionActor {
 public:
  RetentionActor(storage::ChurnStore& store, const clients::CouponClient& coupons, const Clock& clock, const BusinessZone& zone)
      : store_(store), coupons_(coupons), clock_(clock), zone_(zone) {}

  /// Until nothing waits, the benefits service or the store is out of reach, or `stop` says so.
  void Act(const std::function<bool()>& stop);

 private:
  /// OK when the action has ended one way or the other.
  absl::Status Do(storage::RetentionActionRow action);

  storage::ChurnStore& store_;
  const clients::CouponClient& coupons_;
  const Clock& clock_;
  const BusinessZone& zone_;
  bool complained_ = false;  // the log has it once
};

}  // namespace rung::grading
