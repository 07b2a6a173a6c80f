// How much may wait, with a store that is out of reach: what is written is settled all the same.
#include <gtest/gtest.h>

#include <future>

#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "services/grading/ingest_queue.h"

namespace rung::grading {
namespace {

namespace pg = storage::postgres;

constexpr char kNowhere[] = "host=/nowhere";

sealing::Codec NewCodec() {
  const std::string path = ::testing::TempDir() + "ingest_queue_test.keys";
  std::remove(path.c_str());
  EXPECT_TRUE(sealing::KeyRing::Create(path).ok());
  return sealing::Codec(*sealing::KeyRing::Load(path));
}

class IngestQueueTest : public ::testing::Test {
 protected:
  absl::Status Submit(size_t events, size_t bytes_each, IngestQueue::Gone gone = nullptr) {
    std::vector<IncomingEvent> submitted(events);
    for (IncomingEvent& event : submitted) event.body.resize(bytes_each);
    return queue_.Submit(std::move(submitted), [](std::vector<EventOutcome>, const absl::Status&) {}, std::move(gone));
  }
  /// The same; the writer stops at it until Release.
  absl::Status SubmitHeld(size_t events, size_t bytes_each) {
    release_ = {};
    return Submit(events, bytes_each, [released = release_.get_future().share()] {
      released.wait();
      return false;
    });
  }
  void Release() {
    release_.set_value();
    while (queue_.waiting_count() != 0) std::this_thread::yield();
  }

  const std::shared_ptr<pg::Sessions> sessions_ = pg::MakeSessions(kNowhere, 1);
  const std::unique_ptr<storage::IngestStore> store_ = pg::MakeIngestStore(kNowhere, 1);
  const std::unique_ptr<storage::ModelStore> models_ = pg::MakeModelStore(sessions_);
  const std::unique_ptr<storage::RunStore> runs_ = pg::MakeRunStore(sessions_, kNowhere);
  const std::unique_ptr<storage::ConfigStore> config_ = pg::MakeConfigStore(sessions_);
  const std::unique_ptr<storage::FitStore> fit_store_ = pg::MakeFitStore(sessions_);
  const std::unique_ptr<storage::CodeStore> codes_ = pg::MakeCodeStore(sessions_);
  const sealing::Codec codec_ = NewCodec();
  const Ladders ladders_{*models_, *runs_, *codes_};
  const Calendars calendars_{*config_};
  const Fits fits_{*fit_store_, *codes_};
  labels::LabelTable table_;
  const BusinessZone zone_ = *BusinessZone::Load("Asia/Shanghai");
  GroupGrader groups_{{*store_, codec_, ladders_, *codes_, calendars_, fits_, table_, SystemClock(), zone_, features::kOrders, [] {}}};
  IngestQueue queue_{{.writers = 1, .queue_limit = 4, .byte_limit = 1000},
                     {*store_, *codes_, codec_, ladders_, calendars_, fits_, groups_, table_, SystemClock(), zone_, features::kOrders, [] {}}};
  std::promise<void> release_;  // last: a queue that goes waits for its writer
};

TEST_F(IngestQueueTest, IsBoundedInEventsAndInBytes) {
  for (int again = 0; again < 3; ++again) {
    ASSERT_TRUE(SubmitHeld(1, 400).ok()) << again;
    EXPECT_TRUE(Submit(2, 300).ok()) << again;
    const absl::Status too_large = Submit(1, 1);
    EXPECT_EQ(ReasonOf(too_large), "OVERLOADED") << again << ": " << too_large;
    EXPECT_TRUE(Submit(1, 0).ok()) << again << ": what was refused doesn't count";
    EXPECT_EQ(ReasonOf(Submit(1, 0)), "OVERLOADED") << again << ": five events";
    Release();
  }
}

TEST_F(IngestQueueTest, TakesAMessageOfAnySizeWhenNothingElseWaits) {
  ASSERT_TRUE(SubmitHeld(2, 5000).ok());
  EXPECT_EQ(ReasonOf(Submit(1, 1)), "OVERLOADED");
  Release();
  EXPECT_TRUE(Submit(1, 1000).ok());
}

TEST_F(IngestQueueTest, WhoseCallersHaveGoneIsNotCounted) {
  ASSERT_TRUE(SubmitHeld(1, 100).ok());
  ASSERT_TRUE(Submit(2, 450, [] { return true; }).ok());
  Release();
  ASSERT_TRUE(SubmitHeld(2, 500).ok());
  Release();
}

}  // namespace
}  // namespace rung::grading
