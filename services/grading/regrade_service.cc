#include "services/grading/regrade_service.h"

#include <thread>

#include "libs/base/findings.h"
#include "libs/base/text.h"
#include "libs/rpc/progress_stream.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"

namespace rung::grading {
namespace {

constexpr char kName[] = "rung.grading.v1.RegradeService";
constexpr char kRunsFilter[] = "runs";

void ToWire(const storage::RunRow& run, v1::RegradeRun& out) {
  v1::RunState state = v1::RUN_STATE_UNSPECIFIED;
  v1::RunState_Parse("RUN_STATE_" + run.state, &state);
  out.set_run_id(run.run_id);
  out.set_state(state);
  out.set_as_of_date(FormatDay(run.as_of));
  out.set_phase(run.phase);
  out.set_customer_count(run.customers);
  out.set_progress_count(run.progress);
  out.set_planned_count(run.planned);
  out.set_planned_downgrade_count(run.planned_downgrades);
  out.set_upgraded_count(run.upgraded);
  out.set_downgraded_count(run.downgraded);
  out.set_first_count(run.first_graded);
  out.set_superseded_count(run.superseded);
  wire::SetTime(run.started_at, out.mutable_started_time());
  if (run.ended_at != 0) wire::SetTime(run.ended_at, out.mutable_ended_time());
  out.set_message(run.message);
  out.set_author(run.author);
}

// Whoever steers a run signs for it, and says why the guard is overridden: that is recorded for good.
template <typename Request>
absl::StatusOr<storage::ByWhom> SignatureOf(const Request& request, bool signs, bool explains) {
  Findings findings;
  signs ? findings.CheckId("author", request.author(), 128) : findings.CheckText("author", request.author(), 128);
  explains ? findings.CheckId("reason", request.reason(), 1000) : findings.CheckText("reason", request.reason(), 1000);
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());
  return storage::ByWhom{request.author(), request.reason()};
}

template <typename Response>
absl::Status Answer(const absl::StatusOr<storage::RunRow>& run, Response& response) {
  if (run.ok()) ToWire(*run, *response.mutable_run());
  return run.status();
}

}  // namespace

RegradeService::RegradeService(RegradeRunner& runner, storage::RunStore& runs, const DryGrader& grader, rpc::WorkerPool& pool,
                               telemetry::Metrics& metrics)
    : runner_(runner), runs_(runs), grader_(grader), pool_(pool), watchers_(4, 16), start_(metrics.Method(kName, "StartRegrade")),
      get_(metrics.Method(kName, "GetRegrade")), watch_(metrics.Method(kName, "WatchRegrade", "server_stream")),
      pause_(metrics.Method(kName, "PauseRegrade")), resume_(metrics.Method(kName, "ResumeRegrade")),
      cancel_(metrics.Method(kName, "CancelRegrade")), list_(metrics.Method(kName, "ListRegrades")),
      grade_(metrics.Method(kName, "GradeCustomer")) {}

grpc::ServerUnaryReactor* RegradeService::StartRegrade(grpc::CallbackServerContext* context, const v1::StartRegradeRequest* request,
                                                       v1::StartRegradeResponse* response) {
  return rpc::AnswerLater(context, start_, pool_, [this, request, response](Deadline deadline) -> absl::Status {
    if (request->request_id().empty()) {
      return InvalidField("request_id", "REQUIRED", "give an id of 1 to 128 bytes, so that a repeated call starts one run");
    }
    if (const auto problem = FindTextProblem("request_id", request->request_id(), 128)) return InvalidRequest({*problem});
    RUNG_ASSIGN_OR_RETURN(const auto by, SignatureOf(*request, request->override_guard(), request->override_guard()));
    std::optional<Day> as_of;
    if (!request->as_of_date().empty()) {
      as_of = ParseDay(request->as_of_date());
      if (!as_of) return InvalidField("as_of_date", "BAD_DATE", "write it like \"2026-03-31\"");
    }
    return Answer(runner_.Start(request->request_id(), as_of, request->override_guard(), by, deadline), *response);
  });
}

