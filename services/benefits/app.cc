#include "services/benefits/app.h"

#include "libs/base/periodic.h"
#include "libs/base/status.h"
#include "libs/host/complaint.h"
#include "services/benefits/benefit_service.h"
#include "services/benefits/coupon_service.h"
#include "services/benefits/document_kinds.h"
#include "services/benefits/redemption_service.h"

namespace rung::benefits_service {
namespace {

namespace pg = storage::postgres;

constexpr size_t kWorkerQueue = 2000;
constexpr std::chrono::seconds kRefreshPeriod(1);
constexpr int kSweepBatch = 200;

class BenefitsApp final : public host::App {
 public:
  explicit BenefitsApp(host::Host& host)
      : clock_(host.clock()), store_(pg::MakeRedemptionStore(host.sessions())), coupon_store_(pg::MakeCouponStore(host.sessions())),
        published_(host.config()), customers_(host.customers()),
        kind_parts_{published_, host.clock(), host.zone(), [&near = host.customers()](std::string_view ladder) { return near.Tiers(ladder); }, host.options().currency},
        plan_kind_(kind_parts_), coupon_kind_(kind_parts_), pool_(host.options().workers, kWorkerQueue),
        reader_({published_, customers_, *store_, host.clock(), host.zone()}),
        redemption_parts_{published_, customers_, *store_, *coupon_store_, host.clock(), host.zone()}, redemptions_(redemption_parts_),
        coupons_(redemption_parts_), benefit_service_(reader_, pool_, host.metrics()), redemption_service_(redemptions_, pool_, host.metrics()),
        coupon_service_(coupons_, pool_, host.metrics()), refresh_(kRefreshPeriod, [this] { Refresh(); }) {
    host.lifecycle().Add(plan_kind_);
    host.lifecycle().Add(coupon_kind_);
  }

  absl::Status Prepare() { return published_.Reload(Deadline::After(30'000)); }

  std::vector<grpc::Service*> services() override { return {&benefit_service_, &redemption_service_, &coupon_service_}; }
  std::vector<std::string> service_names() const override {
    return {"rung.benefits.v1.BenefitService", "rung.benefits.v1.RedemptionService", "rung.benefits.v1.CouponService"};
  }

 private:
  void Refresh() {
    unknown_.Take(published_.Reload(Deadline::After(5000)));
    held_.Take(store_->Sweep(clock_.NowMicros(), kSweepBatch, Deadline::After(5000)).status());
  }

  const Clock& clock_;
  const std::unique_ptr<storage::RedemptionStore> store_;
  const std::unique_ptr<storage::CouponStore> coupon_store_;
  Published published_;
  const CustomerSource customers_;
  const KindParts kind_parts_;
  BenefitPlanKind plan_kind_;
  CouponKind coupon_kind_;
  rpc::WorkerPool pool_;
  const BenefitReader reader_;
  const RedemptionParts redemption_parts_;
  Redemptions redemptions_;
  Coupons coupons_;
  BenefitService benefit_service_;
  RedemptionService redemption_service_;
  CouponService coupon_service_;
  host::Complaint unknown_{"benefit plans and coupons stay as they are"};
  host::Complaint held_{"quotas stay reserved beyond their time"};
  Periodic refresh_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<host::App>> MakeApp(host::Host& host) {
  auto app = std::make_unique<BenefitsApp>(host);
  RUNG_RETURN_IF_ERROR(app->Prepare());
  return app;
}

}  // namespace rung::benefits_service
