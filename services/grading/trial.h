// What trials over the whole base are made of: simulations, solved bounds, calibrations. They write nothing.
#pragma once

#include "libs/sealing/codec.h"
#include "libs/storage/config_store.h"
#include "libs/storage/customer_store.h"
#include "services/grading/customer_names.h"
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

}  // namespace rung::grading
