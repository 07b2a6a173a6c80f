#include "libs/abuse/signals.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace rung::abuse {
namespace {

// A signal without its sentences when the value reaches the bound.
std::optional<Signal> Fire(SignalKind kind, double value, const Bound& bound) {
  if (!(value >= bound.bound)) return std::nullopt;
  const double along = std::min(1.0, (value - bound.bound) / (bound.certain - bound.bound));
  return Signal{kind, value, bound.bound, static_cast<int>(500 + 500 * along + 0.5), {}, {}};
}

bool Rare(int64_t hits, int64_t trials, double share, const Policy& policy) {
  return LogRarity(hits, trials, share) >= std::log(policy.one_chance_in);
}

double Percent(double share) { return 100 * share; }

std::optional<Signal> OrderSplitting(const Behaviour& seen, const Policy& policy) {
  auto signal = Fire(SignalKind::kOrderSplitting, seen.OrdersPerOrderDay90(), policy.order_splitting);
  const bool pays = seen.OrdersPerMonth90() >= policy.orders_per_month && seen.OrderDaysPerMonth90() < policy.orders_per_month;
  if (!signal || !pays) return std::nullopt;
  signal->reason_zh = fmt::format(
      "近90天在{}个下单日下了{}单，平均每个下单日{:.1f}单（界限{:.1f}）；按订单数每月{:.1f}单，达到{:g}单，按下单日只有{:.1f}次",
      seen.order_days_90, seen.orders_90, signal->value, signal->bound, seen.OrdersPerMonth90(), policy.orders_per_month,
      seen.OrderDaysPerMonth90());
  signal->reason_en = fmt::format(
      "{} orders on {} days within 90 days: {:.1f} per order day (bound {:.1f}); {:.1f} orders a month reach {:g}, the "
      "{:.1f} order days don't",
      seen.orders_90, seen.order_days_90, signal->value, signal->bound, seen.OrdersPerMonth90(), policy.orders_per_month,
      seen.OrderDaysPerMonth90());
  return signal;
}

std::optional<Signal> CouponHarvesting(const Behaviour& seen, const Policy& policy) {
  auto signal = Fire(SignalKind::kCouponHarvesting, seen.PromotionalShare(), policy.coupon_harvesting);
  if (!signal || seen.orders_365 < policy.coupon_orders_min) return std::nullopt;
  signal->reason_zh =
      fmt::format("近365天{}单中，{:.1f}%的金额来自促销商品（界限{:.0f}%），其中{}单几乎全为促销", seen.orders_365,
                  Percent(signal->value), Percent(signal->bound), seen.promoted_orders_365);
  signal->reason_en =
      fmt::format("{:.1f} % of the value of {} orders within 365 days was on promotion (bound {:.0f} %); {} of them nearly all of it",
                  Percent(signal->value), seen.orders_365, Percent(signal->bound), seen.promoted_orders_365);
  return signal;
}

std::optional<Signal> RefundCycling(const Behaviour& seen, const Policy& policy) {
  auto signal = Fire(SignalKind::kRefundCycling, seen.ReturnedOrderShare(), policy.refund_cycling);
  if (!signal || seen.returned_orders_365 < policy.returned_orders_min) return std::nullopt;
  if (!Rare(seen.returned_orders_365, seen.orders_365, policy.usual_return_share, policy)) return std::nullopt;
  signal->reason_zh = fmt::format("近365天{}单中有{}单因客户原因退货，占{:.1f}%（界限{:.0f}%）；退回金额占{:.1f}%", seen.orders_365,
                                  seen.returned_orders_365, Percent(signal->value), Percent(signal->bound),
                                  Percent(seen.ReturnedValueShare()));
  signal->reason_en = fmt::format(
      "{} of {} orders within 365 days came back for the customer's own reasons: {:.1f} % (bound {:.0f} %), with {:.1f} % "
      "of the value",
      seen.returned_orders_365, seen.orders_365, Percent(signal->value), Percent(signal->bound),
      Percent(seen.ReturnedValueShare()));
  return signal;
}

std::optional<Signal> ReviewBurst(const Behaviour& seen, const Policy& policy) {
  auto signal = Fire(SignalKind::kReviewBurst, seen.BurstShare(), policy.review_burst);
  if (!signal || !Rare(seen.burst_orders_365, seen.orders_365, seen.ReviewWindowShare(), policy)) return std::nullopt;
  signal->reason_zh = fmt::format(
      "近365天{}单中有{}单集中在{}次评级前的{}天内，占{:.1f}%（界限{:.0f}%；按天数应为{:.1f}%）；其中{}单事后退货", seen.orders_365,
      seen.burst_orders_365, seen.burst_reviews_365, policy.review_window_days, Percent(signal->value),
      Percent(signal->bound), Percent(seen.ReviewWindowShare()), seen.burst_returned_365);
  signal->reason_en = fmt::format(
      "{} of {} orders within 365 days fell into the {} days before {} reviews: {:.1f} % (bound {:.0f} %; {:.1f} % by the "
      "number of days); {} of them were returned",
      seen.burst_orders_365, seen.orders_365, policy.review_window_days, seen.burst_reviews_365, Percent(signal->value),
      Percent(signal->bound), Percent(seen.ReviewWindowShare()), seen.burst_returned_365);
  return signal;
}

struct Words {
  std::string_view zh;
  std::string_view en;
};

std::string KindsIn(KindSet kinds, bool zh) {
  constexpr Words kWords[kMatchKinds] = {{"电话", "phone"}, {"地址", "address"}, {"付款方", "payer"}, {"设备", "device"}};
  std::string text;
  for (int k = 0; k < kMatchKinds; ++k) {
    if ((kinds >> k & 1) == 0) continue;
    if (!text.empty()) text += zh ? "、" : ", ";
    text += zh ? kWords[k].zh : kWords[k].en;
  }
  return text;
}

std::optional<Signal> LinkedAccountsSignal(const Surroundings& around, const Policy& policy) {
  if (around.linked_accounts < 2) return std::nullopt;
  auto signal = Fire(SignalKind::kLinkedAccounts, around.linked_accounts, policy.linked_accounts);
  if (!signal) return std::nullopt;
  signal->reason_zh = fmt::format("与另外{}个账户关联，共用{}（一组{}个账户，界限{:g}）", around.linked_accounts - 1,
                                  KindsIn(around.linked_by, true), around.linked_accounts, signal->bound);
  signal->reason_en = fmt::format("linked with {} other account{} by {} (a group of {}, bound {:g})", around.linked_accounts - 1,
                                  around.linked_accounts == 2 ? "" : "s", KindsIn(around.linked_by, false),
                                  around.linked_accounts, signal->bound);
  return signal;
}

Words FigureWords(std::string_view figure) {
  constexpr Words kWords[kBehaviourFigures.size()] = {
      {"每个下单日的订单数", "orders per order day"},  {"每月订单数", "orders per month"},
      {"促销金额占比", "share of spend on promotion"}, {"退货订单占比", "share of orders returned"},
      {"退货金额占比", "share of value returned"},     {"评级前订单占比", "share of orders before reviews"},
      {"取消订单占比", "share of orders cancelled"}};
  const auto at = std::find(kBehaviourFigures.begin(), kBehaviourFigures.end(), figure);
  return at == kBehaviourFigures.end() ? Words{"多项指标组合", "the combination of figures"} : kWords[at - kBehaviourFigures.begin()];
}

std::optional<Signal> UnusualBehaviour(const Behaviour& seen, const Surroundings& around, const Policy& policy) {
  if (!around.anomaly || seen.orders_365 < policy.unusual_orders_min) return std::nullopt;
  auto signal = Fire(SignalKind::kUnusualBehaviour, *around.anomaly, policy.unusual_behaviour);
  if (!signal) return std::nullopt;
  const Words figure = FigureWords(around.standout_figure);
  signal->reason_zh = fmt::format("下单行为与其他客户明显不同（异常分{:.2f}，界限{:.2f}），最突出的是{}", signal->value, signal->bound, figure.zh);
  signal->reason_en = fmt::format("orders unlike other customers do (anomaly {:.2f}, bound {:.2f}), most of all in {}", signal->value,
                                  signal->bound, figure.en);
  return signal;
}

int WeightOf(SignalKind kind, const Policy& policy) {
  switch (kind) {
    case SignalKind::kOrderSplitting: return policy.order_splitting.weight_permille;
    case SignalKind::kCouponHarvesting: return policy.coupon_harvesting.weight_permille;
    case SignalKind::kRefundCycling: return policy.refund_cycling.weight_permille;
    case SignalKind::kReviewBurst: return policy.review_burst.weight_permille;
    case SignalKind::kLinkedAccounts: return policy.linked_accounts.weight_permille;
    case SignalKind::kUnusualBehaviour: return policy.unusual_behaviour.weight_permille;
  }
  return 0;
}

}  // namespace

