// The one way for sensitive bytes into storage: sealed under a numbered key, bound to their row.
//
// XChaCha20-Poly1305 (libsodium). What must be matched without being read (phones, addresses, payers) is stored as a
// keyed blind index beside it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace rung::sealing {

using KeyId = int16_t;
inline constexpr KeyId kPlain = 0;

/// Master keys by id (1 to 32767). New values are sealed under the largest id; older ones stay readable.
class KeyRing {
 public:
  /// Reads a file of lines "<id> <64 hex digits>"; empty lines and '#' comments are skipped.
  static absl::StatusOr<KeyRing> Load(const std::string& path);
  /// Writes a file with one fresh key, readable by its owner only, durably and whole or not at all. ALREADY_EXISTS when there
  /// is one.
  static absl::Status Create(const std::string& path);

  const std::map<KeyId, std::string>& keys() const { return keys_; }

 private:
  std::map<KeyId, std::string> keys_;  // 32 bytes each
};

/// Immutable and thread-safe.
class Codec {
 public:
  explicit Codec(const KeyRing& ring);

  /// Id under which Seal seals.
  KeyId current_key() const { return current_; }
  /// `row` binds the ciphertext to its place (e.g. customer and event id): it opens nowhere else.
  std::string Seal(std::string_view plain, std::string_view row) const;
  /// DATA_LOSS when the bytes were altered or moved to another row; FAILED_PRECONDITION when the key is gone.
  absl::StatusOr<std::string> Open(KeyId key, std::string_view sealed, std::string_view row) const;

  /// 16 bytes that equal values share, for `kind` ("phone") only; the same under all keys.
  std::string BlindIndex(std::string_view kind, std::string_view value) const;
  /// 16 bytes that tell two bodies apart without giving them away.
  std::string BodyHash(std::string_view body) const;

 private:
  using Key = std::array<unsigned char, 32>;

  std::string KeyedHash(const Key& key, std::string_view prefix, std::string_view text) const;

  std::map<KeyId, Key> seal_keys_;
  KeyId current_;
  Key index_key_;  // of the oldest key: it must not change when keys rotate
  Key hash_key_;
};

}  // namespace rung::sealing
