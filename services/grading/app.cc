// Members stand in the order in which they need each other.
#include "services/grading/app.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/base/periodic.h"
#include "libs/base/status.h"
#include "libs/host/complaint.h"
#include "libs/host/host.h"
#include "libs/storage/label_cache.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/wire/model_mapping.h"
#include "services/grading/abuse_service.h"
#include "services/grading/account_service.h"
#include "services/grading/appeal_service.h"
#include "services/grading/calibration_service.h"
#include "services/grading/document_kinds.h"
#include "services/grading/explanation_service.h"
#include "services/grading/calendar_kind.h"
#include "services/grading/feature_service.h"
#include "services/grading/ingest_service.h"
#include "services/grading/model_service.h"
#include "services/grading/outbox_relay.h"
#include "services/grading/path_service.h"
#include "services/grading/override_service.h"
#include "services/grading/regrade_service.h"
#include "services/grading/retention.h"
#include "services/grading/simulation_service.h"
#include "services/grading/status_service.h"
#include "services/grading/tag_service.h"
#include "services/grading/tier_service.h"

namespace rung::grading {
namespace {

namespace pg = storage::postgres;

constexpr char kPresetAuthor[] = "preset";
constexpr size_t kWorkerQueue = 2000;
constexpr std::chrono::seconds kRefreshPeriod(1);
constexpr int kReplaySample = 1000;  // decisions replayed after each run

class GradingApp final : public host::App {
 public:
  GradingApp(const Options& options, features::Sources sources, const std::optional<Schedule>& schedule, const std::optional<Schedule>& refit, host::Host& host)
      : options_(options), host_(host), zone_(host.zone()), sources_(sources), clock_(host.clock()), table_(host.labels()), codes_(host.codes()),
        history_(pg::MakeHistoryStore(host.sessions())), runs_(pg::MakeRunStore(host.sessions(), host.options().postgres)),
        customers_(pg::MakeCustomerStore(host.options().postgres, host.options().workers + 2 * options.scan_threads + 2)),
        ingest_store_(pg::MakeIngestStore(host.options().postgres, options.ingest_writers + 1)),
        ladders_(host.models(), *runs_, codes_), calendars_(host.config()),
        fit_store_(pg::MakeFitStore(host.sessions())), fits_(*fit_store_, codes_), pool_(host.options().workers, kWorkerQueue),
        relay_(pg::MakeOutbox(host.options().postgres), storage::redis::MakeLabelCache(host.options().redis), *customers_),
        group_grader_({*ingest_store_, host.codec(), ladders_, codes_, calendars_, fits_, table_, clock_, zone_, sources_, [this] { relay_.Wake(); }}),
        queue_({.writers = options.ingest_writers},
               {*ingest_store_, codes_, host.codec(), ladders_, calendars_, fits_, group_grader_, table_, clock_, zone_, sources_, [this] { relay_.Wake(); }}),
        lookup_(table_, host.feed(), ladders_, *customers_), tier_history_(*history_, *customers_, ladders_), tier_watch_(*history_, ladders_),
        model_kind_(codes_, ladders_), tag_kind_(codes_), calendar_kind_(calendars_),
        publisher_(host.models(), host.config(), host.lifecycle(), model_kind_, ladders_),
        reader_(*customers_, codes_, host.codec(), calendars_, fits_, zone_, clock_, sources_), dry_grader_(reader_, ladders_, codes_, zone_, clock_),
        tier_archive_(*history_, *customers_, *runs_, reader_, ladders_, codes_, zone_, clock_),
        replayer_(*history_, *customers_, ladders_, codes_), explainer_({reader_, ladders_, codes_, zone_, clock_, replayer_, host.options().currency}),
        path_planner_({reader_, ladders_, codes_, zone_, clock_, host.options().currency}),
        runner_({*runs_, *customers_, codes_, ladders_, table_, clock_, zone_, reader_, [this] { relay_.Wake(); },
                 [this] { replayer_.AuditSample(kReplaySample, Deadline::After(60'000)); }},
                {.max_downgrade_share = options.guard_max_downgrade_share, .scan_threads = options.scan_threads}, schedule),
        abuse_store_(pg::MakeAbuseStore(host.sessions())),
        freezer_({*abuse_store_, *ingest_store_, group_grader_, ladders_, codes_, calendars_, fits_, table_, clock_, zone_, sources_, [this] { relay_.Wake(); }}),
        scanner_({*abuse_store_, *customers_, host.config(), *runs_, freezer_, clock_, zone_, options.scan_threads}),
        abuse_cases_(*abuse_store_, scanner_, freezer_, zone_, clock_),
        churn_store_(pg::MakeChurnStore(host.sessions(), host.options().postgres)), retention_kind_(host.config(), ladders_),
        retention_({*fit_store_, *customers_, codes_, reader_, fits_, clock_, zone_, options.scan_threads},
                   {*churn_store_, host.config(), *runs_, codes_, ladders_, [&host] { return host.ChannelTo(host::Peer::kBenefits); }},
                   refit, pool_, host.metrics()),
        kept_base_({*customers_, codes_, reader_, clock_, options.scan_threads}, static_cast<size_t>(options.kept_base_mb) << 20),
        refresher_(kRefreshPeriod, [this] { Refresh(); }), customer_names_(*customers_, host.codec(), zone_), ladder_prices_(host.config()),
        trial_parts_{*customers_, host.config(), model_kind_, ladders_, codes_, customer_names_, clock_, zone_, reader_, kept_base_, ladder_prices_},
        simulator_(trial_parts_), threshold_solver_(trial_parts_),
        calibrator_(trial_parts_, {*customers_, codes_, reader_, clock_, options.scan_threads}),
        customer_tags_({host.config(), *customers_, reader_, ladders_, codes_}),
        account_store_(pg::MakeAccountStore(host.sessions())), account_groups_(*account_store_, group_grader_, clock_, zone_),
        account_merger_({*account_store_, *customers_, *ingest_store_, host.codec(), ladders_, codes_, calendars_, group_grader_, table_, clock_, zone_,
                         [this] { relay_.Wake(); }}),
        override_store_(pg::MakeOverrideStore(host.sessions())),
        overrides_({*override_store_, *customers_, ladders_, table_, clock_, zone_, [this] { relay_.Wake(); }}),
        appeal_store_(pg::MakeAppealStore(host.sessions())), appeal_file_(host.codec(), ladders_, zone_, clock_),
        appeals_({*appeal_store_, *customers_, *history_, ladders_, calendars_, appeal_file_, clock_, options.appeal_days}),
        appeal_review_({*appeal_store_, appeal_file_, replayer_, ladders_, reader_, codes_, host.options().currency}),
        appeal_resolver_({*appeal_store_, *customers_, appeal_file_, ladders_, queue_, {zone_, clock_, host.options().currency}, reader_, codes_}),
        tier_service_(lookup_, tier_history_, tier_archive_, tier_watch_, publisher_, pool_, host.metrics()),
        ingest_service_(queue_, {zone_, clock_, host.options().currency}, host.metrics()), feature_service_(reader_, pool_, host.metrics()),
        model_service_(publisher_, pool_, host.metrics()), regrade_service_(runner_, *runs_, dry_grader_, pool_, host.metrics()),
        explanation_service_(explainer_, replayer_, pool_, host.metrics()), path_service_(path_planner_, pool_, host.metrics()),
        simulation_service_(simulator_, threshold_solver_, pool_, host.metrics()),
        calibration_service_(calibrator_, pool_, host.metrics()), override_service_(overrides_, pool_, host.metrics()), tag_service_(customer_tags_, pool_, host.metrics()),
        account_service_(account_groups_, account_merger_, pool_, host.metrics()), abuse_service_(abuse_cases_, pool_, host.metrics()),
        appeal_service_(appeals_, appeal_review_, appeal_resolver_, pool_, host.metrics()),
        status_service_([this](Deadline deadline, v1::GetStatusResponse& out) { ReportStatus(deadline, out); }, pool_, host.metrics()) {
    for (lifecycle::DocumentKind* kind : {static_cast<lifecycle::DocumentKind*>(&model_kind_), static_cast<lifecycle::DocumentKind*>(&tag_kind_),
                                          static_cast<lifecycle::DocumentKind*>(&abuse_kind_), static_cast<lifecycle::DocumentKind*>(&calendar_kind_),
                                          static_cast<lifecycle::DocumentKind*>(&retention_kind_)}) {
      host.lifecycle().Add(*kind);
    }
    AddMetrics(host.metrics());
  }

  absl::Status Prepare() {
    RUNG_RETURN_IF_ERROR(ladders_.Reload(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(calendars_.Reload(Deadline::After(30'000)));
    RUNG_RETURN_IF_ERROR(fits_.Reload(Deadline::After(30'000)));
    if (!options_.presets.empty() && OnlyPresets(*ladders_.Current())) RUNG_RETURN_IF_ERROR(PublishMissingPresets());
    return absl::OkStatus();
  }

  std::vector<grpc::Service*> services() override {
    return {&tier_service_, &ingest_service_, &feature_service_, &model_service_, &regrade_service_,
            &explanation_service_, &path_service_, &simulation_service_, &calibration_service_, &override_service_, &tag_service_, &account_service_, &abuse_service_, &appeal_service_,
            retention_.service(), retention_.churn_service(), &status_service_};
  }
  std::vector<std::string> service_names() const override {
    return {"rung.grading.v1.TierService", "rung.grading.v1.IngestService", "rung.grading.v1.FeatureService",
            "rung.grading.v1.ModelService", "rung.grading.v1.RegradeService", "rung.grading.v1.ExplanationService",
            "rung.grading.v1.PathService", "rung.grading.v1.SimulationService", "rung.grading.v1.CalibrationService", "rung.grading.v1.OverrideService", "rung.grading.v1.TagService",
            "rung.grading.v1.AccountService", "rung.grading.v1.AbuseService", "rung.grading.v1.AppealService", "rung.grading.v1.RetentionService", "rung.grading.v1.ChurnService",
            "rung.grading.v1.StatusService"};
  }

 private:
  void Refresh() {
    old_ladders_.Take(ladders_.Reload(Deadline::After(5000)));
    old_calendars_.Take(calendars_.Reload(Deadline::After(5000)));
    old_fit_.Take(fits_.Reload(Deadline::After(5000)));
    group_grader_.DecideWhatIsDue();
    kept_base_.Expire();
  }

  // A start may have ended between two presets; once people publish, which ladders there are is up to them.
  static bool OnlyPresets(const LadderSet& ladders) {
    return std::all_of(ladders.begin(), ladders.end(), [](const auto& ladder) { return ladder->row.author == kPresetAuthor; });
  }

  absl::Status PublishMissingPresets() {
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
      if (ladders_.Find(model.model_id()).ok()) continue;
      v1::ApplyModelRequest request;
      request.set_make_default(model.model_id() == options_.default_ladder);
      request.set_request_id("preset:" + model.model_id());
      request.set_author(kPresetAuthor);
      *request.mutable_model() = std::move(model);
      v1::ApplyModelResponse response;
      if (const absl::Status status = publisher_.Apply(request, response, Deadline::After(10'000), kPresetAuthor); !status.ok()) {
        return Error(status.code(), "{}: {}", path.string(), Message(status));
      }
      spdlog::info("published preset {}", response.model_version().model().model_id());
    }
    return absl::OkStatus();
  }

  void ReportStatus(Deadline deadline, v1::GetStatusResponse& out) {
    out.set_version("0.1.0");
    const UnixMicros now = clock_.NowMicros();
    out.mutable_now()->set_seconds(now / 1'000'000);
    out.set_business_date(FormatDay(zone_.DayOf(now / 1'000'000)));
    out.set_business_zone(zone_.name());
    out.set_currency_code(host_.options().currency);
    for (const std::string& name : NamesOf(sources_)) out.add_sources(name);
    const auto add = [&](const char* name, const absl::Status& status) {
      v1::DependencyStatus& item = *out.add_dependencies();
      item.set_name(name);
      item.set_reachable(status.ok());
      item.set_message(std::string(Message(status)));
    };
    add("postgresql", pg::CheckHealth(*host_.sessions(), deadline));
    add("redis", storage::redis::CheckHealth(host_.options().redis));
    const labels::FeedStatus feed = host_.feed().Status();
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
  }

  const Options options_;
  host::Host& host_;
  const BusinessZone& zone_;
  const features::Sources sources_;
  const int64_t started_at_ = MonotonicMicros();
  const Clock& clock_;
  labels::LabelTable& table_;
  storage::CodeStore& codes_;
  const std::unique_ptr<storage::HistoryStore> history_;
  const std::unique_ptr<storage::RunStore> runs_;
  const std::unique_ptr<storage::CustomerStore> customers_;
  const std::unique_ptr<storage::IngestStore> ingest_store_;
  Ladders ladders_;
  Calendars calendars_;
  const std::unique_ptr<storage::FitStore> fit_store_;
  Fits fits_;
  rpc::WorkerPool pool_;
  OutboxRelay relay_;
  GroupGrader group_grader_;
  IngestQueue queue_;
  TierLookup lookup_;
  TierHistory tier_history_;
  TierWatch tier_watch_;
  ModelKind model_kind_;
  TagSetKind tag_kind_;
  AbusePolicyKind abuse_kind_;
  CalendarKind calendar_kind_;
  ModelPublisher publisher_;
  FeatureReader reader_;
  DryGrader dry_grader_;
  TierArchive tier_archive_;
  DecisionReplayer replayer_;
  TierExplainer explainer_;
  PathPlanner path_planner_;
  RegradeRunner runner_;
  const std::unique_ptr<storage::AbuseStore> abuse_store_;
  UpgradeFreezer freezer_;
  AbuseScanner scanner_;
  AbuseCases abuse_cases_;
  const std::unique_ptr<storage::ChurnStore> churn_store_;
  RetentionPolicyKind retention_kind_;
  Retention retention_;
  KeptBase kept_base_;
  host::Complaint old_ladders_{"a ladder stays as it was"};
  host::Complaint old_calendars_{"calendars stay as they are"};
  host::Complaint old_fit_{"the fit before stays in force"};
  Periodic refresher_;
  CustomerNames customer_names_;
  LadderPrices ladder_prices_;
  const TrialParts trial_parts_;
  Simulator simulator_;
  ThresholdSolver threshold_solver_;
  Calibrator calibrator_;
  CustomerTags customer_tags_;
  const std::unique_ptr<storage::AccountStore> account_store_;
  AccountGroups account_groups_;
  AccountMerger account_merger_;
  const std::unique_ptr<storage::OverrideStore> override_store_;
  Overrides overrides_;
  const std::unique_ptr<storage::AppealStore> appeal_store_;
  AppealFile appeal_file_;
  Appeals appeals_;
  AppealReview appeal_review_;
  AppealResolver appeal_resolver_;
  TierService tier_service_;
  IngestService ingest_service_;
  FeatureService feature_service_;
  ModelService model_service_;
  RegradeService regrade_service_;
  ExplanationService explanation_service_;
  PathService path_service_;
  SimulationService simulation_service_;
  CalibrationService calibration_service_;
  OverrideService override_service_;
  TagService tag_service_;
  AccountService account_service_;
  AbuseService abuse_service_;
  AppealService appeal_service_;
  StatusService status_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<host::App>> MakeApp(const Options& options, host::Host& host) {
  RUNG_ASSIGN_OR_RETURN(const features::Sources sources, SourcesOf(options.sources));
  RUNG_ASSIGN_OR_RETURN(const auto schedule, Schedule::Parse(options.nightly));
  RUNG_ASSIGN_OR_RETURN(const auto refit, Schedule::Parse(options.refit));
  auto app = std::make_unique<GradingApp>(options, sources, schedule, refit, host);
  RUNG_RETURN_IF_ERROR(app->Prepare());
  return app;
}

}  // namespace rung::grading
