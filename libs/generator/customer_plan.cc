#include "libs/generator/customer_plan.h"

#include <algorithm>

#include "libs/generator/abuse.h"
#include "libs/generator/regions.h"
#include "libs/generator/shop_names.h"

namespace rung::generator {
namespace {

constexpr int kOldCustomerPermille = 700;  // registered before the span
constexpr Day kOldestRegistration = 3 * 365;
constexpr Day kFadeDays = 45;
constexpr int kGroupRegistrationDays = 12;  // within which linked accounts register

// Order days per 30 days, in thousandths, by quantile in ppm: most customers order about monthly, a few daily.
struct RateKnot {
  int64_t quantile_ppm;
  int64_t rate_milli;
};
constexpr RateKnot kRates[] = {{0, 150},        {300'000, 350},   {500'000, 600},    {700'000, 1000}, {850'000, 2200},
                               {930'000, 5000}, {970'000, 10000}, {990'000, 18000}, {1'000'000, 27000}};

int64_t RateAt(int64_t quantile_ppm) {
  const RateKnot* knot = kRates;
  while (knot[1].quantile_ppm <= quantile_ppm) ++knot;
  const int64_t along = quantile_ppm - knot[0].quantile_ppm;
  const int64_t width = knot[1].quantile_ppm - knot[0].quantile_ppm;
  return knot[0].rate_milli + (knot[1].rate_milli - knot[0].rate_milli) * along / width;
}

// What a group's accounts have in common with its leader: the stream is the leader's.
void DrawOrigin(const Marketplace& marketplace, CustomerPlan& plan) {
  const int64_t leader = plan.group ? plan.group->leader : plan.index;
  Stream stream(marketplace.options.seed, static_cast<uint64_t>(leader), Aspect::kOrigin);
  plan.region = DrawRegion(stream);
  plan.segment = DrawSegment(stream);
  const Day first_day = marketplace.options.first_day;
  plan.registered_day = stream.Chance(kOldCustomerPermille)
                            ? static_cast<Day>(first_day - stream.Between(1, kOldestRegistration))
                            : static_cast<Day>(stream.Between(first_day, marketplace.options.last_day));
  // A chain's branches share its name; linked accounts hide behind different ones.
  const bool shares_brand = plan.group && plan.group->chain;
  Stream own(marketplace.options.seed, static_cast<uint64_t>(plan.index), Aspect::kName);
  plan.name = DrawShopName(plan.segment, shares_brand ? stream : own);
  if (shares_brand) plan.name.append("（").append(DrawRoad(own)).append("店）");
}

void DrawWeekdays(Stream& stream, CustomerPlan& plan) {
  const int64_t per_week_milli = plan.rate_milli * 7 / kRateMonthDays;
  // A seventh more weekdays than needed: a busy season then still finds room.
  const int64_t wanted = std::clamp<int64_t>((per_week_milli * 8 / 7 + 999) / 1000, 1, 7);
  std::array<int16_t, 7> weights = ProfileOf(plan.segment).weekdays;
  for (int64_t i = 0; i < wanted; ++i) {
    int64_t total = 0;
    for (const int16_t weight : weights) total += weight;
    int64_t rest = stream.Below(total);
    int weekday = 0;
    while (rest >= weights[weekday]) rest -= weights[weekday++];
    weights[weekday] = 0;
    plan.weekdays |= static_cast<uint8_t>(1 << weekday);
  }
  plan.weekday_count = static_cast<int>(wanted);
}

int32_t DrawTrend(Stream& stream) {
  const int64_t kind = stream.Below(10);
  if (kind < 2) return static_cast<int32_t>(stream.Between(15, 60));
  if (kind < 4) return static_cast<int32_t>(stream.Between(-50, -15));
  return static_cast<int32_t>(stream.Between(-5, 5));
}

// Some only try the service, most drift away slowly, and many stay.
int64_t DrawChurnPermille(Stream& stream) {
  const int64_t kind = stream.Below(100);
  if (kind < 12) return 350;
  return kind < 57 ? 25 : 5;
}

// Each month the customer stays or leaves for good.
void DrawLifetime(const GeneratorOptions& options, Stream& stream, CustomerPlan& plan) {
  plan.is_new = plan.registered_day >= options.first_day;
  plan.first_order_day = std::max(options.first_day, plan.registered_day + 1);
  plan.last_order_day = options.last_day;
  const int64_t churn_permille = DrawChurnPermille(stream);
  plan.fades = stream.Chance(500);
  for (Day month = plan.first_order_day; month <= options.last_day; month += kRateMonthDays) {
    if (!stream.Chance(churn_permille)) continue;
    const Day churn_day = static_cast<Day>(month + 1 + stream.Below(kRateMonthDays));
    if (churn_day > options.last_day) return;
    plan.churn_day = churn_day;
    plan.last_order_day = churn_day - 1;
    return;
  }
}

void DrawRepertoire(const Catalogue& catalogue, Stream& stream, CustomerPlan& plan) {
  plan.repertoire_size = static_cast<int>(stream.Between(8, static_cast<int64_t>(plan.repertoire.size())));
  for (int i = 0; i < plan.repertoire_size; ++i) {
    plan.repertoire[i] = catalogue.DrawSku(DrawCategory(plan.segment, stream), stream);
  }
}

void DrawBasketHabits(const Catalogue& catalogue, int64_t rate_quantile_ppm, Stream& stream, CustomerPlan& plan) {
  const SegmentProfile& profile = ProfileOf(plan.segment);
  plan.lines_milli = std::max<int64_t>(1000, profile.lines_per_order_milli * stream.Between(550, 1450) / 1000);
  const int64_t size = 400 + stream.Below(1500) * stream.Below(1500) / 900;
  const int64_t frequent_permille = rate_quantile_ppm >= 900'000 ? 1400 : 1000;
  const int64_t volume = Regions()[plan.region].volume_permille;
  plan.quantity_permille =
      static_cast<int32_t>(profile.quantity_permille * size / 1000 * frequent_permille / 1000 * volume / 1000);
  plan.promotion_permille = static_cast<int32_t>(stream.Below(500) * stream.Below(500) / 700);
  DrawRepertoire(catalogue, stream, plan);
}

void DrawServiceHabits(Stream& stream, CustomerPlan& plan) {
  plan.cancel_permille = static_cast<int32_t>(stream.Between(5, 40));
  plan.return_permille = static_cast<int32_t>(5 + stream.Below(200) * stream.Below(200) / 800);
  plan.review_permille = static_cast<int32_t>(stream.Below(700) * stream.Below(700) / 1000);
  plan.session_permille = static_cast<int32_t>(stream.Chance(850) ? stream.Between(700, 1000) : 0);
  plan.browse_permille = plan.session_permille > 0 ? static_cast<int32_t>(stream.Below(900)) : 0;
}

void DrawTerms(Stream& stream, CustomerPlan& plan) {
  plan.credit_terms = stream.Chance(ProfileOf(plan.segment).credit_permille);
  plan.billed_per_order = stream.Chance(250);
  plan.due_days = plan.billed_per_order ? 7 : (stream.Chance(500) ? 15 : 30);
  const int64_t kind = stream.Below(100);
  plan.payment = kind < 62   ? PaymentHabit::kPunctual
                 : kind < 70 ? PaymentHabit::kOnReceipt
                 : kind < 94 ? PaymentHabit::kLate
                             : PaymentHabit::kDefaulting;
}

AbuseKind DrawAbuse(const GeneratorOptions& options, const CustomerPlan& plan, Stream& stream) {
  const int64_t roll = stream.Below(1'000'000);
  if (plan.group) return plan.group->chain ? AbuseKind::kNone : AbuseKind::kLinkedAccounts;
  constexpr AbuseKind kKinds[] = {AbuseKind::kOrderSplitting, AbuseKind::kRefundCycling, AbuseKind::kReviewBurst,
                                  AbuseKind::kCouponHarvesting};
  // A fifth of the abusers are linked accounts, which groups decide.
  const int64_t share_of_kind = int64_t{options.abuser_share_bps} * 100 / 5;
  const int64_t kind = share_of_kind == 0 ? 4 : roll / share_of_kind;
  return kind < 4 ? kKinds[kind] : AbuseKind::kNone;
}

}  // namespace

int64_t ScaledRate(const CustomerPlan& plan, int64_t rate_quantile_ppm, int64_t rate_scale_permille) {
  const int64_t scaled = RateAt(rate_quantile_ppm) * rate_scale_permille / 1000;
  return std::clamp(scaled, plan.rate_min_milli, plan.rate_max_milli);
}

CustomerPlan DrawPlan(const Marketplace& marketplace, int64_t index, int64_t rate_scale_permille) {
  const GeneratorOptions& options = marketplace.options;
  const int64_t rate_quantile_ppm = Stream(options.seed, static_cast<uint64_t>(index), Aspect::kRate).Below(1'000'000);
  Stream stream(options.seed, static_cast<uint64_t>(index), Aspect::kPlan);
  CustomerPlan plan;
  plan.index = index;
  plan.group = GroupOf(options, index);
  plan.abuse = DrawAbuse(options, plan, stream);
  DrawOrigin(marketplace, plan);
  if (plan.abuse == AbuseKind::kLinkedAccounts && plan.group->member > 0) {
    plan.registered_day = static_cast<Day>(
        std::min<int64_t>(plan.registered_day + stream.Below(kGroupRegistrationDays), options.last_day));
  }
  plan.trend_permille = DrawTrend(stream);
  plan.order_minute = static_cast<int32_t>(stream.Between(15 * 60, 22 * 60 + 30));
  DrawLifetime(options, stream, plan);
  DrawBasketHabits(marketplace.catalogue, rate_quantile_ppm, stream, plan);
  DrawServiceHabits(stream, plan);
  DrawTerms(stream, plan);
  PlantAbuse(options, plan);
  plan.rate_milli = ScaledRate(plan, rate_quantile_ppm, rate_scale_permille);
  DrawWeekdays(stream, plan);
  return plan;
}

int64_t DemandPermille(const CustomerPlan& plan, const TradeCalendar& calendar, Day day) {
  const int64_t months = (day - plan.first_order_day) / kRateMonthDays;
  int64_t demand = calendar.DemandPermille(plan.segment, day) *
                   std::clamp<int64_t>(1000 + plan.trend_permille * months, 300, 3000) / 1000;
  if (plan.fades && plan.churn_day && day > *plan.churn_day - kFadeDays) {
    demand = demand * (300 + 700 * (*plan.churn_day - day) / kFadeDays) / 1000;
  }
  return demand;
}

}  // namespace rung::generator