grpc::ServerUnaryReactor* RegradeService::GetRegrade(grpc::CallbackServerContext* context, const v1::GetRegradeRequest* request,
                                                     v1::GetRegradeResponse* response) {
  return rpc::AnswerLater(context, get_, pool_, [this, request, response](Deadline deadline) {
    return Answer(runs_.Get(request->run_id(), deadline), *response);
  });
}

grpc::ServerWriteReactor<v1::WatchRegradeResponse>* RegradeService::WatchRegrade(grpc::CallbackServerContext* context,
                                                                                const v1::WatchRegradeRequest* request) {
  using Stream = rpc::ProgressStream<v1::WatchRegradeResponse>;
  return new Stream(context, watchers_, watch_, [this, run_id = request->run_id()](const Stream::Write& write) { return Watch(run_id, write); });
}

absl::Status RegradeService::Watch(int64_t run_id, const std::function<bool(const v1::WatchRegradeResponse&)>& write) {
  for (;;) {
    RUNG_ASSIGN_OR_RETURN(const storage::RunRow run, runs_.Get(run_id, Deadline::After(5000)));
    run_id = run.run_id;  // "the newest" stays the one that it was
    v1::WatchRegradeResponse response;
    ToWire(run, *response.mutable_run());
    if (!write(response) || run.state != "RUNNING") return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

grpc::ServerUnaryReactor* RegradeService::PauseRegrade(grpc::CallbackServerContext* context, const v1::PauseRegradeRequest* request,
                                                       v1::PauseRegradeResponse* response) {
  return rpc::AnswerLater(context, pause_, pool_, [this, request, response](Deadline deadline) -> absl::Status {
    RUNG_ASSIGN_OR_RETURN(const auto by, SignatureOf(*request, true, false));
    return Answer(runner_.Ask(request->run_id(), "PAUSE", by, deadline), *response);
  });
}

grpc::ServerUnaryReactor* RegradeService::ResumeRegrade(grpc::CallbackServerContext* context,
                                                        const v1::ResumeRegradeRequest* request, v1::ResumeRegradeResponse* response) {
  return rpc::AnswerLater(context, resume_, pool_, [this, request, response](Deadline deadline) -> absl::Status {
    RUNG_ASSIGN_OR_RETURN(const auto by, SignatureOf(*request, true, request->override_guard()));
    return Answer(runner_.Resume(request->run_id(), request->override_guard(), by, deadline), *response);
  });
}

grpc::ServerUnaryReactor* RegradeService::CancelRegrade(grpc::CallbackServerContext* context,
                                                        const v1::CancelRegradeRequest* request, v1::CancelRegradeResponse* response) {
  return rpc::AnswerLater(context, cancel_, pool_, [this, request, response](Deadline deadline) -> absl::Status {
    RUNG_ASSIGN_OR_RETURN(const auto by, SignatureOf(*request, true, false));
    return Answer(runner_.Ask(request->run_id(), "CANCEL", by, deadline), *response);
  });
}

grpc::ServerUnaryReactor* RegradeService::ListRegrades(grpc::CallbackServerContext* context, const v1::ListRegradesRequest* request,
                                                       v1::ListRegradesResponse* response) {
  return rpc::AnswerLater(context, list_, pool_, [this, request, response](Deadline deadline) -> absl::Status {
    RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request->page_size()));
    RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request->page_token(), kRunsFilter));
    RUNG_ASSIGN_OR_RETURN(const auto runs, runs_.List(before, page_size + 1, deadline));
    for (size_t i = 0; i < std::min<size_t>(runs.size(), page_size); ++i) ToWire(runs[i], *response->add_runs());
    if (runs.size() > static_cast<size_t>(page_size)) {
      response->set_next_page_token(rpc::PageToken(runs[page_size - 1].run_id, kRunsFilter));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RegradeService::GradeCustomer(grpc::CallbackServerContext* context,
                                                        const v1::GradeCustomerRequest* request, v1::GradeCustomerResponse* response) {
  return rpc::AnswerLater(context, grade_, pool_,
                          [this, request, response](Deadline deadline) { return grader_.Grade(*request, *response, deadline); });
}

}  // namespace rung::grading
