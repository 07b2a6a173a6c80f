// Ingest: closed loop in batches, open loop at a rate, time until the new label is readable; and inserts that update
// nothing as yardsticks.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "libs/base/clock.h"
#include "libs/storage/postgres/pq.h"
#include "rung/grading/v1/ingest.grpc.pb.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

namespace v1 = grading::v1;

struct Options {
  std::string target;
  std::string postgres;
  std::string mode = "closed";  // closed, open, label, autocommit, unnest
  int batch = 100;
  int streams = 16;
  double rate = 10'000;  // events a second, open loop
  double seconds = 5;
  int64_t customers = 100'000;
};

constexpr int64_t kNoon = 1774929600;  // 2026-03-31 12:00 in Shanghai

void FillOrder(std::mt19937_64& random, int64_t customers, const std::string& unique, v1::Event& event, int64_t amount = 0) {
  char id[32];
  std::snprintf(id, sizeof id, "c%07ld", static_cast<int64_t>(random() % static_cast<uint64_t>(customers)));
  event.set_customer_id(id);
  event.set_event_id(unique);
  event.mutable_event_time()->set_seconds(kNoon);
  event.set_source("oms");
  event.mutable_order()->set_order_id(unique);
  static constexpr const char* kCategories[] = {"leaf-vegetables", "root-vegetables", "fruit", "pork"};
  for (int l = 0; l < 3; ++l) {
    v1::OrderLine& line = *event.mutable_order()->add_lines();
    line.set_sku("sku-" + std::to_string(random() % 600));
    line.set_category(kCategories[random() % 4]);
    line.set_quantity_milli(5000);
    line.set_amount_minor(amount > 0 ? amount : static_cast<int64_t>(1000 + random() % 20'000));
    line.set_cost_minor(line.amount_minor() * 8 / 10);
  }
}

void PrintQuantiles(const std::string& name, std::vector<int64_t>& micros) {
  std::sort(micros.begin(), micros.end());
  if (micros.empty()) return;
  for (const double q : {0.5, 0.99, 0.999}) {
    Print(name + "_p" + std::to_string(q * 100).substr(0, 4) + "_ms",
          static_cast<double>(micros[static_cast<size_t>(q * static_cast<double>(micros.size() - 1))]) / 1000);
  }
}

std::string RunId() { return std::to_string(SystemClock().NowMicros()); }

void Closed(const Options& o) {
  const std::string run = RunId();
  std::atomic<int64_t> events{0}, refused{0};
  const int64_t start = MonotonicMicros(), end = start + static_cast<int64_t>(o.seconds * 1e6);
  std::vector<std::thread> threads;
  for (int t = 0; t < o.streams; ++t) {
    threads.emplace_back([&, t] {
      grpc::ChannelArguments arguments;
      arguments.SetInt("rung.bench.channel", t / 4);
      const auto stub = v1::IngestService::NewStub(grpc::CreateCustomChannel(o.target, grpc::InsecureChannelCredentials(), arguments));
      std::mt19937_64 random(t + 1);
      for (int64_t n = 0; MonotonicMicros() < end; ++n) {
        v1::IngestEventsRequest request;
        for (int i = 0; i < o.batch; ++i) {
          FillOrder(random, o.customers, run + "-" + std::to_string(t) + "-" + std::to_string(n) + "-" + std::to_string(i), *request.add_events());
        }
        v1::IngestEventsResponse response;
        grpc::ClientContext context;
        if (stub->IngestEvents(&context, request, &response).ok()) {
          events += response.accepted_count();
        } else {
          refused += o.batch;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  Print("events_per_second", static_cast<double>(events.load()) / (static_cast<double>(MonotonicMicros() - start) / 1e6));
  Print("failed", static_cast<double>(refused.load()));
}

// Events leave on a clock, each in a call of its own; what the server can't take queues up and shows in the quantiles.
void Open(const Options& o, bool until_label) {
  const std::string run = RunId();
  struct Call {
    grpc::ClientContext context;
    v1::IngestEventsRequest request;
    v1::IngestEventsResponse response;
    grpc::ClientContext read_context;
    v1::GetTierRequest read;
    v1::GetTierResponse tier;
    int64_t due;
  };
  std::vector<std::unique_ptr<v1::IngestService::Stub>> ingest;
  std::vector<std::unique_ptr<v1::TierService::Stub>> tiers;
  for (int c = 0; c < 4; ++c) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("rung.bench.channel", c);
    const auto channel = grpc::CreateCustomChannel(o.target, grpc::InsecureChannelCredentials(), arguments);
    ingest.push_back(v1::IngestService::NewStub(channel));
    tiers.push_back(v1::TierService::NewStub(channel));
  }
  std::mutex mutex;
  std::vector<int64_t> latencies;
  std::atomic<int64_t> open{0}, failed{0}, moved{0};
  std::mt19937_64 random(7);
  const auto total = static_cast<int64_t>(o.rate * o.seconds);
  const int64_t start = MonotonicMicros() + 100'000;
  for (int64_t n = 0; n < total; ++n) {
    auto* call = new Call;
    call->due = start + static_cast<int64_t>(static_cast<double>(n) / o.rate * 1e6);
    FillOrder(random, o.customers, run + "-" + std::to_string(n), *call->request.add_events(), until_label ? 20'000'000 : 0);
    call->read.set_customer_id(call->request.events(0).customer_id());
    while (MonotonicMicros() < call->due) std::this_thread::sleep_for(std::chrono::microseconds(50));
    ++open;
    const auto finish = [&, call](bool ok) {
      const int64_t latency = MonotonicMicros() - call->due;
      if (!ok) ++failed;
      {
        std::lock_guard lock(mutex);
        latencies.push_back(latency);
      }
      delete call;
      --open;
    };
    v1::TierService::Stub* reader = tiers[n % 4].get();
    ingest[n % 4]->async()->IngestEvents(&call->context, &call->request, &call->response, [=, &moved](const grpc::Status& status) {
      if (!until_label || !status.ok()) return finish(status.ok());
      reader->async()->GetTier(&call->read_context, &call->read, &call->tier, [=, &moved](const grpc::Status& read_status) {
        if (call->tier.tier().version() > 0 && call->tier.tier().tier_rank() <= 4) ++moved;
        finish(read_status.ok());
      });
    });
  }
  while (open > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  PrintQuantiles("latency", latencies);
  Print("achieved_per_second", static_cast<double>(total) / (static_cast<double>(MonotonicMicros() - start) / 1e6));
  Print("failed", static_cast<double>(failed.load()));
  if (until_label) Print("labels_seen", static_cast<double>(moved.load()));
}

// Yardsticks: the same rows into a bare table with the same key.
void Inserts(const Options& o) {
  namespace pg = storage::postgres;
  const bool unnest = o.mode == "unnest";
  {
    auto setup = pg::PqConnection::Open(o.postgres, "SET ROLE NONE");  // services may not create tables
    (*setup)->Command("CREATE TABLE IF NOT EXISTS bench_event (customer_id bigint, event_id text, body bytea, PRIMARY KEY (customer_id, event_id))").IgnoreError();
  }
  static constexpr char kOne[] = "INSERT INTO bench_event SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING";
  const std::string run = RunId();
  std::atomic<int64_t> events{0};
  const int64_t start = MonotonicMicros(), end = start + static_cast<int64_t>(o.seconds * 1e6);
  std::vector<std::thread> threads;
  for (int t = 0; t < (unnest ? 2 : 1); ++t) {
    threads.emplace_back([&, t] {
      auto connection = pg::PqConnection::Open(o.postgres, "SET plan_cache_mode = force_generic_plan");
      std::mt19937_64 random(t);
      const int size = unnest ? o.batch : 1;
      v1::Event event;
      for (int64_t n = 0; MonotonicMicros() < end; ++n) {
        std::vector<int64_t> customers;
        std::vector<std::string> ids, bodies;
        for (int i = 0; i < size; ++i) {
          event.Clear();
          FillOrder(random, o.customers, run + "-" + std::to_string(t) + "-" + std::to_string(n) + "-" + std::to_string(i), event);
          customers.push_back(static_cast<int64_t>(random()));
          ids.push_back(event.event_id());
          bodies.push_back(event.SerializeAsString());
        }
        pg::Params params;
        params.BigInts(customers);
        params.Texts(std::vector<std::string_view>(ids.begin(), ids.end()));
        params.Bytes(std::vector<std::string_view>(bodies.begin(), bodies.end()));
        if ((*connection)->Query(kOne, params).ok()) events += size;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  Print("events_per_second", static_cast<double>(events.load()) / (static_cast<double>(MonotonicMicros() - start) / 1e6));
}

}  // namespace

void AddIngest(CLI::App& app) {
  auto* command = app.add_subcommand("ingest", "ingest and its yardsticks");
  auto o = std::make_shared<Options>();
  command->add_option("--target", o->target);
  command->add_option("--postgres", o->postgres);
  command->add_option("--mode", o->mode)->check(CLI::IsMember({"closed", "open", "label", "autocommit", "unnest"}));
  command->add_option("--batch", o->batch);
  command->add_option("--streams", o->streams);
  command->add_option("--rate", o->rate);
  command->add_option("--seconds", o->seconds);
  command->add_option("--customers", o->customers);
  command->callback([o] {
    if (o->mode == "closed") return Closed(*o);
    if (o->mode == "open" || o->mode == "label") return Open(*o, o->mode == "label");
    Inserts(*o);
  });
}

}  // namespace rung::bench
