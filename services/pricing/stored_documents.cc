#include "services/pricing/stored_documents.h"

#include <google/protobuf/util/json_util.h>

#include "libs/base/status.h"
#include "libs/base/violation.h"
#include "libs/wire/benefit_mapping.h"
#include "libs/wire/price_mapping.h"

namespace rung::pricing_service {
namespace {

// A document of an earlier release may have been published under other rules: what can't be mapped is told, what has been
// validated once isn't validated again.
template <typename Wire>
auto Read(const storage::VersionRow& row) -> absl::StatusOr<decltype(wire::FromWire(Wire(), std::declval<std::vector<Violation>&>()))> {
  Wire message;
  const auto parsed = google::protobuf::util::JsonStringToMessage(row.body_json, &message);
  if (!parsed.ok()) {
    return InternalError("stored {} \"{}\" version {} doesn't parse: {}", row.key.kind, row.key.document_id, row.version,
                         std::string(parsed.message().data(), parsed.message().size()));
  }
  std::vector<Violation> violations;
  auto document = wire::FromWire(message, violations);
  if (!violations.empty()) {
    return InternalError("stored {} \"{}\" version {} doesn't load: {}: {}", row.key.kind, row.key.document_id, row.version, violations[0].field, violations[0].message);
  }
  return document;
}

}  // namespace

template <>
absl::StatusOr<std::shared_ptr<const pricing::Catalogue>> ReadStored(const storage::VersionRow& row) {
  RUNG_ASSIGN_OR_RETURN(auto book, Read<pricing::v1::PriceBook>(row));
  return pricing::Catalogue::Build(std::move(book));
}

template <>
absl::StatusOr<std::shared_ptr<const pricing::Policy>> ReadStored(const storage::VersionRow& row) {
  RUNG_ASSIGN_OR_RETURN(auto policy, Read<pricing::v1::PricePolicy>(row));
  return std::make_shared<const pricing::Policy>(std::move(policy));
}

template <>
absl::StatusOr<std::shared_ptr<const benefits::Benefits>> ReadStored(const storage::VersionRow& row) {
  RUNG_ASSIGN_OR_RETURN(auto plan, Read<benefits::v1::BenefitPlan>(row));
  return benefits::Benefits::Build(std::move(plan));
}

}  // namespace rung::pricing_service
