// Counters that cost a few nanoseconds on the hot path, and their Prometheus page.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace rung::telemetry {

inline constexpr int kStatusCodes = 17;  ///< gRPC's codes OK to UNAUTHENTICATED

/// One RPC method's counters, sharded by thread. Thread-safe.
class MethodMetrics {
 public:
  MethodMetrics(std::string service, std::string method, std::string type)
      : service_(std::move(service)), method_(std::move(method)), type_(std::move(type)) {}

  void Started() { Mine().started.fetch_add(1, std::memory_order_relaxed); }
  void Handled(int code, int64_t micros);

  const std::string& service() const { return service_; }
  const std::string& method() const { return method_; }
  const std::string& type() const { return type_; }

  struct Totals {
    uint64_t started = 0;
    std::array<uint64_t, kStatusCodes> handled{};
    std::vector<uint64_t> buckets;  ///< not cumulative; one more than BucketBounds()
    uint64_t sum_micros = 0;
  };
  Totals Read() const;
  /// Upper bounds in microseconds.
  static const std::vector<int64_t>& BucketBounds();

 private:
  static constexpr int kShards = 8;
  static constexpr int kBuckets = 20;
  struct alignas(64) Shard {
    std::atomic<uint64_t> started{0};
    std::array<std::atomic<uint64_t>, kStatusCodes> handled{};
    std::array<std::atomic<uint64_t>, kBuckets> buckets{};
    std::atomic<uint64_t> sum_micros{0};
  };
  Shard& Mine();

  const std::string service_;
  const std::string method_;
  const std::string type_;  // "unary", "server_stream", "bidi_stream"
  std::array<Shard, kShards> shards_;
};

/// All metrics of a process: methods by the usual gRPC names, and our own. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  /// Lives as long as this.
  MethodMetrics& Method(const std::string& service, const std::string& method, const std::string& type = "unary");
  /// A counter that others keep; read when the page is.
  void Counter(const std::string& name, const std::string& help, std::function<double()> read);
  void Gauge(const std::string& name, const std::string& help, std::function<double()> read);

  /// Serves /metrics on "host:port"; port 0 chooses one. Returns the port.
  absl::StatusOr<int> Serve(const std::string& address);
  /// Ends it, and waits for pages that are being read: what counters and gauges read may go afterwards.
  void Stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // the exposer only keeps a weak pointer
};

}  // namespace rung::telemetry
