#include <charconv>
#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include "rung/grading/v1/simulation.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

// "diamond=1000:0:3000": cost in bps of spend, fixed cost in fen, retained bps; a fourth number is the weight of heads.
bool ParseEconomics(const std::string& text, std::string& code, pb::BenefitBudget::TierEconomics& out) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return false;
  code = text.substr(0, equals);
  int64_t numbers[4] = {};
  const char* at = text.data() + equals + 1;
  const char* end = text.data() + text.size();
  for (int64_t& number : numbers) {
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return false;
    at = next;
    if (at == end) break;
    if (*at++ != ':') return false;
  }
  for (const int place : {0, 2, 3}) {
    if (numbers[place] != static_cast<int32_t>(numbers[place])) return false;
  }
  out.set_cost_bps(static_cast<int32_t>(numbers[0]));
  out.set_fixed_cost_minor(numbers[1]);
  out.set_retained_bps(static_cast<int32_t>(numbers[2]));
  out.set_headcount_weight(static_cast<int32_t>(numbers[3]));
  return at == end;
}

// The tiers of the model asked about, best first.
std::vector<std::string> TierCodes(const ModelSolve& command, const pb::SolveThresholdsRequest& request, Session& session) {
  std::vector<std::string> codes;
  for (const pb::Tier& tier : request.model().tiers()) codes.push_back(tier.code());
  if (!codes.empty()) return codes;
  pb::ListTiersResponse ladders;
  if (!session.connection.Call<pb::TierService>(&pb::TierService::Stub::ListTiers, pb::ListTiersRequest(), &ladders).ok()) return codes;
  const std::string id = command.draft_id.empty() ? command.model_id : command.draft_id;
  for (const pb::Ladder& ladder : ladders.ladders()) {
    if (id.empty() ? !ladder.is_default() : ladder.ladder_id() != id) continue;
    for (const pb::TierDefinition& tier : ladder.tiers()) codes.push_back(tier.code());
  }
  return codes;
}

absl::Status FillBudget(const ModelSolve& command, Session& session, pb::SolveThresholdsRequest& request) {
  pb::BenefitBudget& budget = *request.mutable_benefit_budget();
  budget.set_budget_minor(command.budget_minor);
  budget.set_objective(command.headcount ? pb::BenefitBudget::OBJECTIVE_HEADCOUNT : pb::BenefitBudget::OBJECTIVE_RETAINED_MARGIN);
  budget.set_step_points(command.step_points);
  const std::vector<std::string> codes = TierCodes(command, request, session);
  for (size_t i = 0; i < codes.size(); ++i) budget.add_tiers();
  for (const std::string& text : command.tiers) {
    std::string code;
    pb::BenefitBudget::TierEconomics economics;
    if (!ParseEconomics(text, code, economics)) {
      return absl::InvalidArgumentError(fmt::format("--tier {}: write it like diamond=1000:0:3000 (cost in bps of spend, fixed cost in fen, retained bps[, weight of heads])", text));
    }
    const auto it = std::find(codes.begin(), codes.end(), code);
    if (it == codes.end()) return absl::InvalidArgumentError(fmt::format("--tier {}: the ladder's tiers are {}", text, fmt::join(codes, ", ")));
    *budget.mutable_tiers(static_cast<int>(it - codes.begin())) = economics;
  }
  return absl::OkStatus();
}

std::string Points(double points) { return FormatNumber(points); }

void Show(const pb::SolveThresholdsResponse& response, const pb::SolveThresholdsRequest& request, Session& session) {
  const TierNames names = TierNames::Load(session);
  const std::string& model = response.model().model_id();
  fmt::print("{} · {} · {}\n\n", model, response.as_of_date(),
             session.In({FormatCount(response.customer_count()) + " customers", FormatCount(response.customer_count()) + " 个客户"}));
  Table table;
  table.AddColumn(session.In({"Tier", "等级"}));
  table.AddColumn(session.In({"From", "下限"}), Align::kRight);
  table.AddColumn(session.In({"Before", "原下限"}), Align::kRight);
  table.AddColumn(session.In({"Customers", "客户数"}), Align::kRight);
  table.AddColumn(session.In({"Before", "原客户数"}), Align::kRight);
  table.AddColumn(session.In({"Share", "占比"}), Align::kRight);
  for (const auto& tier : response.tiers()) {
    const double share = response.customer_count() == 0 ? 0 : 100.0 * static_cast<double>(tier.customer_count()) / static_cast<double>(response.customer_count());
    table.AddRow({names.Name(model, tier.tier_code()), Points(tier.lower_bound()), Points(tier.previous_lower_bound()), FormatCount(tier.customer_count()),
                  FormatCount(tier.previous_customer_count()), fmt::format("{:.2f} %", share)});
  }
  fmt::print("{}", table.Render());
  for (const auto& tier : response.tiers()) {
    const std::string& note = session.options.language == Language::kChinese ? tier.note_zh() : tier.note_en();
    if (!note.empty()) fmt::print("{}: {}\n", names.Name(model, tier.tier_code()), note);
  }
  if (!request.has_benefit_budget()) return;
  const std::string currency = CurrencyOf(session);
  const bool heads = request.benefit_budget().objective() == pb::BenefitBudget::OBJECTIVE_HEADCOUNT;
  const auto gain = [&](int64_t value) { return heads ? FormatCount(value) : FormatMoney(value, currency); };
  const std::string most = gain(response.value_bound());
  fmt::print("{}: {}; {}: {}{}\n", session.In({"Costs", "成本"}), FormatMoney(response.cost_minor(), currency),
             heads ? session.In({"heads, weighted", "加权客户数"}) : session.In({"retained margin", "保留毛利"}), gain(response.value()),
             response.proven() ? session.In({", proven best on the grid", "（网格上已证最优）"})
                               : session.In({fmt::format(", at most {} on the grid", most), fmt::format("（网格上限 {}）", most)}));
}

}  // namespace

int Run(const ModelSolve& command, Session& session) {
  pb::SolveThresholdsRequest request;
  request.set_as_of_date(command.as_of_date);
  request.set_draft_model_id(command.draft_id);
  request.set_model_id(command.model_id);
  if (!command.file.empty()) {
    if (const absl::Status status = ReadDocument(command.file, *request.mutable_model()); !status.ok()) return FailLocally(status);
  }
  const bool by_shares = command.budget_minor < 0;
  if (by_shares) {
    for (const double percent : command.shares) request.mutable_target_shares()->add_shares(percent / 100);
    request.mutable_target_shares();
  } else if (const absl::Status status = FillBudget(command, session, request); !status.ok()) {
    return FailLocally(status);
  }
  pb::SolveThresholdsResponse response;
  const grpc::Status status = session.connection.Call<pb::SimulationService>(&pb::SimulationService::Stub::SolveThresholds, request, &response);
  if (!status.ok()) return Fail(status);
  if (!command.out.empty()) {
    std::ofstream file(command.out);
    file << ToEditableJson(response.model());
    file.close();
    if (!file) return FailLocally(absl::PermissionDeniedError(command.out + " can't be written"));
  }
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Show(response, request, session);
  if (!command.out.empty()) fmt::print("{} {}\n", session.In({"The model with these bounds is in", "带有这些下限的模型已写入"}), command.out);
  return kExitOk;
}

}  // namespace rung::ctl
