// Signatures that anybody with the public key can check: Ed25519 (RFC 8032) under keys of the key ring.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "libs/sealing/codec.h"

namespace rung::sealing {

/// Immutable and thread-safe. Signing takes about 20 µs, checking about 60 µs.
class Signer {
 public:
  /// A key pair per master key and `purpose` ("quote"): what is signed for one purpose never passes for another.
  Signer(const KeyRing& ring, std::string_view purpose);

  /// Key under which Sign signs: the ring's largest id.
  KeyId current_key() const { return current_; }
  /// 64 bytes.
  std::string Sign(std::string_view message) const;
  /// False for a key that the ring doesn't have.
  bool Verify(KeyId key, std::string_view message, std::string_view signature) const;
  /// 32 bytes; empty for a key that the ring doesn't have.
  std::string PublicKey(KeyId key) const;

 private:
  struct Pair {
    std::string public_key;
    std::string secret_key;
  };
  std::map<KeyId, Pair> pairs_;
  KeyId current_;
};

}  // namespace rung::sealing
