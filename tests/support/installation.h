// A whole installation for a test: a database of its own, a Redis of its own, and the real rung-suite binary.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "rung/grading/v1/explanation.grpc.pb.h"
#include "rung/grading/v1/feature.grpc.pb.h"
#include "rung/grading/v1/ingest.grpc.pb.h"
#include "rung/grading/v1/model.grpc.pb.h"
#include "rung/grading/v1/path.grpc.pb.h"
#include "rung/grading/v1/regrade.grpc.pb.h"
#include "rung/grading/v1/status.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"

namespace rung::testing {

namespace v1 = grading::v1;

/// A channel that tries again soon: a server that has just been started doesn't listen yet.
std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address);

/// A child process; killed with the object.
class Child {
 public:
  Child() = default;
  Child(const std::vector<std::string>& command, const std::string& log);
  Child(Child&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Child() { Signal(9); }
  /// Sends a signal and waits for the end. Returns the exit status as waitpid gives it.
  int Signal(int signal_number);
  bool Running();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

struct InstallationOptions {
  std::string business_time = "2026-03-31T12:00:00+08:00";
  bool presets = true;
  std::vector<std::string> more;  ///< further arguments of rung-suite
  std::string postgres;           ///< server without dbname; empty: RUNG_TEST_POSTGRES
  std::vector<std::string> redis_environment;  ///< "NAME=value" of redis-server
};

/// Skips nothing: without RUNG_TEST_POSTGRES a test fails and says how to run it.
class Installation {
 public:
  explicit Installation(InstallationOptions options = {});
  ~Installation();

  void StartSuite();
  /// The command of a suite of this installation that listens elsewhere.
  std::vector<std::string> SuiteCommand(const std::string& listen) const;
  /// SIGTERM; true when it ended well.
  bool StopSuite();
  void KillSuite();
  pid_t suite_pid() const { return suite_.pid(); }
  /// Stops the process where it is, and lets it go on.
  void PauseSuite();
  void ContinueSuite();
  void StartRedis();
  void KillRedis();

  /// Runs SQL and returns the first column of the rows, one per line.
  std::string Sql(const std::string& sql) const;
  /// Runs SQL that may fail: its SQLSTATE, empty when it worked.
  std::string SqlState(const std::string& sql) const;
  std::string RedisCommand(const std::string& command) const;
  std::string Log() const;
  /// How often the log says `what`.
  int TimesLogged(const std::string& what) const;
  const std::string& conninfo() const { return conninfo_; }
  const std::string& folder() const { return folder_; }
  std::string address() const { return "unix:" + folder_ + "/grpc.sock"; }

  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  v1::TierService::Stub& tiers() { return *tiers_; }
  v1::IngestService::Stub& ingest() { return *ingest_; }
  v1::FeatureService::Stub& features() { return *features_; }
  v1::ModelService::Stub& models() { return *models_; }
  v1::RegradeService::Stub& regrades() { return *regrades_; }
  v1::StatusService::Stub& status() { return *status_; }
  v1::ExplanationService::Stub& explanations() { return *explanations_; }
  v1::PathService::Stub& paths() { return *paths_; }

  /// Sends events in batches of 100 and expects all of them to be taken or known.
  void Ingest(const std::vector<v1::Event>& events);
  /// Starts a run and waits for its end.
  v1::RegradeRun Regrade(const std::string& request_id, const std::string& as_of, bool override_guard = false);
  v1::GetTierResponse GetTier(const std::string& customer, const std::string& ladder = "", int64_t min_version = 0);

 private:
  const InstallationOptions options_;
  std::string folder_;
  std::string database_;
  std::string server_;
  std::string conninfo_;
  Child redis_;
  Child suite_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TierService::Stub> tiers_;
  std::unique_ptr<v1::IngestService::Stub> ingest_;
  std::unique_ptr<v1::FeatureService::Stub> features_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::RegradeService::Stub> regrades_;
  std::unique_ptr<v1::StatusService::Stub> status_;
  std::unique_ptr<v1::ExplanationService::Stub> explanations_;
  std::unique_ptr<v1::PathService::Stub> paths_;
};

/// A context with a deadline.
std::unique_ptr<grpc::ClientContext> Within(int milliseconds);

/// A shipped preset by its name.
v1::Model ReadModel(const std::string& preset);

/// An order event of one line; amounts in fen; placed at Shanghai noon of the day.
v1::Event OrderEvent(const std::string& customer, const std::string& event_id, const std::string& date, int64_t amount);

}  // namespace rung::testing
