// Closed-loop load on TierService and BenefitService: so many calls in flight, random known ids and some unknown ones.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libs/base/customer_id.h"
#include "rung/benefits/v1/benefit.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/bench/bench.h"
#include "tools/bench/closed_loop.h"

namespace rung::bench {
namespace {

namespace v1 = grading::v1;

struct Options {
  LoopOptions loop;
  std::string kind = "unary";  // unary, batch, packed, benefits
  int64_t customers = 1'000'000;
  int batch = 1000;
};

std::string IdOf(int64_t index) {
  char id[32];
  std::snprintf(id, sizeof id, "c%07ld", index);
  return id;
}

std::string RandomId(std::mt19937_64& random, const Options& options) {
  const auto index = static_cast<int64_t>(random() % static_cast<uint64_t>(options.customers));
  return random() % 10 == 0 ? "u" + std::to_string(index) : IdOf(index);
}

constexpr int kBatches = 50;  // per stream: drawn before the clock starts, asked in turn

bool KnownOrNot(const grpc::Status& status) { return status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND; }

class TierStream final : public UnaryStream<v1::GetTierResponse> {
 public:
  TierStream(int number, const Options& options)
      : options_(options), stub_(ChannelOf(number, options.loop)), random_(static_cast<uint64_t>(number) + 1) {}
  void Ask(grpc::CompletionQueue& queue) override {
    request_.set_customer_id(RandomId(random_, options_));
    Call(queue, [this](auto* context, auto* to) { return stub_.AsyncGetTier(context, request_, to); });
  }
  bool AnsweredWell() const override { return KnownOrNot(status()); }

 private:
  const Options& options_;
  v1::TierService::Stub stub_;
  std::mt19937_64 random_;
  v1::GetTierRequest request_;
};

class BenefitStream final : public UnaryStream<benefits::v1::GetBenefitsResponse> {
 public:
  BenefitStream(int number, const Options& options)
      : options_(options), stub_(ChannelOf(number, options.loop)), random_(static_cast<uint64_t>(number) + 1) {}
  void Ask(grpc::CompletionQueue& queue) override {
    request_.set_customer_id(RandomId(random_, options_));
    Call(queue, [this](auto* context, auto* to) { return stub_.AsyncGetBenefits(context, request_, to); });
  }
  bool AnsweredWell() const override { return KnownOrNot(status()); }

 private:
  const Options& options_;
  benefits::v1::BenefitService::Stub stub_;
  std::mt19937_64 random_;
  benefits::v1::GetBenefitsRequest request_;
};

class BatchStream final : public UnaryStream<v1::BatchGetTiersResponse> {
 public:
  BatchStream(int number, const Options& options) : stub_(ChannelOf(number, options.loop)), requests_(kBatches) {
    std::mt19937_64 random(static_cast<uint64_t>(number) + 1);
    for (auto& request : requests_) {
      for (int i = 0; i < options.batch; ++i) request.add_customer_ids(RandomId(random, options));
    }
  }
  void Ask(grpc::CompletionQueue& queue) override {
    Call(queue, [this](auto* context, auto* to) { return stub_.AsyncBatchGetTiers(context, requests_[calls_++ % kBatches], to); });
  }

 private:
  v1::TierService::Stub stub_;
  std::vector<v1::BatchGetTiersRequest> requests_;
  size_t calls_ = 0;
};

class PackedStream final : public UnaryStream<v1::BatchGetTiersPackedResponse> {
 public:
  PackedStream(int number, const Options& options) : stub_(ChannelOf(number, options.loop)), requests_(kBatches) {
    std::mt19937_64 random(static_cast<uint64_t>(number) + 1);
    for (auto& request : requests_) {
      for (int i = 0; i < options.batch; ++i) {
        request.add_customer_numbers(static_cast<uint64_t>(FingerprintOf(RandomId(random, options)).number));
      }
    }
  }
  void Ask(grpc::CompletionQueue& queue) override {
    Call(queue, [this](auto* context, auto* to) { return stub_.AsyncBatchGetTiersPacked(context, requests_[calls_++ % kBatches], to); });
  }

 private:
  v1::TierService::Stub stub_;
  std::vector<v1::BatchGetTiersPackedRequest> requests_;
  size_t calls_ = 0;
};

std::unique_ptr<Stream> MakeStream(int number, const Options& options) {
  if (options.kind == "unary") return std::make_unique<TierStream>(number, options);
  if (options.kind == "benefits") return std::make_unique<BenefitStream>(number, options);
  if (options.kind == "batch") return std::make_unique<BatchStream>(number, options);
  return std::make_unique<PackedStream>(number, options);
}

void RunLoad(const Options& options) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (int s = 0; s < options.loop.streams; ++s) streams.push_back(MakeStream(s, options));
  const double calls_per_second = RunClosedLoop(options.loop, streams);
  if (options.kind == "batch" || options.kind == "packed") Print("ids_per_second", calls_per_second * options.batch);
}

}  // namespace

void AddLookupLoad(CLI::App& app) {
  auto* command = app.add_subcommand("lookup", "load on TierService or BenefitService");
  auto o = std::make_shared<Options>();
  command->add_option("--target", o->loop.target)->required();
  command->add_option("--kind", o->kind)->check(CLI::IsMember({"unary", "batch", "packed", "benefits"}));
  command->add_option("--streams", o->loop.streams)->check(CLI::PositiveNumber);
  command->add_option("--seconds", o->loop.seconds);
  command->add_option("--customers", o->customers);
  command->add_option("--batch", o->batch);
  command->add_option("--pid", o->loop.pid);
  command->callback([o] { RunLoad(*o); });
}

}  // namespace rung::bench
