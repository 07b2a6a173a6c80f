#include "services/grading/options.h"
#include "services/grading/serve.h"

int main(int argc, char** argv) {
  return rung::grading::Serve(rung::grading::ParseOptions("rung-grading", argc, argv));
}
