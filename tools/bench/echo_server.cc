// Yardstick servers with the same RPC and payload sizes as GetTier: one that only echoes, one that asks Redis.
#include <hiredis/hiredis.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/rpc/server.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "rung/pricing/v1/quote.grpc.pb.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

namespace v1 = grading::v1;

// What a usual answer holds, so that both sides carry the same bytes.
void FillTypical(const std::string& customer, v1::GetTierResponse& response) {
  v1::CustomerTier& tier = *response.mutable_tier();
  tier.set_customer_id(customer);
  tier.set_ladder_id("kuailv");
  tier.set_tier_code("silver");
  tier.set_tier_rank(4);
  tier.set_score_milli(51'234);
  tier.set_version(3);
  tier.set_as_of_date("2026-03-31");
  tier.set_graded(true);
  tier.set_customer_number(0x0123456789abcdefu);
  response.set_provenance(v1::PROVENANCE_CACHE);
  response.mutable_staleness()->set_nanos(123'000'000);
}

class EchoService final : public v1::TierService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetTier(grpc::CallbackServerContext* context, const v1::GetTierRequest* request,
                                    v1::GetTierResponse* response) override {
    FillTypical(request->customer_id(), *response);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// What Quote answers for a usual basket, made once: the echo copies it, as a server that only echoes would.
pricing::v1::QuoteResponse TypicalQuote(int lines, bool sign) {
  namespace pb = pricing::v1;
  pb::QuoteResponse response;
  response.set_quote_id("q-0123456789abcdef0123456789abcdef");
  response.set_tier_code("silver");
  pb::Versions& versions = *response.mutable_versions();
  versions.set_price_book_id("default");
  versions.set_price_book_version(3);
  versions.set_price_policy_id("best-price");
  versions.set_price_policy_version(1);
  versions.set_benefit_plan_id("kuailv");
  versions.set_benefit_plan_version(2);
  versions.set_tier_version(7);
  pb::PricedBasket& basket = *response.mutable_basket();
  pb::QuoteTicket ticket;
  for (int i = 0; i < lines; ++i) {
    pb::QuotedLine& line = *basket.add_lines();
    line.set_index(i);
    line.set_sku("sku-001234");
    line.set_quantity_milli(17'000);
    line.set_list_fen(212'500);
    line.set_amount_fen(204'000);
    pb::Candidate& candidate = *line.add_candidates();
    candidate.set_kind(pb::KIND_TIER);
    candidate.set_rule_id("tier");
    candidate.set_verdict(pb::VERDICT_APPLIED);
    candidate.set_before_fen(212'500);
    candidate.set_result_fen(204'000);
    candidate.set_effect_fen(8'500);
    pb::BasketLine& asked = *ticket.add_lines();
    asked.set_sku("sku-001234");
    asked.set_quantity_milli(17'000);
  }
  basket.set_currency_code("CNY");
  basket.set_goods_list_fen(10'625'000);
  basket.set_goods_before_coupons_fen(10'200'000);
  basket.set_goods_fen(10'200'000);
  basket.set_total_fen(10'200'000);
  if (!sign) return response;
  ticket.set_quote_id(response.quote_id());
  *ticket.mutable_versions() = versions;
  response.mutable_signed_quote()->set_ticket(ticket.SerializeAsString());
  response.mutable_signed_quote()->set_key_id(1);
  response.mutable_signed_quote()->set_signature(std::string(64, 's'));
  return response;
}

class QuoteEchoService final : public pricing::v1::PricingService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Quote(grpc::CallbackServerContext* context, const pricing::v1::QuoteRequest* request,
                                  pricing::v1::QuoteResponse* response) override {
    *response = request->sign() ? signed_ : plain_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  static constexpr int kLines = 50;
  const pricing::v1::QuoteResponse plain_ = TypicalQuote(kLines, false), signed_ = TypicalQuote(kLines, true);
};

// One Redis GET per call: blocking in the handler, or through one connection whose thread pipelines what has queued.
class RedisService final : public v1::TierService::CallbackService {
 public:
  RedisService(std::string path, bool pipelined) : path_(std::move(path)), pipelined_(pipelined) {
    if (pipelined_) thread_ = std::thread([this] { Pipeline(); });
  }
  ~RedisService() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  grpc::ServerUnaryReactor* GetTier(grpc::CallbackServerContext* context, const v1::GetTierRequest* request,
                                    v1::GetTierResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (pipelined_) {
      {
        std::lock_guard lock(mutex_);
        calls_.push_back({reactor, request, response});
      }
      wake_.notify_one();
      return reactor;
    }
    thread_local redisContext* connection = redisConnectUnix(path_.c_str());
    auto* reply = static_cast<redisReply*>(redisCommand(connection, "GET t:%s", request->customer_id().c_str()));
    Answer({reactor, request, response}, reply);
    return reactor;
  }

 private:
  struct Call {
    grpc::ServerUnaryReactor* reactor;
    const v1::GetTierRequest* request;
    v1::GetTierResponse* response;
  };

  static void Answer(const Call& call, redisReply* reply) {
    const bool found = reply != nullptr && reply->type == REDIS_REPLY_STRING;
    if (found) FillTypical(call.request->customer_id(), *call.response);
    freeReplyObject(reply);
    call.reactor->Finish(found ? grpc::Status::OK : grpc::Status(grpc::StatusCode::NOT_FOUND, "unknown"));
  }

  void Pipeline() {
    redisContext* connection = redisConnectUnix(path_.c_str());
    std::vector<Call> batch;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !calls_.empty(); });
        if (calls_.empty()) return;
        batch.assign(calls_.begin(), calls_.end());
        calls_.clear();
      }
      for (const Call& call : batch) redisAppendCommand(connection, "GET t:%s", call.request->customer_id().c_str());
      for (const Call& call : batch) {
        void* reply = nullptr;
        redisGetReply(connection, &reply);
        Answer(call, static_cast<redisReply*>(reply));
      }
    }
  }

  const std::string path_;
  const bool pipelined_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Call> calls_;
  bool stopping_ = false;
  std::thread thread_;
};

void Serve(const std::vector<grpc::Service*>& services, const std::string& listen) {
  rpc::BlockSignals();
  auto server = rpc::Server::Start({.listen = listen}, services, {});
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    std::exit(1);
  }
  rpc::WaitForSignal();
  (*server)->Drain(100);
}

}  // namespace

void AddEchoServer(CLI::App& app) {
  auto* command = app.add_subcommand("echo-server", "GetTier, and Quote of 50 lines, that only echo");
  auto listen = std::make_shared<std::string>();
  command->add_option("--listen", *listen)->required();
  command->callback([listen] {
    EchoService tiers;
    QuoteEchoService quotes;
    Serve({&tiers, &quotes}, *listen);
  });
}

void AddRedisServer(CLI::App& app) {
  auto* command = app.add_subcommand("redis-server", "GetTier that asks Redis");
  auto listen = std::make_shared<std::string>();
  auto socket = std::make_shared<std::string>();
  auto pipelined = std::make_shared<bool>(false);
  command->add_option("--listen", *listen)->required();
  command->add_option("--socket", *socket)->required();
  command->add_flag("--pipelined", *pipelined);
  command->callback([=] {
    RedisService service(*socket, *pipelined);
    Serve({&service}, *listen);
  });
}

}  // namespace rung::bench
