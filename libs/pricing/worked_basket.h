// Baskets that were worked out elsewhere, in the form of tests/data/pricing_vectors.json.gz: read, priced and shown again.
#pragma once

#include <nlohmann/json.hpp>

#include "libs/pricing/settlement.h"

namespace rung::pricing {

/// A case of the file, or of tests/oracle/pricing_baskets.py.
class WorkedBasket {
 public:
  explicit WorkedBasket(const nlohmann::json& source);

  /// What the engine makes of it, in the form of the file: {"quote": …, "settlement": …}, so that a difference shows where it is.
  nlohmann::json Priced() const;

 private:
  const nlohmann::json& source_;
  std::shared_ptr<const Tariff> tariff_;
  Basket basket_;
  Delivery delivery_;
  std::optional<KnownCustomer> known_;
};

}  // namespace rung::pricing
