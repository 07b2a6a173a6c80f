#include "services/grading/ingest_queue.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "libs/errors/errors.h"
#include "libs/storage/store_error.h"
#include "services/grading/ingest_group.h"

namespace rung::grading {
namespace {

// Of several errors one that may pass counts.
void Join(absl::Status& status, const absl::Status& next) {
  if (status.ok() || (storage::MayPass(next) && !storage::MayPass(status))) status = next;
}

}  // namespace

// One caller's events; the last writer that touches it answers.
struct IngestQueue::Submission {
  std::vector<IncomingEvent> events;
  std::vector<EventOutcome> outcomes;
  Done done;
  Gone gone;
  std::atomic<size_t> left{0};
  std::mutex mutex;
  absl::Status status;

  size_t BytesOf(size_t index) const { return events[index].body.size(); }
  void Settle(size_t count, const absl::Status& part_status) {
    {
      std::lock_guard lock(mutex);
      Join(status, part_status);
    }
    if (left.fetch_sub(count) == count) done(std::move(outcomes), status);
  }
};

class IngestQueue::Writer {
 public:
  Writer(IngestQueue& queue, const IngestParts& parts) : queue_(queue), group_(parts), thread_([this] { Run(); }) {}
  ~Writer() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void Push(std::vector<Item> items) {
    {
      std::lock_guard lock(mutex_);
      for (Item& item : items) items_.push_back(std::move(item));
    }
    wake_.notify_one();
  }

 private:
  void Run() {
    for (;;) {
      std::vector<Item> items;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !items_.empty(); });
        if (items_.empty()) return;
        while (!items_.empty() && items.size() < queue_.options_.group_limit) {
          items.push_back(std::move(items_.front()));
          items_.pop_front();
        }
      }
      DropAbandoned(items);
      if (!items.empty()) Write(items);
    }
  }

  // What nobody waits for any more isn't written.
  void DropAbandoned(std::vector<Item>& items) {
    const Submission* asked = nullptr;  // items of one submission stand together
    bool gone = false;
    size_t bytes = 0;
    const size_t dropped = std::erase_if(items, [&](const Item& item) {
      Submission& submission = *item.submission;
      if (&submission != asked) gone = submission.gone && submission.gone();
      asked = &submission;
      if (!gone) return false;
      const absl::Status status = WithReason(DeadlineExceededError("the caller had gone before its events were written"), "STORE_TIMEOUT");
      submission.outcomes[item.index] = {EventOutcome::kPostponed, ReasonOf(status), std::string(Message(status))};
      bytes += submission.BytesOf(item.index);
      submission.Settle(1, status);
      return true;
    });
    queue_.Leave(dropped, bytes);
  }

  void Write(std::vector<Item>& items) {
    std::vector<GroupEvent> events;
    events.reserve(items.size());
    for (const Item& item : items) {
      events.push_back({&item.submission->events[item.index], item.customer, &item.submission->outcomes[item.index]});
    }
    std::vector<absl::Status> statuses(items.size());
    WriteOrSplit(events, statuses);
    const auto unavailable = std::find_if(statuses.begin(), statuses.end(), [](const absl::Status& s) { return absl::IsUnavailable(s); });
    if ((unavailable != statuses.end()) == store_reachable_) {  // once per outage, not once per group
      store_reachable_ = !store_reachable_;
      if (store_reachable_) {
        spdlog::info("ingest: writing again");
      } else {
        spdlog::warn("ingest: {}", Message(*unavailable));
      }
    }
    int64_t accepted = 0;
    for (const GroupEvent& event : events) accepted += event.outcome->kind == EventOutcome::kAccepted ? 1 : 0;
    queue_.accepted_.fetch_add(accepted);
    size_t bytes = 0;
    for (const Item& item : items) bytes += item.submission->BytesOf(item.index);
    queue_.Leave(items.size(), bytes);
    for (size_t i = 0; i < items.size();) {  // items of one submission stand together
      size_t end = i;
      absl::Status status;
      for (; end < items.size() && items[end].submission == items[i].submission; ++end) Join(status, statuses[end]);
      items[i].submission->Settle(end - i, status);
      i = end;
    }
  }

  // One customer's damaged row must not hold up the others: a group that fails for another reason than the store's
  // absence is tried again in halves.
  void WriteOrSplit(std::span<const GroupEvent> events, std::span<absl::Status> statuses) {
    const absl::Status status = group_.Write(events);
    if (status.ok()) return;
    if (!absl::IsUnavailable(status)) spdlog::warn("ingest: a group of {} events failed: {}", events.size(), Message(status));
    if (absl::IsUnavailable(status) || events.size() == 1) {
      const auto kind = storage::MayPass(status) ? EventOutcome::kPostponed : EventOutcome::kFailed;
      for (const GroupEvent& event : events) *event.outcome = {kind, ReasonOf(status), std::string(Message(status))};
      std::fill(statuses.begin(), statuses.end(), status);
      return;
    }
    const size_t half = events.size() / 2;
    WriteOrSplit(events.first(half), statuses.first(half));
    WriteOrSplit(events.subspan(half), statuses.subspan(half));
  }

  IngestQueue& queue_;
  IngestGroup group_;
  bool store_reachable_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_;
  bool stopping_ = false;
  std::thread thread_;
};

IngestQueue::IngestQueue(const IngestOptions& options, const IngestParts& parts) : options_(options) {
  for (int i = 0; i < options.writers; ++i) writers_.push_back(std::make_unique<Writer>(*this, parts));
}

IngestQueue::~IngestQueue() = default;

void IngestQueue::Leave(size_t events, size_t bytes) {
  waiting_bytes_.fetch_sub(bytes);
  waiting_.fetch_sub(events);
}

absl::Status IngestQueue::Submit(std::vector<IncomingEvent> events, Done done, Gone gone) {
  const size_t count = events.size();
  size_t bytes = 0;
  for (const IncomingEvent& event : events) bytes += event.body.size();
  const bool too_many = waiting_.fetch_add(count) + count > options_.queue_limit;
  const size_t bytes_before = waiting_bytes_.fetch_add(bytes);
  const bool too_large = bytes_before != 0 && bytes_before + bytes > options_.byte_limit;  // by itself any message is taken
  if (too_many || too_large) {
    Leave(count, bytes);
    const std::string what = too_many ? fmt::format("{} events", options_.queue_limit) : fmt::format("{} bytes of events", options_.byte_limit);
    return WithRetry(WithReason(ResourceExhaustedError("more than {} are waiting", what), "OVERLOADED"), 200);
  }
  auto submission = std::make_shared<Submission>();
  submission->events = std::move(events);
  submission->outcomes.resize(count);
  submission->done = std::move(done);
  submission->gone = std::move(gone);
  submission->left = count;
  std::vector<std::vector<Item>> parts(writers_.size());
  for (size_t i = 0; i < count; ++i) {
    const CustomerFingerprint customer = FingerprintOf(submission->events[i].event.customer_id);
    parts[static_cast<uint64_t>(customer.number) % writers_.size()].push_back({submission, i, customer});
  }
  for (size_t w = 0; w < parts.size(); ++w) {
    if (!parts[w].empty()) writers_[w]->Push(std::move(parts[w]));
  }
  return absl::OkStatus();
}

}  // namespace rung::grading
