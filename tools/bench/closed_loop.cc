#include "tools/bench/closed_loop.h"

#include <algorithm>
#include <unordered_map>

#include "libs/base/clock.h"
#include "tools/bench/bench.h"

namespace rung::bench {

std::shared_ptr<grpc::Channel> ChannelOf(int stream, const LoopOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt("rung.bench.channel", stream % std::max(1, options.streams / 8));  // equal arguments share a connection
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
}

double RunClosedLoop(const LoopOptions& options, const std::vector<std::unique_ptr<Stream>>& streams) {
  grpc::CompletionQueue queue;
  std::unordered_map<void*, int64_t> asked_at;
  const auto ask = [&](Stream& stream, int64_t now) {
    asked_at[&stream] = now;
    stream.Ask(queue);
  };
  std::vector<double> micros;
  int64_t errors = 0;
  const double cpu = options.pid > 0 ? CpuSeconds(options.pid) : 0;
  const int64_t start = MonotonicMicros();
  const int64_t end = start + static_cast<int64_t>(options.seconds * 1e6);
  for (const auto& stream : streams) ask(*stream, MonotonicMicros());
  void* tag;
  bool ok;
  for (size_t open = streams.size(); open > 0 && queue.Next(&tag, &ok);) {
    Stream& stream = *static_cast<Stream*>(tag);
    const int64_t now = MonotonicMicros();
    micros.push_back(static_cast<double>(now - asked_at[tag]));
    if (!stream.AnsweredWell()) ++errors;
    if (now < end) {
      ask(stream, now);
    } else {
      --open;
    }
  }
  const double calls = static_cast<double>(micros.size());
  const double calls_per_second = calls * 1e6 / static_cast<double>(MonotonicMicros() - start);
  Print("calls_per_second", calls_per_second);
  if (options.pid > 0) Print("server_cpu_us_per_call", (CpuSeconds(options.pid) - cpu) / calls * 1e6);
  std::sort(micros.begin(), micros.end());
  Print("latency_p99_ms", micros[micros.size() * 99 / 100] / 1e3);
  Print("errors", static_cast<double>(errors));
  return calls_per_second;
}

}  // namespace rung::bench
