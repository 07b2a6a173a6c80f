#include "services/grading/path_mapping.h"

#include "libs/base/day.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/path/sentences.h"
#include "services/grading/explanation_mapping.h"

namespace rung::grading {
namespace {

constexpr int64_t kMostCost = 1'000'000'000;
constexpr int64_t kMostPermille = 1'000'000;

v1::PathLever LeverToWire(path::Lever lever) {
  switch (lever) {
    case path::Lever::kSpendOnce:
      return v1::PATH_LEVER_SPEND_ONCE;
    case path::Lever::kSpendSpread:
      return v1::PATH_LEVER_SPEND_SPREAD;
    case path::Lever::kOrders:
      return v1::PATH_LEVER_ORDERS;
    case path::Lever::kNewCategories:
      return v1::PATH_LEVER_NEW_CATEGORIES;
    case path::Lever::kRepeatCategories:
      return v1::PATH_LEVER_REPEAT_CATEGORIES;
    case path::Lever::kReviews:
      return v1::PATH_LEVER_REVIEWS;
    case path::Lever::kSessions:
      return v1::PATH_LEVER_SESSIONS;
    case path::Lever::kPayments:
      return v1::PATH_LEVER_PAYMENTS;
    case path::Lever::kMix:
      return v1::PATH_LEVER_MIX;
  }
  return v1::PATH_LEVER_UNSPECIFIED;
}

void OrderToWire(const path::PlannedOrder& order, v1::PlannedOrder& out) {
  out.set_date(FormatDay(order.day));
  out.set_usual(order.usual);
  out.set_amount_minor(order.amount());
  out.set_extra_minor(order.extra);
  for (const path::PlannedLine& line : order.lines) {
    v1::PlannedOrder::Line& item = *out.add_lines();
    item.set_category(line.category);
    item.set_amount_minor(line.amount);
    if (line.cost) item.set_cost_minor(*line.cost);
  }
}

void PlanToWire(const path::Plan& plan, const scoring::Model& model, v1::PathPlan& out) {
  out.set_lever(LeverToWire(plan.lever));
  out.set_reached(plan.reached);
  out.set_date(FormatDay(plan.day));
  out.set_score_milli(plan.outcome.score);
  out.set_tier_code(model.tiers[plan.outcome.tier].code);
  out.set_spend_minor(plan.spend);
  out.set_order_count(plan.actions.orders);
  out.set_new_category_count(plan.actions.new_categories);
  out.set_repeat_category_count(plan.actions.repeat_categories);
  out.set_review_count(plan.actions.reviews);
  out.set_session_count(plan.actions.sessions);
  out.set_payment_count(plan.actions.payments);
  out.set_cost_minor(plan.cost);
  for (const path::PlannedOrder& order : plan.orders) OrderToWire(order, *out.add_orders());
  for (const std::string& id : plan.review_orders) out.add_review_order_ids(id);
  for (const std::string& id : plan.pay_invoices) out.add_pay_invoice_ids(id);
}

}  // namespace

void ToWire(const path::Path& path, const scoring::Model& model, const explanation::Style& style, v1::TierPath& out) {
  out.set_target_tier_code(model.tiers[path.question.target].code);
  out.set_date(FormatDay(path.question.date));
  out.set_score_milli_today(path.now.score);
  out.set_tier_code_today(model.tiers[path.now.tier].code);
  out.set_score_milli_at_date(path.at_date.score);
  out.set_tier_code_at_date(model.tiers[path.at_date.tier].code);
  if (path.by_itself) out.set_without_action_date(FormatDay(*path.by_itself));
  for (const path::PlannedOrder& order : path.usual) OrderToWire(order, *out.add_usual_orders());
  const auto add = [&](const path::Plan& plan, v1::PathPlan& item) {
    PlanToWire(plan, model, item);
    ToWire(DescribePlan(plan, path, model, style), *item.mutable_sentence());
  };
  for (const path::Plan& plan : path.single) add(plan, *out.add_plans());
  out.set_single_lever_is_enough(path.SingleLeverReaches());
  if (path.mix) add(*path.mix, *out.mutable_mix());
  out.set_blocked(path.question.Blocked() && !path.by_itself);
  out.set_mix_is_exhaustive(path.mix_is_exhaustive);
  for (const explanation::Text& text : DescribePath(path, model, style)) ToWire(text, *out.add_sentences());
}

absl::StatusOr<std::optional<path::Lever>> LeverOf(v1::PathLever only) {
  if (only == v1::PATH_LEVER_UNSPECIFIED) return std::nullopt;
  for (int lever = 0; lever < static_cast<int>(path::Lever::kMix); ++lever) {
    if (LeverToWire(static_cast<path::Lever>(lever)) == only) return static_cast<path::Lever>(lever);
  }
  return InvalidField("only_lever", "UNKNOWN_VALUE", fmt::format("{} is no single lever", static_cast<int>(only)));
}

absl::StatusOr<path::Costs> CostsOf(const v1::PathCosts& costs) {
  path::Costs out;
  std::vector<Violation> violations;
  const auto read = [&](const char* field, bool given, int64_t value, int64_t& target, int64_t most = kMostCost) {
    if (!given) return;
    if (value < 0 || value > most) {
      violations.push_back({fmt::format("costs.{}", field), "OUT_OF_RANGE", fmt::format("{} is outside 0 to {}", value, most)});
    }
    target = value;
  };
  read("spend_permille", costs.has_spend_permille(), costs.spend_permille(), out.spend_permille, kMostPermille);
  read("order_minor", costs.has_order_minor(), costs.order_minor(), out.order);
  read("new_category_minor", costs.has_new_category_minor(), costs.new_category_minor(), out.new_category);
  read("repeat_category_minor", costs.has_repeat_category_minor(), costs.repeat_category_minor(), out.repeat_category);
  read("review_minor", costs.has_review_minor(), costs.review_minor(), out.review);
  read("session_minor", costs.has_session_minor(), costs.session_minor(), out.session);
  read("payment_minor", costs.has_payment_minor(), costs.payment_minor(), out.payment);
  if (!violations.empty()) return InvalidRequest(violations);
  return out;
}

}  // namespace rung::grading
