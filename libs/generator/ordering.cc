#include "libs/generator/ordering.h"

#include <algorithm>

#include "libs/generator/abuse.h"
#include "libs/generator/basket.h"
#include "libs/generator/prng.h"

namespace rung::generator {
namespace {

constexpr int kWelcomePercentOff = 10;
constexpr int kEarliestMinute = 6 * 60;
constexpr int kLatestMinute = 23 * 60 + 10;

class OrderDesk {
 public:
  OrderDesk(const Marketplace& marketplace, const CustomerPlan& plan, History& history)
      : marketplace_(marketplace),
        plan_(plan),
        history_(history),
        stream_(marketplace.options.seed, static_cast<uint64_t>(plan.index), Aspect::kOrders),
        baskets_(marketplace, plan) {}

  void PlaceAll();

 private:
  // The sum of two even draws makes intervals steadier than chance would, as those of kitchens are.
  int64_t DrawGap() { return stream_.Below(kMeanGap) + stream_.Below(kMeanGap); }

  void PlaceBurst(Day day);
  void PlaceDelivery(Day day, int minute, Day review_day);
  void PlaceOrder(Day day, UnixSeconds time, int32_t first_line, int32_t line_count, Day review_day);

  const Marketplace& marketplace_;
  const CustomerPlan& plan_;
  History& history_;
  Stream stream_;
  BasketFiller baskets_;
  int32_t delivery_count_ = 0;
};

void OrderDesk::PlaceAll() {
  const TradeCalendar& calendar = marketplace_.calendar;
  // Of a weekday it orders on, with ordinary demand.
  const int64_t readiness = plan_.rate_milli * 7 * 1000 / (kRateMonthDays * plan_.weekday_count);
  int64_t gap = stream_.Below(plan_.is_new ? kNewFirstGap : kOldFirstGap);
  int64_t passed = 0;
  for (Day day = plan_.first_order_day; day <= plan_.last_order_day; ++day) {
    if (InBurst(plan_, calendar, day)) {
      PlaceBurst(day);
      continue;
    }
    if ((plan_.weekdays >> WeekdayOf(day) & 1) == 0) continue;
    const int64_t demand = DemandPermille(plan_, calendar, day);
    passed += readiness * demand / 1000;
    if (passed < gap || demand == 0) continue;
    // What a season asks for beyond one order a day is made up for on the next weekday, but not for weeks.
    passed = std::min(passed - gap, kMeanGap);
    gap = DrawGap();
    PlaceDelivery(day, plan_.order_minute + static_cast<int>(stream_.Between(-40, 40)), 0);
  }
}

void OrderDesk::PlaceBurst(Day day) {
  const bool orders = stream_.Chance(kBurstDayPermille);
  const int64_t count = stream_.Between(1, kBurstOrdersMax);
  if (!orders || marketplace_.calendar.DemandPermille(plan_.segment, day) == 0) return;
  const Day review_day = day + marketplace_.calendar.DaysToReview(day);
  for (int64_t i = 0; i < count; ++i) {
    PlaceDelivery(day, plan_.order_minute - 300 + static_cast<int>(i * 90 + stream_.Below(80)), review_day);
  }
}

void OrderDesk::PlaceDelivery(Day day, int minute, Day review_day) {
  const auto first_line = static_cast<int32_t>(history_.lines.size());
  const bool welcome = plan_.is_new && history_.orders.empty();
  baskets_.Fill(day, welcome ? kWelcomePercentOff : 0, history_.lines);
  const auto line_count = static_cast<int32_t>(history_.lines.size()) - first_line;

  UnixSeconds time = ShanghaiInstant(day, std::clamp(minute, kEarliestMinute, kLatestMinute) * 60 + stream_.Below(60));
  const int32_t parts = line_count >= plan_.orders_per_delivery ? plan_.orders_per_delivery : 1;
  for (int32_t part = 0; part < parts; ++part) {
    const int32_t begin = line_count * part / parts;
    const int32_t end = line_count * (part + 1) / parts;
    PlaceOrder(day, time, first_line + begin, end - begin, review_day);
    time += stream_.Between(45, 400);
  }
  ++delivery_count_;
}

void OrderDesk::PlaceOrder(Day day, UnixSeconds time, int32_t first_line, int32_t line_count, Day review_day) {
  OrderDraft order;
  order.time = time;
  order.day = day;
  order.first_line = first_line;
  order.line_count = line_count;
  order.delivery = delivery_count_;
  order.review_day = review_day;
  for (int32_t i = first_line; i < first_line + line_count; ++i) {
    const LineDraft& line = history_.lines[i];
    order.gross += line.amount;
    const bool weighed = marketplace_.catalogue.skus()[line.sku].unit == features::Unit::kKilogram;
    if (weighed) order.weighed += line.amount;
  }
  history_.Add(time, OrderPlaced{static_cast<OrderIndex>(history_.orders.size())});
  history_.orders.push_back(order);
}

}  // namespace

void PlaceOrders(const Marketplace& marketplace, const CustomerPlan& plan, History& history) {
  OrderDesk(marketplace, plan, history).PlaceAll();
}

}  // namespace rung::generator
