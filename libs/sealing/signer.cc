#include "libs/sealing/signer.h"

#include <sodium.h>

namespace rung::sealing {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Signer::Signer(const KeyRing& ring, std::string_view purpose) : current_(ring.keys().rbegin()->first) {
  for (const auto& [id, master] : ring.keys()) {
    std::string seed(crypto_sign_SEEDBYTES, '\0');
    const std::string context = "rung signature: " + std::string(purpose);
    crypto_generichash(Bytes(seed), seed.size(), Bytes(context), context.size(), Bytes(master), master.size());
    Pair pair{std::string(crypto_sign_PUBLICKEYBYTES, '\0'), std::string(crypto_sign_SECRETKEYBYTES, '\0')};
    crypto_sign_seed_keypair(Bytes(pair.public_key), Bytes(pair.secret_key), Bytes(seed));
    sodium_memzero(seed.data(), seed.size());
    pairs_[id] = std::move(pair);
  }
}

std::string Signer::Sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Bytes(signature), nullptr, Bytes(message), message.size(), Bytes(pairs_.at(current_).secret_key));
  return signature;
}

bool Signer::Verify(KeyId key, std::string_view message, std::string_view signature) const {
  const auto pair = pairs_.find(key);
  return pair != pairs_.end() && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(Bytes(signature), Bytes(message), message.size(), Bytes(pair->second.public_key)) == 0;
}

std::string Signer::PublicKey(KeyId key) const {
  const auto pair = pairs_.find(key);
  return pair == pairs_.end() ? std::string() : pair->second.public_key;
}

}  // namespace rung::sealing