std::string_view SignalName(SignalKind kind) {
  switch (kind) {
    case SignalKind::kOrderSplitting: return "order_splitting";
    case SignalKind::kCouponHarvesting: return "coupon_harvesting";
    case SignalKind::kRefundCycling: return "refund_cycling";
    case SignalKind::kReviewBurst: return "review_burst";
    case SignalKind::kLinkedAccounts: return "linked_accounts";
    case SignalKind::kUnusualBehaviour: return "unusual_behaviour";
  }
  return "";
}

double LogRarity(int64_t hits, int64_t trials, double share) {
  if (hits <= 0 || trials <= 0 || hits > trials) return 0;
  const double seen = static_cast<double>(hits) / static_cast<double>(trials);
  if (seen <= share) return 0;
  const double misses = seen < 1 ? (1 - seen) * std::log((1 - seen) / (1 - share)) : 0;
  return static_cast<double>(trials) * (seen * std::log(seen / share) + misses);
}

Assessment Assess(const Behaviour& behaviour, const Surroundings& surroundings, const Policy& policy) {
  Assessment out;
  for (auto& signal : {OrderSplitting(behaviour, policy), CouponHarvesting(behaviour, policy), RefundCycling(behaviour, policy),
                       ReviewBurst(behaviour, policy), LinkedAccountsSignal(surroundings, policy),
                       UnusualBehaviour(behaviour, surroundings, policy)}) {
    if (signal) out.signals.push_back(*signal);
  }
  double innocent = 1;
  for (const Signal& signal : out.signals) innocent *= 1 - WeightOf(signal.kind, policy) * signal.strength_permille / 1e6;
  out.score_milli = static_cast<int>(100'000 * (1 - innocent) + 0.5);
  std::stable_sort(out.signals.begin(), out.signals.end(), [&](const Signal& a, const Signal& b) {
    return WeightOf(a.kind, policy) * a.strength_permille > WeightOf(b.kind, policy) * b.strength_permille;
  });
  out.listed = !out.signals.empty() && out.score_milli >= policy.list_from_milli;
  out.frozen = !out.signals.empty() && out.score_milli >= policy.freeze_from_milli;
  return out;
}

}  // namespace rung::abuse
