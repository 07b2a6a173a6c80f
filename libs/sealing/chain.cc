#include "libs/sealing/chain.h"

#include <sodium.h>

#include <array>

namespace rung::sealing {

std::string ChainHash(std::string_view previous, std::string_view entry) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(previous.data()), previous.size());
  crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(entry.data()), entry.size());
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

std::string HexHash(std::string_view text) {
  const std::string hash = ChainHash({}, text);
  std::array<char, 2 * kChainHashBytes + 1> hex;
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(hash.data()), hash.size());
  return hex.data();
}

CanonicalBytes& CanonicalBytes::Add(std::string_view field) {
  Add(static_cast<int64_t>(field.size()));
  bytes_.append(field);
  return *this;
}

CanonicalBytes& CanonicalBytes::Add(int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(number >> shift));
  return *this;
}

}  // namespace rung::sealing
