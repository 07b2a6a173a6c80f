#include <sodium.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "tools/bench/bench.h"

namespace rung::bench {

double CpuSeconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void Print(const std::string& name, double value) {
  std::printf("%s\t%.6g\n", name.c_str(), value);
  std::fflush(stdout);
}

}  // namespace rung::bench

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  CLI::App app("Measures rung beside its yardsticks; deploy/bench.sh puts the runs together.", "rung-bench");
  app.require_subcommand(1);
  rung::bench::AddEchoServer(app);
  rung::bench::AddLookupLoad(app);
  rung::bench::AddRedisServer(app);
  rung::bench::AddLoadBase(app);
  rung::bench::AddRegrade(app);
  rung::bench::AddSimulate(app);
  rung::bench::AddIngest(app);
  rung::bench::AddKernel(app);
  rung::bench::AddPricing(app);
  rung::bench::AddQuoteLoad(app);
  rung::bench::AddCustomerBase(app);
  rung::bench::AddRecommend(app);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
