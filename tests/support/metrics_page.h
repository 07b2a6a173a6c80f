// The Prometheus page of a process under test.
#pragma once

#include <string>
#include <vector>

namespace rung::testing {

/// A TCP port of this machine that nobody listens on.
int FreePort();

/// A suite's command (Installation::SuiteCommand) with its metrics at 127.0.0.1:`port`.
std::vector<std::string> WithMetrics(std::vector<std::string> command, int port);

/// The page at 127.0.0.1:`port`; empty while nobody answers.
std::string MetricsPage(int port);

/// The sum over a metric's series whose labels contain all of `labels`, such as "grpc_method=\"GetTier\"".
double MetricOn(const std::string& page, const std::string& name, const std::vector<std::string>& labels = {});

}  // namespace rung::testing
