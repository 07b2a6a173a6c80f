#include "libs/host/host.h"

#include <grpcpp/create_channel.h>
#include <spdlog/spdlog.h>

#include <absl/time/time.h>

#include <filesystem>

#include "libs/audit/audit_service.h"
#include "libs/base/status.h"
#include "libs/lifecycle/config_service.h"
#include "libs/sealing/signer.h"
#include "libs/storage/label_cache.h"
#include "libs/wire/stored_events.h"

namespace rung::host {
namespace {

namespace pg = storage::postgres;

constexpr size_t kWorkerQueue = 2000;
constexpr int kNearConnections = 3;
constexpr int kSampledEvents = 3;
constexpr std::chrono::seconds kPublicationPeriod(1);

std::unique_ptr<Clock> MakeClock(const std::optional<UnixSeconds>& business_time) {
  class Wall final : public Clock {
    UnixMicros NowMicros() const override { return SystemClock().NowMicros(); }
  };
  if (business_time) return std::make_unique<PinnedClock>(*business_time);
  return std::make_unique<Wall>();
}

absl::StatusOr<std::optional<UnixSeconds>> ParseBusinessTime(const std::string& text) {
  if (text.empty()) return std::nullopt;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return InvalidArgumentError("--business-time: \"{}\" isn't like \"2011-12-10T12:00:00+00:00\"", text);
  }
  return absl::ToUnixSeconds(time);
}

// What is stored and its key belong together: no start is better than a second key beside it.
absl::StatusOr<sealing::KeyRing> KeysOf(const Options& options, pg::Sessions& sessions) {
  RUNG_ASSIGN_OR_RETURN(const auto events, pg::SampleEvents(sessions, kSampledEvents, Deadline::After(5000)));
  if (options.create_key && !std::filesystem::exists(options.key_file)) {
    if (!events.empty()) {
      return FailedPreconditionError("the key file {} is missing, and this database holds facts that were sealed with it: put it back; a new key could read none of them",
                                     options.key_file);
    }
    const absl::Status created = sealing::KeyRing::Create(options.key_file);
    if (!created.ok() && !absl::IsAlreadyExists(created)) return created;  // else a service that starts beside this one was faster
  }
  RUNG_ASSIGN_OR_RETURN(auto keys, sealing::KeyRing::Load(options.key_file));
  // One of them may have been tampered with, which the audit finds. Plain bodies have a hash of the oldest key, too.
  const sealing::Codec codec(keys);
  const auto fits = [&](const storage::EventRow& event) {
    const auto body = codec.Open(event.key_id, event.body, wire::SealingRow(event.customer, event.event_id));
    return body.ok() && codec.BodyHash(*body) == event.body_hash;
  };
  if (!events.empty() && std::none_of(events.begin(), events.end(), fits)) {
    return FailedPreconditionError("{} isn't the key file that this database was sealed with: give the one that it was started with", options.key_file);
  }
  return keys;
}

}  // namespace

class Host::Doors {
 public:
  Doors(Host& host)
      : pool_(host.options_.workers, kWorkerQueue), store_(pg::MakeAuditStore(host.sessions_, host.options_.postgres)), signer_(host.keys_, "audit root"),
        audit_(*store_, signer_, *host.clock_, host.options_.audit_export), config_service_(*host.lifecycle_, pool_, host.metrics_),
        audit_service_(audit_, pool_, host.metrics_),
        exporter_(std::chrono::seconds(host.options_.audit_export_seconds), [this] { Export(); }, Periodic::kAtOnce) {}

  std::vector<grpc::Service*> services() { return {&config_service_, &audit_service_}; }
  std::vector<std::string> names() const { return {"rung.config.v1.ConfigService", "rung.config.v1.AuditService"}; }

