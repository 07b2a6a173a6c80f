// Events in: idempotence, refusals, lateness, corrections, the stream and what is sealed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <libpq-fe.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "libs/base/customer_id.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;

struct Sent {
  grpc::Status status;
  v1::IngestEventsResponse response;
};

v1::Event At(const std::string& customer, const std::string& event_id, const std::string& date) {
  v1::Event event = OrderEvent(customer, event_id, date, 1);
  event.clear_order();
  return event;
}

v1::Event RefundEvent(const std::string& customer, const std::string& event_id, const std::string& date,
                      const std::string& order, int64_t amount) {
  v1::Event event = At(customer, event_id, date);
  event.mutable_refund()->set_order_id(order);
  event.mutable_refund()->set_amount_minor(amount);
  return event;
}

v1::Event VoidOf(const std::string& customer, const std::string& event_id, const std::string& voided) {
  v1::Event event = At(customer, event_id, "2026-03-31");
  event.mutable_void_event()->set_voided_event_id(voided);
  return event;
}

v1::Event CancellationEvent(const std::string& customer, const std::string& event_id, const std::string& date,
                            const std::string& order) {
  v1::Event event = At(customer, event_id, date);
  event.mutable_cancellation()->set_order_id(order);
  return event;
}

/// PostgreSQL refuses one customer's events, as it does after a deadlock or a timeout.
class Fault {
 public:
  Fault(const Installation& installation, const std::string& customer, const std::string& sqlstate) : installation_(installation) {
    installation_.Sql(fmt::format("CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.customer_id = {} THEN "
                                  "RAISE EXCEPTION 'made to fail' USING ERRCODE = '{}'; END IF; RETURN NEW; END $$; "
                                  "CREATE TRIGGER fault BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION fault()",
                                  static_cast<int64_t>(FingerprintOf(customer).number), sqlstate));
  }
  ~Fault() { installation_.Sql("DROP TRIGGER fault ON event; DROP FUNCTION fault()"); }

 private:
  const Installation& installation_;
};

class IngestTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { installation_ = new Installation(); }
  static void TearDownTestSuite() { delete installation_; }

  static Sent Send(const std::vector<v1::Event>& events) {
    v1::IngestEventsRequest request;
    for (const v1::Event& event : events) *request.add_events() = event;
    Sent sent;
    auto context = Within(20'000);
    sent.status = installation_->ingest().IngestEvents(context.get(), request, &sent.response);
    return sent;
  }
  static void Accept(const std::vector<v1::Event>& events) {
    const Sent sent = Send(events);
    ASSERT_TRUE(sent.status.ok()) << sent.status.error_message();
    ASSERT_EQ(sent.response.accepted_count(), static_cast<int>(events.size())) << sent.response.ShortDebugString();
  }
  static v1::StreamEventsResponse Stream(const std::vector<v1::Event>& events) {
    v1::StreamEventsRequest request;
    request.set_sequence(1);
    for (const v1::Event& event : events) *request.add_events() = event;
    auto context = Within(20'000);
    const auto stream = installation_->ingest().StreamEvents(context.get());
    EXPECT_TRUE(stream->Write(request) && stream->WritesDone());
    v1::StreamEventsResponse response;
    EXPECT_TRUE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static double Feature(const std::string& customer, const std::string& name, const std::string& as_of = "") {
    v1::GetFeaturesRequest request;
    request.set_customer_id(customer);
    request.set_as_of_date(as_of);
    request.add_names(name);
    v1::GetFeaturesResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_->features().GetFeatures(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.features_size(), 1);
    return response.features_size() == 1 && response.features(0).has_number() ? response.features(0).number() : -1;
  }
  static std::string EventCount(const std::string& customer, const std::string& where = "true") {
    return installation_->Sql("SELECT count(*) FROM event JOIN customer USING (customer_id) WHERE external_id = '" + customer +
                              "' AND " + where);
  }

  /// A customer of the same writer as the other one.
  static std::string Beside(const std::string& other, const std::string& prefix) {
    const auto writer = [](const std::string& customer) { return static_cast<uint64_t>(FingerprintOf(customer).number) % 2; };
    int i = 0;
    while (writer(fmt::format("{}{}", prefix, i)) != writer(other)) ++i;
    return fmt::format("{}{}", prefix, i);
  }
  /// Holds a customer's writer up by the locked row of another one, so that what comes meanwhile is its next group.
  class HeldWriter {
   public:
    explicit HeldWriter(const std::string& customer)
        : gate_(Beside(customer, "gate-" + customer)), holder_(PQconnectdb(installation_->conninfo().c_str())) {
      Accept({OrderEvent(gate_, "e0", "2026-03-30", 100)});
      PQclear(PQexec(holder_, "BEGIN"));
      PQclear(PQexec(holder_, fmt::format("SELECT 1 FROM customer WHERE external_id = '{}' FOR UPDATE", gate_).c_str()));
      held_ = std::async(std::launch::async, [this] { return Send({OrderEvent(gate_, "e1", "2026-03-30", 100)}); });
      EXPECT_TRUE(Eventually(10'000, [] {
        return installation_->Sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                  "wait_event_type = 'Lock'") == "1";
      }));
    }
    /// The answer to the event that was held.
    Sent Release() {
      PQfinish(holder_);
      return held_.get();
    }
    const std::string& gate() const { return gate_; }

   private:
    const std::string gate_;
    PGconn* const holder_;
    std::future<Sent> held_;
  };

  static inline Installation* installation_;
};

