// The doors of the process: reflection, health, deadlines, metrics, the command line and the way out.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/metrics_page.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

using google::protobuf::UnknownFieldSet;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

// Every service that the schema declares: the suite has them all.
std::vector<std::string> DeclaredServices() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SourcePath("protos/rung"))) {
    std::ifstream file(entry.path());
    std::string package;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string keyword, name;
      words >> keyword >> name;
      if (keyword == "package") package = name.substr(0, name.find(';'));
      if (keyword == "service") names.push_back(package + "." + name);
    }
  }
  return names;
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToBytes(grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (buffer.Valid() && buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// Values of the length-delimited fields `number` of a message that no stub is at hand for.
std::vector<std::string> FieldsOf(const std::string& bytes, int number) {
  UnknownFieldSet fields;
  std::vector<std::string> values;
  if (!fields.ParseFromString(bytes)) return values;
  for (int i = 0; i < fields.field_count(); ++i) {
    if (fields.field(i).number() == number && fields.field(i).type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
      values.push_back(fields.field(i).length_delimited());
    }
  }
  return values;
}

// One request of a reflection stream and its answer.
std::string Reflect(const Installation& installation, const std::string& request) {
  grpc::GenericStub stub(installation.channel());
  grpc::CompletionQueue queue;
  auto context = Within(10'000);
  const auto call = stub.PrepareCall(context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  const auto wait = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  if (!wait()) return "";
  call->Write(ToBuffer(request), nullptr);
  if (!wait()) return "";
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  if (!wait()) return "";
  call->WritesDone(nullptr);
  wait();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return ToBytes(answer);
}

std::pair<grpc::Status, std::string> Unary(const Installation& installation, const std::string& method, const std::string& bytes) {
  const grpc::ByteBuffer request = ToBuffer(bytes);
  grpc::ByteBuffer response;
  auto context = Within(10'000);
  grpc::GenericStub stub(installation.channel());
  std::promise<grpc::Status> done;
  stub.UnaryCall(context.get(), method, {}, &request, &response, [&](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  return {status, ToBytes(response)};
}

std::string Binary() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../bin/rung-suite").string();
}

// Exit status and everything that was said.
std::pair<int, std::string> RunSuite(const std::string& arguments) {
  FILE* pipe = popen((Binary() + " " + arguments + " 2>&1").c_str(), "r");
  std::string text;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

int64_t MillisecondsOf(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
}

class DoorsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();
    installation_->Ingest({OrderEvent("c1", "e1", "2026-03-30", 1000)});
  }
  static void TearDownTestSuite() { delete installation_; }
  static inline Installation* installation_;
};

TEST_F(DoorsTest, ReflectionListsEveryServiceAndItsSchema) {
  const auto listing = FieldsOf(Reflect(*installation_, std::string("\x3a\x01*", 3)), 6);  // list_services
  ASSERT_EQ(listing.size(), 1u);
  std::vector<std::string> names;
  for (const std::string& service : FieldsOf(listing[0], 1)) {
    for (const std::string& name : FieldsOf(service, 1)) names.push_back(name);
  }
  std::vector<std::string> declared = DeclaredServices();
  for (const std::string& service : declared) {
    const std::string request = std::string("\x22") + static_cast<char>(service.size()) + service;  // file_containing_symbol
    const auto answer = FieldsOf(Reflect(*installation_, request), 4);
    ASSERT_EQ(answer.size(), 1u) << service;
    bool found = false;
    for (const std::string& bytes : FieldsOf(answer[0], 1)) {
      google::protobuf::FileDescriptorProto file;
      ASSERT_TRUE(file.ParseFromString(bytes));
      for (const auto& item : file.service()) found = found || file.package() + "." + item.name() == service;
    }
    EXPECT_TRUE(found) << service;
  }
  declared.insert(declared.end(), {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"});
  EXPECT_THAT(names, UnorderedElementsAreArray(declared));
}

TEST_F(DoorsTest, EveryServiceIsHealthy) {
  std::vector<std::string> services = DeclaredServices();
  services.push_back("");
  for (const std::string& service : services) {
    const std::string request = service.empty() ? "" : std::string("\x0a") + static_cast<char>(service.size()) + service;
    const auto [status, response] = Unary(*installation_, "/grpc.health.v1.Health/Check", request);
    EXPECT_TRUE(status.ok()) << service << ": " << status.error_message();
    EXPECT_EQ(response, std::string("\x08\x01", 2)) << service << " isn't SERVING";
  }
  EXPECT_EQ(Unary(*installation_, "/grpc.health.v1.Health/Check", "\x0a\x03xyz").first.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(DoorsTest, StatusTellsWhatIsReachable) {
  v1::GetStatusResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_->status().GetStatus(context.get(), {}, &response).ok());
  EXPECT_EQ(response.business_date(), "2026-03-31");
  EXPECT_EQ(response.business_zone(), "Asia/Shanghai");
  EXPECT_EQ(response.currency_code(), "CNY");
  EXPECT_EQ(response.default_ladder_id(), "kuailv");
  EXPECT_EQ(response.sources_size(), 6);
  EXPECT_EQ(response.labels().customer_count(), 1);
  ASSERT_EQ(response.dependencies_size(), 2);
  for (const auto& dependency : response.dependencies()) EXPECT_TRUE(dependency.reachable()) << dependency.name();
}

TEST_F(DoorsTest, AVersionThatIsNotThereIsRefusedWithinTheDeadline) {
  grpc::Status status;
  const int64_t took = MillisecondsOf([&] {
    v1::GetTierRequest request;
    request.set_customer_id("c1");
    request.set_min_version(99);
    v1::GetTierResponse response;
    auto context = Within(200);
    status = installation_->tiers().GetTier(context.get(), request, &response);
  });
  EXPECT_LT(took, 1000);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
}

TEST_F(DoorsTest, CallsWhoseDeadlinePassedInTheStoreFreeTheirWorkers) {
  PGconn* holder = PQconnectdb(installation_->conninfo().c_str());
  PQclear(PQexec(holder, "BEGIN"));
  PQclear(PQexec(holder, "LOCK TABLE customer IN ACCESS EXCLUSIVE MODE"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([] {
      v1::GetTierRequest request;
      request.set_customer_id("c1");
      request.set_min_version(99);
      v1::GetTierResponse response;
      auto context = Within(200);
      EXPECT_FALSE(installation_->tiers().GetTier(context.get(), request, &response).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  grpc::Status other;
  const int64_t took = MillisecondsOf([&] {  // needs a worker and another table
    v1::ListModelsResponse response;
    auto context = Within(10'000);
    other = installation_->models().ListModels(context.get(), {}, &response);
  });
  PQfinish(holder);
  EXPECT_TRUE(other.ok()) << other.error_message();
  EXPECT_LT(took, 2000) << "workers wait for the store beyond the deadline of their calls";
  EXPECT_EQ(installation_->GetTier("c1", "", 1).tier().version(), 1);
}

TEST(DoorsMetricsTest, ThePrometheusPageCountsCallsByTheirRealNames) {
  Installation installation;
  installation.Ingest({OrderEvent("c1", "e1", "2026-03-30", 1000)});
  installation.KillSuite();
  const int port = FreePort();
  const std::string folder = installation.folder();
  Child suite({Binary(), "--listen", installation.address(), "--metrics-listen", fmt::format("127.0.0.1:{}", port), "--postgres",
               installation.conninfo(), "--redis", "unix:" + folder + "/redis.sock", "--key-file", folder + "/keys", "--nightly", "off",
               "--business-time", "2026-03-31T12:00:00+08:00"}, folder + "/suite.log");
  bool live = false;
  for (int i = 0; i < 200 && !live; ++i) {
    v1::GetStatusResponse status;
    auto context = Within(2000);
    context->set_wait_for_ready(true);
    live = installation.status().GetStatus(context.get(), {}, &status).ok() && status.labels().live();
    if (!live) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(live);
  installation.Ingest({OrderEvent("c1", "e2", "2026-03-30", 1000)});
  v1::GetTierRequest unknown;
  unknown.set_customer_id("nobody");
  v1::GetTierResponse tier;
  auto lookup = Within(5000);
  installation.tiers().GetTier(lookup.get(), unknown, &tier);
  v1::PauseRegradeRequest pause;
  pause.set_run_id(77);
  v1::PauseRegradeResponse paused;
  auto steer = Within(5000);
  installation.regrades().PauseRegrade(steer.get(), pause, &paused);
  auto stream_context = Within(5000);
  const auto stream = installation.ingest().StreamEvents(stream_context.get());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  std::string page;
  for (int i = 0; i < 50 && page.find("rung_") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    page = MetricsPage(port);
  }
  EXPECT_THAT(page, HasSubstr("grpc_server_handled_total"));
  EXPECT_THAT(page, HasSubstr("grpc_server_handling_seconds_bucket"));
  EXPECT_THAT(page, HasSubstr("rung_events_accepted_total 1\n"));
  EXPECT_THAT(page, HasSubstr("rung_labels_customers 1\n"));
  EXPECT_EQ(MetricOn(page, "grpc_server_handled_total", {"\"GetTier\"", "\"NotFound\""}), 1) << "the failed lookup isn't counted as NotFound";
  EXPECT_EQ(MetricOn(page, "grpc_server_started_total", {"\"StreamEvents\"", "bidi_stream"}), 1) << "StreamEvents isn't labelled as a stream";
  EXPECT_THAT(page, HasSubstr("\"PauseRegrade\"")) << "grpc_method is the name of the RPC";
}

TEST(DoorsStopTest, SigtermEndsWellAndKeepsWhatWasAccepted) {
  Installation installation;
  installation.Ingest({OrderEvent("c1", "e1", "2026-03-30", 1000)});
  auto context = Within(60'000);
  const auto stream = installation.ingest().StreamEvents(context.get());  // an idle caller doesn't hold the process up
  v1::StreamEventsRequest request;
  request.set_sequence(1);
  *request.add_events() = OrderEvent("c1", "e2", "2026-03-30", 1000);
  ASSERT_TRUE(stream->Write(request));
  v1::StreamEventsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  bool well = false;
  EXPECT_LT(MillisecondsOf([&] { well = installation.StopSuite(); }), 20'000);
  EXPECT_TRUE(well) << "exit status";
  EXPECT_FALSE(stream->Finish().ok());
  EXPECT_THAT(installation.Log(), HasSubstr("stopping"));
  installation.StartSuite();
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM event"), "2");
  EXPECT_TRUE(installation.GetTier("c1").tier().graded());
}

TEST(DoorsStopTest, TheMetricsPageIsGoneBeforeWhatItReads) {
  Installation installation;
  installation.KillSuite();
  const int port = FreePort();
  const std::string address = "unix:" + installation.folder() + "/measured.sock";
  Child suite(WithMetrics(installation.SuiteCommand(address), port), installation.folder() + "/suite.log");
  ASSERT_TRUE(Eventually(15'000, [&] { return !MetricsPage(port).empty(); }));
  const std::string said = installation.folder() + "/second.log";
  Child second(WithMetrics(installation.SuiteCommand("unix:" + installation.folder() + "/second.sock"), port), said);
  EXPECT_EQ(WEXITSTATUS(second.Signal(0)), 1) << "the address is taken";
  std::stringstream text;
  text << std::ifstream(said).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("metrics can't be served"));

  // Publication waits for this table, and the way out for publication.
  PGconn* holder = PQconnectdb(installation.conninfo().c_str());
  PQclear(PQexec(holder, "BEGIN"));
  PQclear(PQexec(holder, "LOCK TABLE config_schedule IN ACCESS EXCLUSIVE MODE"));
  const auto waiting = [&] { return installation.Sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'config_schedule'::regclass"); };
  EXPECT_TRUE(Eventually(5'000, [&] { return waiting() != "0"; }));
  kill(suite.pid(), SIGTERM);
  EXPECT_TRUE(Eventually(5'000, [&] { return MetricsPage(port).empty(); }));
  EXPECT_TRUE(suite.Running());
  PQfinish(holder);
  EXPECT_EQ(suite.Signal(0), 0) << "exit status";
}

TEST(DoorsKeyTest, FactsAndTheirKeyBelongTogether) {
  Installation installation;
  installation.Ingest({OrderEvent("c1", "o1", "2026-03-20", 1'000)});
  ASSERT_TRUE(installation.StopSuite());
  const std::string keys = installation.folder() + "/keys";
  const std::string own = keys + ".kept";
  const auto start = [&](const std::string& flags) {
    return RunSuite(fmt::format("--postgres '{}' --redis unix:{}/redis.sock --key-file {} --listen unix:{}/other.sock --metrics-listen '' {}",
                                installation.conninfo(), installation.folder(), keys, installation.folder(), flags));
  };
  std::filesystem::rename(keys, own);
  const auto [missing, way_out] = start("");
  EXPECT_EQ(missing, 1);
  EXPECT_THAT(way_out, AllOf(HasSubstr("No such file"), HasSubstr("needs its own key back")));
  const auto [created, refusal] = start("--create-key");
  EXPECT_EQ(created, 1);
  EXPECT_THAT(refusal, HasSubstr("put it back"));
  EXPECT_FALSE(std::filesystem::exists(keys)) << "a second key was made";
  std::ofstream(keys) << "1 " << std::string(64, 'a') << "\n";
  const auto [wrong, told] = start("");
  EXPECT_EQ(wrong, 1);
  EXPECT_THAT(told, HasSubstr("isn't the key file that this database was sealed with"));
  std::filesystem::rename(own, keys);
  installation.StartSuite();
  EXPECT_TRUE(installation.GetTier("c1").has_tier());
}

TEST(DoorsFlagsTest, BadFlagsEndWithStatusTwoAndNameTheFlag) {
  const std::string keys = fmt::format("/tmp/rung-doors-{}.keys", getpid());
  const std::string good = "--postgres 'host=/nowhere dbname=x' --redis unix:/nowhere --create-key --key-file " + keys + " ";
  for (const auto& [flags, word] : std::vector<std::pair<std::string, std::string>>{
           {"--zone Mars/Olympus", "Mars/Olympus"}, {"--sources orders,rumours", "rumours"}, {"--nightly 25:00", "25:00"},
           {"--nightly 'someday 02:30'", "someday"}, {"--nightly 2:30", "2:30"}, {"--nightly ''", "schedule"},
           {"--business-time yesterday", "yesterday"}, {"--currency YUAN", "currency"}, {"--guard-max-downgrade-share 1.5", "guard"},
           {"--ingest-writers 0", "ingest-writers"}, {"--log-level loud", "log-level"}, {"--no-such-flag", "no-such-flag"}}) {
    const auto [status, text] = RunSuite(good + flags);
    EXPECT_EQ(status, 2) << flags << ": " << text;
    EXPECT_THAT(text, HasSubstr(word)) << flags;
  }
  const auto [status, text] = RunSuite("--redis unix:/nowhere --key-file " + keys);
  EXPECT_EQ(status, 2);
  EXPECT_THAT(text, HasSubstr("postgres"));
  const auto [no_store, message] = RunSuite(good);
  EXPECT_EQ(no_store, 1) << "good flags, no database: " << message;
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(RunSuite("--help").first, 0);
  EXPECT_EQ(RunSuite("--version").first, 0);
  std::filesystem::remove(keys);
}

}  // namespace
}  // namespace rung::testing
