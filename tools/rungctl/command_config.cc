#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include <absl/time/time.h>
#include <fmt/format.h>

#include "tools/rungctl/config_calls.h"
#include "tools/rungctl/config_kinds.h"
#include "tools/rungctl/config_tables.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

constexpr int kPageMax = 500;

int ShowFindings(const std::string& name, const cfg::ValidateResponse& response, const Session& session) {
  if (session.options.json) {
    fmt::print("{}", ToJson(response, JsonStyle::kOneLine));
  } else {
    fmt::print("{}: {}\n{}", Printable(name), response.publishable() ? session.In({"can be published", "可以发布"}) : session.In({"can't be published", "不能发布"}),
               FindingLines(response.findings(), session.options.language));
  }
  return response.publishable() ? kExitOk : kExitRefused;
}

int Validate(const std::string& name, const cfg::ValidateRequest& request, Session& session) {
  cfg::ValidateResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::Validate, request, &response);
  if (!status.ok()) {
    Complain(name + ": " + DescribeError(status));
    return ExitCodeOf(status);
  }
  return ShowFindings(name, response, session);
}

// Some checks of a model need today's base, which only a simulation reads.
void PointToSimulation(const ConfigValidate& command, const Session& session) {
  if (command.kind != "model" || session.options.json) return;
  fmt::print("{}\n", session.In({"What takes today's customers to see (criteria that nobody meets, factors alike for all): rungctl model simulate",
                                 "需对照现有客户才能发现的问题（无人满足的条件、对所有客户都相同的因子）：rungctl model simulate"}));
}

void PrintVersion(const cfg::Version& version, const Session& session) {
  fmt::print("{} v{} {} (etag {})\n", Printable(version.document_id()), version.version(), session.In({"is published", "已发布"}), Printable(version.etag()));
}

void PrintSchedule(const cfg::Schedule& schedule, const Session& session) {
  fmt::print("{} {}: {} {}, {}\n", session.In({"schedule", "计划"}), schedule.schedule_id(), Printable(schedule.document_id()),
             FormatInstant(schedule.publish_time().seconds()), StateName(schedule.state(), session.options.language));
}

// Reads pages up to the limit.
template <typename Request, typename Response, typename Rows>
grpc::Status ReadPages(Session& session, grpc::Status (ConfigStub::*method)(grpc::ClientContext*, const Request&, Response*), Request request,
                       int limit, Rows (Response::*rows)(), Response* all) {
  do {
    request.set_page_size(std::min(kPageMax, limit - (all->*rows)()->size()));
    Response page;
    const grpc::Status status = CallConfig(session, method, request, &page);
    if (!status.ok()) return status;
    (all->*rows)()->MergeFrom(*(page.*rows)());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && (all->*rows)()->size() < limit);
  return grpc::Status::OK;
}

}  // namespace

std::string AuthorOr(const std::string& author) {
  if (!author.empty()) return author;
  if (const char* user = std::getenv("USER"); user != nullptr && *user != '\0') return user;
  const passwd* entry = getpwuid(geteuid());  // containers and services often have no USER
  return entry == nullptr ? "" : entry->pw_name;
}

int Run(const ConfigList& command, Session& session) {
  cfg::ListDocumentsRequest request;
  request.set_kind(command.kind);
  cfg::ListDocumentsResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::ListDocuments, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : DocumentTable(response.versions(), session.options.language));
  return kExitOk;
}

// The document alone, so that the output can be edited and saved as a draft.
int Run(const ConfigGet& command, Session& session) {
  auto request = RequestFor<cfg::GetVersionRequest>(command);
  request.set_version(command.version);
  cfg::GetVersionResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::GetVersion, request, &response);
  return status.ok() ? ShowDocument(command.kind, response.version().document(), response, session) : Fail(status);
}

int Run(const ConfigValidate& command, Session& session) {
  cfg::ValidateRequest request;
  if (!command.draft_id.empty()) {
    request.set_kind(command.kind);
    request.set_document_id(command.draft_id);
    const int exit_code = Validate(command.draft_id, request, session);
    if (exit_code == kExitOk) PointToSimulation(command, session);
    return exit_code;
  }
  int exit_code = kExitOk;
  for (const std::string& path : command.files) {
    const auto document = NewDocument(command.kind);
    if (const absl::Status status = ReadDocument(path, *document); !status.ok()) {
      exit_code = std::max(exit_code, FailLocally(status));
      continue;
    }
    request.mutable_document()->PackFrom(*document);
    exit_code = std::max(exit_code, Validate(path, request, session));
  }
  if (exit_code == kExitOk) PointToSimulation(command, session);
  return exit_code;
}

