// Members stand in the order in which they need each other.
#include "services/recommendations/app.h"

#include <spdlog/spdlog.h>

#include "libs/base/periodic.h"
#include "libs/base/status.h"
#include "libs/host/complaint.h"
#include "libs/host/host.h"
#include "libs/storage/postgres/postgres.h"
#include "services/recommendations/policy_kind.h"
#include "services/recommendations/recommendation_service.h"

namespace rung::recommendations {
namespace {

constexpr size_t kWorkerQueue = 2000;
constexpr int64_t kRefreshMs = 10'000;
constexpr int64_t kModelMs = 600'000;  // the model of a million customers is read in some 20 s

class RecommendationsApp final : public host::App {
 public:
  RecommendationsApp(const Options& options, host::Host& host)
      : store_(storage::postgres::MakeRecommendationStore(host.sessions(), host.options().postgres)), in_force_(*store_, host.config(), host.codec()),
        tier_now_([&host](const CustomerFingerprint& customer) { return host.customers().TierNow(customer, ""); }),
        trainer_({*store_, in_force_, host.codec(), host.clock(), host.zone(), tier_now_, [&host] { return host.customers().Fresh(); }}, options),
        coupons_([&host] { return host.ChannelTo(host::Peer::kBenefits); }), tags_([&host] { return host.ChannelTo(host::Peer::kGrading); }),
        risks_([&host] { return host.ChannelTo(host::Peer::kGrading); }), watched_(*store_),
        recommender_({*store_, in_force_, trainer_, host.clock(), host.zone(), tier_now_,
                      [&host](const CustomerFingerprint& customer) { return host.labels().TargetOf(customer); }, coupons_, tags_, risks_, watched_}),
        kind_({in_force_, *store_, host.config(), [&near = host.customers()] { return near.Tiers(""); }}), pool_(host.options().workers, kWorkerQueue), service_(recommender_, pool_, host.metrics()),
        refresher_(std::chrono::seconds(1), [this] { old_policy_.Take(Refresh()); }),
        model_loader_(std::chrono::seconds(1), [this] { old_model_.Take(in_force_.RefreshModel(Deadline::After(kModelMs))); }) {
    host.lifecycle().Add(kind_);
    host.metrics().Gauge("rung_recommendation_model_version", "Version of the recommendation model in force; 0: none",
                         [this] { return static_cast<double>(in_force_.Current()->row.version); });
  }

  absl::Status Prepare() {
    const absl::Status model = in_force_.RefreshModel(Deadline::After(kModelMs));
    if (!model.ok()) spdlog::warn("the recommendation model isn't loaded yet: {}", Message(model));  // lists say so
    return Refresh();
  }

  std::vector<grpc::Service*> services() override { return {&service_}; }
  std::vector<std::string> service_names() const override { return {"rung.recommendations.v1.RecommendationService"}; }

 private:
  absl::Status Refresh() {
    absl::Status first = in_force_.RefreshAvailability(Deadline::After(kRefreshMs));
    first.Update(in_force_.RefreshPolicy(Deadline::After(kRefreshMs)));
    if (in_force_.Current()->policy->NamesChurnRisks()) first.Update(watched_.Refresh(Deadline::After(kRefreshMs)));
    return first;
  }

  const std::unique_ptr<storage::RecommendationStore> store_;
  InForce in_force_;
  const std::function<std::optional<std::string>(const CustomerFingerprint&)> tier_now_;
  Trainer trainer_;
  const clients::CouponClient coupons_;
  const clients::TagClient tags_;
  const clients::RiskClient risks_;
  WatchedCustomers watched_;
  Recommender recommender_;
  PolicyKind kind_;
  rpc::WorkerPool pool_;
  RecommendationService service_;
  // The store's absence shows elsewhere; what is in force stays. Two threads: what becomes blocked doesn't wait for a model.
  host::Complaint old_policy_{"the recommendation policy and what is on sale stay as they are"};
  host::Complaint old_model_{"the recommendation model before stays in force"};
  Periodic refresher_;
  Periodic model_loader_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<host::App>> MakeApp(const Options& options, host::Host& host) {
  auto app = std::make_unique<RecommendationsApp>(options, host);
  RUNG_RETURN_IF_ERROR(app->Prepare());
  return app;
}

}  // namespace rung::recommendations
