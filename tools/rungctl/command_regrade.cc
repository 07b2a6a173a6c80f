#include <optional>
#include <thread>

#include <fmt/format.h>

#include "rung/grading/v1/regrade.grpc.pb.h"
#include "tools/rungctl/backoff.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/run_table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using Stub = pb::RegradeService::Stub;

constexpr int kPageMax = 500;

// A run that came to nothing, or waits for an operator, isn't success.
int ExitCodeOfRun(const pb::RegradeRun& run) {
  switch (run.state()) {
    case pb::RUN_STATE_HELD:
    case pb::RUN_STATE_FAILED:
    case pb::RUN_STATE_CANCELLED:
      return kExitRefused;
    default:
      return kExitOk;
  }
}

int Show(const pb::RegradeRun& run, const Session& session) {
  fmt::print("{}", session.options.json ? ToJson(run) : RunDetails(run, session.options.language));
  return kExitOk;
}

// A broken stream is opened anew as long as answers come within the timeout.
grpc::Status Watch(int64_t run_id, Session& session, std::optional<pb::RegradeRun>& last) {
  const auto stub = pb::RegradeService::NewStub(session.connection.channel());
  pb::WatchRegradeRequest request;
  request.set_run_id(run_id);
  Progress progress;
  Backoff backoff;
  auto heard = std::chrono::steady_clock::now();
  while (true) {
    grpc::ClientContext context;  // no deadline: it lasts as long as the run
    const auto stream = stub->WatchRegrade(&context, request);
    for (pb::WatchRegradeResponse response; stream->Read(&response);) {
      last = response.run();
      heard = std::chrono::steady_clock::now();
      backoff.Reset();
      progress.Show(RunProgress(*last, session.options.language));
    }
    const grpc::Status status = stream->Finish();
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return status;
    const auto wait = backoff.Next();
    if (std::chrono::steady_clock::now() + wait > heard + session.connection.timeout()) return status;
    std::this_thread::sleep_for(wait);
  }
}

int WatchAndShow(int64_t run_id, Session& session) {
  std::optional<pb::RegradeRun> run;
  const grpc::Status status = Watch(run_id, session, run);
  if (!status.ok()) return Fail(status);
  if (!run) return Fail(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server ended the watch without an answer"));
  Show(*run, session);
  return ExitCodeOfRun(*run);
}

template <typename Response, typename Request>
int Control(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request,
            Session& session) {
  Response response;
  const grpc::Status status = session.connection.Call<pb::RegradeService>(method, request, &response);
  if (!status.ok()) return Fail(status);
  return Show(response.run(), session);
}

}  // namespace

int Run(const RegradeStart& command, Session& session) {
  pb::StartRegradeRequest request;
  request.set_request_id(NewRequestId());
  request.set_as_of_date(command.as_of_date);
  request.set_override_guard(command.override_guard);
  request.set_author(AuthorOr(command.author));
  request.set_reason(command.reason);
  pb::StartRegradeResponse response;
  const grpc::Status status = session.connection.Call<pb::RegradeService>(&Stub::StartRegrade, request, &response);
  if (!status.ok()) return Fail(status);
  return command.watch ? WatchAndShow(response.run().run_id(), session) : Show(response.run(), session);
}

int Run(const RegradeStatus& command, Session& session) {
  if (command.watch) return WatchAndShow(command.run_id, session);
  pb::GetRegradeRequest request;
  request.set_run_id(command.run_id);
  return Control(&Stub::GetRegrade, request, session);
}

int Run(const RegradePause& command, Session& session) {
  pb::PauseRegradeRequest request;
  request.set_run_id(command.run_id);
  request.set_author(AuthorOr(command.author));
  request.set_reason(command.reason);
  return Control(&Stub::PauseRegrade, request, session);
}

int Run(const RegradeResume& command, Session& session) {
  pb::ResumeRegradeRequest request;
  request.set_run_id(command.run_id);
  request.set_override_guard(command.override_guard);
  request.set_author(AuthorOr(command.author));
  request.set_reason(command.reason);
  return Control(&Stub::ResumeRegrade, request, session);
}

int Run(const RegradeCancel& command, Session& session) {
  pb::CancelRegradeRequest request;
  request.set_run_id(command.run_id);
  request.set_author(AuthorOr(command.author));
  request.set_reason(command.reason);
  return Control(&Stub::CancelRegrade, request, session);
}

int Run(const RegradeList& command, Session& session) {
  pb::ListRegradesRequest request;
  pb::ListRegradesResponse all;
  do {
    request.set_page_size(std::min(kPageMax, command.limit - all.runs_size()));
    pb::ListRegradesResponse page;
    const grpc::Status status = session.connection.Call<pb::RegradeService>(&Stub::ListRegrades, request, &page);
    if (!status.ok()) return Fail(status);
    all.MergeFrom(page);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.runs_size() < command.limit);
  fmt::print("{}", session.options.json ? ToJson(all) : RunList(all, session.options.language));
  return kExitOk;
}

}  // namespace rung::ctl
