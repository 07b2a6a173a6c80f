// Times of simulations of a draft by a running suite.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <sstream>

#include "libs/base/clock.h"
#include "libs/wire/model_mapping.h"
#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

namespace v1 = grading::v1;

void Simulate(const std::string& target, const std::string& model_file, const std::string& as_of, int max_age_seconds) {
  std::ifstream file(model_file);
  std::stringstream text;
  text << file.rdbuf();
  v1::SimulateModelRequest request;
  auto model = wire::ParseModelJson(text.str());
  if (!model.ok()) {
    std::fprintf(stderr, "%s: %s\n", model_file.c_str(), model.status().ToString().c_str());
    std::exit(1);
  }
  *request.mutable_model() = *std::move(model);
  request.set_as_of_date(as_of);
  request.set_max_age_seconds(max_age_seconds);
  const auto stub = v1::SimulationService::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  const int64_t start = MonotonicMicros();
  grpc::ClientContext context;
  auto reader = stub->SimulateModel(&context, request);
  v1::SimulateModelResponse message;
  while (reader->Read(&message)) continue;
  const grpc::Status status = reader->Finish();
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    std::exit(1);
  }
  Print("simulate_seconds", static_cast<double>(MonotonicMicros() - start) / 1e6);
  Print("simulate_loading_seconds", static_cast<double>(message.result().loading_ms()) / 1e3);
  Print("simulate_scoring_seconds", static_cast<double>(message.result().scoring_ms()) / 1e3);
  Print("simulate_customers", static_cast<double>(message.result().customer_count()));
}

}  // namespace

void AddSimulate(CLI::App& app) {
  auto target = std::make_shared<std::string>();
  auto model = std::make_shared<std::string>();
  auto as_of = std::make_shared<std::string>("2026-03-31");
  auto max_age = std::make_shared<int>(600);
  auto* simulate = app.add_subcommand("simulate", "a simulation of a draft over the whole base by a running suite");
  simulate->add_option("--target", *target)->required();
  simulate->add_option("--model", *model, "the draft as JSON")->required();
  simulate->add_option("--as-of", *as_of);
  simulate->add_option("--max-age", *max_age, "seconds; 0: the base is read anew");
  simulate->callback([=] { Simulate(*target, *model, *as_of, *max_age); });
}

}  // namespace rung::bench
