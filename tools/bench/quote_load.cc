// Closed-loop load on PricingService: baskets of random SKUs for random customers, and whole price lists.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "rung/pricing/v1/quote.grpc.pb.h"
#include "tools/bench/bench.h"
#include "tools/bench/closed_loop.h"

namespace rung::bench {
namespace {

namespace pb = pricing::v1;

struct Options {
  LoopOptions loop;
  int64_t customers = 10'000;
  int64_t skus = 10'000;
  int lines = 50;
  bool sign = false;
};

std::string CustomerId(uint64_t index) {
  char id[32];
  std::snprintf(id, sizeof id, "c%07lu", index);
  return id;
}
std::string SkuOf(uint64_t index) {
  char id[32];
  std::snprintf(id, sizeof id, "sku-%06lu", index);
  return id;
}

// Baskets are drawn before the clock starts, and asked in turn.
class QuoteStream final : public UnaryStream<pb::QuoteResponse> {
 public:
  QuoteStream(int number, const Options& options) : stub_(ChannelOf(number, options.loop)) {
    std::mt19937_64 random(static_cast<uint64_t>(number) + 1);
    for (int b = 0; b < kBaskets; ++b) baskets_.push_back(Basket(random, options));
  }

  void Ask(grpc::CompletionQueue& queue) override {
    Call(queue, [this](auto* context, auto* to) { return stub_.AsyncQuote(context, baskets_[calls_++ % kBaskets], to); });
  }
  bool AnsweredWell() const override { return UnaryStream::AnsweredWell() && !response().basket().degraded(); }

 private:
  static constexpr int kBaskets = 50;

  static pb::QuoteRequest Basket(std::mt19937_64& random, const Options& options) {
    pb::QuoteRequest request;
    request.set_customer_id(CustomerId(random() % static_cast<uint64_t>(options.customers)));
    request.set_sign(options.sign);
    for (int i = 0; i < options.lines; ++i) {
      pb::BasketLine& line = *request.add_lines();
      line.set_sku(SkuOf(random() % static_cast<uint64_t>(options.skus)));
      line.set_quantity_milli(static_cast<int64_t>(1 + random() % 30) * 1'000);
    }
    return request;
  }

  pb::PricingService::Stub stub_;
  std::vector<pb::QuoteRequest> baskets_;
  size_t calls_ = 0;
};

void RunQuotes(const Options& options) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (int s = 0; s < options.loop.streams; ++s) streams.push_back(std::make_unique<QuoteStream>(s, options));
  RunClosedLoop(options.loop, streams);
  Print("response_bytes", static_cast<double>(static_cast<const QuoteStream&>(*streams[0]).response().ByteSizeLong()));
}

// One customer's whole list, again and again: the median of the times until the last message is there.
void RunList(const Options& options) {
  const auto stub = pb::PricingService::NewStub(ChannelOf(0, options.loop));
  std::vector<double> milliseconds;
  int64_t entries = 0;
  const int64_t end = MonotonicMicros() + static_cast<int64_t>(options.loop.seconds * 1e6);
  for (uint64_t round = 0; MonotonicMicros() < end || round < 5; ++round) {
    pb::ListPricesRequest request;
    request.set_customer_id(CustomerId(round % static_cast<uint64_t>(options.customers)));
    grpc::ClientContext context;
    const int64_t start = MonotonicMicros();
    const auto reader = stub->ListPrices(&context, request);
    pb::ListPricesResponse message;
    entries = 0;
    while (reader->Read(&message)) entries += message.entries_size();
    if (!reader->Finish().ok()) entries = 0;
    milliseconds.push_back(static_cast<double>(MonotonicMicros() - start) / 1e3);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  Print("list_ms", milliseconds[milliseconds.size() / 2]);
  Print("list_entries", static_cast<double>(entries));
}

}  // namespace

void AddQuoteLoad(CLI::App& app) {
  auto o = std::make_shared<Options>();
  const auto define = [&](const char* name, const char* description) {
    auto* command = app.add_subcommand(name, description);
    command->add_option("--target", o->loop.target)->required();
    command->add_option("--seconds", o->loop.seconds);
    command->add_option("--customers", o->customers);
    return command;
  };
  auto* quote = define("quote", "load on Quote");
  quote->add_option("--streams", o->loop.streams)->check(CLI::PositiveNumber);
  quote->add_option("--skus", o->skus);
  quote->add_option("--lines", o->lines);
  quote->add_flag("--sign", o->sign);
  quote->add_option("--pid", o->loop.pid);
  quote->callback([o] { RunQuotes(*o); });
  define("price-list", "whole price lists of one customer after the other")->callback([o] { RunList(*o); });
}

}  // namespace rung::bench
