#include <fmt/format.h>

#include "rung/grading/v1/path.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/sentences.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

Label LeverName(pb::PathLever lever) {
  switch (lever) {
    case pb::PATH_LEVER_SPEND_ONCE:
      return {"one order today", "今天一单"};
    case pb::PATH_LEVER_SPEND_SPREAD:
      return {"larger usual orders", "常规订单加量"};
    case pb::PATH_LEVER_ORDERS:
      return {"more orders", "增加订单"};
    case pb::PATH_LEVER_NEW_CATEGORIES:
      return {"new categories", "新购品类"};
    case pb::PATH_LEVER_REPEAT_CATEGORIES:
      return {"categories again", "复购品类"};
    case pb::PATH_LEVER_REVIEWS:
      return {"reviews", "评价"};
    case pb::PATH_LEVER_SESSIONS:
      return {"app sessions", "App使用"};
    case pb::PATH_LEVER_PAYMENTS:
      return {"bills", "账单"};
    case pb::PATH_LEVER_MIX:
      return {"cheapest mix", "最省组合"};
    default:
      return {"", ""};
  }
}

struct Shown {
  const TierNames names;
  const std::string currency;
  const std::string ladder_id;
};

std::string Plans(const pb::TierPath& path, const Shown& shown, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Lever", "方式"}));
  table.AddColumn(session.In({"Enough", "足够"}));
  table.AddColumn(session.In({"Extra money", "额外金额"}), Align::kRight);
  table.AddColumn(session.In({"Cost", "代价"}), Align::kRight);
  table.AddColumn(session.In({"Leads to", "结果"}));
  table.AddColumn(session.In({"Score", "得分"}), Align::kRight);
  table.AddColumn(session.In({"As of", "截至"}));
  const auto add = [&](const pb::PathPlan& plan) {
    table.AddRow({session.In(LeverName(plan.lever())), plan.reached() ? session.In({"yes", "是"}) : session.In({"no", "否"}),
                  FormatMoney(plan.spend_minor(), shown.currency), FormatMoney(plan.cost_minor(), shown.currency),
                  shown.names.Name(shown.ladder_id, plan.tier_code()),
                  FormatScore(plan.score_milli(), shown.names.DisplayScale(shown.ladder_id)), plan.date()});
  };
  for (const pb::PathPlan& plan : path.plans()) add(plan);
  if (path.has_mix()) add(path.mix());
  return table.Render();
}

void Print(const pb::TierPath& path, const Label& heading, const Shown& shown, const Session& session) {
  fmt::print("\n{}: {} ({})\n", session.In(heading), shown.names.Name(shown.ladder_id, path.target_tier_code()), path.date());
  for (const pb::Sentence& sentence : path.sentences()) fmt::print("  {}\n", SentenceIn(sentence, session));
  if (!path.has_mix()) return;
  for (const pb::PathPlan& plan : path.plans()) {
    if (plan.reached()) fmt::print("  - {}\n", SentenceIn(plan.sentence(), session));
  }
  fmt::print("  {}: {}\n", session.In({"Cheapest mix", "最省组合"}), SentenceIn(path.mix().sentence(), session));
  if (!path.mix_is_exhaustive()) {
    fmt::print("  {}\n", session.In({"The search ended at its limit; a cheaper mix may exist.", "搜索已达上限，可能存在更省的组合。"}));
  }
  fmt::print("\n{}", Plans(path, shown, session));
}

pb::PlanPathRequest RequestOf(const TierPath& command) {
  pb::PlanPathRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_target_tier_code(command.target_tier_code);
  request.set_by_date(command.by_date);
  request.set_assume_no_other_orders(command.nothing_else);
  request.set_max_spend_minor(command.max_spend_minor);
  request.set_min_order_minor(command.min_order_minor);
  pb::PathCosts& costs = *request.mutable_costs();
  if (command.spend_permille) costs.set_spend_permille(*command.spend_permille);
  if (command.order_cost) costs.set_order_minor(*command.order_cost);
  if (command.new_category_cost) costs.set_new_category_minor(*command.new_category_cost);
  if (command.repeat_category_cost) costs.set_repeat_category_minor(*command.repeat_category_cost);
  if (command.review_cost) costs.set_review_minor(*command.review_cost);
  if (command.session_cost) costs.set_session_minor(*command.session_cost);
  if (command.payment_cost) costs.set_payment_minor(*command.payment_cost);
  return request;
}

// As the sentences beside it say amounts.
std::string AmountIn(const Session& session, int64_t minor, const std::string& currency) {
  const bool yuan = session.options.language == Language::kChinese && currency == "CNY";
  return yuan ? FormatMoney(minor, "") + "元" : FormatMoney(minor, currency);
}

}  // namespace

int Run(const TierPath& command, Session& session) {
  pb::PlanPathResponse response;
  const grpc::Status status =
      session.connection.Call<pb::PathService>(&pb::PathService::Stub::PlanPath, RequestOf(command), &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const Shown shown{TierNames::Load(session), CurrencyOf(session), response.ladder_id()};
  const std::string current = response.current_tier_code().empty() ? session.In({"not graded", "未评级"})
                                                                   : shown.names.Name(response.ladder_id(), response.current_tier_code());
  fmt::print("{} · {} v{}: {}\n", response.customer_id(), response.ladder_id(), response.model_version(), current);
  if (response.usual_gap_days() > 0) {
    fmt::print("{}\n", fmt::format(fmt::runtime(session.In({response.usual_gap_days() == 1 ? "Usually an order of {} every day" : "Usually an order of {} every {} days", "平时每单{}，间隔{}天"})),
                                   AmountIn(session, response.usual_order_minor(), shown.currency), response.usual_gap_days()));
  }
  for (const pb::PathHold& hold : response.holds()) fmt::print("{}\n", SentenceIn(hold.sentence(), session));
  if (response.has_reach()) Print(response.reach(), {"To reach", "达到"}, shown, session);
  if (response.has_keep()) {
    Print(response.keep(), {"To keep", "保持"}, shown, session);
    fmt::print("  {}: {}\n", session.In({"First run that could lower it", "最早可能降级的评定"}), response.keep().review_date());
  }
  return kExitOk;
}

}  // namespace rung::ctl