 private:
  void Export() const {
    if (const absl::Status status = audit_.Export(Deadline::After(10'000)); !status.ok()) {
      spdlog::error("audit: no root exported: {}", Message(status));
    }
  }

  rpc::WorkerPool pool_;
  const std::unique_ptr<storage::AuditStore> store_;
  const sealing::Signer signer_;
  const audit::Audit audit_;
  lifecycle::ConfigService config_service_;
  audit::AuditService audit_service_;
  Periodic exporter_;
};

absl::StatusOr<std::unique_ptr<Host>> Host::Create(const Options& options, telemetry::Metrics& metrics) {
  const auto zone = BusinessZone::Load(options.zone);
  if (!zone) return InvalidArgumentError("--zone: \"{}\" is no IANA time zone known here", options.zone);
  RUNG_ASSIGN_OR_RETURN(const auto business_time, ParseBusinessTime(options.business_time));
  auto sessions = pg::MakeSessions(options.postgres, options.workers + 2);
  RUNG_RETURN_IF_ERROR(pg::CheckHealth(*sessions, Deadline::After(5000)));
  RUNG_ASSIGN_OR_RETURN(auto keys, KeysOf(options, *sessions));
  return std::unique_ptr<Host>(new Host(options, *zone, std::move(keys), MakeClock(business_time), std::move(sessions), metrics));
}

Host::Host(const Options& options, BusinessZone zone, sealing::KeyRing keys, std::unique_ptr<Clock> clock,
           std::shared_ptr<pg::Sessions> sessions, telemetry::Metrics& metrics)
    : options_(options), zone_(std::move(zone)), keys_(std::move(keys)), codec_(keys_), clock_(std::move(clock)), metrics_(metrics),
      sessions_(std::move(sessions)), config_(pg::MakeConfigStore(sessions_)),
      codes_(pg::MakeCodeStore(sessions_)), models_(pg::MakeModelStore(sessions_)),
      customer_store_(pg::MakeCustomerStore(options.postgres, kNearConnections)),
      labels_(static_cast<size_t>(customer_store_->ApproximateCount().value_or(0))),
      feed_(std::make_unique<labels::LabelFeed>(labels_, *customer_store_, storage::redis::MakeChangeStream(options.redis))),
      near_customers_(std::make_unique<NearCustomers>(NearCustomersParts{labels_, *feed_, *models_, *customer_store_, *codes_, zone_, *clock_})),
      lifecycle_(std::make_unique<lifecycle::Lifecycle>(*config_, *clock_, lifecycle::LifecycleOptions{.approvals_needed = options.approvals})) {
  metrics.Gauge("rung_labels_customers", "Customers in the label table.", [this] { return static_cast<double>(labels_.size()); });
  metrics.Gauge("rung_labels_staleness_seconds", "Since the change stream was last heard from.",
                [this] { return static_cast<double>(feed_->Status().staleness_ms) / 1000; });
  metrics.Counter("rung_labels_refills_total", "Fills of the label table from PostgreSQL.",
                  [this] { return static_cast<double>(feed_->Status().refills); });
}

Host::~Host() = default;

absl::StatusOr<std::unique_ptr<rpc::Server>> Host::Start(const std::vector<std::unique_ptr<App>>& apps) {
  doors_ = std::make_unique<Doors>(*this);
  std::vector<grpc::Service*> services = doors_->services();
  std::vector<std::string> names = doors_->names();
  for (const auto& app : apps) {
    for (grpc::Service* service : app->services()) services.push_back(service);
    for (std::string& name : app->service_names()) names.push_back(std::move(name));
  }
  RUNG_ASSIGN_OR_RETURN(auto server, rpc::Server::Start({.listen = options_.listen}, services, names));
  {
    std::lock_guard lock(mutex_);
    inside_ = server->InProcessChannel();
    served_ = std::move(names);
  }
  publication_ = std::make_unique<Periodic>(kPublicationPeriod, [this] { lifecycle_->PublishDue(Deadline::After(10'000)); });
  return server;
}

void Host::Stop() { publication_.reset(); }

std::shared_ptr<grpc::Channel> Host::ChannelTo(Peer peer) {
  const bool grading = peer == Peer::kGrading;
  const char* service = grading ? "rung.grading.v1.TierService" : "rung.benefits.v1.BenefitService";
  std::lock_guard lock(mutex_);
  if (inside_ == nullptr) return nullptr;
  if (std::find(served_.begin(), served_.end(), service) != served_.end()) return inside_;
  std::shared_ptr<grpc::Channel>& channel = outside_[peer];
  if (channel == nullptr) channel = grpc::CreateChannel(grading ? options_.grading : options_.benefits, grpc::InsecureChannelCredentials());
  return channel;
}

}  // namespace rung::host
