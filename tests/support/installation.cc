#include "tests/support/installation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "libs/base/day.h"
#include "libs/wire/model_mapping.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

std::string Required(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    ADD_FAILURE() << name << " isn't set: run the tests with deploy/test.sh";
    std::abort();
  }
  return value;
}

std::string Execute(const std::string& conninfo, const std::string& sql) {
  PGconn* connection = PQconnectdb(conninfo.c_str());
  PGresult* result = PQexec(connection, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  EXPECT_TRUE(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) << sql << ": " << PQerrorMessage(connection);
  std::string text;
  for (int row = 0; row < PQntuples(result); ++row) {
    if (row > 0) text += "\n";
    text += PQgetvalue(result, row, 0);
  }
  PQclear(result);
  PQfinish(connection);
  return text;
}

}  // namespace

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Child::Child(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(file, 1);
  dup2(file, 2);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

int Child::Signal(int signal_number) {
  if (pid_ <= 0) return 0;
  kill(pid_, signal_number);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

bool Child::Running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

Installation::Installation(InstallationOptions options) : options_(std::move(options)) {
  static std::atomic<int> counter{0};
  server_ = options_.postgres.empty() ? Required("RUNG_TEST_POSTGRES") : options_.postgres;
  database_ = fmt::format("test_{}_{}", getpid(), counter.fetch_add(1));
  Execute(server_ + " dbname=postgres", fmt::format("CREATE DATABASE {} TEMPLATE {}", database_, Required("RUNG_TEST_TEMPLATE")));
  conninfo_ = server_ + " dbname=" + database_;
  char pattern[] = "/tmp/rung-test-XXXXXX";
  folder_ = mkdtemp(pattern);
  StartRedis();
  StartSuite();
}

Installation::~Installation() {
  suite_.Signal(SIGKILL);
  redis_.Signal(SIGKILL);
  if (::testing::Test::HasFailure()) std::fprintf(stderr, "--- rung-suite said:\n%s\n", Log().c_str());
  if (options_.postgres.empty()) Execute(server_ + " dbname=postgres", fmt::format("DROP DATABASE {} WITH (FORCE)", database_));
  std::filesystem::remove_all(folder_);
}

void Installation::StartRedis() {
  std::vector<std::string> command = {"env"};
  command.insert(command.end(), options_.redis_environment.begin(), options_.redis_environment.end());
  command.insert(command.end(), {"redis-server", "--port", "0", "--unixsocket", folder_ + "/redis.sock", "--save", "",
                                 "--appendonly", "no", "--dir", folder_});
  redis_ = Child(command, folder_ + "/redis.log");
  EXPECT_TRUE(Eventually(5000, [&] { return RedisCommand("PING").find("PONG") != std::string::npos; })) << "Redis didn't start";
}

void Installation::KillRedis() { redis_.Signal(SIGKILL); }

std::vector<std::string> Installation::SuiteCommand(const std::string& listen) const {
  std::vector<std::string> command = {std::string(RUNG_BINARY_DIR) + "/rung-suite", "--listen", listen, "--metrics-listen", "",
                                      "--postgres", conninfo_, "--redis", "unix:" + folder_ + "/redis.sock", "--key-file",
                                      folder_ + "/keys", "--create-key", "--nightly", "off", "--business-time",
                                      options_.business_time};
  if (options_.presets) command.insert(command.end(), {"--presets", std::string(RUNG_SOURCE_DIR) + "/deploy/presets"});
  command.insert(command.end(), options_.more.begin(), options_.more.end());
  return command;
}

void Installation::StartSuite() {
  std::filesystem::remove(folder_ + "/grpc.sock");
  suite_ = Child(SuiteCommand(address()), folder_ + "/suite.log");
  channel_ = ChannelTo(address());
  tiers_ = v1::TierService::NewStub(channel_);
  ingest_ = v1::IngestService::NewStub(channel_);
  features_ = v1::FeatureService::NewStub(channel_);
  models_ = v1::ModelService::NewStub(channel_);
  regrades_ = v1::RegradeService::NewStub(channel_);
  status_ = v1::StatusService::NewStub(channel_);
  explanations_ = v1::ExplanationService::NewStub(channel_);
  paths_ = v1::PathService::NewStub(channel_);
  const bool live = Eventually(15'000, [&] {
    v1::GetStatusResponse response;
    auto context = Within(1000);
    context->set_wait_for_ready(true);
    return !suite_.Running() || (status_->GetStatus(context.get(), {}, &response).ok() && response.labels().live());
  });
  EXPECT_TRUE(live && suite_.Running()) << "rung-suite didn't start:\n" << Log();
}

bool Installation::StopSuite() { return suite_.Signal(SIGTERM) == 0; }
void Installation::KillSuite() { suite_.Signal(SIGKILL); }
void Installation::PauseSuite() { kill(suite_.pid(), SIGSTOP); }
void Installation::ContinueSuite() { kill(suite_.pid(), SIGCONT); }

std::string Installation::Sql(const std::string& sql) const { return Execute(conninfo_, sql); }

std::string Installation::SqlState(const std::string& sql) const {
  PGconn* connection = PQconnectdb(conninfo_.c_str());
  PGresult* result = PQexec(connection, sql.c_str());
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string text = state == nullptr ? PQerrorMessage(connection) : state;
  PQclear(result);
  PQfinish(connection);
  return text;
}

std::string Installation::RedisCommand(const std::string& command) const {
  FILE* pipe = popen(fmt::format("redis-cli -s {}/redis.sock {} 2>&1", folder_, command).c_str(), "r");
  std::string text;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  pclose(pipe);
  return text;
}

std::string Installation::Log() const {
  std::ifstream file(folder_ + "/suite.log");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int Installation::TimesLogged(const std::string& what) const {
  const std::string log = Log();
  int times = 0;
  for (size_t at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) ++times;
  return times;
}

void Installation::Ingest(const std::vector<v1::Event>& events) {
  for (size_t from = 0; from < events.size(); from += 100) {
    v1::IngestEventsRequest request;
    for (size_t i = from; i < std::min(events.size(), from + 100); ++i) *request.add_events() = events[i];
    v1::IngestEventsResponse response;
    auto context = Within(30'000);
    const grpc::Status status = ingest_->IngestEvents(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.refused_count(), 0) << response.ShortDebugString();
  }
}

v1::RegradeRun Installation::Regrade(const std::string& request_id, const std::string& as_of, bool override_guard) {
  v1::StartRegradeRequest request;
  request.set_request_id(request_id);
  request.set_as_of_date(as_of);
  request.set_override_guard(override_guard);
  if (override_guard) {
    request.set_author("test");
    request.set_reason("whatever the base is like");
  }
  v1::StartRegradeResponse response;
  auto context = Within(10'000);
  const grpc::Status status = regrades_->StartRegrade(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  v1::WatchRegradeRequest watch;
  watch.set_run_id(response.run().run_id());
  auto watch_context = Within(60'000);
  const auto reader = regrades_->WatchRegrade(watch_context.get(), watch);
  v1::WatchRegradeResponse progress;
  v1::RegradeRun last;
  while (reader->Read(&progress)) last = progress.run();
  EXPECT_TRUE(reader->Finish().ok());
  return last;
}

v1::GetTierResponse Installation::GetTier(const std::string& customer, const std::string& ladder, int64_t min_version) {
  v1::GetTierRequest request;
  request.set_customer_id(customer);
  request.set_ladder_id(ladder);
  request.set_min_version(min_version);
  v1::GetTierResponse response;
  auto context = Within(10'000);
  const grpc::Status status = tiers_->GetTier(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << customer << ": " << status.error_message();
  return response;
}

std::unique_ptr<grpc::ClientContext> Within(int milliseconds) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds));
  return context;
}

v1::Model ReadModel(const std::string& preset) {
  std::ifstream file(std::string(RUNG_SOURCE_DIR) + "/deploy/presets/" + preset + ".json");
  std::stringstream text;
  text << file.rdbuf();
  const auto model = wire::ParseModelJson(text.str());
  EXPECT_TRUE(model.ok()) << preset << ": " << model.status();
  return model.ok() ? *model : v1::Model();
}

v1::Event OrderEvent(const std::string& customer, const std::string& event_id, const std::string& date, int64_t amount) {
  v1::Event event;
  event.set_customer_id(customer);
  event.set_event_id(event_id);
  event.mutable_event_time()->set_seconds(ParseDay(date).value() * kSecondsPerDay + 4 * 3600);
  event.mutable_order()->set_order_id(event_id);
  v1::OrderLine& line = *event.mutable_order()->add_lines();
  line.set_sku("sku-1");
  line.set_category("leaf-vegetables");
  line.set_quantity_milli(1000);
  line.set_amount_minor(amount);
  line.set_cost_minor(amount / 2);
  return event;
}

}  // namespace rung::testing
