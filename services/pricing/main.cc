#include "libs/host/command_line.h"
#include "libs/host/serve.h"
#include "services/pricing/app.h"

int main(int argc, char** argv) {
  rung::host::CommandLine line("rung-pricing", "Quotes, settles and lists prices for the tiers of a wholesaler's customers.");
  line.Parse(argc, argv);
  return rung::host::Serve(line.options(), {rung::pricing_service::MakeApp});
}
