// Prices, policies, plans and customers of known tiers for tests of the checkout.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include "rung/pricing/v1/price_policy.pb.h"
#include "rung/pricing/v1/quote.grpc.pb.h"
#include "tests/support/benefit_client.h"
#include "tests/support/config_client.h"

namespace rung::testing {

namespace prc = pricing::v1;

/// One installation's checkout.
class CheckoutClient {
 public:
  explicit CheckoutClient(const std::shared_ptr<grpc::Channel>& channel)
      : config_(channel), prices_(prc::PricingService::NewStub(channel)) {}

  /// Drafts and publishes a document; its version.
  int32_t Publish(const google::protobuf::Message& document) const { return config_.SaveAndPublish(document).version(); }
  Answer<cfg::SaveDraftResponse> Save(const google::protobuf::Message& document, const std::string& etag = "") const { return config_.Save(document, etag); }
  Answer<cfg::ValidateResponse> Validate(const google::protobuf::Message& document) const;

  Answer<prc::QuoteResponse> Quote(const prc::QuoteRequest& request, int milliseconds = 10'000) const;
  Answer<prc::VerifyQuoteResponse> Verify(const prc::SignedQuote& quote, const std::string& order, bool fail_closed = false, int milliseconds = 10'000) const;
  Answer<prc::SettleQuoteResponse> Settle(const prc::SignedQuote& quote, const std::vector<int64_t>& quantities, const std::vector<int32_t>& refused = {}) const;
  Answer<prc::SettleQuoteResponse> Settle(const prc::SettleQuoteRequest& request) const;
  std::vector<prc::ListPricesResponse> List(const prc::ListPricesRequest& request, grpc::Status* status = nullptr) const;

  const ConfigClient& config() const { return config_; }

 private:
  ConfigClient config_;
  std::unique_ptr<prc::PricingService::Stub> prices_;
};

/// A basket's request: SKUs with thousandths.
prc::QuoteRequest BasketOf(const std::string& customer, const std::vector<std::pair<std::string, int64_t>>& lines);

/// A customer of this tier on ladder "kuailv", set by hand until the end of the next month.
void MakeCustomer(Installation& installation, const std::string& customer, const std::string& tier);

/// KuaiLv's plan as it ships: diamond pays 90 % and imported fruit at 80 %, platinum 95 %, gold 98 %.
benefits::v1::BenefitPlan KuaiLvPlan();
prc::PricePolicy BestPrice();
/// apple, mango (imported; dearer in the north), box.
prc::PriceBook SmallBook(int64_t apple_fen = 1'000);

}  // namespace rung::testing
