#include "libs/abuse/policy.h"

#include <cmath>

#include <fmt/format.h>

namespace rung::abuse {
namespace {

class Checker {
 public:
  std::vector<Violation> Take() { return std::move(violations_); }

  void Bounds(const std::string& path, const Bound& bound, double low, double high) {
    Range(path + ".bound", bound.bound, low, high);
    Range(path + ".certain", bound.certain, low, high);
    if (!(bound.certain > bound.bound)) {
      Add(path + ".certain", "OUT_OF_ORDER", fmt::format("{} must be greater than bound ({})", bound.certain, bound.bound));
    }
    Range(path + ".weight_permille", bound.weight_permille, 0, 1000);
  }

  void Range(const std::string& path, double value, double low, double high) {
    if (!(value >= low && value <= high)) Add(path, "OUT_OF_RANGE", fmt::format("{} is outside {} to {}", value, low, high));
  }

  void Add(const std::string& path, std::string reason, std::string message) {
    violations_.push_back({path, std::move(reason), std::move(message)});
  }

 private:
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> Validate(const Policy& policy) {
  Checker check;
  check.Bounds("order_splitting", policy.order_splitting, 1, 1000);
  check.Range("orders_per_month", policy.orders_per_month, 1, 1000);
  check.Bounds("coupon_harvesting", policy.coupon_harvesting, 0, 1);
  check.Range("coupon_orders_min", policy.coupon_orders_min, 1, 10'000);
  check.Bounds("refund_cycling", policy.refund_cycling, 0, 1);
  check.Range("usual_return_share", policy.usual_return_share, 0.001, 0.999);
  check.Range("returned_orders_min", policy.returned_orders_min, 1, 10'000);
  check.Bounds("review_burst", policy.review_burst, 0, 1);
  check.Range("review_window_days", policy.review_window_days, 1, 28);
  check.Bounds("linked_accounts", policy.linked_accounts, 2, 1000);
  check.Range("links.phone_points", policy.links.phone_points, 0, 100);
  check.Range("links.address_points", policy.links.address_points, 0, 100);
  check.Range("links.payer_points", policy.links.payer_points, 0, 100);
  check.Range("links.device_points", policy.links.device_points, 0, 100);
  check.Range("links.points_min", policy.links.points_min, 1, 400);
  check.Range("links.accounts_max", policy.links.accounts_max, 2, 1000);
  check.Bounds("unusual_behaviour", policy.unusual_behaviour, 0, 1);
  check.Range("unusual_orders_min", policy.unusual_orders_min, 1, 10'000);
  check.Range("one_chance_in", policy.one_chance_in, 1, 1e12);
  check.Range("list_from_milli", policy.list_from_milli, 0, 100'000);
  check.Range("freeze_from_milli", policy.freeze_from_milli, 0, 100'000);
  if (policy.freeze_from_milli < policy.list_from_milli) {
    check.Add("freeze_from_milli", "OUT_OF_ORDER",
              fmt::format("{} is below list_from_milli ({}): a frozen customer must be on the list", policy.freeze_from_milli,
                          policy.list_from_milli));
  }
  return check.Take();
}

}  // namespace rung::abuse
