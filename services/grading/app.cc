#include "services/grading/app.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/audit/audit_service.h"
#include "libs/audit/root_exporter.h"
#include "libs/base/status.h"
#include "libs/lifecycle/config_service.h"
#include "libs/lifecycle/publication_clock.h"
#include "libs/storage/label_cache.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/wire/model_mapping.h"
#include "services/grading/abuse_service.h"
#include "services/grading/document_kinds.h"
#include "services/grading/explanation_service.h"
#include "services/grading/calendar_kind.h"
#include "services/grading/feature_service.h"
#include "services/grading/heap_trimmer.h"
#include "services/grading/ladder_refresher.h"
#include "services/grading/ingest_service.h"
#include "services/grading/model_service.h"
#include "services/grading/outbox_relay.h"
#include "services/grading/path_service.h"
#include "services/grading/override_service.h"
#include "services/grading/regrade_service.h"
#include "services/grading/simulation_service.h"
#include "services/grading/status_service.h"
#include "services/grading/tier_service.h"

namespace rung::grading {
namespace {

namespace pg = storage::postgres;

constexpr size_t kWorkerQueue = 2000;
constexpr int kReplaySample = 1000;  // decisions replayed after each run

struct Checked {
  BusinessZone zone;
  features::Sources sources;
  std::optional<Schedule> schedule;
  std::optional<UnixSeconds> business_time;
  sealing::KeyRing keys;
};

absl::StatusOr<Checked> Check(const Options& options) {
  const auto zone = BusinessZone::Load(options.zone);
  if (!zone) return InvalidArgumentError("--zone: \"{}\" is no IANA time zone known here", options.zone);
  RUNG_ASSIGN_OR_RETURN(const features::Sources sources, SourcesOf(options.sources));
  RUNG_ASSIGN_OR_RETURN(const auto schedule, Schedule::Parse(options.nightly));
  std::optional<UnixSeconds> business_time;
  if (!options.business_time.empty()) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, options.business_time, &time, &error)) {
      return InvalidArgumentError("--business-time: \"{}\" isn't like \"2011-12-10T12:00:00+00:00\"", options.business_time);
    }
    business_time = absl::ToUnixSeconds(time);
  }
  if (options.create_key && !std::filesystem::exists(options.key_file)) {
    RUNG_RETURN_IF_ERROR(sealing::KeyRing::Create(options.key_file));
  }
  RUNG_ASSIGN_OR_RETURN(auto keys, sealing::KeyRing::Load(options.key_file));
  return Checked{*zone, sources, schedule, business_time, std::move(keys)};
}

std::unique_ptr<Clock> MakeClock(const std::optional<UnixSeconds>& business_time) {
  class Wall final : public Clock {
    UnixMicros NowMicros() const override { return SystemClock().NowMicros(); }
  };
  if (business_time) return std::make_unique<PinnedClock>(*business_time);
  return std::make_unique<Wall>();
}

