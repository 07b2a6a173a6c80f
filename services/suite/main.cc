// One process with every service of the suite: for demos, small shops and tests.
#include "services/grading/options.h"
#include "services/grading/serve.h"

int main(int argc, char** argv) {
  return rung::grading::Serve(rung::grading::ParseOptions("rung-suite", argc, argv));
}
