// What a run makes of an error of the store.
#include "services/grading/regrade_run.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "services/grading/calendars.h"
#include "services/grading/feature_reader.h"
#include "services/grading/fits.h"

namespace rung::grading {
namespace {

namespace pg = storage::postgres;

const absl::Status kUnused = InternalError("not for this test");

/// Answers the first question of a run with an error.
class FailingCustomers final : public storage::CustomerStore {
 public:
  explicit FailingCustomers(absl::Status status) : status_(std::move(status)) {}
  absl::StatusOr<int64_t> ApproximateCount() override { return status_; }

  absl::StatusOr<storage::CustomerRow> Read(CustomerNumber, Deadline) override { return kUnused; }
  absl::StatusOr<std::vector<storage::CustomerRow>> ReadStandings(const std::vector<CustomerNumber>&, Deadline) override { return kUnused; }
  absl::StatusOr<std::vector<storage::CustomerRow>> ReadGroup(CustomerNumber, Deadline) override { return kUnused; }
  absl::StatusOr<int64_t> ScanMerged(int64_t, const std::function<void(const CustomerFingerprint&, CustomerNumber)>&) override { return kUnused; }
  absl::Status ScanOutside(const std::function<absl::Status(const storage::CustomerView&)>&, Deadline) override { return kUnused; }
  absl::StatusOr<std::vector<storage::EventRow>> EventsOf(CustomerNumber, Deadline) override { return kUnused; }
  absl::Status Scan(int, const std::function<absl::Status(size_t, const storage::CustomerView&)>&) override { return kUnused; }
  absl::Status ScanStandings(const std::function<absl::Status(const storage::CustomerView&)>&) override { return kUnused; }

 private:
  const absl::Status status_;
};

class KeptRun final : public storage::RunStore {
 public:
  absl::Status Save(const storage::RunRow& run) override {
    saved = run;
    return absl::OkStatus();
  }
  storage::RunRow saved;

  absl::StatusOr<storage::RunRow> Create(const storage::RunRow&, const std::string&, Deadline, bool*) override { return kUnused; }
  absl::StatusOr<storage::RunRow> Get(int64_t, Deadline) override { return kUnused; }
  absl::StatusOr<std::vector<storage::RunRow>> List(int64_t, int, Deadline) override { return kUnused; }
  absl::StatusOr<storage::RunRow> Ask(int64_t, const std::string&, const storage::ByWhom&, Deadline) override { return kUnused; }
  absl::StatusOr<storage::RunRow> TakeOver(int64_t, bool, const storage::ByWhom*, Deadline) override { return kUnused; }
  absl::StatusOr<storage::ChunkResult> ApplyChunk(const storage::RunRow&, const std::vector<storage::StandingsUpdate>&,
                                                  const std::vector<storage::TierChangeRow>&, const std::vector<storage::LabelRow>&) override {
    return kUnused;
  }
  absl::Status SaveFrozen(const storage::RunRow&, int16_t, const std::vector<storage::FrozenPart>&) override { return kUnused; }
  absl::StatusOr<std::map<int16_t, int64_t>> FrozenRuns(Deadline) override { return kUnused; }
  absl::StatusOr<std::vector<storage::FrozenPart>> LoadFrozen(int16_t, int64_t*) override { return kUnused; }
};

/// The state in which the run is stored after its store has answered with `status`.
std::string StateAfter(const absl::Status& status) {
  const std::string keys = ::testing::TempDir() + "/regrade_run_test.keys";
  std::filesystem::remove(keys);
  EXPECT_TRUE(sealing::KeyRing::Create(keys).ok());
  const sealing::Codec codec(*sealing::KeyRing::Load(keys));
  const auto sessions = pg::MakeSessions("", 1);  // nobody connects
  const auto codes = pg::MakeCodeStore(sessions);
  const auto models = pg::MakeModelStore(sessions);
  const auto config = pg::MakeConfigStore(sessions);
  const auto fit_store = pg::MakeFitStore(sessions);
  FailingCustomers customers(status);
  KeptRun runs;
  runs.saved.run_id = runs.saved.fence = 1;
  runs.saved.state = "RUNNING";
  Ladders ladders(*models, runs, *codes);
  const Calendars calendars(*config);
  const Fits fits(*fit_store, *codes);
  labels::LabelTable table;
  const FakeClock clock(1'800'000'000);
  const BusinessZone zone = *BusinessZone::Load("Asia/Shanghai");
  const FeatureReader reader(customers, *codes, codec, calendars, fits, zone, clock, {});
  const std::atomic<bool> stopping{false};
  RegradeRun({runs, customers, *codes, ladders, table, clock, zone, reader, [] {}, [] {}}, {}, runs.saved, stopping).Execute();
  return runs.saved.state;
}

TEST(RegradeRunTest, WhatMayPassLeavesTheRunToBeTakenUpAndWhatLastsFailsIt) {
  EXPECT_EQ(StateAfter(WithReason(ResourceExhaustedError("all connections are in use"), "STORE_BUSY")), "RUNNING");
  EXPECT_EQ(StateAfter(WithReason(UnavailableError("out of reach"), "STORE_UNAVAILABLE")), "RUNNING");
  EXPECT_EQ(StateAfter(WithReason(AbortedError("a deadlock"), "STORE_CONFLICT")), "RUNNING");
  EXPECT_EQ(StateAfter(WithReason(AbortedError("another runner"), "FENCED")), "RUNNING");
  EXPECT_EQ(StateAfter(InternalError("PostgreSQL [42P01]: no such table")), "FAILED");
}

}  // namespace
}  // namespace rung::grading
