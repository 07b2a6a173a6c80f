#include "services/pricing/path_client.h"

#include "libs/rpc/client_call.h"
#include "rung/grading/v1/path.grpc.pb.h"

namespace rung::pricing_service {

std::optional<benefits::UpgradePath> PathClient::Plan(const std::string& customer_id, const std::string& ladder_id, Day today, Deadline deadline) const {
  grading::v1::PlanPathRequest request;
  request.set_customer_id(customer_id);
  request.set_ladder_id(ladder_id);
  request.set_by_date(FormatDay(today));
  // Only an amount spent at once is what the sentence says; of a tier that takes more than money nothing is said.
  request.set_only_lever(grading::v1::PATH_LEVER_SPEND_ONCE);
  grading::v1::PlanPathResponse response;
  const auto stub = grading::v1::PathService::NewStub(channel_());
  rpc::ClientCall call(deadline);
  if (!stub->PlanPath(&call.context(), request, &response).ok() || !response.has_reach()) return std::nullopt;
  if (!response.reach().without_action_date().empty()) return std::nullopt;
  for (const grading::v1::PathPlan& plan : response.reach().plans()) {
    if (!plan.reached() || plan.spend_minor() <= 0) continue;
    return benefits::UpgradePath{plan.tier_code(), pricing::Fen{plan.spend_minor()}, response.currency_code(), today};
  }
  return std::nullopt;
}

}  // namespace rung::pricing_service
