#include "services/grading/tier_service.h"

namespace rung::grading {
namespace {

constexpr char kName[] = "rung.grading.v1.TierService";

// One call of WatchTiers.
class WatchCall final : public grpc::ServerWriteReactor<v1::WatchTiersResponse>, private Watcher {
 public:
  // Lives until gRPC is done with it; Begin's caller holds it as well.
  static std::shared_ptr<WatchCall> Make(TierWatch& watch, telemetry::MethodMetrics& metrics) {
    auto call = std::make_shared<WatchCall>(watch, metrics);
    call->self_ = call;
    return call;
  }
  WatchCall(TierWatch& watch, telemetry::MethodMetrics& metrics) : watch_(watch), metrics_(metrics) { metrics_.Started(); }

  void Begin(absl::StatusOr<Watched> watched) {
    absl::Status status = watched.status();
    if (status.ok()) status = watch_.Add(*this, *std::move(watched));
    Step([&] {
      begun_ = true;
      if (!status.ok()) end_ = status;
    });
  }

  void OnWriteDone(bool ok) override {
    Step([&] {
      writing_ = false;
      if (!ok) end_ = CancelledError("the caller has gone");
    });
  }
  void OnCancel() override {
    Step([&] { end_ = CancelledError("the caller has gone"); });
  }
  void OnDone() override {
    watch_.Remove(*this);
    self_.reset();
  }

 private:
  bool Ready() const override {
    std::lock_guard lock(mutex_);
    return !writing_ && !end_;
  }
  void Send(v1::WatchTiersResponse response) override {
    std::lock_guard lock(mutex_);
    if (end_) return;
    message_ = std::move(response);
    writing_ = true;
    StartWrite(&message_);
  }

  // Ends the call once there is a reason to, nothing is on its way and it stands in the watch's list, where OnDone finds it.
  template <typename Change>
  void Step(Change change) {
    {
      std::lock_guard lock(mutex_);
      change();
      if (!end_ || !begun_ || writing_ || ended_) return;
      ended_ = true;
    }
    metrics_.Handled(static_cast<int>(end_->code()), MonotonicMicros() - start_);
    Finish(rpc::ToGrpc(*end_));
  }

  TierWatch& watch_;
  telemetry::MethodMetrics& metrics_;
  const int64_t start_ = MonotonicMicros();
  std::shared_ptr<WatchCall> self_;
  mutable std::mutex mutex_;
  v1::WatchTiersResponse message_;
  bool begun_ = false;
  bool writing_ = false;
  std::optional<absl::Status> end_;
  bool ended_ = false;
};

}  // namespace

TierService::TierService(const TierLookup& lookup, const TierHistory& history, const TierArchive& archive, TierWatch& watch,
                         const ModelPublisher& publisher, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
    : lookup_(lookup), history_(history), archive_(archive), watch_(watch), publisher_(publisher), pool_(pool),
      get_tier_(metrics.Method(kName, "GetTier")), batch_(metrics.Method(kName, "BatchGetTiers")),
      packed_(metrics.Method(kName, "BatchGetTiersPacked")), list_tiers_(metrics.Method(kName, "ListTiers")),
      list_changes_(metrics.Method(kName, "ListTierChanges")),
      at_(metrics.Method(kName, "GetTierAt")), watches_(metrics.Method(kName, "WatchTiers", "server_stream")),
      distribution_(metrics.Method(kName, "GetTierDistribution")) {
  SetMessageAllocatorFor_GetTier(&get_tier_messages_);
  SetMessageAllocatorFor_BatchGetTiers(&batch_messages_);
}

grpc::ServerUnaryReactor* TierService::GetTier(grpc::CallbackServerContext* context, const v1::GetTierRequest* request,
                                               v1::GetTierResponse* response) {
  const int64_t start = rpc::TakeTurn();
  if (const auto answer = lookup_.GetFromMemory(*request, *response, start)) {
    return rpc::Answered(context, get_tier_, start, *answer);
  }
  return rpc::AnswerLater(context, get_tier_, pool_,
                          [this, request, response](Deadline deadline) { return lookup_.Get(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::BatchGetTiers(grpc::CallbackServerContext* context,
                                                     const v1::BatchGetTiersRequest* request,
                                                     v1::BatchGetTiersResponse* response) {
  const int64_t start = rpc::TakeTurn();
  if (const auto answer = lookup_.Batch(*request, *response, std::nullopt)) return rpc::Answered(context, batch_, start, *answer);
  return rpc::AnswerLater(context, batch_, pool_,
                          [this, request, response](Deadline deadline) { return *lookup_.Batch(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::BatchGetTiersPacked(grpc::CallbackServerContext* context,
                                                           const v1::BatchGetTiersPackedRequest* request,
                                                           v1::BatchGetTiersPackedResponse* response) {
  const int64_t start = rpc::TakeTurn();
  if (const auto answer = lookup_.BatchPacked(*request, *response, std::nullopt)) return rpc::Answered(context, packed_, start, *answer);
  return rpc::AnswerLater(context, packed_, pool_,
                          [this, request, response](Deadline deadline) { return *lookup_.BatchPacked(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::ListTiers(grpc::CallbackServerContext* context, const v1::ListTiersRequest*,
                                                 v1::ListTiersResponse* response) {
  return rpc::AnswerNow(context, list_tiers_, [&] {
    publisher_.ListTiers(*response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TierService::ListTierChanges(grpc::CallbackServerContext* context,
                                                       const v1::ListTierChangesRequest* request,
                                                       v1::ListTierChangesResponse* response) {
  return rpc::AnswerLater(context, list_changes_, pool_,
                          [this, request, response](Deadline deadline) { return history_.List(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::GetTierAt(grpc::CallbackServerContext* context, const v1::GetTierAtRequest* request,
                                                 v1::GetTierAtResponse* response) {
  return rpc::AnswerLater(context, at_, pool_,
                          [this, request, response](Deadline deadline) { return archive_.At(*request, *response, deadline); });
}

grpc::ServerWriteReactor<v1::WatchTiersResponse>* TierService::WatchTiers(grpc::CallbackServerContext*,
                                                                          const v1::WatchTiersRequest* request) {
  const auto call = WatchCall::Make(watch_, watches_);
  const bool posted = pool_.Post([this, call, request = *request] { call->Begin(watch_.Parse(request, Deadline::After(5000))); });
  if (!posted) call->Begin(WithReason(ResourceExhaustedError("too many calls are waiting"), "OVERLOADED"));
  return call.get();
}

grpc::ServerUnaryReactor* TierService::GetTierDistribution(grpc::CallbackServerContext* context,
                                                           const v1::GetTierDistributionRequest* request,
                                                           v1::GetTierDistributionResponse* response) {
  return rpc::AnswerLater(context, distribution_, pool_,
                          [this, request, response](Deadline deadline) { return lookup_.Distribution(*request, *response, deadline); });
}

}  // namespace rung::grading
