// Whoever gives a simulation up stops its work and gets its memory back, over a base that is large enough to tell.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "libs/base/clock.h"
#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/metrics_page.h"

namespace rung::testing {
namespace {

constexpr int kSeeds = 20, kCopies = 20'000;  // 400,000 customers
constexpr int kRounds = 5;

class SimulationCancelledTest : public ::testing::Test {
 protected:
  SimulationCancelledTest() : port_(FreePort()) {
    EXPECT_TRUE(installation_.StopSuite());
    suite_ = Child(WithMetrics(installation_.SuiteCommand(installation_.address()), port_), installation_.folder() + "/suite.log");
    EXPECT_TRUE(Eventually(20'000, [&] { return !MetricsPage(port_).empty(); }));
    std::vector<v1::Event> events;
    for (int c = 0; c < kSeeds; ++c) {
      for (int o = 0; o <= c; ++o) {
        events.push_back(OrderEvent(fmt::format("seed-{}", c), fmt::format("o{}", o), fmt::format("2026-03-{:02}", 1 + o), 500'00 * (1 + c)));
      }
    }
    installation_.Ingest(events);
    installation_.Regrade("first", "2026-03-30");
    installation_.Sql(fmt::format("INSERT INTO customer (customer_id, check_bits, external_id, state, standings) "
                                  "SELECT row_number() OVER (), n, 'copy-' || row_number() OVER (), state, standings "
                                  "FROM customer, generate_series(1, {}) AS n", kCopies));
    installation_.Sql("ANALYZE customer");
    *request_.mutable_model() = ReadModel("kuailv");
    request_.set_as_of_date("2026-03-31");
  }

  double Running() const {
    const std::string page = MetricsPage(port_);
    return MetricOn(page, "grpc_server_started_total", {"\"SimulateModel\""}) - MetricOn(page, "grpc_server_handled_total", {"\"SimulateModel\""});
  }
  double Handled(const char* code) const { return MetricOn(MetricsPage(port_), "grpc_server_handled_total", {"\"SimulateModel\"", code}); }

  int64_t ResidentBytes() const {
    std::ifstream file(fmt::format("/proc/{}/statm", suite_.pid()));
    int64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }

  // Once the allocator has given back what is free: the service looks every few seconds.
  int64_t RestingBytes() const {
    int64_t least = ResidentBytes();
    for (int second = 0; second < 12; ++second) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      least = std::min(least, ResidentBytes());
    }
    return least;
  }

  // Reads until the simulation says that it has come to `phase`. Returns the seconds from then to its end in the service:
  // it is cancelled there, or the caller goes on listening.
  double SecondsFrom(const std::string& phase, bool cancel, int64_t* resident = nullptr) {
    auto stub = v1::SimulationService::NewStub(installation_.channel());
    auto context = Within(60'000);
    auto reader = stub->SimulateModel(context.get(), request_);
    v1::SimulateModelResponse message;
    while (reader->Read(&message) && message.phase() != phase) continue;
    EXPECT_EQ(message.phase(), phase);
    const int64_t start = MonotonicMicros();
    if (resident != nullptr) *resident = ResidentBytes();
    if (cancel) context->TryCancel();
    while (reader->Read(&message)) continue;
    EXPECT_EQ(reader->Finish().error_code(), cancel ? grpc::StatusCode::CANCELLED : grpc::StatusCode::OK);
    EXPECT_TRUE(Eventually(30'000, [&] { return Running() == 0; }));
    return static_cast<double>(MonotonicMicros() - start) / 1e6;
  }

  const int port_;
  Installation installation_;
  Child suite_;
  v1::SimulateModelRequest request_;
};

TEST_F(SimulationCancelledTest, StopsTheWorkAndFreesItsMemory) {
  SecondsFrom("loading", false);  // what the process keeps for good
  const int64_t low = RestingBytes();
  int64_t loaded = 0;
  const double whole = SecondsFrom("loading", false), rest = SecondsFrom("comparing", false, &loaded);
  const int64_t base = loaded - low;
  ASSERT_GT(base, 60 << 20) << "too small to be told from noise";
  ASSERT_LT(rest, whole);

  double cancelled_early = 0;
  for (int i = 0; i < kRounds; ++i) {
    cancelled_early += SecondsFrom("loading", true);
    SecondsFrom("comparing", true);
  }
  EXPECT_LT(cancelled_early, 0.6 * kRounds * whole) << "they went on to the end";
  EXPECT_EQ(Handled("\"Canceled\""), 2 * kRounds);
  EXPECT_EQ(Handled("\"OK\""), 3);
  EXPECT_TRUE(Eventually(30'000, [&] { return ResidentBytes() < low + base; }))
      << ResidentBytes() - low << " bytes more than before; one base takes " << base;
}

TEST_F(SimulationCancelledTest, KeepsNoBaseForTheNextOne) {
  request_.set_max_age_seconds(600);
  SecondsFrom("comparing", true);
  const auto loading_ms = [&] {
    auto stub = v1::SimulationService::NewStub(installation_.channel());
    auto context = Within(60'000);
    auto reader = stub->SimulateModel(context.get(), request_);
    v1::SimulateModelResponse message;
    while (reader->Read(&message)) continue;
    EXPECT_TRUE(reader->Finish().ok());
    return message.result().loading_ms();
  };
  const int64_t anew = loading_ms();
  EXPECT_GT(anew, 10 * loading_ms()) << "the second finds the base that the first has kept, the first found none";
}

TEST_F(SimulationCancelledTest, ADeadlineThatPassesIsACancellation) {
  SecondsFrom("loading", false);
  const double whole = SecondsFrom("loading", false);
  double after_deadlines = 0;
  for (int i = 0; i < kRounds; ++i) {
    auto stub = v1::SimulationService::NewStub(installation_.channel());
    auto context = Within(std::max(1, static_cast<int>(whole * 100)));  // a tenth of what it takes
    auto reader = stub->SimulateModel(context.get(), request_);
    v1::SimulateModelResponse message;
    while (reader->Read(&message)) continue;
    const int64_t start = MonotonicMicros();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    EXPECT_TRUE(Eventually(30'000, [&] { return Running() == 0; }));
    after_deadlines += static_cast<double>(MonotonicMicros() - start) / 1e6;
  }
  EXPECT_LT(after_deadlines, 0.6 * kRounds * whole) << "they went on to the end";
  EXPECT_EQ(Handled("\"Canceled\""), kRounds);
}

}  // namespace
}  // namespace rung::testing