int Run(const ConfigDiff& command, Session& session) {
  auto request = RequestFor<cfg::DiffRequest>(command);
  request.set_from_version(command.from_version);
  request.set_to_version(command.to_version);
  cfg::DiffResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::Diff, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else if (response.changes().empty()) {
    fmt::print("{}\n", session.In({"no differences", "没有差异"}));
  } else {
    fmt::print("{}", DiffTable(response.changes(), session.options.language));
    if (response.omitted_count() > 0) fmt::print("{}: {}\n", session.In({"further changes, not shown", "另有未显示的变更"}), response.omitted_count());
  }
  return kExitOk;
}

int Run(const ConfigApprove& command, Session& session) {
  auto request = RequestFor<cfg::ApproveDraftRequest>(command);
  request.set_author(AuthorOr(command.author));
  request.set_note(command.note);
  grpc::Status status = DraftEtag(command, session, request.mutable_etag());
  cfg::ApproveDraftResponse response;
  if (status.ok()) status = CallConfig(session, &ConfigStub::ApproveDraft, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{} {} (etag {})\n", Printable(command.document_id), session.In({"is approved", "已批准"}), Printable(response.draft().etag()));
  return kExitOk;
}

int Run(const ConfigPublish& command, Session& session) {
  auto request = RequestFor<cfg::PublishDraftRequest>(command);
  request.set_author(AuthorOr(command.author));
  request.set_note(command.note);
  request.set_request_id(NewRequestId());
  if (!command.at.empty()) {
    absl::Time time;
    std::string error;
    absl::ParseTime(absl::RFC3339_full, command.at, &time, &error);  // the parser of the command line has checked it
    const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
    request.mutable_publish_time()->set_seconds(absl::ToUnixSeconds(second));
    request.mutable_publish_time()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - second)));
  }
  grpc::Status status = DraftEtag(command, session, request.mutable_etag());
  cfg::PublishDraftResponse response;
  if (status.ok()) status = CallConfig(session, &ConfigStub::PublishDraft, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else if (response.has_schedule()) {
    PrintSchedule(response.schedule(), session);
  } else {
    PrintVersion(response.version(), session);
  }
  return kExitOk;
}

int Run(const ConfigSchedules& command, Session& session) {
  cfg::ListSchedulesRequest request;
  request.set_kind(command.kind);
  cfg::ListSchedulesResponse all;
  const grpc::Status status =
      ReadPages(session, &ConfigStub::ListSchedules, request, command.limit, &cfg::ListSchedulesResponse::mutable_schedules, &all);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(all) : ScheduleTable(all.schedules(), session.options.language));
  return kExitOk;
}

int Run(const ConfigCancelSchedule& command, Session& session) {
  cfg::CancelScheduleRequest request;
  request.set_schedule_id(command.schedule_id);
  request.set_author(AuthorOr(command.author));
  request.set_note(command.note);
  cfg::CancelScheduleResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::CancelSchedule, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else {
    PrintSchedule(response.schedule(), session);
  }
  return kExitOk;
}

int Run(const ConfigVersions& command, Session& session) {
  cfg::ListVersionsResponse all;
  const grpc::Status status = ReadPages(session, &ConfigStub::ListVersions, RequestFor<cfg::ListVersionsRequest>(command), command.limit,
                                        &cfg::ListVersionsResponse::mutable_versions, &all);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(all) : VersionTable(all.versions(), session.options.language));
  return kExitOk;
}

int Run(const ConfigRollback& command, Session& session) {
  auto request = RequestFor<cfg::RollbackRequest>(command);
  request.set_version(command.version);
  request.set_author(AuthorOr(command.author));
  request.set_note(command.note);
  request.set_request_id(NewRequestId());
  request.set_etag(command.etag);
  if (command.etag.empty()) {
    cfg::GetVersionResponse current;
    const grpc::Status status = CallConfig(session, &ConfigStub::GetVersion, RequestFor<cfg::GetVersionRequest>(command), &current);
    if (!status.ok()) return Fail(status);
    request.set_etag(current.version().etag());
  }
  cfg::RollbackResponse response;
  const grpc::Status status = CallConfig(session, &ConfigStub::Rollback, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else {
    PrintVersion(response.version(), session);
  }
  return kExitOk;
}

}  // namespace rung::ctl
