// Phone, address, payer and device of an account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rung::generator {

/// Two accounts of one seed never have the same phone, address, payer or device by chance.
struct Contact {
  std::string phone;                 ///< eleven digits
  std::string address;               ///< "武汉市洪山区学院路88号C座1024铺"
  std::optional<std::string> payer;  ///< "payer-01234567": known for half of the accounts
};

/// `region` indexes Regions().
Contact ContactOf(uint64_t seed, int64_t index, int region);

/// The account's payer, known or not.
std::string PayerOf(uint64_t seed, int64_t index);

/// The phone or tablet it would use the app on, "dev-0123abcd4567".
std::string DeviceOf(uint64_t seed, int64_t index);

}  // namespace rung::generator
