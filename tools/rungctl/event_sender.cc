#include "tools/rungctl/event_sender.h"

#include <utility>

#include <fmt/format.h>

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

constexpr size_t kWindow = 16;             // unanswered messages
constexpr int kEventsPerMessage = 500;     // the API takes 1000
constexpr size_t kMessageBytes = 1 << 19;  // servers take 4 MiB by default
constexpr std::chrono::seconds kGoodbye(1);  // for the server to end a stream that is done

}  // namespace

EventSender::EventSender(Connection& connection, OnRefused on_refused)
    : connection_(connection),
      on_refused_(std::move(on_refused)),
      stub_(pb::IngestService::NewStub(connection.channel())),
      last_progress_(Clock::now()),
      watchdog_([this] { CancelWhenSilent(); }) {}

EventSender::~EventSender() {
  std::unique_lock lock(mutex_);
  Close(lock);
  stopping_ = true;
  lock.unlock();
  changed_.notify_all();
  watchdog_.join();
}

grpc::Status EventSender::status() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

SendTotals EventSender::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

bool EventSender::Send(pb::Event event, int64_t line) {
  const size_t bytes = event.ByteSizeLong();
  if (collecting_ != nullptr && collecting_bytes_ + bytes > kMessageBytes && !Enqueue()) return false;
  if (collecting_ == nullptr) {
    collecting_ = std::make_shared<Message>();
    collecting_bytes_ = 0;
  }
  *collecting_->request.add_events() = std::move(event);
  collecting_->lines.push_back(line);
  collecting_bytes_ += bytes;
  return collecting_->request.events_size() < kEventsPerMessage || Enqueue();
}

bool EventSender::Finish() {
  if (collecting_ != nullptr && !Enqueue()) return false;
  if (!Pump(0)) return false;
  if (stream_ != nullptr) stream_->WritesDone();
  std::unique_lock lock(mutex_);
  // Everything is answered and so stored: how the stream ends doesn't matter, only that it does.
  if (stream_ != nullptr) changed_.wait_for(lock, kGoodbye, [this] { return broken_; });
  Close(lock);
  return true;
}

bool EventSender::Enqueue() {
  {
    const std::lock_guard lock(mutex_);
    if (unanswered_.empty()) last_progress_ = Clock::now();  // the time to find more events isn't silence
    collecting_->request.set_sequence(next_sequence_);
    unanswered_.emplace(next_sequence_++, std::move(collecting_));
  }
  changed_.notify_all();
  return Pump(kWindow - 1);
}

// Writes what is due, until at most `unanswered_max` messages wait for their answers.
bool EventSender::Pump(size_t unanswered_max) {
  std::unique_lock lock(mutex_);
  while (failure_.ok()) {
    const auto now = Clock::now();
    if (Silent(now)) {
      FailSilent();
      break;
    }
    const std::shared_ptr<Message> due = NextDue(now);
    if (broken_ || (stream_ == nullptr && due != nullptr)) {
      if (!Reopen(lock)) break;
      continue;
    }
    if (due != nullptr) {
      due->sent = true;
      lock.unlock();
      const bool written = stream_->Write(due->request);  // may wait for the server; the watchdog ends that
      lock.lock();
      if (!written) broken_ = true;
      continue;
    }
    if (unanswered_.size() <= unanswered_max) return true;
    changed_.wait_until(lock, NextEvent());
  }
  Close(lock);
  return false;
}

std::shared_ptr<EventSender::Message> EventSender::NextDue(Clock::time_point now) {
  for (const auto& [sequence, message] : unanswered_) {
    if (!message->sent && message->not_before <= now) return message;
  }
  return nullptr;
}

EventSender::Clock::time_point EventSender::NextEvent() const {
  auto next = last_progress_ + connection_.timeout();
  for (const auto& [sequence, message] : unanswered_) {
    if (!message->sent) next = std::min(next, message->not_before);
  }
  return next;
}

// Opens the stream, anew after a break. False when the break was for good.
bool EventSender::Reopen(std::unique_lock<std::mutex>& lock) {
  if (stream_ != nullptr) {
    const grpc::Status end = Close(lock);
    // A server that drains may end the stream without an error.
    if (!end.ok() && end.error_code() != grpc::StatusCode::UNAVAILABLE) {
      if (failure_.ok()) failure_ = end;
      return false;
    }
    last_unavailable_ = end.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server ended the stream") : end;
    const auto until = std::min(Clock::now() + reopen_backoff_.Next(), last_progress_ + connection_.timeout());
    changed_.wait_until(lock, until, [&] { return !failure_.ok(); });
    for (auto& [sequence, message] : unanswered_) {
      if (message->sent) ++totals_.resent_messages;
      message->sent = false;
      message->not_before = {};
    }
    // The loop looks at the clock again before it opens the next one.
    return failure_.ok();
  }
  context_ = std::make_unique<grpc::ClientContext>();
  grpc::ClientContext& context = *context_;
  lock.unlock();
  stream_ = stub_->StreamEvents(&context);
  reader_ = std::thread([this, &stream = *stream_] { ReadAnswers(stream); });
  lock.lock();
  return true;
}

// Ends the stream, if there is one, and returns how it ended.
grpc::Status EventSender::Close(std::unique_lock<std::mutex>& lock) {
  if (stream_ == nullptr) return grpc::Status::OK;
  if (!broken_) context_->TryCancel();
  lock.unlock();
  reader_.join();
  const grpc::Status end = stream_->Finish();
  stream_.reset();
  lock.lock();
  context_.reset();
  broken_ = false;
  return end;
}

void EventSender::ReadAnswers(Stream& stream) {
  pb::StreamEventsResponse answer;
  while (stream.Read(&answer)) TakeAnswer(answer);
  {
    const std::lock_guard lock(mutex_);
    broken_ = true;
  }
  changed_.notify_all();
}

void EventSender::TakeAnswer(const pb::StreamEventsResponse& answer) {
  {
    const std::lock_guard lock(mutex_);
    const auto place = unanswered_.find(answer.sequence());
    if (place == unanswered_.end()) return;
    Message& message = *place->second;
    if (answer.retry()) {
      message.sent = false;
      message.not_before = Clock::now() + message.backoff.Next();
      ++totals_.resent_messages;
    } else {
      totals_.accepted += answer.accepted_count();
      totals_.duplicate += answer.duplicate_count();
      totals_.refused += answer.refused_count();
      for (const pb::EventResult& result : answer.results()) {
        if (result.outcome() != pb::OUTCOME_REFUSED) continue;
        const auto index = static_cast<size_t>(result.index());
        on_refused_(index < message.lines.size() ? message.lines[index] : 0, result);
      }
      unanswered_.erase(place);
      last_progress_ = Clock::now();
      reopen_backoff_.Reset();
    }
  }
  changed_.notify_all();
}

void EventSender::FailSilent() {
  if (!failure_.ok()) return;
  failure_ = !last_unavailable_.ok()
                 ? last_unavailable_
                 : grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED,
                                fmt::format("nothing was stored for {} s; {} messages are unanswered",
                                            connection_.timeout().count() / 1000.0, unanswered_.size()));
}

// A write to a server that doesn't read waits without a deadline: this ends it.
void EventSender::CancelWhenSilent() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (unanswered_.empty() || !failure_.ok()) {
      changed_.wait(lock);
    } else if (Silent(Clock::now())) {
      FailSilent();
      if (context_ != nullptr) context_->TryCancel();
      changed_.notify_all();
    } else {
      changed_.wait_until(lock, last_progress_ + connection_.timeout());
    }
  }
}

}  // namespace rung::ctl
