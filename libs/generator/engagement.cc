#include "libs/generator/engagement.h"

#include <algorithm>

#include "libs/generator/prng.h"

namespace rung::generator {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;

constexpr int kManagerChangePermille = 40;
constexpr int kClosingPermille = 200;  // of those that churned
constexpr Day kClosingDaysMax = 90;    // after the churn
constexpr int kPotentialPermille = 300;
constexpr int kScoredPermille = 100;  // without credit terms; with them:
constexpr int kScoredOnCreditPermille = 800;
constexpr Day kRatingDays = 91;
constexpr int kPotentialMax = 1000;
constexpr int kScoreMin = 300;
constexpr int kScoreMax = 850;

// Sessions and CRM facts use one aspect; the top bit keeps their streams apart.
constexpr uint64_t kCrm = 1ULL << 63;

int32_t FirstScore(const CustomerPlan& plan, Stream& stream) {
  const int64_t spread = stream.Below(200) + stream.Below(200);
  switch (plan.payment) {
    case PaymentHabit::kLate: return static_cast<int32_t>(400 + spread);
    case PaymentHabit::kDefaulting: return static_cast<int32_t>(kScoreMin + spread * 3 / 4);
    default: return static_cast<int32_t>(450 + spread);
  }
}

// Each rating moves from the one before.
template <class Fact>
void AddRatings(const CustomerPlan& plan, Day last_day, int32_t value, int32_t move_max, int32_t low, int32_t high,
                int32_t& number, Stream& stream, History& history) {
  const Day first = plan.first_order_day + static_cast<Day>(stream.Below(21));
  for (Day day = first; day <= last_day; day += kRatingDays) {
    history.Add(ShanghaiInstant(day, 11 * kHour + stream.Below(kHour)), Fact{++number, value});
    value = std::clamp(value + static_cast<int32_t>(stream.Between(-move_max, move_max)), low, high);
  }
}

}  // namespace

void Register(const CustomerPlan& plan, History& history) {
  history.Add(ShanghaiInstant(plan.registered_day, 8 * kHour), Registered{});
}

void AddSessions(const Marketplace& marketplace, const CustomerPlan& plan, History& history) {
  Stream stream(marketplace.options.seed, static_cast<uint64_t>(plan.index), Aspect::kEngagement);
  int32_t number = 0;
  for (const OrderDraft& order : history.orders) {
    if (stream.Chance(plan.session_permille)) {
      history.Add(order.time - stream.Between(kMinute, 30 * kMinute), Visited{++number});
    }
    if (!stream.Chance(plan.browse_permille)) continue;
    const Day day = std::max<Day>(plan.first_order_day, order.day - static_cast<Day>(stream.Between(1, 5)));
    history.Add(ShanghaiInstant(day, 9 * kHour + stream.Below(5 * kHour)), Visited{++number});
  }
}

void AddCrmFacts(const Marketplace& marketplace, const CustomerPlan& plan, History& history) {
  Stream stream(marketplace.options.seed, static_cast<uint64_t>(plan.index) | kCrm, Aspect::kEngagement);
  const Day last_day = marketplace.options.last_day;
  const int64_t days = std::max<int64_t>(1, last_day - plan.first_order_day);
  const auto change_day = static_cast<Day>(plan.first_order_day + stream.Below(days));
  if (stream.Chance(kManagerChangePermille)) history.Add(ShanghaiInstant(change_day, 10 * kHour), ManagerChanged{});
  const Day closing_days = static_cast<Day>(stream.Between(1, kClosingDaysMax));
  if (stream.Chance(kClosingPermille) && plan.churn_day) {
    history.Add(ShanghaiInstant(*plan.churn_day + closing_days, 16 * kHour), AccountClosed{});
  }
  int32_t number = 0;
  if (stream.Chance(kPotentialPermille)) {
    const auto potential = static_cast<int32_t>(stream.Below(kPotentialMax + 1));
    AddRatings<PotentialRated>(plan, last_day, potential, 60, 0, kPotentialMax, number, stream, history);
  }
  if (stream.Chance(plan.credit_terms ? kScoredOnCreditPermille : kScoredPermille)) {
    const int32_t score = FirstScore(plan, stream);
    AddRatings<CreditScored>(plan, last_day, score, 25, kScoreMin, kScoreMax, number, stream, history);
  }
}

}  // namespace rung::generator
