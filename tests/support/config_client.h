// rung.config.v1 for tests: calls as one-liners.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "rung/config/v1/config.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {

namespace cfg = config::v1;

template <typename Response>
struct Answer {
  grpc::Status status;
  Response response;

  bool ok() const { return status.ok(); }
  /// "ABORTED/ETAG_MISMATCH"-like; empty when it worked.
  std::string reason() const { return status.ok() ? std::string() : DetailsOf(status).reason; }
  const Response* operator->() const { return &response; }
};

/// Thread-safe.
class ConfigClient {
 public:
  using Stub = cfg::ConfigService::Stub;

  explicit ConfigClient(const std::shared_ptr<grpc::Channel>& channel) : stub_(cfg::ConfigService::NewStub(channel)) {}

  template <typename Request, typename Response>
  Answer<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request) const {
    Answer<Response> answer;
    const auto context = Within(30'000);
    answer.status = (stub_.get()->*method)(context.get(), request, &answer.response);
    return answer;
  }

  Answer<cfg::SaveDraftResponse> Save(const google::protobuf::Message& document, const std::string& etag = "", const std::string& author = "li") const {
    cfg::SaveDraftRequest request;
    request.mutable_document()->PackFrom(document);
    request.set_etag(etag);
    request.set_author(author);
    return Call(&Stub::SaveDraft, request);
  }
  Answer<cfg::GetDraftResponse> Get(const std::string& id) const { return Call(&Stub::GetDraft, Named<cfg::GetDraftRequest>(id)); }
  Answer<cfg::DeleteDraftResponse> Delete(const std::string& id, const std::string& etag) const {
    auto request = Named<cfg::DeleteDraftRequest>(id);
    request.set_etag(etag);
    request.set_author("li");
    return Call(&Stub::DeleteDraft, request);
  }
  Answer<cfg::ApproveDraftResponse> Approve(const std::string& id, const std::string& etag, const std::string& author) const {
    auto request = Named<cfg::ApproveDraftRequest>(id);
    request.set_etag(etag);
    request.set_author(author);
    return Call(&Stub::ApproveDraft, request);
  }
  static cfg::PublishDraftRequest PublishRequest(const std::string& id, const std::string& etag, const std::string& request_id) {
    auto request = Named<cfg::PublishDraftRequest>(id);
    request.set_etag(etag);
    request.set_author("li");
    request.set_note("because");
    request.set_request_id(request_id);
    return request;
  }
  Answer<cfg::PublishDraftResponse> Publish(const std::string& id, const std::string& etag, const std::string& request_id) const {
    return Call(&Stub::PublishDraft, PublishRequest(id, etag, request_id));
  }
  /// Saves and publishes; the new version.
  cfg::Version SaveAndPublish(const google::protobuf::Message& document) const {
    const auto saved = Save(document);
    EXPECT_TRUE(saved.ok()) << saved.status.error_message();
    auto request = PublishRequest(saved->draft().document_id(), saved->draft().etag(), saved->draft().kind() + saved->draft().etag());
    request.set_kind(saved->draft().kind());
    const auto published = Call(&Stub::PublishDraft, request);
    EXPECT_TRUE(published.ok()) << published.status.error_message();
    return published->version();
  }
  static cfg::RollbackRequest RollbackRequest(const std::string& id, int version, const std::string& etag, const std::string& request_id) {
    auto request = Named<cfg::RollbackRequest>(id);
    request.set_version(version);
    request.set_etag(etag);
    request.set_author("wang");
    request.set_note("too strict");
    request.set_request_id(request_id);
    return request;
  }
  Answer<cfg::GetVersionResponse> Version(const std::string& id, int version = 0) const {
    auto request = Named<cfg::GetVersionRequest>(id);
    request.set_version(version);
    return Call(&Stub::GetVersion, request);
  }
  Answer<cfg::DiffResponse> Diff(const std::string& id, int from = 0, int to = 0) const {
    auto request = Named<cfg::DiffRequest>(id);
    request.set_from_version(from);
    request.set_to_version(to);
    return Call(&Stub::Diff, request);
  }
  std::vector<cfg::Schedule> Schedules() const {
    const auto answer = Call(&Stub::ListSchedules, cfg::ListSchedulesRequest());
    EXPECT_TRUE(answer.ok()) << answer.status.error_message();
    return {answer->schedules().begin(), answer->schedules().end()};
  }
  Answer<cfg::CancelScheduleResponse> Cancel(int64_t schedule_id) const {
    cfg::CancelScheduleRequest request;
    request.set_schedule_id(schedule_id);
    request.set_author("wang");
    request.set_note("not now");
    return Call(&Stub::CancelSchedule, request);
  }

  template <typename Request>
  static Request Named(const std::string& id) {
    Request request;
    request.set_kind("model");
    request.set_document_id(id);
    return request;
  }

 private:
  std::unique_ptr<Stub> stub_;
};

/// A valid model of this id; `gold` is the lower bound of its gold tier.
inline v1::Model ModelOf(const std::string& id, double gold = 60) {
  v1::Model model = ReadModel("kuailv");
  model.set_model_id(id);
  model.mutable_tiers(2)->set_lower_bound(gold);
  return model;
}

inline v1::Model ModelIn(const google::protobuf::Any& document) {
  v1::Model model;
  EXPECT_TRUE(document.UnpackTo(&model)) << document.type_url();
  return model;
}

}  // namespace rung::testing
