#include "services/grading/ingest_service.h"

#include <deque>
#include <mutex>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/store_error.h"
#include "libs/wire/event_mapping.h"

namespace rung::grading {
namespace {

constexpr char kName[] = "rung.grading.v1.IngestService";
constexpr int kStreamWindow = 32;  // unanswered messages of one stream

v1::EventResult RefusedResult(int index, const std::string& event_id, std::string reason, std::string field, std::string message) {
  v1::EventResult result;
  result.set_index(index);
  result.set_event_id(Shorten(event_id, 128));
  result.set_outcome(v1::OUTCOME_REFUSED);
  result.set_reason(std::move(reason));
  result.set_field(std::move(field));
  result.set_message(std::move(message));
  return result;
}

// Counts and results, the same for both kinds of response.
template <typename Response>
void Answer(const CheckedEvents& checked, const std::vector<EventOutcome>& outcomes,
            const std::vector<std::string>& event_ids, Response& response) {
  for (const v1::EventResult& result : checked.refused) *response.add_results() = result;
  int accepted = 0, duplicates = 0, refused = static_cast<int>(checked.refused.size());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    switch (outcomes[i].kind) {
      case EventOutcome::kAccepted:
        ++accepted;
        break;
      case EventOutcome::kDuplicate: {
        ++duplicates;
        v1::EventResult& result = *response.add_results();
        result.set_index(checked.positions[i]);
        result.set_event_id(event_ids[i]);
        result.set_outcome(v1::OUTCOME_DUPLICATE);
        break;
      }
      case EventOutcome::kRefused:
        ++refused;
        *response.add_results() = RefusedResult(checked.positions[i], event_ids[i], outcomes[i].reason,
                                                fmt::format("events[{}].event_id", checked.positions[i]), outcomes[i].message);
        break;
      case EventOutcome::kFailed:
        ++refused;
        *response.add_results() = RefusedResult(checked.positions[i], event_ids[i],
                                                outcomes[i].reason.empty() ? "INTERNAL" : outcomes[i].reason,
                                                fmt::format("events[{}]", checked.positions[i]),
                                                outcomes[i].reason.empty() ? "this event can't be stored; see the server's log"
                                                                           : outcomes[i].message);
        break;
      case EventOutcome::kPostponed:
        break;  // the whole message will be sent again
    }
  }
  response.set_accepted_count(accepted);
  response.set_duplicate_count(duplicates);
  response.set_refused_count(refused);
}

std::vector<std::string> EventIds(const CheckedEvents& checked) {
  std::vector<std::string> ids;
  for (const IncomingEvent& event : checked.events) ids.push_back(event.event.event_id);
  return ids;
}

absl::Status CheckCount(int count) {
  if (count >= 1 && count <= kMaxEvents) return absl::OkStatus();
  return InvalidField("events", "OUT_OF_RANGE", fmt::format("{} events; 1 to {}", count, kMaxEvents));
}

// Nothing was accepted: the call fails with everything that is wrong.
absl::Status NothingAccepted(const v1::IngestEventsResponse& response, const std::vector<Violation>& violations) {
  if (!violations.empty()) return InvalidRequest(violations);
  std::vector<Violation> conflicts;
  for (const v1::EventResult& result : response.results()) {
    if (result.outcome() == v1::OUTCOME_REFUSED) conflicts.push_back({result.field(), result.reason(), result.message()});
  }
  return WithReason(WithViolations(AlreadyExistsError("{}: {}", conflicts[0].field, conflicts[0].message), conflicts), conflicts[0].reason);
}

// One stream: reads ahead as far as the window allows, answers in the order in which groups commit.
class StreamReactor final : public grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse> {
 public:
  StreamReactor(const grpc::CallbackServerContext& context, IngestQueue& queue, const IngestRules& rules,
                telemetry::MethodMetrics& metrics)
      : context_(context), queue_(queue), rules_(rules), metrics_(metrics), start_(MonotonicMicros()) {
    metrics_.Started();
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      FinishAfter([this] { reading_done_ = true; });
      return;
    }
    auto checked = std::make_shared<CheckedEvents>();
    v1::StreamEventsResponse refused;
    refused.set_sequence(request_.sequence());
    const absl::Status count = CheckCount(request_.events_size());
    if (count.ok()) {
      *checked = CheckEvents(request_.events(), rules_);
    } else {
      *refused.add_results() = RefusedResult(0, "", "OUT_OF_RANGE", "events", std::string(Message(count)));
      refused.set_refused_count(1);
    }
    {
      std::lock_guard lock(mutex_);
      ++in_flight_;
    }
    if (!count.ok()) {
      Respond(std::move(refused));
    } else {
      Hand(request_.sequence(), std::move(checked));
    }
    FinishAfter([this] {
      if (broken_) {
        reading_done_ = true;  // OnCancel came first and couldn't know that no read would follow
      } else if (in_flight_ < kStreamWindow) {
        StartRead(&request_);
      } else {
        read_paused_ = true;
      }
    });
  }

  void OnWriteDone(bool ok) override {
    FinishAfter([this, ok] {
      responses_.pop_front();
      --in_flight_;
      if (!ok) broken_ = true;
      if (!responses_.empty() && !broken_) StartWrite(&responses_.front());
      if (broken_) {
        in_flight_ -= static_cast<int>(responses_.size());
        responses_.clear();
      }
      if (read_paused_ && in_flight_ < kStreamWindow && !reading_done_) {
        read_paused_ = false;
        StartRead(&request_);
      }
    });
  }

  void OnCancel() override {
    FinishAfter([this] {
      broken_ = true;
      if (read_paused_) reading_done_ = true;  // no read is pending that could tell
    });
  }

