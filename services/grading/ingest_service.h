// rung.grading.v1.IngestService: checks events and hands them to the queue.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/ingest.grpc.pb.h"
#include "services/grading/ingest_queue.h"

namespace rung::grading {

struct IngestRules {
  const BusinessZone& zone;
  const Clock& clock;
  std::string currency_code;
};

/// Events of one request: those that passed the check, and the answers of those that didn't.
struct CheckedEvents {
  std::vector<IncomingEvent> events;
  std::vector<int> positions;  ///< of `events` in the request
  std::vector<v1::EventResult> refused;
  std::vector<Violation> violations;
};

inline constexpr int kMaxEvents = 1000;

CheckedEvents CheckEvents(const google::protobuf::RepeatedPtrField<v1::Event>& events, const IngestRules& rules);

class IngestService final : public v1::IngestService::CallbackService {
 public:
  IngestService(IngestQueue& queue, IngestRules rules, telemetry::Metrics& metrics);

  grpc::ServerUnaryReactor* IngestEvents(grpc::CallbackServerContext* context, const v1::IngestEventsRequest* request,
                                         v1::IngestEventsResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* StreamEvents(
      grpc::CallbackServerContext* context) override;

 private:
  IngestQueue& queue_;
  const IngestRules rules_;
  telemetry::MethodMetrics& unary_;
  telemetry::MethodMetrics& stream_;
};

}  // namespace rung::grading
