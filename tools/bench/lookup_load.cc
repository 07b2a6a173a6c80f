// Closed-loop load on TierService and BenefitService: so many calls in flight, random known ids and some unknown ones.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "rung/benefits/v1/benefit.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

namespace v1 = grading::v1;

struct Options {
  std::string target;
  std::string kind = "unary";  // unary, batch, packed, benefits
  int streams = 16;
  double seconds = 2;
  int64_t customers = 1'000'000;
  int batch = 1000;
  int pid = 0;  // of the server, for its CPU time
};

std::string IdOf(int64_t index) {
  char id[32];
  std::snprintf(id, sizeof id, "c%07ld", index);
  return id;
}

class Load {
 public:
  explicit Load(const Options& options) : options_(options) {
    // One channel per few streams, each with its own connection: a client that serialises isn't the subject.
    const int channels = std::max(1, options.streams / 8);
    for (int c = 0; c < channels; ++c) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("rung.bench.channel", c);
      arguments.SetMaxReceiveMessageSize(64 << 20);
      const auto channel = grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
      stubs_.push_back(v1::TierService::NewStub(channel));
      benefit_stubs_.push_back(benefits::v1::BenefitService::NewStub(channel));
    }
  }

  void Run() {
    std::vector<std::unique_ptr<Stream>> streams;
    for (int s = 0; s < options_.streams; ++s) {
      streams.push_back(std::make_unique<Stream>());
      streams.back()->stub = stubs_[s % stubs_.size()].get();
      streams.back()->benefit_stub = benefit_stubs_[s % stubs_.size()].get();
      streams.back()->random.seed(s + 1);
      Draw(*streams.back());
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
    Print("ids_per_second", calls * (Single() ? 1 : options_.batch) / seconds);
    if (options_.pid > 0) Print("server_cpu_us_per_call", (CpuSeconds(options_.pid) - cpu) / calls * 1e6);
    Print("errors", static_cast<double>(errors_.load()));
  }

 private:
  struct Stream {
    v1::TierService::Stub* stub;
    benefits::v1::BenefitService::Stub* benefit_stub;
    benefits::v1::GetBenefitsRequest benefit_request;
    benefits::v1::GetBenefitsResponse benefit_response;
    std::mt19937_64 random;
    std::unique_ptr<grpc::ClientContext> context;
    v1::GetTierRequest request;
    v1::GetTierResponse response;
    std::vector<v1::BatchGetTiersRequest> batch_requests;  // drawn before the clock starts, asked in turn
    v1::BatchGetTiersResponse batch_response;
    std::vector<v1::BatchGetTiersPackedRequest> packed_requests;
    v1::BatchGetTiersPackedResponse packed_response;
    size_t calls = 0;
  };

  static constexpr int kBatches = 50;  // per stream

  bool Single() const { return options_.kind == "unary" || options_.kind == "benefits"; }

  void Draw(Stream& stream) {
    if (Single()) return;
    for (int b = 0; b < kBatches; ++b) {
      auto& batch = stream.batch_requests.emplace_back();
      auto& packed = stream.packed_requests.emplace_back();
      for (int i = 0; i < options_.batch; ++i) {
        const std::string id = RandomId(stream);
        batch.add_customer_ids(id);
        packed.add_customer_numbers(static_cast<uint64_t>(FingerprintOf(id).number));
      }
    }
  }

  std::string RandomId(Stream& stream) {
    const auto index = static_cast<int64_t>(stream.random() % static_cast<uint64_t>(options_.customers));
    return stream.random() % 10 == 0 ? "u" + std::to_string(index) : IdOf(index);
  }

  void Next(Stream& stream) {
    if (MonotonicMicros() >= end_) {
      std::lock_guard lock(mutex_);
      if (--running_ == 0) ended_.notify_one();
      return;
    }
    stream.context = std::make_unique<grpc::ClientContext>();
    const auto done = [this, &stream](const grpc::Status& status) {
      calls_.fetch_add(1, std::memory_order_relaxed);
      if (!status.ok() && status.error_code() != grpc::StatusCode::NOT_FOUND) errors_.fetch_add(1);
      Next(stream);
    };
    if (options_.kind == "unary") {
      stream.request.set_customer_id(RandomId(stream));
      stream.stub->async()->GetTier(stream.context.get(), &stream.request, &stream.response, done);
    } else if (options_.kind == "benefits") {
      stream.benefit_request.set_customer_id(RandomId(stream));
      stream.benefit_stub->async()->GetBenefits(stream.context.get(), &stream.benefit_request, &stream.benefit_response, done);
    } else if (options_.kind == "batch") {
      const auto& request = stream.batch_requests[stream.calls++ % kBatches];
      stream.stub->async()->BatchGetTiers(stream.context.get(), &request, &stream.batch_response, done);
    } else {
      const auto& request = stream.packed_requests[stream.calls++ % kBatches];
      stream.stub->async()->BatchGetTiersPacked(stream.context.get(), &request, &stream.packed_response, done);
    }
  }

  const Options options_;
  std::vector<std::unique_ptr<v1::TierService::Stub>> stubs_;
  std::vector<std::unique_ptr<benefits::v1::BenefitService::Stub>> benefit_stubs_;
  int64_t end_ = 0;
  std::atomic<int64_t> calls_{0}, errors_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
};

}  // namespace

void AddLookupLoad(CLI::App& app) {
  auto* command = app.add_subcommand("lookup", "load on TierService or BenefitService");
  auto o = std::make_shared<Options>();
  command->add_option("--target", o->target)->required();
  command->add_option("--kind", o->kind)->check(CLI::IsMember({"unary", "batch", "packed", "benefits"}));
  command->add_option("--streams", o->streams);
  command->add_option("--seconds", o->seconds);
  command->add_option("--customers", o->customers);
  command->add_option("--batch", o->batch);
  command->add_option("--pid", o->pid);
  command->callback([o] { Load(*o).Run(); });
}

}  // namespace rung::bench
