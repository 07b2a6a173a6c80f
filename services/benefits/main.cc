#include "libs/host/command_line.h"
#include "libs/host/serve.h"
#include "services/benefits/app.h"

int main(int argc, char** argv) {
  rung::host::CommandLine line("rung-benefits", "Says what a customer's tier is worth at the checkout, and keeps count of what is limited.");
  line.Parse(argc, argv);
  return rung::host::Serve(line.options(), {[](rung::host::Host& host) { return rung::benefits_service::MakeApp(host); }});
}
