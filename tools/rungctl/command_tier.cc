#include <fmt/format.h>

#include "libs/base/status.h"
#include "libs/importer/line_source.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/grading_labels.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::TierService::Stub;

constexpr int kBatch = 1000;  // ids that one call takes
constexpr int kPageMax = 500;

std::string ProvenanceName(pb::Provenance provenance, const Session& session) {
  switch (provenance) {
    case pb::PROVENANCE_CACHE:
      return session.In({"memory", "内存"});
    case pb::PROVENANCE_STORE:
      return session.In({"database", "数据库"});
    case pb::PROVENANCE_STALE:
      return session.In({"memory, may be outdated", "内存（可能已过期）"});
    default:
      return "";
  }
}

Table TierTable(const Session& session) {
  Table table;
  table.AddColumn(session.In({"Customer", "客户"}));
  table.AddColumn(session.In({"Ladder", "分级体系"}));
  table.AddColumn(session.In({"Tier", "等级"}));
  table.AddColumn(session.In({"Code", "代码"}));
  table.AddColumn(session.In({"Rank", "名次"}), Align::kRight);
  table.AddColumn(session.In({"Score", "得分"}), Align::kRight);
  table.AddColumn(session.In({"Version", "版本"}), Align::kRight);
  table.AddColumn(session.In({"As of", "截至"}));
  return table;
}

void AddTier(const pb::CustomerTier& tier, const TierNames& names, const Session& session, Table& table) {
  table.AddRow({tier.customer_id(), tier.ladder_id(), names.Name(tier.ladder_id(), tier.tier_code()), tier.tier_code(),
                std::to_string(tier.tier_rank()),
                tier.graded() ? FormatScore(tier.score_milli(), names.DisplayScale(tier.ladder_id())) : "",
                std::to_string(tier.version()), tier.graded() ? tier.as_of_date() : session.In({"not graded", "未评级"})});
}

absl::StatusOr<std::vector<std::string>> ReadIds(const std::string& path) {
  RUNG_ASSIGN_OR_RETURN(importer::LineSource source, importer::LineSource::Open(path));
  std::vector<std::string> ids;
  std::string line;
  while (true) {
    RUNG_ASSIGN_OR_RETURN(const bool more, source.Next(line));
    if (!more) return ids;
    line.erase(line.find_last_not_of(" \t\r\n") + 1);
    if (!line.empty()) ids.push_back(line);
  }
}

grpc::Status FetchBatches(const TierBatch& command, const std::vector<std::string>& ids, Session& session,
                          pb::BatchGetTiersResponse& all) {
  for (size_t from = 0; from < ids.size(); from += kBatch) {
    pb::BatchGetTiersRequest request;
    request.set_ladder_id(command.ladder_id);
    for (size_t i = from; i < std::min(ids.size(), from + kBatch); ++i) request.add_customer_ids(ids[i]);
    pb::BatchGetTiersResponse response;
    const grpc::Status status = session.connection.Call<pb::TierService>(&Stub::BatchGetTiers, request, &response);
    if (!status.ok()) return status;
    // Of several answers the least certain source counts.
    const pb::Provenance provenance = std::max(all.provenance(), response.provenance());
    all.MergeFrom(response);
    all.set_provenance(provenance);
  }
  return grpc::Status::OK;
}

}  // namespace