TEST_F(IngestTest, AnEventSentAgainIsADuplicateAndCountsOnce) {
  const v1::Event event = OrderEvent("again", "e1", "2026-03-30", 1000);
  Accept({event});
  const Sent second = Send({event});
  ASSERT_TRUE(second.status.ok());
  EXPECT_EQ(second.response.duplicate_count(), 1);
  EXPECT_EQ(second.response.accepted_count(), 0);
  ASSERT_EQ(second.response.results_size(), 1);
  EXPECT_EQ(second.response.results(0).outcome(), v1::OUTCOME_DUPLICATE);
  EXPECT_EQ(Feature("again", "orders_total"), 1);
  EXPECT_EQ(Feature("again", "net_spend_total"), 1000);
}

TEST_F(IngestTest, AnIdWithAnotherBodyIsRefusedAndChangesNothing) {
  Accept({OrderEvent("reused", "e1", "2026-03-30", 1000)});
  const Sent sent = Send({OrderEvent("reused", "e1", "2026-03-30", 9999)});
  EXPECT_EQ(sent.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(sent.status).reason, "EVENT_ID_REUSED");
  EXPECT_EQ(DetailsOf(sent.status).ViolationOf("events[0].event_id"), "EVENT_ID_REUSED");
  EXPECT_EQ(Feature("reused", "net_spend_total"), 1000);
  Accept({OrderEvent("reused-other", "e1", "2026-03-30", 9999)});  // ids are per customer
}

TEST_F(IngestTest, RepeatsWithinOneBatchCountOnce) {
  const Sent sent = Send({OrderEvent("batch", "e1", "2026-03-30", 500), OrderEvent("batch", "e1", "2026-03-30", 500),
                          OrderEvent("batch", "e1", "2026-03-30", 700)});
  ASSERT_TRUE(sent.status.ok()) << sent.status.error_message();
  EXPECT_EQ(sent.response.accepted_count(), 1);
  EXPECT_EQ(sent.response.duplicate_count(), 1);
  EXPECT_EQ(sent.response.refused_count(), 1);
  ASSERT_EQ(sent.response.results_size(), 2);
  EXPECT_EQ(sent.response.results(1).reason(), "EVENT_ID_REUSED");
  EXPECT_EQ(sent.response.results(1).index(), 2);
  EXPECT_EQ(Feature("batch", "net_spend_total"), 500);
}

TEST_F(IngestTest, TheRepeatOfARefusedEventIsNoDuplicate) {
  Accept({OrderEvent("conflict", "first", "2026-03-30", 500)});
  v1::Event again = OrderEvent("conflict", "second", "2026-03-30", 600);
  again.mutable_order()->set_order_id("first");
  const Sent sent = Send({again, again, OrderEvent("conflict", "third", "2026-03-30", 1)});
  ASSERT_TRUE(sent.status.ok());
  EXPECT_EQ(EventCount("conflict", "event_id = 'second'"), "0");
  EXPECT_EQ(sent.response.duplicate_count(), 0) << "answered as known although it isn't stored: " << sent.response.ShortDebugString();
  EXPECT_EQ(sent.response.refused_count(), 2);
}

