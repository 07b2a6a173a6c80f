#include "libs/clients/risk_client.h"

#include "libs/errors/errors.h"
#include "libs/rpc/client_call.h"
#include "libs/rpc/status.h"
#include "rung/grading/v1/retention.grpc.pb.h"

namespace rung::clients {
namespace {

namespace pb = grading::v1;

absl::Status Unreachable(std::string_view why) {
  return WithRetry(WithReason(UnavailableError("the customer's churn risk can't be had in time: {}", why), "CHURN_RISK_UNREACHABLE"), 500);
}

ChurnRisk RiskOf(pb::ChurnRisk risk) {
  switch (risk) {
    case pb::CHURN_RISK_WATCH: return ChurnRisk::kWatch;
    case pb::CHURN_RISK_HIGH: return ChurnRisk::kHigh;
    case pb::CHURN_RISK_LOST: return ChurnRisk::kLost;
    default: return ChurnRisk::kNone;
  }
}

}  // namespace

absl::StatusOr<ChurnRisk> RiskClient::Get(const std::string& customer_id, Deadline deadline) const {
  const auto channel = channel_();
  if (channel == nullptr) return Unreachable("this process doesn't serve yet");
  pb::GetOutlookRequest request;
  request.set_customer_id(customer_id);
  pb::GetOutlookResponse response;
  const auto stub = pb::RetentionService::NewStub(channel);
  rpc::ClientCall call(deadline);
  const grpc::Status status = stub->GetOutlook(&call.context(), request, &response);
  if (status.ok()) return RiskOf(response.outlook().churn_risk());
  const absl::Status error = rpc::FromGrpc(status);
  const std::string reason = ReasonOf(error);
  if (reason == "NO_FIT" || reason == "CUSTOMER_UNKNOWN") return ChurnRisk::kNone;
  return Unreachable(Message(error));
}

}  // namespace rung::clients
