// Ingest: closed loop in batches, open loop at a rate, time until the new label is readable; and inserts that update
// nothing as yardsticks.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
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

constexpr int64_t kNoon = 1775016000;  // 2026-04-01 12:00 in Shanghai: the business day of the suite that is measured

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

// What left the client in one message: the times at which its events were due.
struct InFlight {
  std::vector<int64_t> due;  // MonotonicMicros()
  std::vector<std::string> customers;
};

// One stream, written by the clock's thread and read by its own.
class EventStream {
 public:
  EventStream(const std::string& target, int number, bool until_label, std::function<void(int64_t due, bool ok, bool moved)> done)
      : until_label_(until_label), done_(std::move(done)) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("rung.bench.channel", number);
    const auto channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
    ingest_ = v1::IngestService::NewStub(channel);
    tiers_ = v1::TierService::NewStub(channel);
    stream_ = ingest_->StreamEvents(&context_);
    reader_ = std::thread([this] { Read(); });
  }
  ~EventStream() {
    stream_->WritesDone();
    reader_.join();
  }

  void Send(v1::StreamEventsRequest request, InFlight sent) {
    request.set_sequence(++sequence_);
    {
      std::lock_guard lock(mutex_);
      sent_.emplace(sequence_, std::move(sent));
    }
    stream_->Write(request);
  }

 private:
  struct Reading {
    grpc::ClientContext context;
    v1::GetTierRequest request;
    v1::GetTierResponse response;
  };

  void Read() {
    for (v1::StreamEventsResponse response; stream_->Read(&response);) {
      InFlight acknowledged;
      {
        std::lock_guard lock(mutex_);
        const auto it = sent_.find(response.sequence());
        acknowledged = std::move(it->second);
        sent_.erase(it);
      }
      const bool ok = response.accepted_count() == static_cast<int>(acknowledged.due.size());
      for (size_t i = 0; i < acknowledged.due.size(); ++i) {
        if (until_label_ && ok) {
          ReadLabel(acknowledged.customers[i], acknowledged.due[i]);
        } else {
          done_(acknowledged.due[i], ok, false);
        }
      }
    }
    stream_->Finish();
  }

  void ReadLabel(const std::string& customer, int64_t due) {
    auto* reading = new Reading;
    reading->request.set_customer_id(customer);
    tiers_->async()->GetTier(&reading->context, &reading->request, &reading->response, [this, reading, due](const grpc::Status& status) {
      done_(due, status.ok(), reading->response.tier().version() > 0 && reading->response.tier().tier_rank() <= 4);
      delete reading;
    });
  }

  const bool until_label_;
  const std::function<void(int64_t, bool, bool)> done_;
  std::unique_ptr<v1::IngestService::Stub> ingest_;
  std::unique_ptr<v1::TierService::Stub> tiers_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamEventsRequest, v1::StreamEventsResponse>> stream_;
  std::mutex mutex_;
  std::map<int64_t, InFlight> sent_;  // by sequence
  int64_t sequence_ = 0;
  std::thread reader_;
};

// Events leave on a clock, every millisecond what is due by then, over four streams in turn, as an order system's
// forwarder sends them. An event's latency counts from the time at which it was due; what the server can't take queues up
// and shows in the quantiles.
void Open(const Options& o, bool until_label) {
  constexpr int kStreams = 4;
  const std::string run = RunId();
  std::mutex mutex;
  std::condition_variable answered;
  std::vector<int64_t> latencies;
  int64_t failed = 0, moved = 0;
  const auto total = static_cast<int64_t>(o.rate * o.seconds);
  const auto done = [&](int64_t due, bool ok, bool label_moved) {
    std::lock_guard lock(mutex);
    latencies.push_back(MonotonicMicros() - due);
    if (!ok) ++failed;
    if (label_moved) ++moved;
    if (static_cast<int64_t>(latencies.size()) == total) answered.notify_one();
  };
  std::vector<std::unique_ptr<EventStream>> streams;
  for (int c = 0; c < kStreams; ++c) streams.push_back(std::make_unique<EventStream>(o.target, c, until_label, done));
  std::mt19937_64 random(7);
  const int64_t start = MonotonicMicros() + 100'000;
  for (int64_t n = 0, tick = 0; n < total; ++tick) {
    while (MonotonicMicros() < start + tick * 1000) std::this_thread::sleep_for(std::chrono::microseconds(100));
    v1::StreamEventsRequest request;
    InFlight sent;
    for (const int64_t now = MonotonicMicros(); n < total; ++n) {
      const int64_t due = start + static_cast<int64_t>(static_cast<double>(n) / o.rate * 1e6);
      if (due > now) break;
      FillOrder(random, o.customers, run + "-" + std::to_string(n), *request.add_events(), until_label ? 20'000'000 : 0);
      sent.due.push_back(due);
      sent.customers.push_back(request.events(request.events_size() - 1).customer_id());
    }
    if (!sent.due.empty()) streams[tick % kStreams]->Send(std::move(request), std::move(sent));
  }
  {
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return static_cast<int64_t>(latencies.size()) == total; });
  }
  const double seconds = static_cast<double>(MonotonicMicros() - start) / 1e6;
  streams.clear();
  PrintQuantiles("latency", latencies);
  Print("achieved_per_second", static_cast<double>(total) / seconds);
  Print("failed", static_cast<double>(failed));
  if (until_label) Print("labels_seen", static_cast<double>(moved));
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
