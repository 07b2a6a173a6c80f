// What the services of one process share: time, keys, storage, labels, the life of configuration, the audit.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <mutex>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/day.h"
#include "libs/base/periodic.h"
#include "libs/host/app.h"
#include "libs/host/heap_trimmer.h"
#include "libs/host/near_customers.h"
#include "libs/host/options.h"
#include "libs/labels/label_feed.h"
#include "libs/labels/label_table.h"
#include "libs/lifecycle/lifecycle.h"
#include "libs/rpc/server.h"
#include "libs/rpc/worker_pool.h"
#include "libs/sealing/codec.h"
#include "libs/storage/config_store.h"
#include "libs/storage/model_store.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/telemetry/metrics.h"

namespace rung::host {

enum class Peer { kGrading, kBenefits };

/// Thread-safe, but Start and Stop.
class Host {
 public:
  /// Connects. `metrics` outlives the host. INVALID_ARGUMENT names the option that is wrong.
  static absl::StatusOr<std::unique_ptr<Host>> Create(const Options& options, telemetry::Metrics& metrics);
  ~Host();

  /// Serves the apps, which have registered their kinds, and configuration and audit beside them.
  absl::StatusOr<std::unique_ptr<rpc::Server>> Start(const std::vector<std::unique_ptr<App>>& apps);
  /// Ends what works in the background on the apps' kinds, before they go.
  void Stop();

  const Options& options() const { return options_; }
  const Clock& clock() const { return *clock_; }
  const BusinessZone& zone() const { return zone_; }
  const sealing::KeyRing& keys() const { return keys_; }
  const sealing::Codec& codec() const { return codec_; }
  telemetry::Metrics& metrics() { return metrics_; }
  const std::shared_ptr<storage::postgres::Sessions>& sessions() const { return sessions_; }
  storage::ConfigStore& config() { return *config_; }
  storage::CodeStore& codes() { return *codes_; }
  storage::ModelStore& models() { return *models_; }
  lifecycle::Lifecycle& lifecycle() { return *lifecycle_; }
  labels::LabelTable& labels() { return labels_; }
  const labels::LabelFeed& feed() const { return *feed_; }
  const NearCustomers& customers() const { return *near_customers_; }

  /// To a service of this process or to its address; nullptr before Start has returned. Each service answers from its own
  /// workers, so calls between services of one process don't wait for each other's threads.
  std::shared_ptr<grpc::Channel> ChannelTo(Peer peer);

 private:
  Host(const Options& options, BusinessZone zone, sealing::KeyRing keys, std::unique_ptr<Clock> clock,
       std::shared_ptr<storage::postgres::Sessions> sessions, telemetry::Metrics& metrics);

  class Doors;  // configuration and audit

  const Options options_;
  const BusinessZone zone_;
  const sealing::KeyRing keys_;
  const sealing::Codec codec_;
  const std::unique_ptr<Clock> clock_;
  telemetry::Metrics& metrics_;
  const std::shared_ptr<storage::postgres::Sessions> sessions_;
  const std::unique_ptr<storage::ConfigStore> config_;
  const std::unique_ptr<storage::CodeStore> codes_;
  const std::unique_ptr<storage::ModelStore> models_;
  const std::unique_ptr<storage::CustomerStore> customer_store_;
  labels::LabelTable labels_;
  std::unique_ptr<labels::LabelFeed> feed_;
  std::unique_ptr<NearCustomers> near_customers_;
  std::unique_ptr<lifecycle::Lifecycle> lifecycle_;
  std::unique_ptr<Doors> doors_;
  std::unique_ptr<Periodic> publication_;
  HeapTrimmer trimmer_;
  std::mutex mutex_;
  std::shared_ptr<grpc::Channel> inside_;
  std::vector<std::string> served_;
  std::map<Peer, std::shared_ptr<grpc::Channel>> outside_;
};

}  // namespace rung::host
