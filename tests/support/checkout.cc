#include "tests/support/checkout.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "rung/grading/v1/override.grpc.pb.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(std::string(RUNG_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Answer<cfg::ValidateResponse> CheckoutClient::Validate(const google::protobuf::Message& document) const {
  cfg::ValidateRequest request;
  request.mutable_document()->PackFrom(document);
  return config_.Call(&ConfigClient::Stub::Validate, request);
}

Answer<prc::QuoteResponse> CheckoutClient::Quote(const prc::QuoteRequest& request, int milliseconds) const {
  Answer<prc::QuoteResponse> answer;
  const auto context = Within(milliseconds);
  answer.status = prices_->Quote(context.get(), request, &answer.response);
  return answer;
}

Answer<prc::VerifyQuoteResponse> CheckoutClient::Verify(const prc::SignedQuote& quote, const std::string& order, bool fail_closed, int milliseconds) const {
  prc::VerifyQuoteRequest request;
  *request.mutable_signed_quote() = quote;
  request.set_order_id(order);
  request.set_fail_closed(fail_closed);
  Answer<prc::VerifyQuoteResponse> answer;
  const auto context = Within(milliseconds);
  answer.status = prices_->VerifyQuote(context.get(), request, &answer.response);
  return answer;
}

Answer<prc::SettleQuoteResponse> CheckoutClient::Settle(const prc::SettleQuoteRequest& request) const {
  Answer<prc::SettleQuoteResponse> answer;
  const auto context = Within(20'000);
  answer.status = prices_->SettleQuote(context.get(), request, &answer.response);
  return answer;
}

Answer<prc::SettleQuoteResponse> CheckoutClient::Settle(const prc::SignedQuote& quote, const std::vector<int64_t>& quantities, const std::vector<int32_t>& refused) const {
  prc::SettleQuoteRequest request;
  *request.mutable_signed_quote() = quote;
  for (const int64_t quantity : quantities) request.add_actual_quantities_milli(quantity);
  for (const int32_t line : refused) request.add_refused_lines(line);
  request.add_languages("en");
  return Settle(request);
}

std::vector<prc::ListPricesResponse> CheckoutClient::List(const prc::ListPricesRequest& request, grpc::Status* status) const {
  const auto context = Within(20'000);
  const auto reader = prices_->ListPrices(context.get(), request);
  std::vector<prc::ListPricesResponse> messages;
  prc::ListPricesResponse message;
  while (reader->Read(&message)) messages.push_back(message);
  const grpc::Status end = reader->Finish();
  if (status != nullptr) {
    *status = end;
  } else {
    EXPECT_TRUE(end.ok()) << end.error_message();
  }
  return messages;
}

prc::QuoteRequest BasketOf(const std::string& customer, const std::vector<std::pair<std::string, int64_t>>& lines) {
  prc::QuoteRequest request;
  request.set_customer_id(customer);
  for (const auto& [sku, quantity] : lines) {
    prc::BasketLine& line = *request.add_lines();
    line.set_sku(sku);
    line.set_quantity_milli(quantity);
  }
  return request;
}

void MakeCustomer(Installation& installation, const std::string& customer, const std::string& tier) {
  installation.Ingest({OrderEvent(customer, "first", "2026-03-20", 1'000)});
  v1::SetOverrideRequest request;
  request.set_override_id("tier");
  request.set_customer_id(customer);
  request.set_ladder_id("kuailv");
  request.set_tier_code(tier);
  request.set_until_date("2026-04-30");
  request.set_reason("for this test");
  request.set_author("lin");
  v1::SetOverrideResponse response;
  const auto context = Within(10'000);
  const grpc::Status status = v1::OverrideService::NewStub(installation.channel())->SetOverride(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << customer << ": " << status.error_message();
  EXPECT_EQ(installation.GetTier(customer, "kuailv").tier().tier_code(), tier);
}

benefits::v1::BenefitPlan KuaiLvPlan() { return FromJson<benefits::v1::BenefitPlan>(ReadText("deploy/checkout/benefits/kuailv.json")); }
prc::PricePolicy BestPrice() { return FromJson<prc::PricePolicy>(ReadText("deploy/checkout/policies/best-price.json")); }

prc::PriceBook SmallBook(int64_t apple_fen) {
  return FromJson<prc::PriceBook>(fmt::format(R"({{"book_id": "default", "currency_code": "CNY", "items": [
    {{"sku": "apple", "category": "fruit/local", "unit": "UNIT_KILOGRAM", "prices": [{{"list_price_fen": {}}}]}},
    {{"sku": "mango", "category": "fruit/imported", "unit": "UNIT_KILOGRAM", "prices": [{{"list_price_fen": 2000}}, {{"region": "north", "list_price_fen": 2500}}]}},
    {{"sku": "box", "category": "ware", "unit": "UNIT_PIECE", "prices": [{{"list_price_fen": 250}}]}},
    {{"sku": "salt", "category": "dry", "unit": "UNIT_PIECE", "prices": [{{"list_price_fen": 200, "floor_price_fen": 300}}]}}],
    "breaks": [{{"break_id": "ten-boxes", "scope": "sku:box", "unit": "UNIT_PIECE", "min_quantity_milli": 10000, "pay_bps": 8800}}]}})",
                                              apple_fen));
}

}  // namespace rung::testing
