#include <map>

#include <fmt/format.h>

#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

std::string Signed(int64_t count) { return (count > 0 ? "+" : "") + FormatCount(count); }

std::string Distribution(const pb::SimulationResult& result, const TierNames& names, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Tier", "等级"}));
  table.AddColumn(session.In({"Now", "目前"}), Align::kRight);
  table.AddColumn(session.In({"Current rules", "现行规则"}), Align::kRight);
  table.AddColumn(session.In({"Draft", "草案"}), Align::kRight);
  table.AddColumn(session.In({"Change", "变化"}), Align::kRight);
  table.AddColumn(session.In({"Draft computes", "草案计算"}), Align::kRight);
  for (const auto& tier : result.tiers()) {
    table.AddRow({names.Name(result.model_id(), tier.tier_code()), FormatCount(tier.current_count()), FormatCount(tier.baseline_count()),
                  FormatCount(tier.draft_count()), Signed(tier.draft_count() - tier.baseline_count()), FormatCount(tier.computed_count())});
  }
  return table.Render();
}

// From the rows to the columns; "." where nobody moves.
std::string Matrix(const pb::SimulationResult& result, const TierNames& names, const Session& session) {
  std::map<std::pair<std::string, std::string>, int64_t> counts;
  for (const auto& flow : result.migrations()) counts[{flow.from_tier_code(), flow.to_tier_code()}] = flow.customer_count();
  Table table;
  table.AddColumn(session.In({"From \\ to", "由 \\ 到"}));
  for (const auto& to : result.tiers()) table.AddColumn(names.Name(result.model_id(), to.tier_code()), Align::kRight);
  for (const auto& from : result.tiers()) {
    std::vector<std::string> cells = {names.Name(result.model_id(), from.tier_code())};
    for (const auto& to : result.tiers()) {
      const auto count = counts.find({from.tier_code(), to.tier_code()});
      cells.push_back(count == counts.end() ? "." : FormatCount(count->second));
    }
    table.AddRow(std::move(cells));
  }
  return table.Render();
}

std::string Movers(const google::protobuf::RepeatedPtrField<pb::SimulationResult::Mover>& movers, const pb::SimulationResult& result,
                   const TierNames& names, const std::string& currency, const Session& session) {
  const double scale = names.DisplayScale(result.model_id());
  Table table;
  table.AddColumn(session.In({"Customer", "客户"}));
  table.AddColumn(session.In({"Name", "名称"}));
  table.AddColumn(session.In({"From", "由"}));
  table.AddColumn(session.In({"To", "到"}));
  table.AddColumn(session.In({"Score", "得分"}), Align::kRight);
  table.AddColumn(session.In({"Draft", "草案"}), Align::kRight);
  table.AddColumn(session.In({"Spend in 365 days", "近365天消费"}), Align::kRight);
  for (const auto& mover : movers) {
    table.AddRow({mover.customer_id(), mover.name(), names.Name(result.model_id(), mover.from_tier_code()),
                  names.Name(result.model_id(), mover.to_tier_code()), FormatScore(mover.from_score_milli(), scale),
                  FormatScore(mover.to_score_milli(), scale), FormatMoney(mover.net_spend_minor(), currency)});
  }
  return table.empty() ? "" : table.Render();
}

std::string HeldBack(const pb::SimulationResult& result) {
  std::string line;
  for (const auto& held : result.held_back()) line += fmt::format("{}{} {}", line.empty() ? "" : ", ", FormatCount(held.customer_count()), held.reason());
  return line;
}

std::string CostTable(const pb::SimulationResult& result, const TierNames& names, const Session& session) {
  const auto& costs = result.benefit_costs();
  const std::string& currency = costs.currency_code();
  Table table;
  table.AddColumn(session.In({"Tier", "等级"}));
  table.AddColumn(session.In({"Current rules", "现行规则"}), Align::kRight);
  table.AddColumn(session.In({"Draft", "草案"}), Align::kRight);
  table.AddColumn(session.In({"Change", "变化"}), Align::kRight);
  table.AddColumn(session.In({"Free deliveries", "免配送费次数"}), Align::kRight);
  const auto add = [&](const std::string& name, int64_t before, int64_t after, const std::string& deliveries) {
    table.AddRow({name, FormatMoney(before, currency), FormatMoney(after, currency), (after > before ? "+" : "") + FormatMoney(after - before, currency), deliveries});
  };
  for (const auto& tier : costs.tiers()) {
    add(names.Name(result.model_id(), tier.tier_code()), tier.before_minor(), tier.after_minor(),
        fmt::format("{} → {}", FormatCount(tier.before_free_delivery_count()), FormatCount(tier.after_free_delivery_count())));
  }
  add(session.In({"Total", "合计"}), costs.before_minor(), costs.after_minor(), "");
  return table.Render();
}

