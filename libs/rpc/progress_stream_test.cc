// A caller that doesn't read its stream, and the worker that feeds it.
#include "libs/rpc/progress_stream.h"

#include <gtest/gtest.h>

#include <thread>

#include "libs/rpc/server.h"
#include "rung/config/v1/audit.grpc.pb.h"

namespace rung::rpc {
namespace {

namespace pb = config::v1;

constexpr std::chrono::milliseconds kPatience(1'000);
constexpr int kMessages = 4;

// Some messages, each of more than gRPC sends to somebody who doesn't read.
class LongStreams final : public pb::AuditService::CallbackService {
 public:
  explicit LongStreams(WorkerPool& pool) : pool_(pool) {}

  grpc::ServerWriteReactor<pb::VerifyAuditResponse>* VerifyAudit(grpc::CallbackServerContext* context, const pb::VerifyAuditRequest*) override {
    using Stream = ProgressStream<pb::VerifyAuditResponse>;
    const auto body = [](const Stream::Write& write) {
      pb::VerifyAuditResponse response;
      response.add_problems()->set_message(std::string(8 << 20, 'x'));
      for (int i = 0; i < kMessages && write(response); ++i) {
      }
      return absl::OkStatus();
    };
    return new Stream(context, pool_, metrics_, body, kPatience);
  }

 private:
  WorkerPool& pool_;
  telemetry::MethodMetrics metrics_{"service", "method", "server_stream"};
};

class ProgressStreamTest : public ::testing::Test {
 protected:
  class Call {
   public:
    explicit Call(pb::AuditService::Stub& stub) {
      context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
      reader_ = stub.VerifyAudit(&context_, {});
    }
    bool Read() {
      pb::VerifyAuditResponse response;
      return reader_->Read(&response);
    }
    grpc::StatusCode Finish() { return reader_->Finish().error_code(); }

   private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<pb::VerifyAuditResponse>> reader_;
  };

  void SetUp() override {
    auto server = Server::Start({.listen = "127.0.0.1:0"}, {&service_}, {});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = pb::AuditService::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials(), arguments));
  }
  void TearDown() override { server_->Drain(0); }

  WorkerPool pool_{1, 10};
  LongStreams service_{pool_};
  std::unique_ptr<Server> server_;
  std::unique_ptr<pb::AuditService::Stub> stub_;
};

TEST_F(ProgressStreamTest, ACallerThatDoesNotReadLosesItsWorkerAndItsCall) {
  Call unread(*stub_), next(*stub_);
  for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(next.Read()) << "the only worker waits for a caller that doesn't read: " << i;
  EXPECT_EQ(next.Finish(), grpc::StatusCode::OK);
  while (unread.Read()) {
  }
  EXPECT_EQ(unread.Finish(), grpc::StatusCode::CANCELLED);
}

TEST_F(ProgressStreamTest, ASlowReaderMayTakeLongerThanThatForTheWhole) {
  Call slow(*stub_);
  for (int i = 0; i < kMessages; ++i) {
    std::this_thread::sleep_for(kPatience * 2 / kMessages);
    EXPECT_TRUE(slow.Read()) << i;
  }
  EXPECT_EQ(slow.Finish(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace rung::rpc