class GradingApp final : public App {
 public:
  GradingApp(const Options& options, Checked checked, telemetry::Metrics& metrics)
      : options_(options), zone_(checked.zone), sources_(checked.sources), codec_(checked.keys), audit_signer_(checked.keys, "audit root"),
        clock_(MakeClock(checked.business_time)), sessions_(pg::MakeSessions(options.postgres, options.workers + 2)),
        models_(pg::MakeModelStore(sessions_)), config_(pg::MakeConfigStore(sessions_)), audit_store_(pg::MakeAuditStore(sessions_, options.postgres)), codes_(pg::MakeCodeStore(sessions_)), history_(pg::MakeHistoryStore(sessions_)),
        runs_(pg::MakeRunStore(sessions_, options.postgres)),
        customers_(pg::MakeCustomerStore(options.postgres, options.workers + 2 * options.scan_threads + 2)),
        ingest_store_(pg::MakeIngestStore(options.postgres, options.ingest_writers + 1)), ladders_(*models_, *runs_, *codes_), calendars_(*config_),
        table_(static_cast<size_t>(customers_->ApproximateCount().value_or(0))), pool_(options.workers, kWorkerQueue),
        relay_(pg::MakeOutbox(options.postgres), storage::redis::MakeLabelCache(options.redis), *customers_),
        feed_(table_, *customers_, storage::redis::MakeChangeStream(options.redis)),
        queue_({.writers = options.ingest_writers},
               {*ingest_store_, *codes_, codec_, ladders_, calendars_, table_, *clock_, zone_, sources_, [this] { relay_.Wake(); }}),
        lookup_(table_, feed_, ladders_, *customers_), tier_history_(*history_, *customers_, ladders_),
        model_kind_(*codes_, ladders_), tag_kind_(*codes_), calendar_kind_(calendars_),
        lifecycle_(*config_, {&model_kind_, &tag_kind_, &abuse_kind_, &calendar_kind_}, *clock_, {.approvals_needed = options.approvals}),
        publisher_(*models_, *config_, lifecycle_, model_kind_, ladders_), reader_(*customers_, *codes_, codec_, calendars_, zone_, *clock_, sources_),
        dry_grader_(reader_, ladders_, *codes_, zone_, *clock_),
        replayer_(*history_, *customers_, ladders_, *codes_),
        explainer_({reader_, ladders_, *codes_, zone_, *clock_, replayer_, options.currency}),
        path_planner_({reader_, ladders_, *codes_, zone_, *clock_, options.currency}),
        runner_({*runs_, *customers_, *codes_, ladders_, table_, *clock_, zone_, reader_, [this] { relay_.Wake(); },
                 [this] { replayer_.AuditSample(kReplaySample, Deadline::After(60'000)); }},
                {.max_downgrade_share = options.guard_max_downgrade_share, .scan_threads = options.scan_threads}, checked.schedule),
        abuse_store_(pg::MakeAbuseStore(sessions_)),
        freezer_({*abuse_store_, *ingest_store_, ladders_, *codes_, calendars_, table_, *clock_, zone_, sources_, [this] { relay_.Wake(); }}),
        scanner_({*abuse_store_, *customers_, *config_, *runs_, freezer_, *clock_, zone_, options.scan_threads}),
        abuse_cases_(*abuse_store_, scanner_, freezer_, zone_, *clock_), abuse_service_(abuse_cases_, pool_, metrics),
        refresher_(ladders_, calendars_), publication_clock_(lifecycle_), audit_(*audit_store_, audit_signer_, *clock_, options.audit_export),
        root_exporter_(audit_, std::chrono::seconds(options.audit_export_seconds)), tier_service_(lookup_, tier_history_, publisher_, pool_, metrics),
        ingest_service_(queue_, {zone_, *clock_, options.currency}, metrics), feature_service_(reader_, pool_, metrics),
        model_service_(publisher_, pool_, metrics), config_service_(lifecycle_, pool_, metrics), audit_service_(audit_, pool_, metrics), regrade_service_(runner_, *runs_, dry_grader_, pool_, metrics),
        explanation_service_(explainer_, replayer_, pool_, metrics), path_service_(path_planner_, pool_, metrics), customer_names_(*customers_, codec_, zone_),
        simulator_({*customers_, *config_, model_kind_, ladders_, *codes_, customer_names_, *clock_, zone_, reader_, options.scan_threads}),
        simulation_service_(simulator_, pool_, metrics),
        override_store_(pg::MakeOverrideStore(sessions_)), overrides_({*override_store_, *customers_, ladders_, table_, *clock_, zone_, [this] { relay_.Wake(); }}),
        override_service_(overrides_, pool_, metrics),
        status_service_([this](Deadline deadline, v1::GetStatusResponse& out) { ReportStatus(deadline, out); }, pool_, metrics) {
    AddMetrics(metrics);
  }

  absl::Status Prepare() {
    RUNG_RETURN_IF_ERROR(pg::CheckHealth(*sessions_, Deadline::After(5000)));
    RUNG_RETURN_IF_ERROR(ladders_.Reload(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(calendars_.Reload(Deadline::After(30'000)));
    if (!options_.presets.empty() && ladders_.Current()->empty()) RUNG_RETURN_IF_ERROR(PublishPresets());
    return absl::OkStatus();
  }

  std::vector<grpc::Service*> services() override {
    return {&tier_service_, &ingest_service_, &feature_service_, &model_service_, &config_service_, &audit_service_, &regrade_service_,
            &explanation_service_, &path_service_, &simulation_service_, &override_service_, &abuse_service_, &status_service_};
  }
  std::vector<std::string> service_names() const override {
    return {"rung.grading.v1.TierService", "rung.grading.v1.IngestService", "rung.grading.v1.FeatureService",
            "rung.grading.v1.ModelService", "rung.config.v1.ConfigService", "rung.config.v1.AuditService", "rung.grading.v1.RegradeService",
            "rung.grading.v1.ExplanationService", "rung.grading.v1.PathService", "rung.grading.v1.SimulationService", "rung.grading.v1.OverrideService", "rung.grading.v1.AbuseService", "rung.grading.v1.StatusService"};
  }

 private:
  absl::Status PublishPresets() {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(options_.presets, error)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    if (error) return NotFoundError("--presets: {} can't be read: {}", options_.presets, error.message());
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
      std::ifstream file(path);
      std::stringstream text;
      text << file.rdbuf();
      RUNG_ASSIGN_OR_RETURN(v1::Model model, wire::ParseModelJson(text.str()));
      v1::ApplyModelRequest request;
      request.set_make_default(model.model_id() == options_.default_ladder);
      request.set_request_id("preset:" + model.model_id());
      request.set_author("preset");
      *request.mutable_model() = std::move(model);
      v1::ApplyModelResponse response;
      if (const absl::Status status = publisher_.Apply(request, response, Deadline::After(10'000), "preset"); !status.ok()) {
        return Error(status.code(), "{}: {}", path.string(), Message(status));
      }
      spdlog::info("published preset {}", response.model_version().model().model_id());
    }
    return absl::OkStatus();
  }

  void ReportStatus(Deadline deadline, v1::GetStatusResponse& out) {
    out.set_version("0.1.0");
    const UnixMicros now = clock_->NowMicros();
    out.mutable_now()->set_seconds(now / 1'000'000);
    out.set_business_date(FormatDay(zone_.DayOf(now / 1'000'000)));
    out.set_business_zone(zone_.name());
    out.set_currency_code(options_.currency);
    for (const std::string& name : NamesOf(sources_)) out.add_sources(name);
    const auto add = [&](const char* name, const absl::Status& status) {
      v1::DependencyStatus& item = *out.add_dependencies();
      item.set_name(name);
      item.set_reachable(status.ok());
      item.set_message(std::string(Message(status)));
    };
    add("postgresql", pg::CheckHealth(*sessions_, deadline));
    add("redis", storage::redis::CheckHealth(options_.redis));
    const FeedStatus feed = feed_.Status();
    v1::LabelTableStatus& labels = *out.mutable_labels();
    labels.set_customer_count(table_.size());
    labels.set_capacity(static_cast<int64_t>(table_.capacity()));
    labels.set_bytes(static_cast<int64_t>(table_.bytes()));
    labels.set_live(feed.live);
    labels.set_staleness_ms(feed.staleness_ms);
    labels.set_stream_position(feed.position);
    labels.set_refill_count(feed.refills);
    out.set_outbox_count(relay_.waiting_count());
    out.set_events_accepted_count(queue_.accepted_count());
    out.set_uptime_seconds((MonotonicMicros() - started_at_) / 1'000'000);
    const LadderDirectory::Entry* entry = ladders_.directory().default_entry;
    if (entry != nullptr) out.set_default_ladder_id(entry->ladder_id);
  }

  void AddMetrics(telemetry::Metrics& metrics) {
    metrics.Counter("rung_events_accepted_total", "Events accepted and durable.", [this] { return static_cast<double>(queue_.accepted_count()); });
    metrics.Gauge("rung_events_waiting", "Events waiting to be written.", [this] { return static_cast<double>(queue_.waiting_count()); });
    metrics.Gauge("rung_outbox_waiting", "Labels waiting for Redis.", [this] { return static_cast<double>(relay_.waiting_count()); });
    metrics.Counter("rung_labels_delivered_total", "Labels delivered to Redis.", [this] { return static_cast<double>(relay_.delivered_count()); });
    metrics.Counter("rung_decisions_replayed_total", "Stored decisions made again by the audit after runs.", [this] { return static_cast<double>(replayer_.replayed_count()); });
    metrics.Counter("rung_decisions_differing_total", "Stored decisions that came out otherwise when made again.", [this] { return static_cast<double>(replayer_.different_count()); });
    metrics.Gauge("rung_labels_customers", "Customers in the label table.", [this] { return static_cast<double>(table_.size()); });
    metrics.Gauge("rung_labels_staleness_seconds", "Since the change stream was last heard from.", [this] { return static_cast<double>(feed_.Status().staleness_ms) / 1000; });
    metrics.Counter("rung_labels_refills_total", "Fills of the label table from PostgreSQL.", [this] { return static_cast<double>(feed_.Status().refills); });
  }

  const Options options_;
  const BusinessZone zone_;
  const features::Sources sources_;
  const sealing::Codec codec_;
  const sealing::Signer audit_signer_;
  const int64_t started_at_ = MonotonicMicros();
  const std::unique_ptr<Clock> clock_;
  const std::shared_ptr<pg::Sessions> sessions_;
  const std::unique_ptr<storage::ModelStore> models_;
  const std::unique_ptr<storage::ConfigStore> config_;
  const std::unique_ptr<storage::AuditStore> audit_store_;
  const std::unique_ptr<storage::CodeStore> codes_;
  const std::unique_ptr<storage::HistoryStore> history_;
  const std::unique_ptr<storage::RunStore> runs_;
  const std::unique_ptr<storage::CustomerStore> customers_;
  const std::unique_ptr<storage::IngestStore> ingest_store_;
  Ladders ladders_;
  Calendars calendars_;
  labels::LabelTable table_;
  rpc::WorkerPool pool_;
  OutboxRelay relay_;
  LabelFeed feed_;
  IngestQueue queue_;
  TierLookup lookup_;
  TierHistory tier_history_;
  ModelKind model_kind_;
  TagSetKind tag_kind_;
  AbusePolicyKind abuse_kind_;
  CalendarKind calendar_kind_;
  lifecycle::Lifecycle lifecycle_;
  ModelPublisher publisher_;
  FeatureReader reader_;
  DryGrader dry_grader_;
  DecisionReplayer replayer_;
  TierExplainer explainer_;
  PathPlanner path_planner_;
  RegradeRunner runner_;
  const std::unique_ptr<storage::AbuseStore> abuse_store_;
  UpgradeFreezer freezer_;
  AbuseScanner scanner_;
  AbuseCases abuse_cases_;
  AbuseService abuse_service_;
  LadderRefresher refresher_;
  HeapTrimmer trimmer_;
  lifecycle::PublicationClock publication_clock_;
  audit::Audit audit_;
  audit::RootExporter root_exporter_;
  TierService tier_service_;
  IngestService ingest_service_;
  FeatureService feature_service_;
  ModelService model_service_;
  lifecycle::ConfigService config_service_;
  audit::AuditService audit_service_;
  RegradeService regrade_service_;
  ExplanationService explanation_service_;
  PathService path_service_;
  CustomerNames customer_names_;
  Simulator simulator_;
  SimulationService simulation_service_;
  const std::unique_ptr<storage::OverrideStore> override_store_;
  Overrides overrides_;
  OverrideService override_service_;
  StatusService status_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(const Options& options, telemetry::Metrics& metrics) {
  RUNG_ASSIGN_OR_RETURN(Checked checked, Check(options));
  auto app = std::make_unique<GradingApp>(options, std::move(checked), metrics);
  RUNG_RETURN_IF_ERROR(app->Prepare());
  return app;
}

}  // namespace rung::grading
