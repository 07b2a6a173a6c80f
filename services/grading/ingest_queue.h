// Events in, group by group: what queued while the last commit ran is the next group.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/features/event.h"
#include "libs/labels/label_table.h"
#include "libs/sealing/codec.h"
#include "libs/storage/ingest_store.h"
#include "libs/storage/model_store.h"
#include "services/grading/calendars.h"
#include "services/grading/customer_grader.h"
#include "services/grading/group_grader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// A checked event with its canonical body.
struct IncomingEvent {
  features::Event event;
  int16_t kind = 0;   ///< field number of the fact
  std::string body;   ///< wire form without the two ids
};

/// What became of one event.
struct EventOutcome {
  /// kFailed, kPostponed: not stored, because the store failed. kPostponed: for a reason that may pass.
  enum Kind : uint8_t { kAccepted, kDuplicate, kRefused, kFailed, kPostponed } kind = kFailed;
  std::string reason;  ///< of all but the first two; empty: a failure without one
  std::string message;
};

struct IngestOptions {
  int writers = 2;
  size_t group_limit = 2000;    ///< events in one transaction
  size_t queue_limit = 50'000;            ///< events waiting; beyond it callers are told to come back
  size_t byte_limit = size_t{256} << 20;  ///< of their bodies; in memory an event takes some times that
};

struct IngestParts {
  storage::IngestStore& store;
  storage::CodeStore& codes;
  const sealing::Codec& codec;
  const Ladders& ladders;
  const Calendars& calendars;
  const Fits& fits;
  GroupGrader& groups;
  labels::LabelTable& table;
  const Clock& clock;
  const BusinessZone& zone;
  features::Sources sources;
  std::function<void()> labels_changed;  ///< wakes the relay
};

/// Thread-safe. A customer's events always go to the same writer, in the order in which they were submitted.
class IngestQueue {
 public:
  /// Called once, from a writer's thread. `outcomes` by event; `status` is OK unless one of them failed or is postponed.
  /// It is an error that may pass when there is one: sent again, the call meets the others.
  using Done = std::function<void(std::vector<EventOutcome> outcomes, const absl::Status& status)>;
  /// Whether the caller has gone: has cancelled, or run out of time. Asked from writers' threads, never after `done`.
  using Gone = std::function<bool()>;

  IngestQueue(const IngestOptions& options, const IngestParts& parts);
  ~IngestQueue();

  /// RESOURCE_EXHAUSTED/OVERLOADED when too much is waiting; `done` isn't called then. What still waits when the caller has
  /// gone isn't written any more: DEADLINE_EXCEEDED/STORE_TIMEOUT.
  absl::Status Submit(std::vector<IncomingEvent> events, Done done, Gone gone = nullptr);

  int64_t accepted_count() const { return accepted_.load(); }
  size_t waiting_count() const { return waiting_.load(); }

 private:
  struct Submission;
  struct Item {
    std::shared_ptr<Submission> submission;
    size_t index;
    CustomerFingerprint customer;
  };
  class Writer;

  void Leave(size_t events, size_t bytes);

  const IngestOptions options_;
  std::atomic<int64_t> accepted_{0};
  std::atomic<size_t> waiting_{0};
  std::atomic<size_t> waiting_bytes_{0};
  std::vector<std::unique_ptr<Writer>> writers_;
};

}  // namespace rung::grading