  void OnDone() override {
    metrics_.Handled(broken_ ? 1 : 0, MonotonicMicros() - start_);
    delete this;
  }

 private:
  void Hand(int64_t sequence, std::shared_ptr<CheckedEvents> checked) {
    auto ids = EventIds(*checked);
    std::vector<IncomingEvent> events = std::move(checked->events);
    if (events.empty()) {
      v1::StreamEventsResponse response;
      response.set_sequence(sequence);
      Answer(*checked, {}, {}, response);
      return Respond(std::move(response));
    }
    const absl::Status submitted = queue_.Submit(
        std::move(events),
        [this, sequence, checked, ids](std::vector<EventOutcome> outcomes, const absl::Status& status) {
          v1::StreamEventsResponse response;
          response.set_sequence(sequence);
          Answer(*checked, outcomes, ids, response);
          response.set_retry(storage::MayPass(status));
          Respond(std::move(response));
        },
        [this] { return context_.IsCancelled(); });
    if (submitted.ok()) return;
    v1::StreamEventsResponse response;
    response.set_sequence(sequence);
    response.set_retry(true);
    Respond(std::move(response));
  }

  void Respond(v1::StreamEventsResponse response) {
    FinishAfter([&] {
      if (broken_) {
        --in_flight_;
        return;
      }
      responses_.push_back(std::move(response));
      if (responses_.size() == 1) StartWrite(&responses_.front());
    });
  }

  // Changes the state under the lock and ends the stream when nothing is left to do. Finish comes last and without the
  // lock: OnDone may delete this at once.
  template <typename Change>
  void FinishAfter(Change change) {
    grpc::Status status;
    {
      std::lock_guard lock(mutex_);
      change();
      if (!reading_done_ || in_flight_ > 0 || finished_) return;
      finished_ = true;
      status = broken_ ? grpc::Status::CANCELLED : grpc::Status::OK;
    }
    Finish(status);
  }

  const grpc::CallbackServerContext& context_;
  IngestQueue& queue_;
  const IngestRules& rules_;
  telemetry::MethodMetrics& metrics_;
  const int64_t start_;
  v1::StreamEventsRequest request_;
  std::mutex mutex_;
  std::deque<v1::StreamEventsResponse> responses_;
  int in_flight_ = 0;  // messages read and not yet answered on the wire
  bool read_paused_ = false;
  bool reading_done_ = false;
  bool broken_ = false;
  bool finished_ = false;
};

}  // namespace

CheckedEvents CheckEvents(const google::protobuf::RepeatedPtrField<v1::Event>& events, const IngestRules& rules) {
  CheckedEvents checked;
  const wire::EventRules wire_rules{&rules.zone, rules.currency_code, rules.clock.NowSeconds() + kSecondsPerDay};
  v1::Event body;
  for (int i = 0; i < events.size(); ++i) {
    std::vector<Violation> violations;
    IncomingEvent incoming;
    wire::FromWire(events[i], wire_rules, fmt::format("events[{}]", i), incoming.event, violations);
    if (!violations.empty()) {
      checked.refused.push_back(RefusedResult(i, events[i].event_id(), violations[0].reason, violations[0].field, violations[0].message));
      checked.violations.insert(checked.violations.end(), violations.begin(), violations.end());
      continue;
    }
    incoming.kind = static_cast<int16_t>(events[i].fact_case());
    body = events[i];
    body.clear_customer_id();
    body.clear_event_id();
    body.DiscardUnknownFields();
    body.SerializeToString(&incoming.body);
    checked.events.push_back(std::move(incoming));
    checked.positions.push_back(i);
  }
  return checked;
}

IngestService::IngestService(IngestQueue& queue, IngestRules rules, telemetry::Metrics& metrics)
    : queue_(queue), rules_(std::move(rules)), unary_(metrics.Method(kName, "IngestEvents")),
      stream_(metrics.Method(kName, "StreamEvents", "bidi_stream")) {}

grpc::ServerUnaryReactor* IngestService::IngestEvents(grpc::CallbackServerContext* context, const v1::IngestEventsRequest* request,
                                                      v1::IngestEventsResponse* response) {
  const int64_t start = MonotonicMicros();
  unary_.Started();
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [this, reactor, start](const absl::Status& status) {
    unary_.Handled(static_cast<int>(status.code()), MonotonicMicros() - start);
    reactor->Finish(rpc::ToGrpc(status));
  };
  if (const absl::Status count = CheckCount(request->events_size()); !count.ok()) {
    finish(count);
    return reactor;
  }
  auto checked = std::make_shared<CheckedEvents>(CheckEvents(request->events(), rules_));
  if (checked->events.empty()) {
    finish(InvalidRequest(checked->violations));
    return reactor;
  }
  auto ids = EventIds(*checked);
  const absl::Status submitted = queue_.Submit(
      std::move(checked->events), [checked, ids, response, finish](std::vector<EventOutcome> outcomes, const absl::Status& status) {
        if (storage::MayPass(status)) return finish(status);  // sent again, the call settles every event
        Answer(*checked, outcomes, ids, *response);
        const bool nothing = response->accepted_count() == 0 && response->duplicate_count() == 0;
        if (!nothing) return finish(absl::OkStatus());
        finish(status.ok() ? NothingAccepted(*response, checked->violations) : status);
      },
      [context] { return context->IsCancelled(); });
  if (!submitted.ok()) finish(submitted);
  return reactor;
}

grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* IngestService::StreamEvents(
    grpc::CallbackServerContext* context) {
  return new StreamReactor(*context, queue_, rules_, stream_);
}

}  // namespace rung::grading
