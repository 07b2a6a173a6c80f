#include <absl/time/time.h>
#include <fmt/format.h>

#include <cstdio>
#include <thread>

#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/rungctl/backoff.h"
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

Label CorrectionNote(const std::string& reason) {
  if (reason == "NOT_GRADED") return {"none: not graded then", "无：当时尚未评级"};
  return {"none: whom the model compared with then is no longer kept", "无：当时用于比较的客群分布已不保留"};
}

void PrintChange(const pb::TierChange& change, const TierNames& names, const Session& session) {
  const auto name = [&](const std::string& code) { return names.Name(change.ladder_id(), code); };
  fmt::print("{}  {}  {}  {} → {}  {}  {}\n", FormatInstant(change.recorded_time().seconds()), change.customer_id(), change.ladder_id(),
             change.from_tier_code().empty() ? session.In({"new", "新"}) : name(change.from_tier_code()), name(change.to_tier_code()),
             ReasonName(change.reason(), session.options.language), change.cause());
}

}  // namespace

int Run(const TierAsOf& command, Session& session) {
  pb::GetTierAtRequest request;
  request.set_customer_id(command.customer_id);
  request.set_ladder_id(command.ladder_id);
  request.set_with_correction(command.with_correction);
  absl::Time time;
  std::string error;
  absl::ParseTime(absl::RFC3339_full, command.time, &time, &error);  // the parser of the command line has checked it
  request.mutable_time()->set_seconds(absl::ToUnixSeconds(time));
  pb::GetTierAtResponse response;
  const grpc::Status status = session.connection.Call<pb::TierService>(&Stub::GetTierAt, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const TierNames names = TierNames::Load(session);
  const pb::CustomerTier& tier = response.tier();
  Table table;
  table.AddColumn("");
  table.AddColumn("");
  const auto row = [&](const Label& label, const std::string& value) { table.AddRow({session.In(label), value}); };
  row({"Customer", "客户"}, tier.customer_id());
  row({"Ladder", "分级体系"}, tier.ladder_id());
  row({"Tier then", "当时等级"}, names.Name(tier.ladder_id(), tier.tier_code()));
  if (tier.graded()) {
    row({"Score", "得分"}, FormatScore(tier.score_milli(), names.DisplayScale(tier.ladder_id())));
    row({"Since", "自"}, FormatInstant(response.change().recorded_time().seconds()));
    row({"Reason", "原因"}, ReasonName(response.change().reason(), session.options.language));
    row({"Cause", "起因"}, response.change().cause());
    row({"Version", "版本"}, std::to_string(tier.version()));
    row({"Model", "模型版本"}, std::to_string(response.change().model_version()));
  } else {
    row({"Graded", "评级"}, session.In({"not yet", "尚未"}));
  }
  if (response.has_correction()) {
    const auto& correction = response.correction();
    const bool there = correction.unavailable_reason().empty();
    row({"By today's knowledge", "按今日所知"}, there ? names.Name(tier.ladder_id(), correction.computed_tier_code())
                                                      : session.In(CorrectionNote(correction.unavailable_reason())));
    if (there) row({"  score", "  得分"}, FormatScore(correction.score_milli(), names.DisplayScale(tier.ladder_id())));
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

// A broken stream is opened again where it ended, as long as the server is away for less than the timeout.
int Run(const TierWatch& command, Session& session) {
  const auto stub = pb::TierService::NewStub(session.connection.channel());
  pb::WatchTiersRequest request;
  request.set_ladder_id(command.ladder_id);
  request.mutable_customer_ids()->Assign(command.customer_ids.begin(), command.customer_ids.end());
  request.set_resume_token(command.resume_token);
  const TierNames names = TierNames::Load(session);
  Backoff backoff;
  auto heard = std::chrono::steady_clock::now();
  for (int shown = 0;;) {
    grpc::ClientContext context;  // no deadline: it lasts until it is interrupted
    const auto stream = stub->WatchTiers(&context, request);
    for (pb::WatchTiersResponse response; stream->Read(&response);) {
      request.set_resume_token(response.resume_token());
      heard = std::chrono::steady_clock::now();
      backoff.Reset();
      if (session.options.json) {
        fmt::print("{}", ToJson(response, JsonStyle::kOneLine));
      } else {
        for (const pb::TierChange& change : response.changes()) PrintChange(change, names, session);
      }
      std::fflush(stdout);
      shown += response.changes_size();
      if (command.count > 0 && shown >= command.count) {
        context.TryCancel();
        return kExitOk;
      }
    }
    const grpc::Status status = stream->Finish();
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return Fail(status);
    const auto wait = backoff.Next();
    if (std::chrono::steady_clock::now() + wait > heard + session.connection.timeout()) return Fail(status);
    std::this_thread::sleep_for(wait);
  }
}

}  // namespace rung::ctl
