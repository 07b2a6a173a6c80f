#include "services/benefits/kuailv_documents.h"

#include "libs/base/findings.h"
#include "libs/benefits/kuailv_document.h"
#include "libs/benefits/validation.h"
#include "libs/errors/errors.h"
#include "libs/wire/benefit_mapping.h"

namespace rung::benefits_service {

absl::Status ImportKuaiLvDocument(const benefits::v1::ImportKuaiLvDocumentRequest& request, benefits::v1::ImportKuaiLvDocumentResponse& response) {
  benefits::KuaiLvImport import{.plan_id = request.plan_id()};
  if (!request.ladder_id().empty()) import.ladder_id = request.ladder_id();
  if (!request.currency_code().empty()) import.currency = request.currency_code();
  if (!request.tier_codes().empty()) import.tier_codes = {request.tier_codes().begin(), request.tier_codes().end()};
  Findings findings;
  findings.CheckId("plan_id", import.plan_id);
  findings.CheckCount("tier_codes", import.tier_codes.size(), benefits::kMaxTiers, "tiers");
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());
  RUNG_ASSIGN_OR_RETURN(const benefits::Plan plan, benefits::ImportKuaiLv(request.document(), import));
  *response.mutable_plan() = wire::ToWire(plan);
  return absl::OkStatus();
}

absl::Status ExportKuaiLvDocument(const benefits::v1::ExportKuaiLvDocumentRequest& request, benefits::v1::ExportKuaiLvDocumentResponse& response) {
  std::vector<Violation> violations;
  const benefits::Plan plan = wire::FromWire(request.plan(), violations);
  const std::vector<Violation> more = benefits::Validate(plan);
  violations.insert(violations.end(), more.begin(), more.end());
  for (Violation& violation : violations) violation.field = violation.field.empty() ? "plan" : "plan." + violation.field;
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(*response.mutable_document(), benefits::ExportKuaiLv(plan));
  return absl::OkStatus();
}

}  // namespace rung::benefits_service
