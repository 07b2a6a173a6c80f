#include "libs/base/customer_id.h"

#include <cstring>

#include <sodium.h>

namespace rung {
namespace {

// Any fixed key will do: it separates rung's numbers from other uses of SipHash and must never change.
constexpr unsigned char kKey[crypto_shorthash_siphashx24_KEYBYTES + 1] = "rung.customer.01";

}  // namespace

CustomerFingerprint FingerprintOf(std::string_view external_id) {
  unsigned char hash[crypto_shorthash_siphashx24_BYTES];
  crypto_shorthash_siphashx24(hash, reinterpret_cast<const unsigned char*>(external_id.data()), external_id.size(),
                              kKey);
  int64_t number;
  CustomerFingerprint fingerprint;
  std::memcpy(&number, hash, sizeof number);
  std::memcpy(&fingerprint.check, hash + sizeof number, sizeof fingerprint.check);
  fingerprint.number = CustomerNumber{number};
  return fingerprint;
}

uint64_t LocalFingerprint(std::string_view id) {
  unsigned char hash[crypto_shorthash_siphash24_BYTES];
  crypto_shorthash_siphash24(hash, reinterpret_cast<const unsigned char*>(id.data()), id.size(), kKey);
  uint64_t fingerprint;
  std::memcpy(&fingerprint, hash, sizeof fingerprint);
  return fingerprint;
}

}  // namespace rung
