// The sender against a server in this process that answers as each test tells it.
#include "tools/rungctl/event_sender.h"

#include <atomic>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::ctl {
namespace {

namespace pb = grading::v1;
using ServerStream = grpc::ServerReaderWriter<pb::StreamEventsResponse, pb::StreamEventsRequest>;

class ScriptedIngest final : public pb::IngestService::Service {
 public:
  // Answers one message; a status ends the stream instead.
  std::function<std::optional<grpc::Status>(const pb::StreamEventsRequest&, pb::StreamEventsResponse&)> answer;
  // Before the stream is read.
  std::function<void(grpc::ServerContext&)> open = [](grpc::ServerContext&) {};
  std::atomic<int> streams{0};

  grpc::Status StreamEvents(grpc::ServerContext* context, ServerStream* stream) override {
    ++streams;
    open(*context);
    pb::StreamEventsRequest request;
    while (stream->Read(&request)) {
      pb::StreamEventsResponse response;
      response.set_sequence(request.sequence());
      if (const auto end = answer(request, response)) return *end;
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

class EventSenderTest : public ::testing::Test {
 protected:
  EventSenderTest() {
    service_.answer = [this](const pb::StreamEventsRequest& request, pb::StreamEventsResponse& response) {
      return Store(request, response);
    };
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~EventSenderTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::optional<grpc::Status> Store(const pb::StreamEventsRequest& request, pb::StreamEventsResponse& response) {
    for (const pb::Event& event : request.events()) {
      const bool is_new = stored_.insert(event.event_id()).second;
      is_new ? response.set_accepted_count(response.accepted_count() + 1)
             : response.set_duplicate_count(response.duplicate_count() + 1);
    }
    return std::nullopt;
  }

  bool SendAll(int count, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    Connection connection("127.0.0.1:" + std::to_string(port_), timeout);
    EventSender sender(connection, [this](int64_t line, const pb::EventResult& result) {
      refused_.push_back(std::to_string(line) + " " + result.reason());
    });
    bool sent = true;
    for (int i = 1; sent && i <= count; ++i) {
      pb::Event event;
      event.set_customer_id("c1");
      event.set_event_id(std::to_string(i));
      sent = sender.Send(std::move(event), i);
    }
    sent = sent && sender.Finish();
    totals_ = sender.totals();
    status_ = sender.status();
    return sent;
  }

  ScriptedIngest service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::set<std::string> stored_;
  std::vector<std::string> refused_;
  SendTotals totals_;
  grpc::Status status_;
};

TEST_F(EventSenderTest, SendsEverythingOnce) {
  ASSERT_TRUE(SendAll(30'001)) << status_.error_message();
  EXPECT_EQ(stored_.size(), 30'001u);
  EXPECT_EQ(totals_.accepted, 30'001);
  EXPECT_EQ(totals_.duplicate, 0);
  EXPECT_EQ(totals_.resent_messages, 0);
  EXPECT_EQ(service_.streams, 1);
}

TEST_F(EventSenderTest, NeedsNoServerForNoEvents) {
  EXPECT_TRUE(SendAll(0));
  EXPECT_EQ(service_.streams, 0);
}

TEST_F(EventSenderTest, SendsAgainWhatTheServerCouldNotStore) {
  std::set<int64_t> seen;
  service_.answer = [&](const pb::StreamEventsRequest& request, pb::StreamEventsResponse& response) {
    if (!seen.insert(request.sequence()).second) return Store(request, response);
    response.set_retry(true);
    return std::optional<grpc::Status>();
  };
  ASSERT_TRUE(SendAll(2'000)) << status_.error_message();
  EXPECT_EQ(totals_.accepted, 2'000);
  EXPECT_EQ(totals_.resent_messages, 4);
}

TEST_F(EventSenderTest, SendsAgainWhatABrokenStreamLeftUnanswered) {
  int messages = 0;
  service_.answer = [&](const pb::StreamEventsRequest& request, pb::StreamEventsResponse& response) {
    Store(request, response);
    // Stored, and the answer lost.
    if (++messages == 3) return std::optional(grpc::Status(grpc::StatusCode::UNAVAILABLE, "going away"));
    return std::optional<grpc::Status>();
  };
  ASSERT_TRUE(SendAll(20'000)) << status_.error_message();
  EXPECT_EQ(stored_.size(), 20'000u);
  EXPECT_EQ(totals_.accepted + totals_.duplicate, 20'000);
  EXPECT_GE(totals_.duplicate, 500);
  EXPECT_EQ(service_.streams, 2);
}

TEST_F(EventSenderTest, TellsTheLinesOfRefusedEvents) {
  service_.answer = [&](const pb::StreamEventsRequest& request, pb::StreamEventsResponse& response) {
    response.set_accepted_count(request.events_size() - 1);
    response.set_refused_count(1);
    pb::EventResult& result = *response.add_results();
    result.set_index(request.events_size() - 1);
    result.set_outcome(pb::OUTCOME_REFUSED);
    result.set_reason("OUT_OF_RANGE");
    return std::optional<grpc::Status>();
  };
  ASSERT_TRUE(SendAll(501));
  EXPECT_THAT(refused_, ::testing::UnorderedElementsAre("500 OUT_OF_RANGE", "501 OUT_OF_RANGE"));
  EXPECT_EQ(totals_.refused, 2);
}

TEST_F(EventSenderTest, GivesUpOnARefusedStream) {
  service_.answer = [](const pb::StreamEventsRequest&, pb::StreamEventsResponse&) {
    return std::optional(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no"));
  };
  EXPECT_FALSE(SendAll(20'000));
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(service_.streams, 1);
}

TEST_F(EventSenderTest, GivesUpOnASilentServer) {
  service_.open = [](grpc::ServerContext& context) {
    while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  EXPECT_FALSE(SendAll(200'000, std::chrono::milliseconds(300)));
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(EventSenderTest, GivesUpWhenTheServerStaysAway) {
  server_->Shutdown(std::chrono::system_clock::now());
  EXPECT_FALSE(SendAll(10, std::chrono::milliseconds(400)));
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace rung::ctl
