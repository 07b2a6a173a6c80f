#include "libs/storage/postgres/retention_actions.h"

#include <fmt/format.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/audit_chain.h"

namespace rung::storage::postgres {
namespace {

#define RUNG_TIME(parameter) "(timestamptz 'epoch' + " parameter "::bigint * interval '1 microsecond')"
#define RUNG_DATE(parameter) "(date '1970-01-01' + " parameter "::int)"

constexpr char kColumns[] =
    "SELECT customer_id, external_id, action_no, turn, rule_id, policy_version, coupon_id, task_texts, risk, account_manager, "
    "planned_day - date '1970-01-01', (extract(epoch FROM planned_at) * 1000000)::bigint, state, "
    "coalesce((extract(epoch FROM ended_at) * 1000000)::bigint, 0), issued_coupon_id, refusal, closed_by, outcome, close_request FROM retention_action ";
// $11, $12, $13: the limit's actions and days, and the days without the same rule. A task is open until somebody closes it.
constexpr char kPlan[] =
    "INSERT INTO retention_action (customer_id, action_no, external_id, rule_id, policy_version, coupon_id, task_texts, risk, account_manager, "
    "planned_day, planned_at, state) SELECT $1::bigint, coalesce(max(action_no), 0) + 1, $2::text, $3::text, $4::int, $5::text, $6::jsonb, "
    "$7::smallint, $8::int, " RUNG_DATE("$9") ", " RUNG_TIME("$10") ", CASE WHEN $5::text = '' THEN 'OPEN' ELSE 'WAITING' END FROM retention_action WHERE customer_id = $1 "
    "HAVING count(*) FILTER (WHERE planned_day > " RUNG_DATE("$9") " - $12::int) < $11::int "
    "AND count(*) FILTER (WHERE rule_id = $3 AND planned_day > " RUNG_DATE("$9") " - $13::int) = 0 "
    "RETURNING action_no, jsonb_build_object('rule_id', rule_id, 'coupon_id', coupon_id, 'task', task_texts)::text";

RetentionActionRow ActionOf(const pqxx::row& r) {
  RetentionActionRow row;
  row.customer = CustomerNumber{r[0].as<int64_t>()};
  row.external_id = r[1].as<std::string>();
  row.action_no = r[2].as<int32_t>();
  row.turn = r[3].as<int64_t>();
  row.rule_id = r[4].as<std::string>();
  row.policy_version = r[5].as<int32_t>();
  row.coupon_id = r[6].as<std::string>();
  row.task_texts = r[7].as<std::string>();
  row.risk = r[8].as<int16_t>();
  row.account_manager = r[9].as<int32_t>();
  row.planned_day = r[10].as<Day>();
  row.planned_at = r[11].as<int64_t>();
  row.state = r[12].as<std::string>();
  row.ended_at = r[13].as<int64_t>();
  row.issued_coupon_id = r[14].as<std::string>();
  row.refusal = r[15].as<std::string>();
  row.closed_by = r[16].as<std::string>();
  row.outcome = r[17].as<int16_t>();
  row.close_request = r[18].as<std::string>();
  return row;
}

std::vector<RetentionActionRow> ActionsOf(const pqxx::result& result) {
  std::vector<RetentionActionRow> rows;
  for (const auto& row : result) rows.push_back(ActionOf(row));
  return rows;
}

AuditRow EntryOf(const RetentionActionRow& action, UnixMicros at, std::string_view what) {
  AuditRow entry;
  entry.customer = action.customer;
  entry.chain = ChainOf(action.customer);
  entry.recorded_at = at;
  entry.action = std::string(what);
  entry.subject = fmt::format("retention/{}/{}", action.external_id, action.action_no);
  return entry;
}

}  // namespace

std::vector<RecentAction> RecentActions(pqxx::work& work, Day since) {
  std::vector<RecentAction> actions;
  for (const auto& row : work.exec_params("SELECT customer_id, rule_id, planned_day - date '1970-01-01' FROM retention_action WHERE planned_day >= "
                                          RUNG_DATE("$1"), since)) {
    actions.push_back({CustomerNumber{row[0].as<int64_t>()}, row[1].as<std::string>(), row[2].as<Day>()});
  }
  return actions;
}

int64_t PlanActions(pqxx::work& work, const std::vector<RetentionActionRow>& actions, const std::vector<ActionLimit>& limits, const std::string& author) {
  std::vector<AuditRow> entries;
  for (size_t i = 0; i < actions.size(); ++i) {
    RetentionActionRow action = actions[i];
    const ActionLimit& limit = limits[i];
    const auto planned = work.exec_params(kPlan, static_cast<int64_t>(action.customer), action.external_id, action.rule_id, action.policy_version,
                                          action.coupon_id, action.task_texts, action.risk, action.account_manager, action.planned_day, action.planned_at,
                                          limit.actions, limit.days, limit.again_days);
    if (planned.empty()) continue;
    action.action_no = planned[0][0].as<int32_t>();
    AuditRow& entry = entries.emplace_back(EntryOf(action, action.planned_at, "PLAN_RETENTION"));
    entry.actor = author;
    entry.reason = fmt::format("rule {} of retention policy version {}", action.rule_id, action.policy_version);
    entry.after = planned[0][1].as<std::string>();
  }
  const auto count = static_cast<int64_t>(entries.size());
  if (count > 0) AppendAudit(work, std::move(entries));
  return count;
}

std::vector<RetentionActionRow> WaitingActions(pqxx::work& work, int limit) {
  return ActionsOf(work.exec_params(fmt::format("{}WHERE state = 'WAITING' ORDER BY turn LIMIT $1", kColumns), limit));
}

void EndAction(pqxx::work& work, const RetentionActionRow& ended) {
  const auto changed = work.exec_params("UPDATE retention_action SET state = $3, ended_at = " RUNG_TIME("$4") ", issued_coupon_id = $5, refusal = $6 "
                                        "WHERE customer_id = $1 AND action_no = $2 AND state = 'WAITING' "
                                        "RETURNING jsonb_build_object('state', state, 'issued_coupon_id', issued_coupon_id)::text",
                                        static_cast<int64_t>(ended.customer), ended.action_no, ended.state, ended.ended_at, ended.issued_coupon_id, ended.refusal);
  if (changed.empty()) return;
  AuditRow entry = EntryOf(ended, ended.ended_at, "END_RETENTION");
  entry.actor = "retention";
  entry.reason = ended.refusal;
  entry.before = R"({"state":"WAITING"})";
  entry.after = changed[0][0].as<std::string>();
  AppendAudit(work, {std::move(entry)});
}

absl::StatusOr<RetentionActionRow> CloseOpenTask(pqxx::work& work, const TaskClosing& closing) {
  const auto found = ActionsOf(work.exec_params(fmt::format("{}WHERE customer_id = $1 AND action_no = $2 FOR UPDATE", kColumns),
                                                static_cast<int64_t>(FingerprintOf(closing.external_id).number), closing.action_no));
  if (found.empty() || !found[0].coupon_id.empty()) {
    return WithReason(NotFoundError("customer \"{}\" has no task {}; `rungctl churn actions --customer ID` shows its tasks", Shorten(closing.external_id, 80), closing.action_no),
                      "RETENTION_TASK_UNKNOWN");
  }
  RetentionActionRow task = found[0];
  if (task.state != "OPEN") {
    const bool same = task.close_request == closing.request_id;
    if (same && task.outcome == closing.outcome && task.closed_by == closing.author) return task;
    if (same) return WithReason(AlreadyExistsError("request \"{}\" has closed this task otherwise; take a new request_id", closing.request_id), "REQUEST_ID_REUSED");
    return WithReason(FailedPreconditionError("task {} of customer \"{}\" was closed by \"{}\"", task.action_no, task.external_id, task.closed_by), "RETENTION_TASK_CLOSED");
  }
  task.state = "DONE";
  task.ended_at = closing.closed_at;
  task.closed_by = closing.author;
  task.outcome = closing.outcome;
  task.close_request = closing.request_id;
  work.exec_params("UPDATE retention_action SET state = 'DONE', ended_at = " RUNG_TIME("$3") ", closed_by = $4, outcome = $5, close_request = $6 "
                   "WHERE customer_id = $1 AND action_no = $2",
                   static_cast<int64_t>(task.customer), task.action_no, task.ended_at, task.closed_by, task.outcome, task.close_request);
  AuditRow entry = EntryOf(task, task.ended_at, "CLOSE_RETENTION_TASK");
  entry.actor = task.closed_by;
  entry.before = R"({"state":"OPEN"})";
  entry.after = fmt::format(R"({{"state":"DONE","outcome":{}}})", task.outcome);
  AppendAudit(work, {std::move(entry)});
  return task;
}

std::vector<RetentionActionRow> FindActions(pqxx::work& work, const ActionFilter& filter, int64_t before, int limit) {
  std::string where = "WHERE ($1::bigint = 0 OR turn < $1::bigint) AND ($3 = '' OR rule_id = $3) AND ($4 = '' OR state = $4)";
  if (filter.customer) where += fmt::format(" AND customer_id = {}", static_cast<int64_t>(*filter.customer));
  if (filter.account_manager) where += fmt::format(" AND account_manager = {}", *filter.account_manager);
  return ActionsOf(work.exec_params(fmt::format("{}{} ORDER BY turn DESC LIMIT $2", kColumns, where), before, limit, filter.rule_id, filter.state));
}

}  // namespace rung::storage::postgres
