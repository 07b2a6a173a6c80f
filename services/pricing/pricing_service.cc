#include "services/pricing/pricing_service.h"

#include "libs/rpc/progress_stream.h"

namespace rung::pricing_service {

namespace pb = pricing::v1;

PricingService::PricingService(const Quoter& quoter, const QuoteVerifier& verifier, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
    : quoter_(quoter), verifier_(verifier), pool_(pool), quote_(metrics.Method(kServiceName, "Quote")),
      verify_(metrics.Method(kServiceName, "VerifyQuote")), settle_(metrics.Method(kServiceName, "SettleQuote")),
      list_(metrics.Method(kServiceName, "ListPrices", "server_stream")) {
  SetMessageAllocatorFor_Quote(&quote_messages_);
}

grpc::ServerUnaryReactor* PricingService::Quote(grpc::CallbackServerContext* context, const pb::QuoteRequest* request, pb::QuoteResponse* response) {
  const int64_t start = rpc::TakeTurn();
  if (const auto status = quoter_.QuoteFromMemory(*request, *response)) return rpc::Answered(context, quote_, start, *status);
  return rpc::AnswerLater(context, quote_, pool_, [this, request, response](Deadline deadline) { return quoter_.Quote(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* PricingService::VerifyQuote(grpc::CallbackServerContext* context, const pb::VerifyQuoteRequest* request,
                                                      pb::VerifyQuoteResponse* response) {
  return rpc::AnswerLater(context, verify_, pool_, [this, request, response](Deadline deadline) { return verifier_.Verify(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* PricingService::SettleQuote(grpc::CallbackServerContext* context, const pb::SettleQuoteRequest* request,
                                                      pb::SettleQuoteResponse* response) {
  return rpc::AnswerLater(context, settle_, pool_, [this, request, response](Deadline deadline) { return quoter_.Settle(*request, *response, deadline); });
}

grpc::ServerWriteReactor<pb::ListPricesResponse>* PricingService::ListPrices(grpc::CallbackServerContext* context, const pb::ListPricesRequest* request) {
  using Stream = rpc::ProgressStream<pb::ListPricesResponse>;
  return new Stream(context, pool_, list_, [this, request, deadline = rpc::DeadlineOf(*context)](const Stream::Write& write) {
    return quoter_.ListPrices(*request, write, deadline);
  });
}

}  // namespace rung::pricing_service
