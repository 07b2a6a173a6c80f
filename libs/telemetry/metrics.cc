#include "libs/telemetry/metrics.h"

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <mutex>

#include "libs/base/status.h"

namespace rung::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr const char* kCodeNames[kStatusCodes] = {
    "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
    "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
    "DataLoss", "Unauthenticated"};

int ShardOfThisThread(int shards) {
  static std::atomic<int> next{0};
  thread_local const int mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine % shards;
}

std::vector<ClientMetric::Label> LabelsOf(const MethodMetrics& method) {
  return {{"grpc_type", method.type()}, {"grpc_service", method.service()}, {"grpc_method", method.method()}};
}

}  // namespace

const std::vector<int64_t>& MethodMetrics::BucketBounds() {
  static const std::vector<int64_t> bounds = {5,    10,    20,    50,    100,   200,    500,    1000,   2000,    5000,
                                              10'000, 20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000, 5'000'000, 30'000'000};
  static_assert(kBuckets == 20);
  return bounds;
}

MethodMetrics::Shard& MethodMetrics::Mine() { return shards_[ShardOfThisThread(kShards)]; }

void MethodMetrics::Handled(int code, int64_t micros) {
  Shard& shard = Mine();
  shard.handled[std::clamp(code, 0, kStatusCodes - 1)].fetch_add(1, std::memory_order_relaxed);
  const auto& bounds = BucketBounds();
  const size_t bucket = std::lower_bound(bounds.begin(), bounds.end(), micros) - bounds.begin();
  shard.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  shard.sum_micros.fetch_add(static_cast<uint64_t>(std::max<int64_t>(micros, 0)), std::memory_order_relaxed);
}

MethodMetrics::Totals MethodMetrics::Read() const {
  Totals totals;
  totals.buckets.resize(kBuckets);
  for (const Shard& shard : shards_) {
    totals.started += shard.started.load();
    totals.sum_micros += shard.sum_micros.load();
    for (int c = 0; c < kStatusCodes; ++c) totals.handled[c] += shard.handled[c].load();
    for (int b = 0; b < kBuckets; ++b) totals.buckets[b] += shard.buckets[b].load();
  }
  return totals;
}

struct Metrics::Impl final : prometheus::Collectable {
  struct Own {
    std::string name, help;
    MetricType type;
    std::function<double()> read;
  };

  std::vector<MetricFamily> Collect() const override {
    std::lock_guard lock(mutex);
    MetricFamily started{"grpc_server_started_total", "RPCs started on the server.", MetricType::Counter, {}};
    MetricFamily handled{"grpc_server_handled_total", "RPCs completed on the server.", MetricType::Counter, {}};
    MetricFamily seconds{"grpc_server_handling_seconds", "Response latency of RPCs.", MetricType::Histogram, {}};
    for (const MethodMetrics& method : methods) {
      const auto totals = method.Read();
      if (totals.started == 0) continue;
      ClientMetric metric;
      metric.label = LabelsOf(method);
      metric.counter.value = static_cast<double>(totals.started);
      started.metric.push_back(metric);
      for (int c = 0; c < kStatusCodes; ++c) {
        if (totals.handled[c] == 0) continue;
        ClientMetric by_code;
        by_code.label = LabelsOf(method);
        by_code.label.push_back({"grpc_code", kCodeNames[c]});
        by_code.counter.value = static_cast<double>(totals.handled[c]);
        handled.metric.push_back(by_code);
      }
      seconds.metric.push_back(Histogram(method, totals));
    }
    std::vector<MetricFamily> families = {started, handled, seconds};
    for (const Own& item : own) {
      ClientMetric metric;
      (item.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = item.read();
      families.push_back({item.name, item.help, item.type, {metric}});
    }
    return families;
  }

  static ClientMetric Histogram(const MethodMetrics& method, const MethodMetrics::Totals& totals) {
    ClientMetric metric;
    metric.label = LabelsOf(method);
    uint64_t count = 0;
    for (size_t b = 0; b < totals.buckets.size(); ++b) {
      count += totals.buckets[b];
      const double bound = b < MethodMetrics::BucketBounds().size()
                               ? static_cast<double>(MethodMetrics::BucketBounds()[b]) / 1e6
                               : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(totals.sum_micros) / 1e6;
    return metric;
  }

  mutable std::mutex mutex;
  std::deque<MethodMetrics> methods;
  std::vector<Own> own;
  std::unique_ptr<prometheus::Exposer> exposer;
};

Metrics::Metrics() : impl_(std::make_shared<Impl>()) {}
Metrics::~Metrics() = default;

MethodMetrics& Metrics::Method(const std::string& service, const std::string& method, const std::string& type) {
  std::lock_guard lock(impl_->mutex);
  for (MethodMetrics& known : impl_->methods) {
    if (known.service() == service && known.method() == method) return known;
  }
  return impl_->methods.emplace_back(service, method, type);
}

void Metrics::Counter(const std::string& name, const std::string& help, std::function<double()> read) {
  std::lock_guard lock(impl_->mutex);
  impl_->own.push_back({name, help, MetricType::Counter, std::move(read)});
}

void Metrics::Gauge(const std::string& name, const std::string& help, std::function<double()> read) {
  std::lock_guard lock(impl_->mutex);
  impl_->own.push_back({name, help, MetricType::Gauge, std::move(read)});
}

absl::StatusOr<int> Metrics::Serve(const std::string& address) {
  try {
    impl_->exposer = std::make_unique<prometheus::Exposer>(address, 1);
    impl_->exposer->RegisterCollectable(impl_);
    return impl_->exposer->GetListeningPorts().front();
  } catch (const std::exception& e) {
    return UnavailableError("metrics can't be served on {}: {}", address, e.what());
  }
}

void Metrics::Stop() { impl_->exposer.reset(); }

}  // namespace rung::telemetry
