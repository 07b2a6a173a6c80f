#include <algorithm>

#include <fmt/format.h>

#include "rung/grading/v1/churn.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/fit_tables.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Service = pb::ChurnService;
using Stub = Service::Stub;

constexpr int kPageMax = 500;

pb::ChurnRisk RiskOf(const std::string& name) {
  if (name == "watch") return pb::CHURN_RISK_WATCH;
  return name == "high" ? pb::CHURN_RISK_HIGH : pb::CHURN_RISK_LOST;
}

std::string WhyOf(const pb::WatchedCustomer& customer, const Session& session) {
  std::string text;
  for (const pb::ChurnReasonText& reason : customer.reasons()) {
    if (!text.empty()) text += session.In({"; ", "；"});
    text += session.options.language == Language::kChinese ? reason.text_zh() : reason.text_en();
  }
  return text;
}

void AddColumns(Table& table, const Session& session, std::initializer_list<std::pair<Label, Align>> columns) {
  for (const auto& [label, align] : columns) table.AddColumn(session.In(label), align);
}

std::string ListText(const pb::ListChurnResponse& list, Session& session) {
  const TierNames names = TierNames::Load(session);
  const std::string currency = CurrencyOf(session);
  const pb::ChurnScan& scan = list.scan();
  std::string text = fmt::format("{} {}: {} {}, {} {}, {} {}\n", session.In({"As of", "截至"}), scan.as_of_date(), FormatCount(scan.watch_count()),
                                 session.In({"to watch", "需关注"}), FormatCount(scan.high_count()), session.In({"at high risk", "高风险"}),
                                 FormatCount(scan.lost_count()), session.In({"lost", "已流失"}));
  Table table;
  AddColumns(table, session, {{{"Customer", "客户"}, Align::kLeft}, {{"Tier", "等级"}, Align::kLeft}, {{"Region", "区域"}, Align::kLeft},
                              {{"Manager", "客户经理"}, Align::kLeft}, {{"Risk", "风险"}, Align::kLeft}, {{"Retention", "留存"}, Align::kRight},
                              {{"Value at risk", "风险价值"}, Align::kRight}, {{"Why", "原因"}, Align::kLeft}});
  for (const pb::WatchedCustomer& customer : list.customers()) {
    table.AddRow({customer.customer_id(), names.Name(scan.ladder_id(), customer.tier_code()), customer.region(), customer.account_manager(),
                  session.In(RiskLabel(customer.churn_risk())), fmt::format("{:.2f}", customer.retention()),
                  FormatMoney(customer.value_at_risk_minor(), currency), WhyOf(customer, session)});
  }
  return text + table.Render();
}

Label StateLabel(pb::RetentionActionState state) {
  switch (state) {
    case pb::RETENTION_ACTION_STATE_WAITING: return {"waiting", "待执行"};
    case pb::RETENTION_ACTION_STATE_DONE: return {"done", "已执行"};
    case pb::RETENTION_ACTION_STATE_REFUSED: return {"refused", "被拒绝"};
    case pb::RETENTION_ACTION_STATE_OPEN: return {"open", "待处理"};
    default: return {"", ""};
  }
}

Label OutcomeLabel(pb::RetentionTaskOutcome outcome) {
  switch (outcome) {
    case pb::RETENTION_TASK_OUTCOME_STAYS: return {"stays", "已挽留"};
    case pb::RETENTION_TASK_OUTCOME_LEFT: return {"left", "已离开"};
    case pb::RETENTION_TASK_OUTCOME_NOT_REACHED: return {"not reached", "未联系上"};
    case pb::RETENTION_TASK_OUTCOME_NOT_NEEDED: return {"not needed", "无需处理"};
    default: return {"", ""};
  }
}

pb::RetentionTaskOutcome OutcomeOf(const std::string& name) {
  if (name == "stays") return pb::RETENTION_TASK_OUTCOME_STAYS;
  if (name == "left") return pb::RETENTION_TASK_OUTCOME_LEFT;
  return name == "not-reached" ? pb::RETENTION_TASK_OUTCOME_NOT_REACHED : pb::RETENTION_TASK_OUTCOME_NOT_NEEDED;
}

std::string WhatOf(const pb::RetentionAction& action, const Session& session) {
  if (action.coupon_id().empty()) {
    const std::string task(NameIn(action.task_texts(), session.options.language, ""));
    if (action.outcome() == pb::RETENTION_TASK_OUTCOME_UNSPECIFIED) return task;
    return fmt::format(fmt::runtime(session.In({"{} ({}, {})", "{}（{}，{}）"})), task, session.In(OutcomeLabel(action.outcome())), action.closed_by());
  }
  const std::string coupon = action.issued_coupon_id().empty() ? action.coupon_id() : action.issued_coupon_id();
  return session.In({"coupon ", "优惠券 "}) + coupon + (action.refusal().empty() ? "" : " (" + action.refusal() + ")");
}

