// The batch: guard, protection, frozen ranks, takeover after a crash, and the schedule.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <filesystem>
#include <set>

#include "libs/base/day.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;

std::vector<v1::Event> Weekly(const std::string& customer, const std::string& first, int count, int64_t amount) {
  std::vector<v1::Event> events;
  for (int i = 0; i < count; ++i) {
    events.push_back(OrderEvent(customer, fmt::format("w{}", i), FormatDay(*ParseDay(first) + 7 * i), amount));
  }
  return events;
}

void Publish(Installation& installation, const std::string& preset) {
  v1::ApplyModelRequest request;
  request.set_request_id("publish-" + preset);
  *request.mutable_model() = ReadModel(preset);
  v1::ApplyModelResponse response;
  auto context = Within(10'000);
  ASSERT_TRUE(installation.models().ApplyModel(context.get(), request, &response).ok());
}

grpc::Status Start(Installation& installation, const std::string& request_id, const std::string& as_of, v1::RegradeRun& run) {
  v1::StartRegradeRequest request;
  request.set_request_id(request_id);
  request.set_as_of_date(as_of);
  v1::StartRegradeResponse response;
  auto context = Within(10'000);
  const grpc::Status status = installation.regrades().StartRegrade(context.get(), request, &response);
  run = response.run();
  return status;
}

v1::RegradeRun Watch(Installation& installation, int64_t run_id) {
  v1::WatchRegradeRequest request;
  request.set_run_id(run_id);
  auto context = Within(60'000);
  const auto reader = installation.regrades().WatchRegrade(context.get(), request);
  v1::WatchRegradeResponse progress;
  v1::RegradeRun last;
  while (reader->Read(&progress)) last = progress.run();
  EXPECT_TRUE(reader->Finish().ok());
  return last;
}

grpc::Status Resume(Installation& installation, int64_t run_id, bool override_guard) {
  v1::ResumeRegradeRequest request;
  request.set_run_id(run_id);
  request.set_override_guard(override_guard);
  request.set_author("lin");
  if (override_guard) request.set_reason("the spring prices are over");
  v1::ResumeRegradeResponse response;
  auto context = Within(10'000);
  return installation.regrades().ResumeRegrade(context.get(), request, &response);
}

v1::GradeCustomerResponse Grade(Installation& installation, const std::string& customer, const std::string& ladder) {
  v1::GradeCustomerRequest request;
  request.set_customer_id(customer);
  request.set_ladder_id(ladder);
  v1::GradeCustomerResponse response;
  auto context = Within(10'000);
  EXPECT_TRUE(installation.regrades().GradeCustomer(context.get(), request, &response).ok());
  return response;
}

std::vector<v1::RegradeRun> Runs(Installation& installation) {
  v1::ListRegradesResponse response;
  auto context = Within(10'000);
  EXPECT_TRUE(installation.regrades().ListRegrades(context.get(), {}, &response).ok());
  return {response.runs().begin(), response.runs().end()};
}

// The same installation under a process with another clock or schedule.
Child RestartAt(Installation& installation, const std::string& business_time, const std::string& nightly = "off") {
  installation.KillSuite();
  const auto binary = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../bin/rung-suite";
  const std::string folder = installation.folder();
  std::filesystem::remove(folder + "/grpc.sock");
  Child suite({binary.string(), "--listen", installation.address(), "--metrics-listen", "", "--postgres", installation.conninfo(),
               "--redis", "unix:" + folder + "/redis.sock", "--key-file", folder + "/keys", "--nightly", nightly, "--business-time",
               business_time}, folder + "/suite.log");
  bool live = false;
  for (int i = 0; i < 300 && !live; ++i) {
    v1::GetStatusResponse response;
    auto context = Within(2000);
    context->set_wait_for_ready(true);
    live = installation.status().GetStatus(context.get(), {}, &response).ok() && response.labels().live();
    if (!live) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(live) << "the suite didn't come back";
  return suite;
}

class RegradeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { installation_ = new Installation(); }
  static void TearDownTestSuite() { delete installation_; }
  static std::string TierOf(const std::string& customer) { return installation_->GetTier(customer).tier().tier_code(); }
  static v1::Event Return(const std::string& customer, const std::string& order, int64_t amount) {
    v1::Event event = OrderEvent(customer, "return-" + order, "2026-03-31", 1);
    event.mutable_refund()->set_order_id(order);
    event.mutable_refund()->set_amount_minor(amount);
    return event;
  }
  static inline Installation* installation_;
};

TEST_F(RegradeTest, ABatchGradesEverybodyAsOfYesterdayByDefault) {
  Installation fresh({.presets = false});
  for (int i = 0; i < 30; ++i) fresh.Ingest(Weekly(fmt::format("c{}", i), "2026-01-06", 12, 1000 * (1 + i * i * i)));
  v1::RegradeRun run;
  EXPECT_EQ(ReasonOf(Start(fresh, "early", "", run)), "NO_LADDER");
  Publish(fresh, "kuailv");
  Publish(fresh, "meicai");
  run = fresh.Regrade("first", "");
  EXPECT_EQ(run.state(), v1::RUN_STATE_DONE) << run.ShortDebugString();
  EXPECT_EQ(run.as_of_date(), "2026-03-30");
  EXPECT_EQ(run.phase(), "done");
  EXPECT_EQ(run.customer_count(), 30);
  EXPECT_EQ(run.first_count(), 60);
  EXPECT_EQ(run.planned_count(), 60);
  EXPECT_TRUE(run.has_ended_time());
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(fresh.GetTier(fmt::format("c{}", i), "kuailv").tier().graded());
    EXPECT_TRUE(fresh.GetTier(fmt::format("c{}", i), "meicai").tier().graded());
  }
  EXPECT_EQ(fresh.Regrade("second", "").planned_count(), 0) << "the same facts again change nothing";
}

TEST_F(RegradeTest, RequestsAreCheckedAndTheSameIdIsTheSameRun) {
  v1::RegradeRun run, again;
  EXPECT_EQ(ReasonOf(Start(*installation_, "", "", run)), "REQUIRED");
  EXPECT_EQ(ReasonOf(Start(*installation_, std::string(129, 'x'), "", run)), "TOO_LONG");
  EXPECT_EQ(ReasonOf(Start(*installation_, "future", "2026-04-01", run)), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Start(*installation_, "bad", "31.03.2026", run)), "BAD_DATE");
  ASSERT_TRUE(Start(*installation_, "same", "2026-03-30", run).ok());
  ASSERT_TRUE(Start(*installation_, "same", "2026-03-30", again).ok());
  EXPECT_EQ(run.run_id(), again.run_id());
  Watch(*installation_, run.run_id());
  ASSERT_TRUE(Start(*installation_, "same", "2026-03-30", again).ok());
  EXPECT_EQ(run.run_id(), again.run_id());
  EXPECT_EQ(again.state(), v1::RUN_STATE_DONE);
  v1::GetRegradeRequest unknown;
  unknown.set_run_id(999'999);
  v1::GetRegradeResponse response;
  auto context = Within(5000);
  EXPECT_EQ(ReasonOf(installation_->regrades().GetRegrade(context.get(), unknown, &response)), "RUN_UNKNOWN");
}

TEST_F(RegradeTest, WhoSteersARunSignsForItAndOverridingTheGuardTakesAReason) {
  const std::string entries = installation_->Sql("SELECT count(*) FROM audit_entry");
  auto& runs = installation_->regrades();
  v1::PauseRegradeResponse paused;
  v1::CancelRegradeResponse cancelled;
  v1::ResumeRegradeResponse resumed;
  v1::StartRegradeResponse started;
  EXPECT_EQ(DetailsOf(runs.PauseRegrade(Within(5000).get(), {}, &paused)).ViolationOf("author"), "REQUIRED");
  EXPECT_EQ(DetailsOf(runs.CancelRegrade(Within(5000).get(), {}, &cancelled)).ViolationOf("author"), "REQUIRED");
  v1::ResumeRegradeRequest resume;
  EXPECT_EQ(DetailsOf(runs.ResumeRegrade(Within(5000).get(), resume, &resumed)).ViolationOf("author"), "REQUIRED");
  resume.set_author("lin");
  resume.set_override_guard(true);
  EXPECT_EQ(DetailsOf(runs.ResumeRegrade(Within(5000).get(), resume, &resumed)).ViolationOf("reason"), "REQUIRED");
  v1::StartRegradeRequest start;
  start.set_request_id("forced");
  start.set_override_guard(true);
  const ErrorDetails unsigned_start = DetailsOf(runs.StartRegrade(Within(5000).get(), start, &started));
  EXPECT_EQ(unsigned_start.ViolationOf("author"), "REQUIRED");
  EXPECT_EQ(unsigned_start.ViolationOf("reason"), "REQUIRED");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM audit_entry"), entries);

  start.set_author("lin");
  start.set_reason("the base was cleaned up");
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(runs.StartRegrade(Within(5000).get(), start, &started).ok());
  Watch(*installation_, started.run().run_id());
  EXPECT_EQ(installation_->Sql(fmt::format("SELECT actor || ' ' || action || ' ' || reason FROM audit_entry WHERE subject = 'regrade/{}'", started.run().run_id())),
            "lin OVERRIDE_GUARD the base was cleaned up") << "once, however often it was asked for";
}

TEST_F(RegradeTest, DowngradesTakeEffectInTheBatchAndNotInRealTime) {
  std::vector<v1::Event> events = Weekly("down", "2026-01-06", 12, 1000);
  events.push_back(OrderEvent("down", "big", "2026-03-30", 100'000'000));
  installation_->Ingest(events);  // the first assignment: not protected
  ASSERT_EQ(TierOf("down"), "platinum");
  installation_->Ingest({Return("down", "big", 100'000'000)});
  EXPECT_EQ(TierOf("down"), "platinum");
  EXPECT_EQ(Grade(*installation_, "down", "").computed_tier_code(), "bronze");
  EXPECT_GE(installation_->Regrade("down-batch", "2026-03-31").downgraded_count(), 1);
  EXPECT_EQ(TierOf("down"), "bronze");
}

TEST(RegradeDroppedTierTest, WhoHadItGetsTheComputedTierInTheNextBatch) {
  Installation installation;
  std::vector<v1::Event> events = Weekly("steady", "2026-01-06", 12, 1000);
  events.push_back(OrderEvent("steady", "big", "2026-03-30", 100'000'000));
  for (const v1::Event& event : Weekly("fallen", "2026-01-06", 12, 1000)) events.push_back(event);
  events.push_back(OrderEvent("fallen", "big", "2026-03-30", 100'000'000));
  installation.Ingest(events);
  v1::Event back = OrderEvent("fallen", "return-big", "2026-03-31", 1);
  back.mutable_refund()->set_order_id("big");
  back.mutable_refund()->set_amount_minor(100'000'000);
  installation.Ingest({back});
  ASSERT_EQ(Grade(installation, "fallen", "").computed_tier_code(), "bronze");

  v1::ApplyModelRequest apply;
  apply.set_request_id("no platinum");
  v1::Model& model = *apply.mutable_model() = ReadModel("kuailv");
  ASSERT_EQ(model.tiers(1).code(), "platinum");
  model.mutable_tiers()->DeleteSubrange(1, 1);
  v1::ApplyModelResponse applied;
  const grpc::Status status = installation.models().ApplyModel(Within(10'000).get(), apply, &applied);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto tiers_of = [&](const std::string& customer) {
    v1::BatchGetTiersPackedRequest request;
    request.add_customer_numbers(installation.GetTier(customer).tier().customer_number());
    v1::BatchGetTiersPackedResponse response;
    EXPECT_TRUE(installation.tiers().BatchGetTiersPacked(Within(5'000).get(), request, &response).ok());
    const auto index = static_cast<uint8_t>(response.tiers()[0]);
    return index < response.tier_codes_size() ? response.tier_codes(index) : "unknown";
  };
  installation.Ingest({OrderEvent("fallen", "small", "2026-03-31", 100), OrderEvent("steady", "small", "2026-03-31", 100)});
  for (const char* customer : {"fallen", "steady"}) {
    EXPECT_EQ(installation.GetTier(customer).tier().tier_code(), "platinum") << "until a batch, whatever is ordered";
    EXPECT_EQ(installation.GetTier(customer).tier().version(), 1);
    EXPECT_EQ(tiers_of(customer), "platinum") << "known, though the model doesn't name it any more";
  }
  const v1::RegradeRun run = installation.Regrade("after", "2026-03-31");
  EXPECT_EQ(std::to_string(run.downgraded_count()), installation.Sql("SELECT count(*) FROM tier_change WHERE reason = 'DOWNGRADE' AND ladder_no <> "
                                                                     "(SELECT ladder_no FROM ladder WHERE ladder_id = 'kuailv')"))
      << "nobody can say which way it went";
  EXPECT_EQ(run.upgraded_count(), 0);
  for (const auto& [customer, tier] : {std::pair("fallen", "bronze"), std::pair("steady", "gold")}) {
    const v1::CustomerTier now = installation.GetTier(customer).tier();
    EXPECT_EQ(now.tier_code(), tier);
    EXPECT_EQ(now.version(), 2);
    EXPECT_EQ(tiers_of(customer), tier);
    EXPECT_EQ(installation.Sql(fmt::format("SELECT from_tier || '>' || to_tier || ' ' || reason FROM tier_change WHERE customer_id = {} AND "
                                           "ladder_no = (SELECT ladder_no FROM ladder WHERE ladder_id = 'kuailv') AND version = 2",
                                           static_cast<int64_t>(now.customer_number()))),
              fmt::format("platinum>{} TIER_DROPPED", tier));
    v1::ReplayTierRequest replay;
    replay.set_customer_id(customer);
    replay.set_version(2);
    v1::ReplayTierResponse replayed;
    EXPECT_TRUE(installation.explanations().ReplayTier(Within(10'000).get(), replay, &replayed).ok());
    EXPECT_TRUE(replayed.matches()) << replayed.ShortDebugString();
    v1::ExplainTierRequest explain;
    explain.set_customer_id(customer);
    explain.set_version(2);
    v1::ExplainTierResponse explained;
    EXPECT_TRUE(installation.explanations().ExplainTier(Within(10'000).get(), explain, &explained).ok());
    EXPECT_THAT(explained.explanation().ShortDebugString(), HasSubstr("STABILITY_RULE_TIER_DROPPED"));
    EXPECT_EQ(Grade(installation, customer, "").current_tier_code(), tier);
  }
  EXPECT_EQ(installation.Regrade("once more", "2026-03-31").progress_count(), 0);
}

TEST_F(RegradeTest, ABatchNeverOverwritesALaterDecision) {
  installation_->Ingest(Weekly("later", "2025-06-10", 13, 8'000'000));  // platinum then, gold now
  const v1::CustomerTier before = installation_->GetTier("later").tier();
  ASSERT_EQ(before.tier_code(), "gold");
  ASSERT_EQ(before.as_of_date(), "2026-03-31");
  EXPECT_EQ(installation_->Regrade("earlier-day", "2025-09-09").state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(installation_->GetTier("later").tier().SerializeAsString(), before.SerializeAsString());
}

TEST(RegradeGuardTest, HoldsARunOfManyDowngradesUntilAnOperatorDecides) {
  Installation installation({.presets = false});
  for (int i = 0; i < 25; ++i) installation.Ingest(Weekly(fmt::format("c{}", i), "2025-06-10", 13, 8'000'000));
  Publish(installation, "kuailv");
  ASSERT_EQ(installation.Regrade("summer", "2025-09-09").first_count(), 25);
  ASSERT_EQ(installation.GetTier("c7").tier().tier_code(), "platinum");

  const v1::RegradeRun held = installation.Regrade("spring", "2026-03-30");
  ASSERT_EQ(held.state(), v1::RUN_STATE_HELD) << held.ShortDebugString();
  EXPECT_EQ(held.planned_downgrade_count(), 25);
  EXPECT_EQ(held.downgraded_count(), 0);
  EXPECT_FALSE(held.has_ended_time());
  EXPECT_THAT(held.message(), HasSubstr("25 of 25"));
  EXPECT_EQ(installation.GetTier("c7").tier().tier_code(), "platinum");
  v1::RegradeRun other;
  const grpc::Status in_progress = Start(installation, "other", "2026-03-30", other);
  EXPECT_EQ(in_progress.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(in_progress), "RUN_IN_PROGRESS");
  ASSERT_TRUE(Resume(installation, held.run_id(), false).ok());
  EXPECT_EQ(Watch(installation, held.run_id()).state(), v1::RUN_STATE_HELD) << "without the override it's held again";

  v1::CancelRegradeRequest cancel;
  cancel.set_run_id(held.run_id());
  cancel.set_author("wang");
  cancel.set_reason("prices first");
  v1::CancelRegradeResponse cancelled;
  auto context = Within(10'000);
  ASSERT_TRUE(installation.regrades().CancelRegrade(context.get(), cancel, &cancelled).ok());
  EXPECT_EQ(cancelled.run().state(), v1::RUN_STATE_CANCELLED);
  EXPECT_TRUE(cancelled.run().has_ended_time());
  EXPECT_EQ(installation.GetTier("c7").tier().tier_code(), "platinum");
  const grpc::Status ended = Resume(installation, held.run_id(), true);
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(ended), "RUN_ENDED");

  const v1::RegradeRun second = installation.Regrade("spring-again", "2026-03-30");
  ASSERT_EQ(second.state(), v1::RUN_STATE_HELD);
  ASSERT_TRUE(Resume(installation, second.run_id(), true).ok());
  const v1::RegradeRun done = Watch(installation, second.run_id());
  EXPECT_EQ(done.state(), v1::RUN_STATE_DONE) << done.ShortDebugString();
  EXPECT_EQ(done.downgraded_count(), 25);
  EXPECT_EQ(installation.GetTier("c7").tier().tier_code(), "gold");
  EXPECT_EQ(installation.Sql(fmt::format("SELECT count(*) FROM tier_change WHERE reason = 'DOWNGRADE' AND version = 2 AND cause = 'run:{}'",
                                         second.run_id())), "25");

  const std::string steered = "SELECT actor || ': ' || action || ' ' || subject || ', ' || reason || ', ' || (before::json->>'state') || ' to ' || "
                              "(after::json->>'state') || ', ' || (after::json->>'override_guard') FROM audit_entry "
                              "WHERE subject LIKE 'regrade/%' ORDER BY chain_seq";
  EXPECT_EQ(installation.Sql(steered), fmt::format("lin: RESUME_REGRADE regrade/{0}, , HELD to RUNNING, false\n"
                                                   "wang: CANCEL_REGRADE regrade/{0}, prices first, HELD to CANCELLED, false\n"
                                                   "lin: OVERRIDE_GUARD regrade/{1}, the spring prices are over, HELD to RUNNING, true",
                                                   held.run_id(), second.run_id()));
  EXPECT_EQ(installation.Sql("SELECT before::json->>'planned_downgrades' FROM audit_entry WHERE action = 'OVERRIDE_GUARD'"), "25");

  std::vector<int64_t> ids;
  v1::ListRegradesRequest list;
  list.set_page_size(1);
  do {
    v1::ListRegradesResponse page;
    auto list_context = Within(5000);
    ASSERT_TRUE(installation.regrades().ListRegrades(list_context.get(), list, &page).ok());
    ASSERT_EQ(page.runs_size(), 1);
    ids.push_back(page.runs(0).run_id());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty() && ids.size() < 10);
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_TRUE(ids[0] > ids[1] && ids[1] > ids[2]) << "newest first";
  list.set_page_token("1.1");
  v1::ListRegradesResponse page;
  auto bad_context = Within(5000);
  EXPECT_EQ(ReasonOf(installation.regrades().ListRegrades(bad_context.get(), list, &page)), "BAD_PAGE_TOKEN");
}

TEST(RegradeProtectionTest, AnUpgradeIsKeptForThreeMonthsAndNoLonger) {
  Installation installation;
  installation.Ingest(Weekly("kept", "2026-01-06", 12, 1000));
  installation.Ingest({OrderEvent("kept", "big", "2026-03-31", 100'000'000)});
  ASSERT_EQ(installation.GetTier("kept").tier().tier_code(), "platinum");
  const v1::CustomerTier granted = installation.GetTier("kept").tier();
  {
    Child suite = RestartAt(installation, "2026-06-29T12:00:00+08:00");
    EXPECT_EQ(Grade(installation, "kept", "").computed_tier_code(), "gold") << "the fixture must have lost its rhythm by now";
    EXPECT_EQ(Grade(installation, "kept", "").protected_until_date(), "2026-06-30");
    EXPECT_EQ(installation.Regrade("day-before", "").downgraded_count(), 0);
    EXPECT_EQ(installation.GetTier("kept").tier().tier_code(), "platinum");
    EXPECT_EQ(installation.GetTier("kept").tier().version(), granted.version());
  }
  Child suite = RestartAt(installation, "2026-06-30T12:00:00+08:00");
  EXPECT_GE(installation.Regrade("day-of", "").downgraded_count(), 1);
  EXPECT_EQ(installation.GetTier("kept").tier().tier_code(), "gold");
  EXPECT_EQ(installation.GetTier("kept").tier().version(), granted.version() + 1);
}

TEST(RegradeStabilityTest, ADowngradeTakesTwoNightsForEachLevelAndARepeatedOrSkippedNightIsNone) {
  Installation installation;
  v1::ApplyModelRequest apply;
  apply.set_request_id("slowly");
  *apply.mutable_model() = ReadModel("kuailv");
  auto& stability = *apply.mutable_model()->mutable_stability();
  stability.set_protection_months(0);
  stability.set_confirmation_batches(2);
  stability.set_max_levels_down(1);
  v1::ApplyModelResponse applied;
  auto context = Within(10'000);
  ASSERT_TRUE(installation.models().ApplyModel(context.get(), apply, &applied).ok());
  installation.Ingest(Weekly("slow", "2026-01-06", 12, 1000));
  installation.Ingest({OrderEvent("slow", "big", "2026-03-31", 100'000'000)});
  v1::Event cancel = OrderEvent("slow", "cancel", "2026-03-31", 1);
  cancel.mutable_cancellation()->set_order_id("big");
  installation.Ingest({cancel});
  Child suite = RestartAt(installation, "2026-04-10T12:00:00+08:00");
  ASSERT_EQ(Grade(installation, "slow", "").computed_tier_code(), "bronze");
  int runs = 0;
  const auto after = [&](const std::string& as_of) {
    EXPECT_EQ(installation.Regrade(fmt::format("run-{}", ++runs), as_of).state(), v1::RUN_STATE_DONE);
    return installation.GetTier("slow").tier().tier_code();
  };
  EXPECT_EQ(after("2026-04-01"), "platinum") << "the first that speaks against it";
  EXPECT_EQ(Grade(installation, "slow", "").effective_tier_code(), "platinum");
  EXPECT_EQ(after("2026-04-01"), "platinum") << "the same day doesn't count twice";
  EXPECT_EQ(after("2026-04-03"), "gold") << "the night between was skipped; one level";
  EXPECT_EQ(after("2026-04-03"), "gold");
  EXPECT_EQ(after("2026-04-02"), "gold") << "an older day stands back";
  EXPECT_EQ(after("2026-04-04"), "gold") << "counted anew from the change on";
  EXPECT_EQ(after("2026-04-05"), "silver");
  EXPECT_EQ(after("2026-04-06"), "silver");
  EXPECT_EQ(after("2026-04-07"), "bronze");
}

// Customers upgraded on March 31 by one big order each, on top of a small weekly rhythm.
class VoidedProtectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string customer : {"returns", "settles", "cancels", "reverts", "keeps"}) {
      installation_.Ingest(Weekly(customer, "2026-01-06", 12, 1000));
      installation_.Ingest({OrderEvent(customer, "big", "2026-03-31", 100'000'000)});
      ASSERT_EQ(installation_.GetTier(customer).tier().tier_code(), "platinum");
    }
  }
  static v1::Event On(const std::string& date, const std::string& customer, const std::string& id) {
    v1::Event event = OrderEvent(customer, id, date, 1);
    event.clear_order();
    return event;
  }
  static v1::Event Refund(const std::string& date, const std::string& customer, const std::string& id, int64_t amount) {
    v1::Event event = On(date, customer, id);
    event.mutable_refund()->set_order_id("big");
    event.mutable_refund()->set_amount_minor(amount);
    return event;
  }
  std::string TierOf(const std::string& customer) { return installation_.GetTier(customer).tier().tier_code(); }

  Installation installation_;
};

TEST_F(VoidedProtectionTest, AReturnedQualifyingPurchaseIsNotProtected) {
  Child suite = RestartAt(installation_, "2026-04-10T12:00:00+08:00");
  installation_.Ingest({Refund("2026-04-10", "returns", "refund", 100'000'000), Refund("2026-04-10", "settles", "weight", 200)});
  v1::Event cancel = On("2026-04-10", "cancels", "cancel");
  cancel.mutable_cancellation()->set_order_id("big");
  installation_.Ingest({cancel, Refund("2026-04-10", "reverts", "mistake", 100'000'000)});
  EXPECT_TRUE(Grade(installation_, "reverts", "").protection_void());
  v1::Event withdrawal = On("2026-04-10", "reverts", "withdrawal");
  withdrawal.mutable_void_event()->set_voided_event_id("mistake");
  installation_.Ingest({withdrawal});

  const v1::GradeCustomerResponse returned = Grade(installation_, "returns", "");
  EXPECT_TRUE(returned.protection_void());
  EXPECT_EQ(returned.protected_until_date(), "");
  EXPECT_EQ(returned.held_by(), "AWAITS_BATCH");
  for (const std::string customer : {"settles", "reverts", "keeps"}) {
    EXPECT_FALSE(Grade(installation_, customer, "").protection_void()) << customer;
    EXPECT_EQ(Grade(installation_, customer, "").protected_until_date(), "2026-06-30") << customer;
  }
  EXPECT_EQ(TierOf("returns"), "platinum") << "downgrades wait for the batch";
  EXPECT_GE(installation_.Regrade("night", "2026-04-10").downgraded_count(), 2);
  EXPECT_EQ(TierOf("returns"), "bronze");
  EXPECT_EQ(TierOf("cancels"), "bronze");
  for (const std::string customer : {"settles", "reverts", "keeps"}) EXPECT_EQ(TierOf(customer), "platinum") << customer;
}

TEST_F(VoidedProtectionTest, AnUpgradeIsJudgedByTheModelThatGrantedIt) {
  v1::ApplyModelRequest request;
  request.set_request_id("stricter");
  *request.mutable_model() = ReadModel("kuailv");
  for (v1::Tier& tier : *request.mutable_model()->mutable_tiers()) {
    if (tier.lower_bound() > 0) tier.set_lower_bound(tier.lower_bound() + 9);  // everybody's platinum is out of reach now
  }
  v1::ApplyModelResponse response;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_.models().ApplyModel(context.get(), request, &response).ok());
  Child suite = RestartAt(installation_, "2026-04-10T12:00:00+08:00");
  installation_.Ingest({Refund("2026-04-10", "settles", "weight", 200), Refund("2026-04-10", "returns", "refund", 100'000'000)});
  EXPECT_FALSE(Grade(installation_, "settles", "").protection_void());
  EXPECT_TRUE(Grade(installation_, "returns", "").protection_void());
}

TEST_F(VoidedProtectionTest, TheDayOfTheUpgradeIsReachedWhenTheKeptStateHasMovedOn) {
  Child suite = RestartAt(installation_, "2026-06-25T12:00:00+08:00");  // 86 days later: the kept state reaches back 66 to 82
  installation_.Ingest({OrderEvent("returns", "june", "2026-06-25", 1000), OrderEvent("settles", "june", "2026-06-25", 1000)});
  installation_.Ingest({Refund("2026-06-25", "returns", "refund", 100'000'000), Refund("2026-06-25", "settles", "weight", 200)});
  EXPECT_TRUE(Grade(installation_, "returns", "").protection_void());
  EXPECT_FALSE(Grade(installation_, "settles", "").protection_void());
  EXPECT_EQ(Grade(installation_, "settles", "").protected_until_date(), "2026-06-30");
}

TEST(RegradePopulationTest, RealTimeRanksAreTheSameAfterARestart) {
  Installation installation({.presets = false});
  for (int i = 0; i < 30; ++i) installation.Ingest(Weekly(fmt::format("c{}", i), "2026-01-06", 12, 100'000 + 1000 * i));
  Publish(installation, "meicai");
  Publish(installation, "meicai-rfmp");
  ASSERT_EQ(installation.Regrade("batch", "").state(), v1::RUN_STATE_DONE);
  const auto grade_all = [&] {
    std::map<std::string, std::string> graded;
    for (const std::string ladder : {"meicai", "meicai-rfmp"}) {
      for (int i = 0; i < 30; ++i) {
        const std::string customer = fmt::format("c{}", i);
        graded[ladder + "/" + customer] = Grade(installation, customer, ladder).ShortDebugString();
      }
    }
    return graded;
  };
  const auto before = grade_all();
  EXPECT_THAT(before.at("meicai/c29"), HasSubstr("computed_tier_code: \"silver\""));
  EXPECT_THAT(before.at("meicai/c0"), HasSubstr("computed_tier_code: \"bronze\"")) << "not among the best 70 %";
  installation.KillSuite();
  installation.StartSuite();
  EXPECT_EQ(grade_all(), before);
}

TEST(RegradePopulationTest, OneThatCannotBeReadIsLeftOutUntilTheNextBatch) {
  Installation installation({.presets = false});
  for (int i = 0; i < 10; ++i) installation.Ingest(Weekly(fmt::format("c{}", i), "2026-01-06", 12, 100'000 + 1000 * i));
  Publish(installation, "meicai-rfmp");
  ASSERT_EQ(installation.Regrade("first", "").state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(Grade(installation, "c9", "").provisional_reason(), "");
  PGconn* connection = PQconnectdb(installation.conninfo().c_str());
  PGresult* damaged = PQexec(connection, "UPDATE frozen_population SET body = '\\x7f' WHERE part = 0");
  ASSERT_STREQ(PQcmdTuples(damaged), "1") << PQerrorMessage(connection);
  PQclear(damaged);
  PQfinish(connection);
  installation.KillSuite();
  installation.StartSuite();
  EXPECT_EQ(Grade(installation, "c9", "").provisional_reason(), "NO_POPULATION");
  ASSERT_EQ(installation.Regrade("second", "").state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(Grade(installation, "c9", "").provisional_reason(), "");
}

TEST(RegradeTakeoverTest, AKilledRunIsTakenOverAndGradesEverybodyExactlyOnce) {
  constexpr int kCustomers = 12'000;
  Installation installation({.presets = false});
  for (int from = 0; from < kCustomers; from += 1000) {
    v1::IngestEventsRequest request;
    for (int i = from; i < from + 1000; ++i) *request.add_events() = OrderEvent(fmt::format("c{}", i), "e", "2026-03-30", 1000);
    v1::IngestEventsResponse response;
    auto context = Within(60'000);
    ASSERT_TRUE(installation.ingest().IngestEvents(context.get(), request, &response).ok());
  }
  Publish(installation, "kuailv");
  // A locked row of the last chunk holds the run up after its first chunks are written.
  PGconn* holder = PQconnectdb(installation.conninfo().c_str());
  PQclear(PQexec(holder, "BEGIN"));
  PQclear(PQexec(holder, "SELECT 1 FROM customer ORDER BY customer_id DESC LIMIT 1 FOR UPDATE"));
  v1::RegradeRun run;
  ASSERT_TRUE(Start(installation, "interrupted", "", run).ok());
  int written = 0;
  for (int i = 0; i < 150 && written == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    written = std::stoi(installation.Sql("SELECT count(*) FROM tier_change"));
  }
  EXPECT_GT(written, 0) << "nothing was written before the crash";
  EXPECT_LT(written, kCustomers) << "everything was written before the crash";
  installation.KillSuite();
  PQfinish(holder);
  installation.Sql("UPDATE regrade_run SET lease_until = clock_timestamp()");  // crash_test waits for a lease to end by itself
  installation.StartSuite();
  const v1::RegradeRun done = Watch(installation, run.run_id());
  EXPECT_EQ(done.state(), v1::RUN_STATE_DONE) << done.ShortDebugString();
  EXPECT_THAT(installation.Log(), HasSubstr("taking it over"));
  EXPECT_EQ(installation.Sql("SELECT count(*) || ' ' || count(DISTINCT customer_id) || ' ' || max(version) FROM tier_change"),
            fmt::format("{} {} 1", kCustomers, kCustomers));
  EXPECT_EQ(done.first_count(), kCustomers) << "the run's own count covers what it wrote before the crash";
}

TEST(RegradeScheduleTest, TheNightlyAndTheWeeklyRunFireOnceAndOnTime) {
  Installation installation({.business_time = "2026-03-31T02:00:00+08:00"});
  installation.Ingest(Weekly("c", "2026-01-06", 12, 1000));
  const auto wait_for_runs = [&](size_t count, int milliseconds) {
    for (int waited = 0; waited < milliseconds && Runs(installation).size() < count; waited += 100) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return Runs(installation).size();
  };
  constexpr int kTooLong = 1500;  // it looks at its schedule every second
  {
    Child suite = RestartAt(installation, "2026-03-31T02:00:00+08:00", "02:30");
    EXPECT_EQ(wait_for_runs(1, kTooLong), 0u) << "too early";
  }
  {
    Child suite = RestartAt(installation, "2026-03-31T02:29:58+08:00", "02:30");
    ASSERT_EQ(wait_for_runs(1, 30'000), 1u);
    const v1::RegradeRun run = Watch(installation, 0);
    EXPECT_EQ(run.state(), v1::RUN_STATE_DONE);
    EXPECT_EQ(run.as_of_date(), "2026-03-30");
    EXPECT_EQ(run.author(), "nightly");
  }
  {
    Child suite = RestartAt(installation, "2026-03-31T03:00:00+08:00", "02:30");
    EXPECT_EQ(wait_for_runs(2, kTooLong), 1u) << "a restart doesn't run the night again";
  }
  {
    Child suite = RestartAt(installation, "2026-04-01T03:00:00+08:00", "tue 02:30");
    EXPECT_EQ(wait_for_runs(2, kTooLong), 1u) << "April 1 is a Wednesday";
  }
  Child suite = RestartAt(installation, "2026-04-01T02:29:58+08:00", "wed 02:30");
  ASSERT_EQ(wait_for_runs(2, 30'000), 2u);
  EXPECT_EQ(Watch(installation, 0).as_of_date(), "2026-03-31");
}

}  // namespace
}  // namespace rung::testing