TEST_F(IngestTest, TheGoodEventsOfABatchCountAndTheBadOnesAreNamed) {
  v1::Event negative = OrderEvent("mixed", "bad-amount", "2026-03-30", 1000);
  negative.mutable_order()->mutable_lines(0)->set_amount_minor(-1);
  v1::Event nameless = OrderEvent("", "nameless", "2026-03-30", 1000);
  v1::Event factless = At("mixed", "factless", "2026-03-30");
  const Sent sent = Send({negative, OrderEvent("mixed", "good", "2026-03-30", 1000), nameless, factless});
  ASSERT_TRUE(sent.status.ok()) << sent.status.error_message();
  EXPECT_EQ(sent.response.accepted_count(), 1);
  EXPECT_EQ(sent.response.refused_count(), 3);
  std::map<int, v1::EventResult> by_index;
  for (const v1::EventResult& result : sent.response.results()) by_index[result.index()] = result;
  EXPECT_EQ(by_index[0].field(), "events[0].order.lines[0].amount_minor");
  EXPECT_EQ(by_index[0].reason(), "OUT_OF_RANGE");
  EXPECT_EQ(by_index[0].event_id(), "bad-amount");
  EXPECT_EQ(by_index[2].field(), "events[2].customer_id");
  EXPECT_EQ(by_index[2].reason(), "REQUIRED");
  EXPECT_EQ(by_index[3].field(), "events[3].fact");
  EXPECT_EQ(Feature("mixed", "orders_total"), 1);
}