std::string ActionsText(const pb::ListRetentionActionsResponse& actions, Session& session) {
  Table table;
  AddColumns(table, session, {{{"Customer", "客户"}, Align::kLeft}, {{"No.", "编号"}, Align::kRight}, {{"Date", "日期"}, Align::kLeft}, {{"Rule", "规则"}, Align::kLeft},
                              {{"Risk", "风险"}, Align::kLeft}, {{"Manager", "客户经理"}, Align::kLeft}, {{"State", "状态"}, Align::kLeft},
                              {{"What", "内容"}, Align::kLeft}});
  for (const pb::RetentionAction& action : actions.actions()) {
    table.AddRow({action.customer_id(), std::to_string(action.action_number()), action.planned_date(), action.rule_id(), session.In(RiskLabel(action.churn_risk())), action.account_manager(),
                  session.In(StateLabel(action.state())), WhatOf(action, session)});
  }
  return table.Render();
}

// All pages as one answer, `count` of it so far.
template <typename Request, typename Response, typename Method, typename Count>
grpc::Status ReadPages(Method method, Request request, int32_t limit, Count count, Session& session, Response& all) {
  do {
    request.set_page_size(std::min(kPageMax, limit - count(all)));
    Response page;
    const grpc::Status status = session.connection.Call<Service>(method, request, &page);
    if (!status.ok()) return status;
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && count(all) < limit);
  return grpc::Status::OK;
}

}  // namespace

int Run(const ChurnListCommand& command, Session& session) {
  pb::ListChurnRequest request;
  for (const std::string& risk : command.risks) request.add_risks(RiskOf(risk));
  *request.mutable_tier_codes() = {command.tiers.begin(), command.tiers.end()};
  *request.mutable_regions() = {command.regions.begin(), command.regions.end()};
  *request.mutable_account_managers() = {command.account_managers.begin(), command.account_managers.end()};
  pb::ListChurnResponse all;
  const grpc::Status status =
      ReadPages(&Stub::ListChurn, request, command.limit, [](const auto& list) { return list.customers_size(); }, session, all);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(all) : ListText(all, session));
  return kExitOk;
}

int Run(const ChurnScanCommand& command, Session& session) {
  pb::ScanChurnRequest request;
  request.set_as_of_date(command.as_of_date);
  request.set_author(AuthorOr(command.author));
  pb::ScanChurnResponse response;
  const grpc::Status status = session.connection.Call<Service>(&Stub::ScanChurn, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const pb::ChurnScan& scan = response.scan();
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  const auto row = [&](const Label& label, std::string value) { table.AddRow({session.In(label), std::move(value)}); };
  row({"As of", "截至"}, scan.as_of_date());
  row({"Customers", "客户数"}, FormatCount(scan.customer_count()));
  row({"To watch", "需关注"}, FormatCount(scan.watch_count()));
  row({"At high risk", "高风险"}, FormatCount(scan.high_count()));
  row({"Lost", "已流失"}, FormatCount(scan.lost_count()));
  row({"Actions", "动作"}, scan.policy_version() == 0 ? session.In({"no retention policy is published", "未发布留存策略"}) : FormatCount(scan.action_count()));
  fmt::print("{}", table.Render());
  return kExitOk;
}

int Run(const ChurnActions& command, Session& session) {
  pb::ListRetentionActionsRequest request;
  request.set_customer_id(command.customer_id);
  request.set_rule_id(command.rule_id);
  request.set_account_manager(command.account_manager);
  if (command.state == "waiting") request.set_state(pb::RETENTION_ACTION_STATE_WAITING);
  if (command.state == "open") request.set_state(pb::RETENTION_ACTION_STATE_OPEN);
  if (command.state == "done") request.set_state(pb::RETENTION_ACTION_STATE_DONE);
  if (command.state == "refused") request.set_state(pb::RETENTION_ACTION_STATE_REFUSED);
  pb::ListRetentionActionsResponse all;
  const grpc::Status status =
      ReadPages(&Stub::ListRetentionActions, request, command.limit, [](const auto& list) { return list.actions_size(); }, session, all);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(all) : ActionsText(all, session));
  return kExitOk;
}

int Run(const ChurnClose& command, Session& session) {
  pb::CloseRetentionTaskRequest request;
  request.set_request_id(command.request_id.empty() ? NewRequestId() : command.request_id);
  request.set_customer_id(command.customer_id);
  request.set_action_number(command.action_number);
  request.set_outcome(OutcomeOf(command.outcome));
  request.set_author(AuthorOr(command.author));
  pb::CloseRetentionTaskResponse response;
  const grpc::Status status = session.connection.Call<Service>(&Stub::CloseRetentionTask, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  pb::ListRetentionActionsResponse shown;
  *shown.add_actions() = std::move(*response.mutable_action());
  fmt::print("{}", ActionsText(shown, session));
  return kExitOk;
}

}  // namespace rung::ctl