void ShowCosts(const pb::SimulationResult& result, const TierNames& names, Session& session) {
  if (!result.has_benefit_costs()) {
    fmt::print("{}\n", session.In({"No benefit plan of this ladder is published; the cost of benefits isn't known.", "该等级体系没有已发布的权益方案，权益成本未知。"}));
    return;
  }
  const auto& costs = result.benefit_costs();
  fmt::print("{}\n{}", fmt::format(fmt::runtime(session.In({"Cost of benefits in a year, plan {} v{}: discounts on the last 365 days' purchases, and free deliveries at {} each:",
                                                           "一年的权益成本（方案{} v{}）：按近365天消费计算的折扣，加每次{}的免费配送："})),
                                  costs.plan_id(), costs.plan_version(), FormatMoney(costs.delivery_fee_minor(), costs.currency_code())),
             CostTable(result, names, session));
  const std::string language = session.options.language == Language::kChinese ? "zh" : "en";
  for (const auto& item : costs.uncounted()) fmt::print("{}: {}\n", item.benefit_id(), item.messages().at(language));
  for (const std::string& other : costs.other_plan_ids()) {
    fmt::print("{}\n", fmt::format(fmt::runtime(session.In({"plan {} is published, too: --benefits {}", "另有已发布方案{}：--benefits {}"})), other, other));
  }
  fmt::print("\n");
}

// How sure the answer is: what may still change is who stands close to a bound.
std::string NearBounds(const pb::SimulationResult& result, const Session& session) {
  if (!result.has_near_bound_count()) {
    return session.In({"Who stands close to a bound: n/a, tiers by rules don't part at scores", "临近门槛的客户数：不适用（按规则定级，等级之间没有分数门槛）"});
  }
  return fmt::format(fmt::runtime(session.In({"{} stand within one point of a bound", "{}位客户距门槛不到1分"})), FormatCount(result.near_bound_count()));
}

void Show(const pb::SimulationResult& result, Session& session) {
  const TierNames names = TierNames::Load(session);
  const std::string currency = CurrencyOf(session);
  fmt::print("{} · {} · {} {}\n\n{}\n", result.model_id(), result.as_of_date(), FormatCount(result.customer_count()),
             session.In({"customers", "位客户"}), Distribution(result, names, session));
  if (result.baseline_version() != 0) {
    fmt::print("{}\n{}\n", session.In({"What the draft moves, compared with a run under the current rules:", "与按现行规则评定相比，草案引起的变动："}),
               Matrix(result, names, session));
    fmt::print("{}: {}\n{}\n", session.In({"Up", "升级"}), FormatCount(result.winner_count()), Movers(result.winners(), result, names, currency, session));
    fmt::print("{}: {}\n{}\n", session.In({"Down", "降级"}), FormatCount(result.loser_count()), Movers(result.losers(), result, names, currency, session));
  }
  ShowCosts(result, names, session);
  if (result.held_back_size() != 0) fmt::print("{}: {}\n", session.In({"Held back by stability rules", "被稳定规则保留"}), HeldBack(result));
  for (const auto& finding : result.findings()) {
    if (finding.severity() == pb::SimulationResult::Finding::SEVERITY_NOTE) continue;
    const std::string language = session.options.language == Language::kChinese ? "zh" : "en";
    fmt::print("{}: {} {}: {}\n", finding.field(), finding.code(), finding.messages().at(language), finding.ways_out().at(language));
  }
  fmt::print("{}\n", fmt::format(fmt::runtime(session.In({"Graded whole, not sampled. {}; {} labels rest on later facts and stay as they are.",
                                             "全量评定，未抽样。{}；{}个标签基于更晚的数据，保持不变。"})),
                                 NearBounds(result, session), FormatCount(result.later_facts_count())));
  if (result.later_facts_count() != 0) {
    fmt::print("{}\n", session.In({"Without --as-of they are decided, too; what the draft says of everybody on this day is under \"Draft computes\".",
                                   "不加 --as-of 时这些客户也会参与评定；草案对所有客户当日的结论见“草案计算”列。"}));
  }
  fmt::print("{}\n", fmt::format(fmt::runtime(session.In({"The base as read at {}, had in {} ms; graded twice and compared in {} ms.", "客户库读取于{}，取得用时{}毫秒；两次评定并比较{}毫秒。"})),
                                 FormatInstant(result.base_read_time().seconds()), result.loading_ms(), result.scoring_ms()));
}

}  // namespace

int Run(const ModelSimulate& command, Session& session) {
  pb::SimulateModelRequest request;
  request.set_as_of_date(command.as_of_date);
  request.set_mover_count(command.movers);
  request.set_draft_model_id(command.draft_id);
  request.set_benefit_plan_id(command.plan_id);
  request.set_delivery_fee_minor(command.delivery_fee_minor);
  request.set_max_age_seconds(command.max_age_seconds);
  if (!command.file.empty()) {
    if (const absl::Status status = ReadDocument(command.file, *request.mutable_model()); !status.ok()) return FailLocally(status);
  }
  grpc::ClientContext context;  // no deadline: it lasts as long as the base is large
  const auto reader = pb::SimulationService::NewStub(session.connection.channel())->SimulateModel(&context, request);
  pb::SimulateModelResponse last;
  {
    Progress progress;
    while (reader->Read(&last)) {
      progress.Show(fmt::format("{}: {} / {}", last.phase(), FormatCount(last.done_count()), FormatCount(last.total_count())));
    }
  }
  if (const grpc::Status status = reader->Finish(); !status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(last.result()));
  } else {
    Show(last.result(), session);
  }
  return kExitOk;
}

}  // namespace rung::ctl
