// One process with every service of the suite: for demos, small shops and tests.
#include "libs/host/command_line.h"
#include "libs/host/serve.h"
#include "services/benefits/app.h"
#include "services/grading/app.h"
#include "services/pricing/app.h"
#include "services/recommendations/app.h"

int main(int argc, char** argv) {
  rung::host::CommandLine line("rung-suite", "Grades the business customers of a wholesaler into tiers, and puts the tier to work.");
  rung::grading::Options grading;
  rung::grading::AddOptions(line.app(), grading);
  rung::recommendations::Options recommendations;
  rung::recommendations::AddOptions(line.app(), recommendations);
  line.Parse(argc, argv);
  return rung::host::Serve(line.options(), {[&](rung::host::Host& host) { return rung::grading::MakeApp(grading, host); },
                                            rung::benefits_service::MakeApp, rung::pricing_service::MakeApp,
                                            [&](rung::host::Host& host) { return rung::recommendations::MakeApp(recommendations, host); }});
}
