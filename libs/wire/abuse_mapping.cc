#include "libs/wire/abuse_mapping.h"

#include <fmt/format.h>

namespace rung::wire {
namespace {

namespace pb = grading::v1;

void Set(bool given, const pb::AbusePolicy::Bound& in, abuse::Bound& out) {
  if (given) out = {in.bound(), in.certain(), in.weight_permille()};
}

template <typename T, typename U>
void Set(bool given, U value, T& out) {
  if (given) out = value;
}

abuse::LinkRules LinksOf(const pb::AbusePolicy::Links& in) {
  abuse::LinkRules out;
  Set(in.has_phone_points(), in.phone_points(), out.phone_points);
  Set(in.has_address_points(), in.address_points(), out.address_points);
  Set(in.has_payer_points(), in.payer_points(), out.payer_points);
  Set(in.has_device_points(), in.device_points(), out.device_points);
  Set(in.has_points_min(), in.points_min(), out.points_min);
  Set(in.has_accounts_max(), in.accounts_max(), out.accounts_max);
  return out;
}

}  // namespace

abuse::Policy FromWire(const pb::AbusePolicy& in, std::vector<Violation>& violations) {
  abuse::Policy out;
  Set(in.has_order_splitting(), in.order_splitting(), out.order_splitting);
  Set(in.has_orders_per_month(), in.orders_per_month(), out.orders_per_month);
  Set(in.has_coupon_harvesting(), in.coupon_harvesting(), out.coupon_harvesting);
  Set(in.has_coupon_orders_min(), in.coupon_orders_min(), out.coupon_orders_min);
  Set(in.has_refund_cycling(), in.refund_cycling(), out.refund_cycling);
  Set(in.has_usual_return_share(), in.usual_return_share(), out.usual_return_share);
  Set(in.has_returned_orders_min(), in.returned_orders_min(), out.returned_orders_min);
  Set(in.has_review_burst(), in.review_burst(), out.review_burst);
  Set(in.has_review_window_days(), in.review_window_days(), out.review_window_days);
  Set(in.has_linked_accounts(), in.linked_accounts(), out.linked_accounts);
  out.links = LinksOf(in.links());
  Set(in.has_unusual_behaviour(), in.unusual_behaviour(), out.unusual_behaviour);
  Set(in.has_unusual_orders_min(), in.unusual_orders_min(), out.unusual_orders_min);
  Set(in.has_one_chance_in(), in.one_chance_in(), out.one_chance_in);
  Set(in.has_list_from_milli(), in.list_from_milli(), out.list_from_milli);
  Set(in.has_freeze_from_milli(), in.freeze_from_milli(), out.freeze_from_milli);
  switch (in.review_cycle()) {
    case pb::AbusePolicy::REVIEW_CYCLE_UNSPECIFIED:
    case pb::AbusePolicy::REVIEW_CYCLE_QUARTERLY: break;
    case pb::AbusePolicy::REVIEW_CYCLE_MONTHLY: out.review_cycle = abuse::ReviewCycle::kMonthly; break;
    default:
      violations.push_back({"review_cycle", "UNKNOWN_VALUE",
                            fmt::format("{} is no value of this release", static_cast<int>(in.review_cycle()))});
  }
  return out;
}

void ToWire(const std::vector<abuse::Signal>& signals, pb::AbuseSignals& out) {
  for (const abuse::Signal& signal : signals) {
    pb::AbuseSignal& item = *out.add_signals();
    item.set_kind(static_cast<pb::AbuseSignalKind>(signal.kind));  // the same numbers
    item.set_value(signal.value);
    item.set_bound(signal.bound);
    item.set_strength_permille(signal.strength_permille);
    item.set_reason_zh(signal.reason_zh);
    item.set_reason_en(signal.reason_en);
  }
}

}  // namespace rung::wire
