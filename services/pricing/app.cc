#include "services/pricing/app.h"

#include <chrono>

#include "libs/base/periodic.h"
#include "libs/base/status.h"
#include "libs/host/complaint.h"
#include "libs/sealing/signer.h"
#include "services/pricing/benefits_client.h"
#include "services/pricing/checkouts.h"
#include "services/pricing/document_kinds.h"
#include "services/pricing/graded_customers.h"
#include "services/pricing/pricing_service.h"
#include "services/pricing/quote_id.h"

namespace rung::pricing_service {
namespace {

constexpr size_t kWorkerQueue = 2000;
constexpr std::chrono::seconds kRefreshPeriod(1);
constexpr int64_t kReloadMs = 60'000;  // a book of 200,000 SKUs takes seconds

class PricingApp final : public host::App {
 public:
  explicit PricingApp(host::Host& host)
      : signer_(host.keys(), kQuotePurpose), checkouts_(host.config()),
        book_kind_(checkouts_, host.options().currency), policy_kind_(checkouts_), plan_reader_(checkouts_), customers_(host),
        benefits_([&host] { return host.ChannelTo(host::Peer::kBenefits); }), tickets_(signer_, host.clock()),
        quoter_({checkouts_, customers_, benefits_, benefits_, tickets_, host.clock(), host.zone(), NewQuoteId}),
        verifier_(checkouts_, benefits_, benefits_, tickets_), pool_(host.options().workers, kWorkerQueue), service_(quoter_, verifier_, pool_, host.metrics()),
        refresher_(kRefreshPeriod, [this] { Refresh(); }) {
    host.lifecycle().Add(book_kind_);
    host.lifecycle().Add(policy_kind_);
    host.lifecycle().Add(plan_reader_);
  }

  absl::Status Prepare() { return checkouts_.Reload(Deadline::After(kReloadMs)); }

  std::vector<grpc::Service*> services() override { return {&service_}; }
  std::vector<std::string> service_names() const override { return {kServiceName}; }

 private:
  // What another process has published.
  void Refresh() {
    complaint_.Take(checkouts_.Reload(Deadline::After(kReloadMs)));
  }

  const sealing::Signer signer_;
  Checkouts checkouts_;
  PriceBookKind book_kind_;
  PricePolicyKind policy_kind_;
  BenefitPlanReader plan_reader_;
  const GradedCustomers customers_;
  const BenefitsClient benefits_;
  const QuoteTickets tickets_;
  const Quoter quoter_;
  const QuoteVerifier verifier_;
  rpc::WorkerPool pool_;
  PricingService service_;
  host::Complaint complaint_{"prices stay as they are"};
  Periodic refresher_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<host::App>> MakeApp(host::Host& host) {
  auto app = std::make_unique<PricingApp>(host);
  RUNG_RETURN_IF_ERROR(app->Prepare());
  return app;
}

}  // namespace rung::pricing_service
