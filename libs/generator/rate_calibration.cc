#include "libs/generator/rate_calibration.h"

#include <algorithm>
#include <vector>

#include "libs/generator/abuse.h"
#include "libs/generator/customer_plan.h"
#include "libs/generator/ordering.h"

namespace rung::generator {
namespace {

constexpr int64_t kPilotCount = 4096;
constexpr uint64_t kPilotSeed = 0x72756e67;
constexpr int64_t kScaleMaxPermille = 100'000;

// Each pilot stands for this many customers, spread evenly over the rates: the few who order daily weigh too much to
// be left to chance.
constexpr int64_t kRatesPerPilot = 32;
constexpr int64_t kShifts = 16;

struct Pilot {
  CustomerPlan plan;
  int64_t demand_days_milli = 0;  // days it could order on, weighted by how readily it orders
  int64_t burst_orders_milli = 0;
};

Pilot MakePilot(const Marketplace& marketplace, int64_t index) {
  Pilot pilot{.plan = DrawPlan(marketplace, index, 1000)};
  for (Day day = pilot.plan.first_order_day; day <= pilot.plan.last_order_day; ++day) {
    if (!InBurst(pilot.plan, marketplace.calendar, day)) {
      pilot.demand_days_milli += DemandPermille(pilot.plan, marketplace.calendar, day);
    } else if (marketplace.calendar.DemandPermille(pilot.plan.segment, day) > 0) {
      pilot.burst_orders_milli += kBurstDayPermille * (1 + kBurstOrdersMax) / 2;
    }
  }
  return pilot;
}

// The shorter first gap of a new customer leaves room for more orders: by the difference of the mean first gaps once
// it has passed, and until then in step with the days.
int64_t EarlyOrdersMilli(const CustomerPlan& plan, int64_t order_days_milli) {
  if (!plan.is_new) return 0;
  constexpr int64_t kEarlierMilli = (kOldFirstGap - kNewFirstGap) / 2 * 1000 / kMeanGap;
  return std::min(kEarlierMilli, order_days_milli * (kMeanGap / kNewFirstGap - 1));
}

int64_t ExpectedLinesMilli(const Pilot& pilot, int64_t rate_quantile_ppm, int64_t scale_permille) {
  const int64_t rate_milli = ScaledRate(pilot.plan, rate_quantile_ppm, scale_permille);
  const int64_t order_days_milli = rate_milli * pilot.demand_days_milli / 1000 / kRateMonthDays;
  const int64_t orders_milli =
      order_days_milli + EarlyOrdersMilli(pilot.plan, order_days_milli) + pilot.burst_orders_milli;
  return orders_milli * pilot.plan.lines_milli / 1000;
}

// In thousandths, summed over all that the pilots stand for.
int64_t ExpectedLinesMilli(const std::vector<Pilot>& pilots, int64_t scale_permille) {
  constexpr int64_t kStep = 1'000'000 / kRatesPerPilot;
  int64_t lines_milli = 0;
  for (size_t i = 0; i < pilots.size(); ++i) {
    const int64_t shift = kStep * static_cast<int64_t>(i % kShifts) / kShifts + kStep / (2 * kShifts);
    for (int64_t step = 0; step < kRatesPerPilot; ++step) {
      lines_milli += ExpectedLinesMilli(pilots[i], step * kStep + shift, scale_permille);
    }
  }
  return lines_milli;
}

}  // namespace

int64_t FindRateScale(const GeneratorOptions& options) {
  GeneratorOptions pilot_options = options;
  pilot_options.seed = kPilotSeed;
  pilot_options.customer_count = kPilotCount;
  const Marketplace marketplace(pilot_options);
  std::vector<Pilot> pilots;
  pilots.reserve(kPilotCount);
  for (int64_t index = 0; index < kPilotCount; ++index) pilots.push_back(MakePilot(marketplace, index));

  const int64_t wanted_milli = options.mean_lines_per_customer * 1000 * kPilotCount * kRatesPerPilot;
  int64_t low = 1;
  int64_t high = kScaleMaxPermille;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (ExpectedLinesMilli(pilots, middle) < wanted_milli) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace rung::generator
