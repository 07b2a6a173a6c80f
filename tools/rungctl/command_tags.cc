#include <fmt/format.h>

#include "rung/grading/v1/tag.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& ids) { return fmt::format("{}", fmt::join(ids, " ")); }

}  // namespace

int Run(const TagsOf& command, Session& session) {
  pb::GetCustomerTagsRequest request;
  request.set_customer_id(command.customer_id);
  request.set_as_of_date(command.as_of_date);
  pb::GetCustomerTagsResponse response;
  const grpc::Status status = session.connection.Call<pb::TagService>(&pb::TagService::Stub::GetCustomerTags, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  Table table;
  table.AddColumn(session.In({"Tag", "标签"}));
  table.AddColumn(session.In({"Name", "名称"}));
  table.AddColumn(session.In({"Has it", "是否具有"}));
  table.AddColumn(session.In({"Conditions that hold", "成立的条件"}), Align::kRight);
  for (const auto& tag : response.tags()) {
    if (!tag.has() && !command.all) continue;
    const auto holding = std::count(tag.conditions_holding().begin(), tag.conditions_holding().end(), true);
    table.AddRow({tag.tag_id(), NameIn(tag.names(), session.options.language, ""), session.In(tag.has() ? Label{"yes", "是"} : Label{"no", "否"}),
                  fmt::format("{}/{}", holding, tag.conditions_holding_size())});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

// One id a line, for pipes; with what is known beside them when asked for.
int Run(const TagsAudience& command, Session& session) {
  pb::ListAudienceRequest request;
  request.mutable_all_tag_ids()->Assign(command.all.begin(), command.all.end());
  request.mutable_any_tag_ids()->Assign(command.any.begin(), command.any.end());
  request.mutable_no_tag_ids()->Assign(command.none.begin(), command.none.end());
  request.mutable_tier_codes()->Assign(command.tiers.begin(), command.tiers.end());
  request.set_ladder_id(command.ladder_id);
  request.set_as_of_date(command.as_of_date);
  request.set_count_only(command.count);
  const auto stub = pb::TagService::NewStub(session.connection.channel());
  grpc::ClientContext context;  // no deadline: a scan of the base takes as long as it takes
  const auto stream = stub->ListAudience(&context, request);
  pb::ListAudienceResponse::Summary summary;
  for (pb::ListAudienceResponse response; stream->Read(&response);) {
    if (session.options.json) {
      for (const auto& member : response.members()) fmt::print("{}", ToJson(member, JsonStyle::kOneLine));
    } else {
      for (const auto& member : response.members()) {
        if (command.details) {
          fmt::print("{}\t{}\t{}\n", member.customer_id(), member.tier_code(), Joined(member.tag_ids()));
        } else {
          fmt::print("{}\n", member.customer_id());
        }
      }
    }
    if (response.has_summary()) summary = response.summary();
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return Fail(status);
  if (!command.count) return kExitOk;
  if (session.options.json) {
    fmt::print("{}", ToJson(summary));
    return kExitOk;
  }
  fmt::print("{}\n", session.In({fmt::format("{} of {} customers", FormatCount(summary.audience_count()), FormatCount(summary.population_count())),
                                 fmt::format("{} 个客户（共 {} 个）", FormatCount(summary.audience_count()), FormatCount(summary.population_count()))}));
  Table table;
  table.AddColumn(session.In({"Tag", "标签"}));
  table.AddColumn(session.In({"Customers", "客户数"}), Align::kRight);
  for (const auto& tag : summary.tags()) table.AddRow({tag.tag_id(), FormatCount(tag.customer_count())});
  fmt::print("{}", table.Render());
  return kExitOk;
}

}  // namespace rung::ctl
