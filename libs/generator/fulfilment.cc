#include "libs/generator/fulfilment.h"

#include <algorithm>

#include "libs/generator/prng.h"

namespace rung::generator {
namespace {

using features::Fen;
using features::RefundReason;

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;

constexpr int kNoPromisePermille = 20;
constexpr int kLatePermille = 60;
constexpr int kCarrierFaultPermille = 250;     // of the late ones
constexpr int kRefusedAtDoorPermille = 120;    // of the cancelled ones: they are delivered all the same
constexpr int kWeightSettlementPermille = 80;  // of the orders with goods by weight
constexpr int kSupplierFaultPermille = 18;
constexpr int kBurstReturnPermille = 500;
constexpr int kComplaintPermille = 4;
constexpr int kComplaintWhenLatePermille = 120;
constexpr int kComplaintWhenFaultyPermille = 250;

struct Drop {
  UnixSeconds promised;
  bool has_promise;
  UnixSeconds actual;
  bool carrier_fault;

  bool late() const { return has_promise && actual > promised; }
};

class Depot {
 public:
  Depot(const Marketplace& marketplace, const CustomerPlan& plan, History& history)
      : plan_(plan),
        history_(history),
        stream_(marketplace.options.seed, static_cast<uint64_t>(plan.index), Aspect::kFulfilment) {}

  void FulfilAll();

 private:
  Drop DrawDrop(Day order_day);
  bool Cancel(OrderIndex index, const Drop& drop);
  bool RefundAll(OrderIndex index, const Drop& drop);
  void Refund(OrderIndex index, UnixSeconds time, Fen amount, RefundReason reason, Fen& rest);
  void ReturnGoods(OrderIndex index, const Drop& drop, Fen& rest);
  void Complain(OrderIndex index, const Drop& drop, bool faulty);
  void Review(OrderIndex index, const Drop& drop, bool faulty);

