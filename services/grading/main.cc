#include "libs/host/command_line.h"
#include "libs/host/serve.h"
#include "services/grading/app.h"

int main(int argc, char** argv) {
  rung::host::CommandLine line("rung-grading", "Grades the business customers of a wholesaler into tiers.");
  rung::grading::Options grading;
  rung::grading::AddOptions(line.app(), grading);
  line.Parse(argc, argv);
  return rung::host::Serve(line.options(), {[&](rung::host::Host& host) { return rung::grading::MakeApp(grading, host); }});
}
