// The benchmark tool's parts. Each prints lines "name<TAB>value" that deploy/bench.sh puts into its table.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rung::bench {

/// Each adds its subcommand.
void AddEchoServer(CLI::App& app);
void AddLookupLoad(CLI::App& app);
void AddRedisServer(CLI::App& app);
void AddLoadBase(CLI::App& app);
void AddRegrade(CLI::App& app);
void AddSimulate(CLI::App& app);
void AddIngest(CLI::App& app);
void AddKernel(CLI::App& app);
void AddPricing(CLI::App& app);
void AddQuoteLoad(CLI::App& app);
void AddCustomerBase(CLI::App& app);
void AddRecommend(CLI::App& app);

/// CPU time of a process in seconds, from /proc.
double CpuSeconds(int pid);

void Print(const std::string& name, double value);

}  // namespace rung::bench
