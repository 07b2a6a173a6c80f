#include "libs/host/command_line.h"
#include "libs/host/serve.h"
#include "services/recommendations/app.h"

int main(int argc, char** argv) {
  rung::host::CommandLine line("rung-recommendations", "Says what a wholesaler's customers will buy next.");
  rung::recommendations::Options recommendations;
  rung::recommendations::AddOptions(line.app(), recommendations);
  line.Parse(argc, argv);
  return rung::host::Serve(line.options(), {[&](rung::host::Host& host) { return rung::recommendations::MakeApp(recommendations, host); }});
}
