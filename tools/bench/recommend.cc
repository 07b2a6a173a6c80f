// Training recommendations on invented lines, a list from memory, and load on RecommendationService.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <random>

#include "libs/base/clock.h"
#include "libs/recommend/policy.h"
#include "libs/sealing/codec.h"
#include "libs/storage/postgres/postgres.h"
#include "rung/recommendations/v1/recommendation.grpc.pb.h"
#include "services/recommendations/trainer.h"
#include "tools/bench/bench.h"
#include "tools/bench/closed_loop.h"

namespace rung::bench {
namespace {

namespace rec = recommendations::v1;

struct Options {
  int64_t lines = 5'000'000;
  int32_t customers = 100'000;
  int32_t skus = 20'000;
  int threads = 2;
  std::string csv;  // lines as "customer,day,sku", for the yardstick
  std::string postgres;  // where the model is stored for a service to serve; empty: nowhere
  std::string key_file;
  LoopOptions loop;
};

double Seconds(int64_t start_micros) { return static_cast<double>(MonotonicMicros() - start_micros) / 1e6; }

std::string IdOf(int64_t index) {
  char id[32];
  std::snprintf(id, sizeof id, "c%07ld", index);
  return id;
}

// Weekly buyers with tastes: SKUs by Zipf's law within one of 40 assortments, and some from anywhere.
std::vector<recommend::Line> Invent(const Options& o) {
  constexpr int32_t kAssortments = 40;
  constexpr int kBasket = 12;
  std::mt19937_64 random(11);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const int32_t per_assortment = std::max(1, o.skus / kAssortments);
  std::vector<recommend::Line> lines;
  lines.reserve(static_cast<size_t>(o.lines));
  const int64_t baskets = std::max<int64_t>(1, o.lines / kBasket / std::max(1, o.customers));
  for (int32_t customer = 0; static_cast<int64_t>(lines.size()) < o.lines; customer = (customer + 1) % o.customers) {
    for (int64_t b = 0; b < baskets && static_cast<int64_t>(lines.size()) < o.lines; ++b) {
      const auto day = static_cast<Day>(20'000 + b * 7 + static_cast<int64_t>(random() % 3));
      for (int i = 0; i < kBasket; ++i) {
        const bool anywhere = random() % 5 == 0;
        const int32_t range = anywhere ? o.skus : per_assortment;
        const auto rank = static_cast<int32_t>(std::exp(uniform() * std::log(range + 1.0))) - 1;
        const int32_t start = anywhere ? 0 : customer % kAssortments * per_assortment;
        lines.push_back({customer, day, std::min(o.skus - 1, start + std::min(rank, range - 1)), 1000});
      }
    }
  }
  return lines;
}

double PeakMegabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

void Store(const recommend::RecommendModel& model, const Options& o) {
  if (!std::ifstream(o.key_file)) (void)sealing::KeyRing::Create(o.key_file);
  const auto keys = sealing::KeyRing::Load(o.key_file);
  const auto stored = keys.ok() ? recommendations::StoreModel(*storage::postgres::MakeRecommendationStore(storage::postgres::MakeSessions(o.postgres, 2), o.postgres),
                                                              sealing::Codec(*keys), model, {.as_of = model.as_of()})
                                : keys.status();
  if (stored.ok()) return;
  std::fprintf(stderr, "%s\n", stored.status().ToString().c_str());
  std::exit(1);
}

void Train(const Options& o) {
  recommend::Training training;
  std::vector<recommend::Line> lines = Invent(o);
  if (!o.csv.empty()) {
    std::ofstream file(o.csv);
    for (const recommend::Line& line : lines) file << line.customer << ',' << line.day << ',' << line.sku << '\n';
  }
  int64_t start = MonotonicMicros();
  const int64_t all = start;
  training.base.history = recommend::PurchaseHistory::Build(std::move(lines), o.customers, o.skus);
  Print("history_seconds", Seconds(start));
  training.as_of = training.base.history.last_day();
  for (int32_t sku = 0; sku < o.skus; ++sku) training.base.catalogue.emplace_back().sku = "s" + std::to_string(100'000 + sku);
  for (int32_t c = 0; c < o.customers; ++c) training.customers.push_back({FingerprintOf(IdOf(c)), "", "", ""});
  // What the self-join of the yardstick counts, and no more.
  start = MonotonicMicros();
  const recommend::ItemGroups groups(training.base.history, recommend::Together::kInBasket, static_cast<size_t>(o.skus));
  const auto neighbours = recommend::Neighbours::Build(groups, {.most = 20, .shrinkage = 0, .least_common = 1, .threads = o.threads});
  Print("item_item_seconds", Seconds(start));
  Print("neighbours", static_cast<double>(neighbours.size()));
  recommend::RankerOptions options;
  options.threads = o.threads;
  start = MonotonicMicros();
  const auto model = recommend::RecommendModel::Train(training, options);
  Print("train_seconds", Seconds(start));
  Print("all_seconds", Seconds(all));
  Print("peak_mb", PeakMegabytes());
  Print("model_bytes", static_cast<double>(model.Serialise().size()));
  if (!o.postgres.empty()) Store(model, o);
  const recommend::CompiledPolicy policy(model, recommend::DefaultPolicy(), {});
  std::mt19937_64 random(5);
  std::vector<double> micros;
  for (int i = 0; i < 20'000; ++i) {
    recommend::ListRequest request;
    request.customer.id = FingerprintOf(IdOf(static_cast<int64_t>(random() % static_cast<uint64_t>(o.customers))));
    request.today = training.as_of + 1;
    start = MonotonicMicros();
    const auto list = policy.MakeList(request);
    micros.push_back(static_cast<double>(MonotonicMicros() - start));
    if (list.items.empty()) std::abort();
  }
  std::sort(micros.begin(), micros.end());
  Print("list_us_p50", micros[micros.size() / 2]);
  Print("list_us_p99", micros[micros.size() * 99 / 100]);
}

// Lists of random customers, one in ten unknown.
class ListStream final : public UnaryStream<rec::RecommendResponse> {
 public:
  ListStream(int number, const Options& options)
      : stub_(ChannelOf(number, options.loop)), customers_(static_cast<uint64_t>(options.customers)), random_(static_cast<uint64_t>(number) + 1) {}

  void Ask(grpc::CompletionQueue& queue) override {
    const auto index = static_cast<int64_t>(random_() % customers_);
    request_.set_customer_id(random_() % 10 == 0 ? "u" + std::to_string(index) : IdOf(index));
    request_.set_count(20);
    Call(queue, [this](auto* context, auto* to) { return stub_.AsyncRecommend(context, request_, to); });
  }
  bool AnsweredWell() const override { return UnaryStream::AnsweredWell() && response().items_size() == 20; }

 private:
  rec::RecommendationService::Stub stub_;
  const uint64_t customers_;
  std::mt19937_64 random_;
  rec::RecommendRequest request_;
};

void RunLoad(const Options& options) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (int s = 0; s < options.loop.streams; ++s) streams.push_back(std::make_unique<ListStream>(s, options));
  RunClosedLoop(options.loop, streams);
}

}  // namespace

void AddRecommend(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto* train = app.add_subcommand("recommend-train", "training recommendations on invented lines");
  train->add_option("--lines", o->lines);
  train->add_option("--customers", o->customers);
  train->add_option("--skus", o->skus)->check(CLI::Range(100, 1'000'000));
  train->add_option("--threads", o->threads);
  train->add_option("--csv", o->csv, "write the lines as customer,day,sku");
  train->add_option("--postgres", o->postgres, "store the model there");
  train->add_option("--key-file", o->key_file);
  train->callback([o] { Train(*o); });
  auto* load = app.add_subcommand("recommend-load", "load on RecommendationService");
  load->add_option("--target", o->loop.target)->required();
  load->add_option("--customers", o->customers);
  load->add_option("--streams", o->loop.streams)->check(CLI::PositiveNumber);
  load->add_option("--seconds", o->loop.seconds);
  load->add_option("--pid", o->loop.pid);
  load->callback([o] { RunLoad(*o); });
}

}  // namespace rung::bench
