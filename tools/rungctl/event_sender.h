// Events to the server, as a stream.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "rung/grading/v1/ingest.grpc.pb.h"
#include "tools/rungctl/backoff.h"
#include "tools/rungctl/connection.h"

namespace rung::ctl {

struct SendTotals {
  int64_t accepted = 0;
  int64_t duplicate = 0;
  int64_t refused = 0;
  int64_t resent_messages = 0;  ///< messages sent again after a retry answer or a broken stream
};

/// Collects events to messages and keeps a bounded window of them unanswered. A message is sent again when the server
/// asks for it or the stream breaks with UNAVAILABLE, as long as something is stored at least every
/// `connection.timeout()`. One thread calls it; `on_refused` is called from another one, one call at a time.
class EventSender {
 public:
  /// `line` is the number that the event was sent with.
  using OnRefused = std::function<void(int64_t line, const grading::v1::EventResult& result)>;

  /// `connection` outlives the sender.
  EventSender(Connection& connection, OnRefused on_refused);
  ~EventSender();

  EventSender(const EventSender&) = delete;
  EventSender& operator=(const EventSender&) = delete;

  /// Blocks while the window is full. False when sending has failed for good: see status().
  bool Send(grading::v1::Event event, int64_t line);

  /// Sends the rest and waits for all answers.
  bool Finish();

  grpc::Status status() const;
  SendTotals totals() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Stream = grpc::ClientReaderWriter<grading::v1::StreamEventsRequest, grading::v1::StreamEventsResponse>;

  struct Message {
    grading::v1::StreamEventsRequest request;
    std::vector<int64_t> lines;  // of its events
    bool sent = false;           // and not answered with "retry"
    Clock::time_point not_before;
    Backoff backoff;
  };

  bool Enqueue();
  bool Pump(size_t unanswered_max);
  bool Reopen(std::unique_lock<std::mutex>& lock);
  grpc::Status Close(std::unique_lock<std::mutex>& lock);
  std::shared_ptr<Message> NextDue(Clock::time_point now);
  Clock::time_point NextEvent() const;
  void ReadAnswers(Stream& stream);
  void TakeAnswer(const grading::v1::StreamEventsResponse& answer);
  void CancelWhenSilent();
  bool Silent(Clock::time_point now) const { return !unanswered_.empty() && now >= last_progress_ + connection_.timeout(); }
  void FailSilent();

  Connection& connection_;
  const OnRefused on_refused_;
  const std::unique_ptr<grading::v1::IngestService::Stub> stub_;

  // Only the calling thread.
  std::shared_ptr<Message> collecting_;
  size_t collecting_bytes_ = 0;
  int64_t next_sequence_ = 1;
  std::unique_ptr<Stream> stream_;
  std::thread reader_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, std::shared_ptr<Message>> unanswered_;
  std::unique_ptr<grpc::ClientContext> context_;
  bool broken_ = false;            // the stream has ended
  bool stopping_ = false;
  grpc::Status failure_;           // why sending has failed for good
  grpc::Status last_unavailable_;  // why the stream broke last
  Clock::time_point last_progress_;
  Backoff reopen_backoff_;
  SendTotals totals_;
  std::thread watchdog_;
};

}  // namespace rung::ctl
