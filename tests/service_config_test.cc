// The policy of retries that clients are given: deploy/service_config.json.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include <nlohmann/json.hpp>

#include "rung/grading/v1/ingest.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

namespace v1 = grading::v1;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string ServiceConfig() { return ReadFile(SourcePath("deploy/service_config.json")); }

/// Fails as often as it is told to, then answers.
class Failing final : public v1::TierService::Service {
 public:
  grpc::StatusCode code = grpc::StatusCode::UNAVAILABLE;
  int failures = 0;
  std::atomic<int> calls{0};

  grpc::Status GetTier(grpc::ServerContext*, const v1::GetTierRequest*, v1::GetTierResponse*) override {
    return ++calls <= failures ? grpc::Status(code, "made to fail") : grpc::Status::OK;
  }
};

class FailingStream final : public v1::IngestService::Service {
 public:
  std::atomic<int> calls{0};
  grpc::Status StreamEvents(grpc::ServerContext*, grpc::ServerReaderWriter<v1::StreamEventsResponse, v1::StreamEventsRequest>*) override {
    ++calls;
    return {grpc::StatusCode::UNAVAILABLE, "made to fail"};
  }
};

class ServiceConfigTest : public ::testing::Test {
 protected:
  ServiceConfigTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&failing_);
    builder.RegisterService(&stream_);
    server_ = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(ServiceConfig());
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments);
  }
  ~ServiceConfigTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status GetTier(milliseconds deadline) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    v1::GetTierResponse response;
    return v1::TierService::NewStub(channel_)->GetTier(&context, {}, &response);
  }

  Failing failing_;
  FailingStream stream_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(ServiceConfigTest, ACallIsRepeatedWhileTheServerIsUnavailable) {
  failing_.failures = 2;
  EXPECT_TRUE(GetTier(milliseconds(20'000)).ok());
  EXPECT_EQ(failing_.calls, 3);
}

TEST_F(ServiceConfigTest, ItIsGivenUpAfterFiveAttempts) {
  failing_.failures = 1000;
  EXPECT_EQ(GetTier(milliseconds(20'000)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(failing_.calls, 5);
}

TEST_F(ServiceConfigTest, NothingElseIsRepeated) {
  failing_.failures = 1000;
  for (int code = 1; code <= 16; ++code) {
    if (code == grpc::StatusCode::UNAVAILABLE) continue;
    failing_.code = static_cast<grpc::StatusCode>(code);
    failing_.calls = 0;
    EXPECT_EQ(GetTier(milliseconds(20'000)).error_code(), failing_.code);
    EXPECT_EQ(failing_.calls, 1) << code;
  }
}

TEST_F(ServiceConfigTest, TheDeadlineHoldsForAllAttemptsTogether) {
  failing_.failures = 1000;
  const auto start = steady_clock::now();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(GetTier(milliseconds(100)).ok());
  EXPECT_LT(steady_clock::now() - start, milliseconds(5 * 100 + 1000));
}

TEST_F(ServiceConfigTest, AStreamIsLeftToItsCaller) {
  grpc::ClientContext context;
  const auto stream = v1::IngestService::NewStub(channel_)->StreamEvents(&context);
  v1::StreamEventsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(stream_.calls, 1);
}

/// Every streaming method of the protos, as they are in the repository.
std::set<std::string> StreamsOfTheApi() {
  const std::regex interesting(R"(package ([\w.]+);|service (\w+) \{|rpc (\w+)\((stream )?\w+\)\s+returns \((stream )?\w+\))");
  std::set<std::string> streams;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SourcePath("protos/rung"))) {
    if (entry.path().extension() != ".proto") continue;
    const std::string text = ReadFile(entry.path());
    std::string package, service;
    for (std::sregex_iterator it(text.begin(), text.end(), interesting), end; it != end; ++it) {
      const std::smatch& match = *it;
      if (match[1].matched) package = match[1];
      if (match[2].matched) service = match[2];
      if (match[4].matched || match[5].matched) streams.insert(fmt::format("{}.{}.{}", package, service, match[3].str()));
    }
  }
  return streams;
}

TEST(ServiceConfigFileTest, NamesEveryStreamOfTheApiAndNothingElse) {
  const nlohmann::json config = nlohmann::json::parse(ServiceConfig());
  std::set<std::string> named;
  for (const auto& name : config["methodConfig"][1]["name"]) {
    named.insert(name["service"].get<std::string>() + "." + name["method"].get<std::string>());
  }
  EXPECT_EQ(named, StreamsOfTheApi());
}

}  // namespace
}  // namespace rung::testing
