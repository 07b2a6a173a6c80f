// Closed-loop load on PricingService: baskets of random SKUs for random customers, and whole price lists.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>

#include "libs/base/clock.h"
#include "rung/pricing/v1/quote.grpc.pb.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

namespace pb = pricing::v1;

struct Options {
  std::string target;
  int streams = 16;
  double seconds = 2;
  int64_t customers = 10'000;
  int64_t skus = 10'000;
  int lines = 50;
  bool sign = false;
  int pid = 0;  // of the server, for its CPU time
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

std::shared_ptr<grpc::Channel> Dial(const std::string& target, int number) {
  grpc::ChannelArguments arguments;
  arguments.SetInt("rung.bench.channel", number);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

class QuoteLoad {
 public:
  explicit QuoteLoad(const Options& options) : options_(options) {
    for (int c = 0; c < std::max(1, options.streams / 8); ++c) stubs_.push_back(pb::PricingService::NewStub(Dial(options.target, c)));
  }

  void Run() {
    std::vector<std::unique_ptr<Stream>> streams;
    for (int s = 0; s < options_.streams; ++s) {
      streams.push_back(std::make_unique<Stream>());
      streams.back()->stub = stubs_[static_cast<size_t>(s) % stubs_.size()].get();
      std::mt19937_64 random(static_cast<uint64_t>(s) + 1);
      for (int b = 0; b < kBaskets; ++b) streams.back()->baskets.push_back(Basket(random));
      ++running_;
    }
    end_ = MonotonicMicros() + static_cast<int64_t>(options_.seconds * 1e6);
    const double cpu = options_.pid > 0 ? CpuSeconds(options_.pid) : 0;
    const int64_t start = MonotonicMicros();
    for (auto& stream : streams) Next(*stream);
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return running_ == 0; });
    const double seconds = static_cast<double>(MonotonicMicros() - start) / 1e6;
    const double calls = static_cast<double>(calls_.load());
    Print("calls_per_second", calls / seconds);
    if (options_.pid > 0) Print("server_cpu_us_per_call", (CpuSeconds(options_.pid) - cpu) / calls * 1e6);
    Print("response_bytes", static_cast<double>(streams[0]->response.ByteSizeLong()));
    Print("errors", static_cast<double>(errors_.load()));
  }

 private:
  struct Stream {
    pb::PricingService::Stub* stub;
    std::vector<pb::QuoteRequest> baskets;  // drawn before the clock starts, asked in turn
    std::unique_ptr<grpc::ClientContext> context;
    pb::QuoteResponse response;
    size_t calls = 0;
  };

  static constexpr int kBaskets = 50;  // per stream

  pb::QuoteRequest Basket(std::mt19937_64& random) const {
    pb::QuoteRequest request;
    request.set_customer_id(CustomerId(random() % static_cast<uint64_t>(options_.customers)));
    request.set_sign(options_.sign);
    for (int i = 0; i < options_.lines; ++i) {
      pb::BasketLine& line = *request.add_lines();
      line.set_sku(SkuOf(random() % static_cast<uint64_t>(options_.skus)));
      line.set_quantity_milli(static_cast<int64_t>(1 + random() % 30) * 1'000);
    }
    return request;
  }

  void Next(Stream& stream) {
    if (MonotonicMicros() >= end_) {
      std::lock_guard lock(mutex_);
      if (--running_ == 0) ended_.notify_one();
      return;
    }
    stream.context = std::make_unique<grpc::ClientContext>();
    stream.stub->async()->Quote(stream.context.get(), &stream.baskets[stream.calls++ % kBaskets], &stream.response, [this, &stream](const grpc::Status& status) {
      calls_.fetch_add(1, std::memory_order_relaxed);
      if (!status.ok() || stream.response.basket().degraded()) errors_.fetch_add(1);
      Next(stream);
    });
  }

  const Options options_;
  std::vector<std::unique_ptr<pb::PricingService::Stub>> stubs_;
  int64_t end_ = 0;
  std::atomic<int64_t> calls_{0}, errors_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
};

// One customer's whole list, again and again: the median of the times until the last message is there.
void RunList(const Options& options) {
  const auto stub = pb::PricingService::NewStub(Dial(options.target, 0));
  std::vector<double> milliseconds;
  int64_t entries = 0;
  const int64_t end = MonotonicMicros() + static_cast<int64_t>(options.seconds * 1e6);
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
    command->add_option("--target", o->target)->required();
    command->add_option("--seconds", o->seconds);
    command->add_option("--customers", o->customers);
    return command;
  };
  auto* quote = define("quote", "load on Quote");
  quote->add_option("--streams", o->streams);
  quote->add_option("--skus", o->skus);
  quote->add_option("--lines", o->lines);
  quote->add_flag("--sign", o->sign);
  quote->add_option("--pid", o->pid);
  quote->callback([o] { QuoteLoad(*o).Run(); });
  define("price-list", "whole price lists of one customer after the other")->callback([o] { RunList(*o); });
}

}  // namespace rung::bench