int Run(const TierGet& command, Session& session) {
  pb::GetTierRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_min_version(command.min_version);
  pb::GetTierResponse response;
  const grpc::Status status = session.connection.Call<pb::TierService>(&Stub::GetTier, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table = TierTable(session);
  AddTier(response.tier(), TierNames::Load(session), session, table);
  fmt::print("{}{}: {}\n", table.Render(), session.In({"From", "来源"}), ProvenanceName(response.provenance(), session));
  return kExitOk;
}

int Run(const TierBatch& command, Session& session) {
  std::vector<std::string> ids = command.customer_ids;
  if (!command.file.empty()) {
    auto read = ReadIds(command.file);
    if (!read.ok()) return FailLocally(read.status());
    ids = *std::move(read);
  }
  pb::BatchGetTiersResponse response;
  const grpc::Status status = FetchBatches(command, ids, session, response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const TierNames names = TierNames::Load(session);
  Table table = TierTable(session);
  for (const pb::CustomerTier& tier : response.tiers()) AddTier(tier, names, session, table);
  for (const std::string& id : response.unknown_customer_ids()) {
    table.AddRow({id, "", session.In({"unknown customer", "未知客户"})});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

int Run(const TierHistory& command, Session& session) {
  pb::ListTierChangesRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  pb::ListTierChangesResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.changes_size()));
    pb::ListTierChangesResponse page;
    const grpc::Status status = session.connection.Call<pb::TierService>(&Stub::ListTierChanges, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.changes_size() < command.limit);
  if (session.options.json) {
    fmt::print("{}", ToJson(all));
    return kExitOk;
  }
  const TierNames names = TierNames::Load(session);
  Table table;
  table.AddColumn(session.In({"Version", "版本"}), Align::kRight);
  table.AddColumn(session.In({"From", "原等级"}));
  table.AddColumn(session.In({"To", "新等级"}));
  table.AddColumn(session.In({"Computed", "计算等级"}));
  table.AddColumn(session.In({"Score", "得分"}), Align::kRight);
  table.AddColumn(session.In({"Reason", "原因"}));
  table.AddColumn(session.In({"As of", "截至"}));
  table.AddColumn(session.In({"Recorded", "记录时间"}));
  table.AddColumn(session.In({"Cause", "起因"}));
  table.AddColumn(session.In({"Model", "模型版本"}), Align::kRight);
  for (const pb::TierChange& change : all.changes()) {
    const auto name = [&](const std::string& code) { return names.Name(change.ladder_id(), code); };
    table.AddRow({std::to_string(change.version()), name(change.from_tier_code()), name(change.to_tier_code()),
                  name(change.computed_tier_code()),
                  FormatScore(change.score_milli(), names.DisplayScale(change.ladder_id())), ReasonName(change.reason(), session.options.language),
                  change.as_of_date(), FormatInstant(change.recorded_time().seconds()), change.cause(),
                  std::to_string(change.model_version())});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

int Run(const TierList&, Session& session) {
  pb::ListTiersResponse response;
  const grpc::Status status = session.connection.Call<pb::TierService>(&Stub::ListTiers, pb::ListTiersRequest(), &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn(session.In({"Ladder", "分级体系"}));
  table.AddColumn(session.In({"Name", "名称"}));
  table.AddColumn(session.In({"Model", "模型版本"}), Align::kRight);
  table.AddColumn(session.In({"Rank", "名次"}), Align::kRight);
  table.AddColumn(session.In({"Tier", "等级"}));
  table.AddColumn(session.In({"Code", "代码"}));
  table.AddColumn(session.In({"Badge", "徽章"}));
  for (const pb::Ladder& ladder : response.ladders()) {
    const std::string mark = ladder.is_default() ? " *" : "";
    for (const pb::TierDefinition& tier : ladder.tiers()) {
      table.AddRow({ladder.ladder_id() + mark, NameIn(ladder.names(), session.options.language, ""),
                    std::to_string(ladder.model_version()), std::to_string(tier.rank()),
                    NameIn(tier.names(), session.options.language, tier.code()), tier.code(), tier.badge()});
    }
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

int Run(const TierDistribution& command, Session& session) {
  pb::GetTierDistributionRequest request;
  request.set_ladder_id(command.ladder_id);
  pb::GetTierDistributionResponse response;
  const grpc::Status status = session.connection.Call<pb::TierService>(&Stub::GetTierDistribution, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const TierNames names = TierNames::Load(session);
  Table table;
  table.AddColumn(session.In({"Tier", "等级"}));
  table.AddColumn(session.In({"Customers", "客户数"}), Align::kRight);
  table.AddColumn(session.In({"Share", "占比"}), Align::kRight);
  for (const auto& share : response.shares()) {
    const double percent = response.graded_count() == 0
                               ? 0
                               : 100.0 * static_cast<double>(share.customer_count()) / static_cast<double>(response.graded_count());
    table.AddRow({names.Name(response.ladder_id(), share.tier_code()), FormatCount(share.customer_count()),
                  fmt::format("{:.2f} %", percent)});
  }
  table.AddRow({session.In({"graded", "已评级"}), FormatCount(response.graded_count())});
  table.AddRow({session.In({"not graded", "未评级"}), FormatCount(response.ungraded_count())});
  table.AddRow({session.In({"closed or test", "已关闭或测试"}), FormatCount(response.outside_count())});
  fmt::print("{}", table.Render());
  return kExitOk;
}

}  // namespace rung::ctl
