// What all customers of a base share.
#pragma once

#include "libs/generator/catalogue.h"
#include "libs/generator/market.h"
#include "libs/generator/options.h"
#include "libs/generator/trade_calendar.h"

namespace rung::generator {

struct Marketplace {
  explicit Marketplace(const GeneratorOptions& chosen)
      : options(chosen),
        calendar(chosen.first_day, chosen.last_day),
        catalogue(chosen.seed, chosen.first_day, chosen.last_day),
        market(chosen.seed, catalogue, calendar) {}

  GeneratorOptions options;
  TradeCalendar calendar;
  Catalogue catalogue;
  Market market;
};

}  // namespace rung::generator