TEST_F(IngestTest, ACallOfWhichNothingIsAcceptedFailsWithEveryViolation) {
  std::vector<v1::Event> events(4, OrderEvent("bad", "e", "2026-03-30", 1));
  events[0].clear_event_time();
  events[1].mutable_order()->clear_lines();
  events[2].mutable_order()->set_currency_code("USD");
  v1::OrderLine& line = *events[3].mutable_order()->mutable_lines(0);
  line.set_amount_minor(-5);
  line.set_quantity_milli(0);
  line.set_listed_date("2026-02-30");
  line.set_category(std::string(65, 'c'));
  const Sent sent = Send(events);
  EXPECT_EQ(sent.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const ErrorDetails details = DetailsOf(sent.status);
  EXPECT_EQ(details.reason, "INVALID_REQUEST");
  EXPECT_EQ(details.ViolationOf("events[0].event_time"), "REQUIRED");
  EXPECT_EQ(details.ViolationOf("events[1].order.lines"), "OUT_OF_RANGE");
  EXPECT_EQ(details.ViolationOf("events[2].order.currency_code"), "WRONG_CURRENCY");
  EXPECT_EQ(details.ViolationOf("events[3].order.lines[0].amount_minor"), "OUT_OF_RANGE");
  EXPECT_EQ(details.ViolationOf("events[3].order.lines[0].quantity_milli"), "OUT_OF_RANGE");
  EXPECT_EQ(details.ViolationOf("events[3].order.lines[0].listed_date"), "BAD_DATE");
  EXPECT_EQ(details.ViolationOf("events[3].order.lines[0].category"), "TOO_LONG");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM customer WHERE external_id = 'bad'"), "0");
}

TEST_F(IngestTest, ManyViolationsStillArriveAsInvalidArgument) {
  for (const int count : {50, 100, 1000}) {
    std::vector<v1::Event> events(count, OrderEvent("many-bad", "e", "2026-03-30", -1));
    const Sent sent = Send(events);
    EXPECT_EQ(sent.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << count << ": " << sent.status.error_message();
    EXPECT_FALSE(DetailsOf(sent.status).violations.empty()) << count;
  }
}

TEST_F(IngestTest, AnOverlongIdOfWideCharactersIsRefusedReadably) {
  std::string id;
  for (int i = 0; i < 50; ++i) id += "单";  // 150 bytes: a cut at 128 falls into a character
  const Sent sent = Send({OrderEvent("wide", id, "2026-03-30", 1), OrderEvent("wide", "good", "2026-03-30", 1)});
  EXPECT_TRUE(sent.status.ok()) << "the good event is stored, but the answer can't be read: " << sent.status.error_message();
  EXPECT_EQ(sent.response.accepted_count(), 1);
  EXPECT_EQ(sent.response.refused_count(), 1);
}

TEST_F(IngestTest, LateEventsLandOnTheirOwnDay) {
  Accept({OrderEvent("late", "new", "2026-03-20", 300)});
  Accept({OrderEvent("late", "old", "2026-01-10", 200)});
  EXPECT_EQ(Feature("late", "net_spend_total", "2026-01-09"), 0);
  EXPECT_EQ(Feature("late", "net_spend_total", "2026-01-10"), 200);
  EXPECT_EQ(Feature("late", "net_spend_total", "2026-03-20"), 500);
  EXPECT_EQ(Feature("late", "net_spend_30d", "2026-03-31"), 300);
  EXPECT_EQ(Feature("late", "tenure_days", "2026-01-11"), 2);
  v1::Event ancient = OrderEvent("late", "ancient", "2010-05-05", 50);
  Accept({ancient});
  EXPECT_EQ(Feature("late", "net_spend_total"), 550);
  EXPECT_EQ(Feature("late", "orders_365d"), 2);
}

TEST_F(IngestTest, AReturnTakesBackValueOnTheDayOfItsOrder) {
  Accept({OrderEvent("returns", "jan", "2026-01-10", 1000), OrderEvent("returns", "mar", "2026-03-25", 400)});
  Accept({RefundEvent("returns", "r1", "2026-03-28", "jan", 300)});
  EXPECT_EQ(Feature("returns", "net_spend_7d"), 400) << "a refund of March for January's order isn't March's";
  EXPECT_EQ(Feature("returns", "net_spend_90d"), 1100);
  EXPECT_EQ(Feature("returns", "net_spend_total", "2026-03-27"), 1400) << "not known before it came";
  Accept({RefundEvent("returns", "r2", "2026-03-29", "jan", 5000)});
  EXPECT_EQ(Feature("returns", "net_spend_total"), 400) << "never below 0";
  EXPECT_EQ(Feature("returns", "orders_total"), 1) << "an order without value is no effective one";
}

TEST_F(IngestTest, ACancellationTakesTheWholeOrderBack) {
  Accept({OrderEvent("cancels", "o1", "2026-03-10", 1000), CancellationEvent("cancels", "c1", "2026-03-12", "o1")});
  EXPECT_EQ(Feature("cancels", "orders_total"), 0);
  EXPECT_EQ(Feature("cancels", "orders_total", "2026-03-11"), 1);
}

TEST_F(IngestTest, AnAmendmentReplacesTheLinesFromItsDayOn) {
  v1::Event amended = OrderEvent("amends", "a1", "2026-03-15", 700);
  amended.mutable_order()->set_order_id("o1");
  amended.mutable_order()->set_revision(1);
  Accept({amended});  // before its order
  Accept({OrderEvent("amends", "o1", "2026-03-10", 1000)});
  EXPECT_EQ(Feature("amends", "net_spend_total", "2026-03-14"), 1000);
  EXPECT_EQ(Feature("amends", "net_spend_total", "2026-03-15"), 700);
  EXPECT_EQ(Feature("amends", "orders_total"), 1);
  amended.set_event_id("a2");
  const Sent again = Send({amended});
  EXPECT_EQ(again.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(again.status).reason, "ORDER_EXISTS");
  v1::Event placed_twice = OrderEvent("amends", "o1-again", "2026-03-11", 1);
  placed_twice.mutable_order()->set_order_id("o1");
  EXPECT_EQ(DetailsOf(Send({placed_twice}).status).reason, "ORDER_EXISTS");
  EXPECT_EQ(Feature("amends", "net_spend_total"), 700);
}

TEST_F(IngestTest, AnInvoiceIsReportedOnce) {
  v1::Event invoice = At("invoices", "i1", "2026-03-01");
  invoice.mutable_invoice()->set_invoice_id("inv");
  invoice.mutable_invoice()->set_due_date("2026-03-20");
  Accept({invoice});
  invoice.set_event_id("i2");
  const Sent again = Send({invoice});
  EXPECT_EQ(again.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(again.status).reason, "INVOICE_EXISTS");
}

TEST_F(IngestTest, AVoidedEventNeverHappened) {
  Accept({OrderEvent("voids", "o1", "2026-03-10", 1000), OrderEvent("voids", "o2", "2026-03-11", 50)});
  Accept({VoidOf("voids", "v1", "o1")});
  EXPECT_EQ(Feature("voids", "net_spend_total"), 50);
  Accept({VoidOf("voids", "v2", "o3")});
  Accept({OrderEvent("voids", "o3", "2026-03-12", 7777)});  // withdrawn before it came
  EXPECT_EQ(Feature("voids", "net_spend_total"), 50);
  EXPECT_EQ(Feature("voids", "tenure_days"), 21) << "the first order is that of March 11";
}

TEST_F(IngestTest, AVoidedOrderMayBeReportedAgainUnderAnotherEvent) {
  Accept({OrderEvent("replaced", "o1", "2026-03-10", 1000)});
  Accept({VoidOf("replaced", "v1", "o1")});
  v1::Event corrected = OrderEvent("replaced", "o1-corrected", "2026-03-10", 1200);
  corrected.mutable_order()->set_order_id("o1");
  Accept({corrected});
  EXPECT_EQ(Feature("replaced", "net_spend_total"), 1200);
  Accept({VoidOf("replaced", "v2", "late")});
  v1::Event late = OrderEvent("replaced", "late", "2026-03-10", 1);
  late.mutable_order()->set_order_id("o1");
  Accept({late});  // voided already: conflicts with nothing
  EXPECT_EQ(Feature("replaced", "net_spend_total"), 1200);
}

TEST_F(IngestTest, FactsMayComeBeforeTheirOrder) {
  v1::Event review = At("early", "review", "2026-03-29");
  review.mutable_review()->set_order_id("o1");
  Accept({RefundEvent("early", "r1", "2026-03-28", "o1", 250), review, CancellationEvent("early", "c2", "2026-03-28", "o2")});
  EXPECT_EQ(Feature("early", "orders_total"), 0);
  Accept({OrderEvent("early", "o1", "2026-03-10", 1000), OrderEvent("early", "o2", "2026-03-11", 1000)});
  EXPECT_EQ(Feature("early", "net_spend_total"), 750);
  EXPECT_EQ(Feature("early", "return_rate_365d"), 1);
  EXPECT_EQ(Feature("early", "review_rate_365d"), 1);
}

TEST_F(IngestTest, AStreamAnswersEveryMessageByItsSequenceAndCountsEveryEvent) {
  auto context = Within(60'000);
  const auto stream = installation_->ingest().StreamEvents(context.get());
  std::thread writer([&] {
    for (int m = 0; m < 200; ++m) {
      v1::StreamEventsRequest request;
      request.set_sequence(1000 + m);
      for (int e = 0; e < 5 && m != 77; ++e) {  // message 77 is empty
        *request.add_events() = OrderEvent(fmt::format("stream-{}", e), fmt::format("e{}", m), "2026-03-30", 10);
      }
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  std::set<int64_t> sequences;
  int accepted = 0;
  v1::StreamEventsResponse response;
  while (stream->Read(&response)) {
    EXPECT_TRUE(sequences.insert(response.sequence()).second) << response.sequence();
    accepted += response.accepted_count();
    EXPECT_EQ(response.refused_count(), response.sequence() == 1077 ? 1 : 0);
    EXPECT_FALSE(response.retry());
  }
  writer.join();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(sequences.size(), 200u);
  EXPECT_EQ(*sequences.begin(), 1000);
  EXPECT_EQ(*sequences.rbegin(), 1199);
  EXPECT_EQ(accepted, 199 * 5);
  for (int e = 0; e < 5; ++e) EXPECT_EQ(Feature(fmt::format("stream-{}", e), "orders_total"), 199);
}

TEST_F(IngestTest, AStreamAsksAgainForWhatMetAPassingErrorOfTheStore) {
  for (const std::string sqlstate : {"40001", "40P01", "57014"}) {  // serialization failure, deadlock, cancelled for its time
    const std::vector<v1::Event> events = {OrderEvent("beside-" + sqlstate, "e1", "2026-03-30", 100),
                                           OrderEvent("hindered-" + sqlstate, "e1", "2026-03-30", 100)};
    {
      const Fault fault(*installation_, events[1].customer_id(), sqlstate);
      const v1::StreamEventsResponse hindered = Stream(events);
      EXPECT_TRUE(hindered.retry()) << sqlstate << ": " << hindered.ShortDebugString();
      EXPECT_EQ(hindered.refused_count(), 0) << sqlstate << ": " << hindered.ShortDebugString();
    }
    const v1::StreamEventsResponse again = Stream(events);
    EXPECT_FALSE(again.retry());
    EXPECT_EQ(again.accepted_count() + again.duplicate_count(), 2) << again.ShortDebugString();
    for (const v1::Event& event : events) EXPECT_EQ(EventCount(event.customer_id()), "1");
  }
}

TEST_F(IngestTest, AStreamRefusesByNameWhatMetALastingErrorOfTheStore) {
  const Fault fault(*installation_, "broken", "22000");
  const v1::StreamEventsResponse response =
      Stream({OrderEvent("beside-broken", "e1", "2026-03-30", 100), OrderEvent("broken", "e1", "2026-03-30", 100)});
  EXPECT_FALSE(response.retry());
  EXPECT_EQ(response.accepted_count(), 1);
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).field(), "events[1]");
  EXPECT_EQ(response.results(0).reason(), "INTERNAL");
}

TEST_F(IngestTest, ACallRefusesByNameWhatMetALastingErrorOfTheStore) {
  const Fault fault(*installation_, "broken-call", "22000");
  const std::vector<v1::Event> events = {OrderEvent("beside-broken-call", "e1", "2026-03-30", 100),
                                         OrderEvent("broken-call", "e1", "2026-03-30", 100)};
  for (const bool again : {false, true}) {
    const Sent sent = Send(events);
    ASSERT_TRUE(sent.status.ok()) << "hides that the other event is stored: " << sent.status.error_message();
    EXPECT_EQ(sent.response.accepted_count(), again ? 0 : 1);
    EXPECT_EQ(sent.response.duplicate_count(), again ? 1 : 0);
    EXPECT_EQ(sent.response.refused_count(), 1);
    const v1::EventResult& refused = sent.response.results(sent.response.results_size() - 1);
    EXPECT_EQ(refused.field(), "events[1]");
    EXPECT_EQ(refused.reason(), "INTERNAL");
  }
  EXPECT_EQ(Send({events[1]}).status.error_code(), grpc::StatusCode::INTERNAL) << "nothing of the call is stored";
}

TEST_F(IngestTest, ACallThatMetAPassingErrorOfTheStoreIsToBeSentAgain) {
  const std::vector<v1::Event> events = {OrderEvent("beside-hindered-call", "e1", "2026-03-30", 100),
                                         OrderEvent("hindered-call", "e1", "2026-03-30", 100)};
  {
    const Fault fault(*installation_, events[1].customer_id(), "40001");
    const grpc::Status hindered = Send(events).status;
    EXPECT_EQ(hindered.error_code(), grpc::StatusCode::ABORTED) << hindered.error_message();
    EXPECT_EQ(DetailsOf(hindered).reason, "STORE_CONFLICT");
  }
  const v1::IngestEventsResponse again = Send(events).response;
  EXPECT_EQ(again.accepted_count() + again.duplicate_count(), 2) << again.ShortDebugString();
}

TEST_F(IngestTest, ACallIsNotBlamedForAnotherCallersEvent) {
  // A customer whose number another id has taken can never be stored.
  installation_->Sql(fmt::format("INSERT INTO customer (customer_id, check_bits, external_id) VALUES ({}, 1, 'taken-by-this')",
                                 static_cast<int64_t>(FingerprintOf("collides").number)));
  HeldWriter writer("collides");
  const std::string innocent = Beside("collides", "innocent");
  const auto send = [](const std::string& customer) {
    return std::async(std::launch::async, [customer] { return Send({OrderEvent(customer, "e1", "2026-03-30", 100)}); });
  };
  auto guilty = send("collides"), blameless = send(innocent);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // both wait by now; later ones would prove less
  EXPECT_TRUE(writer.Release().status.ok());
  EXPECT_EQ(ReasonOf(guilty.get().status), "CUSTOMER_ID_COLLISION");
  const Sent sent = blameless.get();
  EXPECT_TRUE(sent.status.ok()) << sent.status.error_message();
  EXPECT_EQ(sent.response.accepted_count(), 1);
}

TEST_F(IngestTest, WhatNobodyWaitsForAnyMoreIsNotWritten) {
  HeldWriter writer("gone");
  v1::IngestEventsRequest request;
  *request.add_events() = OrderEvent("gone", "e1", "2026-03-30", 100);
  v1::IngestEventsResponse response;
  auto short_of_time = Within(300);
  const grpc::Status late = installation_->ingest().IngestEvents(short_of_time.get(), request, &response);
  EXPECT_EQ(late.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << late.error_message();
  const std::string cancelled = Beside("gone", "cancelled");
  auto context = Within(20'000);
  const auto stream = installation_->ingest().StreamEvents(context.get());
  v1::StreamEventsRequest message;
  *message.add_events() = OrderEvent(cancelled, "e1", "2026-03-30", 100);
  EXPECT_TRUE(stream->Write(message));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // it waits by now
  context->TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the server knows of both by now
  EXPECT_TRUE(writer.Release().status.ok());
  Accept({OrderEvent(writer.gate(), "e2", "2026-03-30", 100)});  // behind them
  EXPECT_EQ(EventCount("gone"), "0");
  EXPECT_EQ(EventCount(cancelled), "0");
}

TEST_F(IngestTest, SensitiveFieldsAreNotReadableInTheStoreOrTheLog) {
  v1::Event profile = At("sealed", "p1", "2026-03-30");
  profile.mutable_profile()->set_name("张三饭店");
  profile.mutable_profile()->set_phone("13800138000");
  profile.mutable_profile()->set_region("beijing");
  v1::Event noted = OrderEvent("sealed", "o1", "2026-03-30", 100);
  noted.set_note("门口右转");
  Accept({profile, noted, OrderEvent("sealed", "o2", "2026-03-30", 100)});
  for (const std::string secret : {"张三饭店", "13800138000", "门口右转"}) {
    EXPECT_EQ(installation_->Sql("SELECT count(*) FROM event WHERE position(convert_to('" + secret + "', 'UTF8') IN body) > 0"), "0");
    EXPECT_EQ(installation_->Sql("SELECT count(*) FROM customer WHERE position(convert_to('" + secret + "', 'UTF8') IN state) > 0"), "0");
    EXPECT_THAT(installation_->Log(), ::testing::Not(HasSubstr(secret)));
  }
  EXPECT_EQ(EventCount("sealed", "key_id <> 0"), "2");
  EXPECT_EQ(EventCount("sealed", "key_id = 0 AND event_id = 'o2' AND position(convert_to('leaf-vegetables', 'UTF8') IN body) > 0"), "1");
  EXPECT_EQ(Send({profile, noted}).response.duplicate_count(), 2) << "sealed events are recognised, too";
}

TEST_F(IngestTest, AccountsThatShareAPhoneAreFoundByItsBlindIndex) {
  const auto index = [](const std::string& customer, int kind) {
    return installation_->Sql(fmt::format("SELECT encode(blind_index, 'hex') FROM customer_match JOIN customer USING (customer_id) "
                                          "WHERE external_id = '{}' AND kind = {}", customer, kind));
  };
  std::vector<v1::Event> events;
  for (const auto& [customer, phone] : {std::pair("phone-a", "13900000001"), {"phone-b", "13900000001"}, {"phone-c", "13900000002"}}) {
    events.push_back(At(customer, "p", "2026-03-30"));
    events.back().mutable_profile()->set_phone(phone);
    events.back().mutable_profile()->set_payer(phone);
  }
  Accept(events);
  EXPECT_FALSE(index("phone-a", 1).empty());
  EXPECT_EQ(index("phone-a", 1), index("phone-b", 1));
  EXPECT_NE(index("phone-a", 1), index("phone-c", 1));
  EXPECT_NE(index("phone-a", 1), index("phone-a", 3)) << "a phone and a payer of the same text aren't the same";
}

TEST_F(IngestTest, TheSameEventsFromEightThreadsCountOnce) {
  std::vector<v1::Event> events;
  for (int c = 0; c < 20; ++c) {
    for (int e = 0; e < 10; ++e) events.push_back(OrderEvent(fmt::format("race-{}", c), fmt::format("e{}", e), "2026-03-30", 10));
  }
  std::atomic<int> accepted{0}, duplicates{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      const Sent sent = Send(events);
      EXPECT_TRUE(sent.status.ok()) << sent.status.error_message();
      accepted += sent.response.accepted_count();
      duplicates += sent.response.duplicate_count();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 200);
  EXPECT_EQ(duplicates, 1400);
  for (int c = 0; c < 20; ++c) EXPECT_EQ(Feature(fmt::format("race-{}", c), "orders_total"), 10);
}

}  // namespace
}  // namespace rung::testing
