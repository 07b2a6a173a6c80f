// What trials over the whole base are made of: simulations, solved bounds, calibrations. They write nothing.
#pragma once

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/sealing/codec.h"
#include "libs/storage/config_store.h"
#include "libs/storage/customer_store.h"
#include "services/grading/customer_names.h"
#include "services/grading/draft_ladder.h"
#include "services/grading/kept_base.h"
#include "services/grading/ladder_prices.h"
#include "services/grading/ladders.h"
#include "services/grading/model_kind.h"

namespace rung::grading {

struct TrialParts {
  storage::CustomerStore& customers;
  storage::ConfigStore& config;
  const ModelKind& kind;
  const Ladders& ladders;
  const features::CodeBook& codes;
  const CustomerNames& names;
  const Clock& clock;
  const BusinessZone& zone;
  const FeatureReader& reader;
  KeptBase& bases;
  LadderPrices& prices;
};

/// The model that a request names by `model`, `draft_model_id` or `model_id`; by default that of the default ladder.
/// INVALID_ARGUMENT when it names more than one; NOT_FOUND/DRAFT_UNKNOWN, LADDER_UNKNOWN.
template <typename Request>
absl::StatusOr<v1::Model> ChosenModel(const Request& request, const TrialParts& parts) {
  const int given = (request.has_model() ? 1 : 0) + (request.draft_model_id().empty() ? 0 : 1) + (request.model_id().empty() ? 0 : 1);
  if (given > 1) return InvalidField("model", "MISMATCH", "give one of model, draft_model_id and model_id");
  if (request.has_model()) return request.model();
  if (!request.draft_model_id().empty()) return StoredDraft(request.draft_model_id(), parts.config);
  RUNG_ASSIGN_OR_RETURN(const auto ladder, parts.ladders.Find(request.model_id()));
  return ladder->message;
}

}  // namespace rung::grading