  const CustomerPlan& plan_;
  History& history_;
  Stream stream_;
  int32_t refund_count_ = 0;
  int32_t complaint_count_ = 0;
};

void Depot::FulfilAll() {
  Drop drop{};
  int32_t delivery = -1;
  for (OrderIndex index = 0; index < static_cast<OrderIndex>(history_.orders.size()); ++index) {
    OrderDraft& order = history_.orders[index];
    if (order.delivery != delivery) drop = DrawDrop(order.day);
    delivery = order.delivery;
    order.cancelled = stream_.Chance(plan_.cancel_permille);
    const bool delivered = !order.cancelled || Cancel(index, drop);
    if (!delivered) continue;
    const auto promised = drop.has_promise ? std::optional(drop.promised) : std::nullopt;
    history_.Add(drop.actual, Delivered{index, promised, drop.carrier_fault});
    if (order.cancelled) continue;
    const bool faulty = RefundAll(index, drop);
    Complain(index, drop, faulty);
    Review(index, drop, faulty);
  }
}

// Promised for the morning after the order.
Drop Depot::DrawDrop(Day order_day) {
  Drop drop{};
  drop.promised = ShanghaiInstant(order_day + 1, stream_.Between(10, 19) * 30 * kMinute);
  drop.has_promise = !stream_.Chance(kNoPromisePermille);
  const bool late = stream_.Chance(kLatePermille);
  drop.carrier_fault = late && stream_.Chance(kCarrierFaultPermille);
  drop.actual = drop.promised + (late ? stream_.Between(5 * kMinute, 3 * kHour) : -stream_.Below(70 * kMinute));
  return drop;
}

// True when the goods were on their way already and refused at the door.
bool Depot::Cancel(OrderIndex index, const Drop& drop) {
  const bool at_door = stream_.Chance(kRefusedAtDoorPermille);
  const UnixSeconds in_time = history_.orders[index].time + stream_.Between(2 * kMinute, 150 * kMinute);
  history_.Add(at_door ? drop.actual + stream_.Between(kMinute, kHour) : in_time, OrderCancelled{index});
  return at_door;
}

// True when the supplier was at fault.
bool Depot::RefundAll(OrderIndex index, const Drop& drop) {
  const OrderDraft& order = history_.orders[index];
  Fen rest = order.gross;
  if (order.weighed > 0 && stream_.Chance(kWeightSettlementPermille)) {
    const Fen amount = DivideRoundHalfUp(order.weighed * stream_.Between(5, 40), 1000);
    Refund(index, drop.actual + stream_.Between(kHour, 5 * kHour), amount, RefundReason::kWeightSettlement, rest);
  }
  const bool faulty = stream_.Chance(kSupplierFaultPermille);
  if (faulty) {
    const LineDraft& line = history_.lines[order.first_line + stream_.Below(order.line_count)];
    const Fen amount = DivideRoundHalfUp(line.amount * stream_.Between(30, 100), 100);
    Refund(index, drop.actual + stream_.Between(kHour, 30 * kHour), amount, RefundReason::kSupplierFault, rest);
  }
  ReturnGoods(index, drop, rest);
  return faulty;
}

void Depot::ReturnGoods(OrderIndex index, const Drop& drop, Fen& rest) {
  const OrderDraft& order = history_.orders[index];
  const bool in_burst = order.review_day != 0;
  if (!stream_.Chance(in_burst ? kBurstReturnPermille : plan_.return_permille)) return;
  UnixSeconds time = drop.actual + stream_.Between(2 * kHour, 60 * kHour);
  Fen amount = 0;
  if (in_burst || plan_.abuse == AbuseKind::kRefundCycling) {
    amount = DivideRoundHalfUp(order.gross * stream_.Between(40, 95), 100);
  } else {
    const LineDraft& line = history_.lines[order.first_line + stream_.Below(order.line_count)];
    amount = DivideRoundHalfUp(line.amount * stream_.Between(20, 100), 100);
  }
  // A burst serves the review: nothing goes back before it.
  const UnixSeconds after_review = ShanghaiInstant(order.review_day + 1, 10 * kHour) + stream_.Below(8 * 24 * kHour);
  if (in_burst) time = std::max(time, after_review);
  Refund(index, time, amount, RefundReason::kCustomerReturn, rest);
}

void Depot::Refund(OrderIndex index, UnixSeconds time, Fen amount, RefundReason reason, Fen& rest) {
  amount = std::min(amount, rest);
  if (amount == 0) return;
  rest -= amount;
  history_.Add(time, Refunded{++refund_count_, index, amount, reason});
}

void Depot::Complain(OrderIndex index, const Drop& drop, bool faulty) {
  const int permille = faulty        ? kComplaintWhenFaultyPermille
                       : drop.late() ? kComplaintWhenLatePermille
                                     : kComplaintPermille;
  if (!stream_.Chance(permille)) return;
  const Grievance about = faulty ? Grievance::kQuality : drop.late() ? Grievance::kLate : Grievance::kOther;
  const OrderIndex named = stream_.Chance(800) ? index : kNoOrder;
  const UnixSeconds time = drop.actual + stream_.Between(10 * kMinute, 26 * kHour);
  history_.Add(time, Complained{++complaint_count_, named, about});
}

void Depot::Review(OrderIndex index, const Drop& drop, bool faulty) {
  if (!stream_.Chance(plan_.review_permille)) return;
  int64_t stars = std::min<int64_t>(5, stream_.Between(3, 7));
  if (faulty || drop.late()) stars = std::max<int64_t>(1, stars - stream_.Between(1, 3));
  if (stream_.Chance(40)) stars = 0;  // words only
  history_.Add(drop.actual + stream_.Between(kHour, 72 * kHour), Reviewed{index, static_cast<int32_t>(stars)});
}

}  // namespace

void FulfilOrders(const Marketplace& marketplace, const CustomerPlan& plan, History& history) {
  Depot(marketplace, plan, history).FulfilAll();
}

}  // namespace rung::generator
