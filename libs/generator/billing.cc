#include "libs/generator/billing.h"

#include <variant>
#include <vector>

#include "libs/generator/prng.h"

namespace rung::generator {
namespace {

using features::Fen;

constexpr int64_t kHour = 3600;
constexpr int kOnReceiptPermille = 900;
constexpr int kLatePermille = 550;
constexpr int kDefaultPermille = 350;

class Accounts {
 public:
  Accounts(const Marketplace& marketplace, const CustomerPlan& plan, History& history)
      : calendar_(marketplace.calendar),
        plan_(plan),
        history_(history),
        stream_(marketplace.options.seed, static_cast<uint64_t>(plan.index), Aspect::kBilling) {}

  void BillEachOrder();
  void BillMonths();

 private:
  std::vector<Fen> NetOfOrders() const;
  void Bill(UnixSeconds time, OrderIndex order, Fen amount);

  const TradeCalendar& calendar_;
  const CustomerPlan& plan_;
  History& history_;
  Stream stream_;
  int32_t invoice_count_ = 0;
};

std::vector<Fen> Accounts::NetOfOrders() const {
  std::vector<Fen> net;
  net.reserve(history_.orders.size());
  for (const OrderDraft& order : history_.orders) net.push_back(order.cancelled ? 0 : order.gross);
  for (const FactDraft& draft : history_.facts) {
    const auto* refund = std::get_if<Refunded>(&draft.fact);
    if (refund != nullptr) net[refund->order] -= refund->amount;
  }
  return net;
}

void Accounts::BillEachOrder() {
  const std::vector<Fen> net = NetOfOrders();
  for (OrderIndex index = 0; index < static_cast<OrderIndex>(net.size()); ++index) {
    Bill(ShanghaiInstant(history_.orders[index].day + 1, 13 * kHour), index, net[index]);
  }
}

void Accounts::BillMonths() {
  const std::vector<Fen> net = NetOfOrders();
  size_t next = 0;
  for (Day day = plan_.first_order_day; day <= calendar_.last_day(); ++day) {
    if (!calendar_.StartsMonth(day)) continue;
    Fen amount = 0;
    for (; next < net.size() && history_.orders[next].day < day; ++next) amount += net[next];
    Bill(ShanghaiInstant(day, 10 * kHour), kNoOrder, amount);
  }
}

void Accounts::Bill(UnixSeconds time, OrderIndex order, Fen amount) {
  if (amount <= 0) return;
  const Day billed_day = ShanghaiDay(time);
  const Day due_day = billed_day + plan_.due_days;
  Invoiced invoice{++invoice_count_, order, due_day, std::nullopt, amount};
  // All draws are made whatever the habit, so that one invoice's luck doesn't shift the next one's.
  const bool by_habit = stream_.Chance(plan_.payment == PaymentHabit::kLate         ? kLatePermille
                                       : plan_.payment == PaymentHabit::kDefaulting ? kDefaultPermille
                                                                                    : kOnReceiptPermille);
  const Day early = static_cast<Day>(stream_.Below(6));
  const Day late = static_cast<Day>(stream_.Between(1, 40));
  const int64_t hour = stream_.Between(14, 17);
  if (plan_.payment == PaymentHabit::kOnReceipt && by_habit) {
    invoice.paid_day = billed_day;
    history_.Add(time, invoice);
    return;
  }
  history_.Add(time, invoice);
  if (plan_.payment == PaymentHabit::kDefaulting && by_habit) return;
  const Day paid_day = plan_.payment == PaymentHabit::kLate && by_habit ? due_day + late : due_day - early;
  history_.Add(ShanghaiInstant(paid_day, hour * kHour), Paid{invoice.number});
}

}  // namespace

void BillOrders(const Marketplace& marketplace, const CustomerPlan& plan, History& history) {
  if (!plan.credit_terms) return;
  Accounts accounts(marketplace, plan, history);
  if (plan.billed_per_order) {
    accounts.BillEachOrder();
  } else {
    accounts.BillMonths();
  }
}

}  // namespace rung::generator
