#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "libs/base/customer_id.h"
#include "libs/base/status.h"
#include "libs/importer/csv_reader.h"
#include "rung/grading/v1/override.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::OverrideService::Stub;

constexpr int kPageMax = 500;
constexpr int kBatch = 1000;  // overrides that one call takes

struct NumberedOverride {
  int64_t line = 0;
  pb::SetOverrideRequest request;
};

Label StateLabel(pb::OverrideState state) {
  switch (state) {
    case pb::OVERRIDE_STATE_IN_FORCE: return {"in force", "生效中"};
    case pb::OVERRIDE_STATE_EXPIRED: return {"expired", "已到期"};
    case pb::OVERRIDE_STATE_ENDED: return {"ended", "已结束"};
    case pb::OVERRIDE_STATE_MERGED: return {"void, merged into ", "已失效，账户并入"};
    default: return {"", ""};
  }
}

template <typename Overrides>
std::string TableOf(const Overrides& overrides, Session& session) {
  const TierNames names = TierNames::Load(session);
  Table table;
  for (const Label& label : {Label{"Customer", "客户"}, Label{"Ladder", "分级体系"}, Label{"Tier", "等级"}, Label{"Until", "截止"}, Label{"State", "状态"},
                             Label{"Author", "操作人"}, Label{"Reason", "理由"}, Label{"Override", "编号"}}) {
    table.AddColumn(session.In(label));
  }
  for (const pb::Override& item : overrides) {
    table.AddRow({item.customer_id(), item.ladder_id(), names.Name(item.ladder_id(), item.tier_code()), item.until_date(), session.In(StateLabel(item.state())) + (item.state() == pb::OVERRIDE_STATE_MERGED ? item.merged_into_customer_id() : ""), item.author(),
                  Printable(item.reason()), item.override_id()});
  }
  return table.Render();
}

int Show(const google::protobuf::Message& response, const pb::Override& item, Session& session) {
  fmt::print("{}", session.options.json ? ToJson(response) : TableOf(std::vector<pb::Override>{item}, session));
  return kExitOk;
}

// Columns by their names; a row without an id gets one made of the row, so that the same file again is the same overrides.
absl::StatusOr<std::vector<NumberedOverride>> ReadFile(const OverrideImport& command) {
  RUNG_ASSIGN_OR_RETURN(importer::CsvReader reader, importer::CsvReader::Open(command.file));
  importer::CsvRow row;
  RUNG_ASSIGN_OR_RETURN(bool more, reader.Next(row));
  std::map<std::string, size_t, std::less<>> columns;
  for (size_t i = 0; more && i < row.size(); ++i) columns.emplace(row.field(i), i);
  for (const char* name : {"customer_id", "tier_code", "until_date", "reason"}) {
    if (!columns.contains(name)) {
      return InvalidArgumentError("{} has no column \"{}\"; needed: customer_id, tier_code, until_date, reason; optional: ladder_id, author, override_id",
                                  command.file, name);
    }
  }
  std::vector<NumberedOverride> overrides;
  for (;;) {
    RUNG_ASSIGN_OR_RETURN(more, reader.Next(row));
    if (!more) return overrides;
    const auto field = [&](const char* name) {
      const auto it = columns.find(name);
      return it == columns.end() || it->second >= row.size() ? std::string() : std::string(row.field(it->second));
    };
    NumberedOverride& one = overrides.emplace_back();
    one.line = row.line();
    one.request.set_customer_id(field("customer_id"));
    one.request.set_ladder_id(field("ladder_id"));
    one.request.set_tier_code(field("tier_code"));
    one.request.set_until_date(field("until_date"));
    one.request.set_reason(field("reason"));
    const std::string author = field("author");
    one.request.set_author(AuthorOr(author.empty() ? command.author : author));
    const std::string id = field("override_id");
    one.request.set_override_id(id.empty() ? fmt::format("csv-{:016x}", LocalFingerprint(row.text())) : id);
  }
}

}  // namespace

int Run(const OverrideSet& command, Session& session) {
  pb::SetOverrideRequest request;
  request.set_override_id(command.override_id.empty() ? NewRequestId() : command.override_id);
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_tier_code(command.tier_code);
  request.set_until_date(command.until_date);
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  pb::SetOverrideResponse response;
  const grpc::Status status = session.connection.Call<pb::OverrideService>(&Stub::SetOverride, request, &response);
  return status.ok() ? Show(response, response.override(), session) : Fail(status);
}

int Run(const OverrideEnd& command, Session& session) {
  pb::EndOverrideRequest request;
  request.set_customer_id(command.customer_id);
  request.set_override_id(command.override_id);
  request.set_reason(command.reason);
  request.set_author(AuthorOr(command.author));
  pb::EndOverrideResponse response;
  const grpc::Status status = session.connection.Call<pb::OverrideService>(&Stub::EndOverride, request, &response);
  return status.ok() ? Show(response, response.override(), session) : Fail(status);
}

int Run(const OverrideList& command, Session& session) {
  pb::ListOverridesRequest request;
  request.set_customer_id(command.customer_id);
  request.set_in_force(command.in_force);
  pb::ListOverridesResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.overrides_size()));
    pb::ListOverridesResponse page;
    const grpc::Status status = session.connection.Call<pb::OverrideService>(&Stub::ListOverrides, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.overrides_size() < command.limit);
  fmt::print("{}", session.options.json ? ToJson(all) : TableOf(all.overrides(), session));
  return kExitOk;
}

int Run(const OverrideImport& command, Session& session) {
  const auto overrides = ReadFile(command);
  if (!overrides.ok()) return FailLocally(overrides.status());
  int64_t refused = 0;
  for (size_t from = 0; from < overrides->size(); from += kBatch) {
    pb::BatchSetOverridesRequest request;
    request.set_dry_run(command.dry_run);
    const size_t to = std::min(overrides->size(), from + kBatch);
    for (size_t i = from; i < to; ++i) *request.add_overrides() = (*overrides)[i].request;
    pb::BatchSetOverridesResponse response;
    const grpc::Status status = session.connection.Call<pb::OverrideService>(&Stub::BatchSetOverrides, request, &response);
    if (!status.ok()) return Fail(status);
    refused += response.refused_count();
    for (int i = 0; i < response.results_size(); ++i) {
      const auto& result = response.results(i);
      if (result.error_reason().empty()) continue;
      Complain(fmt::format("{}:{}: {}: {}: {}", command.file, (*overrides)[from + i].line, Printable(request.overrides(i).customer_id()),
                           result.error_reason(), Printable(result.error_message())));
    }
  }
  const int64_t fine = static_cast<int64_t>(overrides->size()) - refused;
  if (session.options.json) {
    fmt::print("{{\"set\": {}, \"refused\": {}, \"dry_run\": {}}}\n", command.dry_run ? 0 : fine, refused, command.dry_run);
  } else if (command.dry_run) {
    fmt::print("{}\n", session.In({fmt::format("{} could be set, {} refused; nothing was written", fine, refused),
                                   fmt::format("可设置 {} 条，拒绝 {} 条；未写入任何数据", fine, refused)}));
  } else {
    fmt::print("{}\n", session.In({fmt::format("{} set, {} refused", fine, refused), fmt::format("已设置 {} 条，拒绝 {} 条", fine, refused)}));
  }
  return refused == 0 ? kExitOk : kExitRefused;
}

}  // namespace rung::ctl
