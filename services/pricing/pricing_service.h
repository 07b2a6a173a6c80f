// rung.pricing.v1.PricingService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "libs/rpc/message_arena.h"
#include "rung/pricing/v1/quote.grpc.pb.h"
#include "services/pricing/quote_verifier.h"
#include "services/pricing/quoter.h"

namespace rung::pricing_service {

inline constexpr char kServiceName[] = "rung.pricing.v1.PricingService";

class PricingService final : public pricing::v1::PricingService::CallbackService {
 public:
  PricingService(const Quoter& quoter, const QuoteVerifier& verifier, rpc::WorkerPool& pool, telemetry::Metrics& metrics);

  grpc::ServerUnaryReactor* Quote(grpc::CallbackServerContext* context, const pricing::v1::QuoteRequest* request,
                                  pricing::v1::QuoteResponse* response) override;
  grpc::ServerUnaryReactor* VerifyQuote(grpc::CallbackServerContext* context, const pricing::v1::VerifyQuoteRequest* request,
                                        pricing::v1::VerifyQuoteResponse* response) override;
  grpc::ServerUnaryReactor* SettleQuote(grpc::CallbackServerContext* context, const pricing::v1::SettleQuoteRequest* request,
                                        pricing::v1::SettleQuoteResponse* response) override;
  grpc::ServerWriteReactor<pricing::v1::ListPricesResponse>* ListPrices(grpc::CallbackServerContext* context,
                                                                        const pricing::v1::ListPricesRequest* request) override;

 private:
  const Quoter& quoter_;
  const QuoteVerifier& verifier_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& quote_;
  telemetry::MethodMetrics& verify_;
  telemetry::MethodMetrics& settle_;
  telemetry::MethodMetrics& list_;
  // A basket of 50 lines and its answer; larger ones take the rest from the heap.
  rpc::MessageArena<pricing::v1::QuoteRequest, pricing::v1::QuoteResponse, 48 << 10, 16> quote_messages_;
};

}  // namespace rung::pricing_service
