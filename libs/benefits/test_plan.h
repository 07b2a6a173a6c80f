// A small plan that tests bend to their ends.
#pragma once

#include "libs/benefits/plan.h"

namespace rung::benefits {

inline Scope In(std::string_view text) { return pricing::ParseScope(text).value(); }

/// Three tiers, each inheriting from the one below; gold overrides silver's rate, diamond adds imported fruit.
inline Plan ThreeTiers() {
  return {.plan_id = "plan",
          .ladder_id = "kuailv",
          .currency = "CNY",
          .custom_types = {{.code = "gift", .names = {{"en", "gift"}}, .fields = {{.name = "pieces", .kind = FieldKind::kInteger, .required = true, .least = 0, .better = Better::kHigher}}}},
          .tiers = {{.code = "diamond",
                     .names = {{"zh", "钻石"}, {"en", "Diamond"}},
                     .benefits = {{.id = "d-rate", .value = DiscountRate{{9'000}}},
                                  {.id = "d-fruit", .names = {{"zh", "进口水果8折"}}, .value = ExclusiveOffer{In("category:fruit/imported"), {.pay = Bps{8'000}}}},
                                  {.id = "d-gift", .value = Custom{"gift", {{"pieces", int64_t{2}}}}}}},
                    {.code = "gold", .names = {{"zh", "黄金"}, {"en", "Gold"}},
                     .benefits = {{.id = "g-rate", .value = DiscountRate{{9'500}}}, {.id = "g-trial", .value = NewProductTrial{}}}},
                    {.code = "silver", .names = {{"zh", "白银"}, {"en", "Silver"}},
                     .benefits = {{.id = "s-rate", .value = DiscountRate{{9'800}}}, {.id = "s-delivery", .value = FreeDelivery{{30'000}}}}}}};
}

}  // namespace rung::benefits
