#include "libs/sealing/codec.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/base/status.h"

namespace rung::sealing {
namespace {

constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "rungseal";
enum Purpose : uint64_t { kSeal = 1, kIndex = 2, kHash = 3 };

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::array<unsigned char, 32> Derive(const std::string& master, Purpose purpose) {
  std::array<unsigned char, 32> key;
  crypto_kdf_derive_from_key(key.data(), key.size(), purpose, kContext, Bytes(std::string_view(master)));
  return key;
}

}  // namespace

absl::StatusOr<KeyRing> KeyRing::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return NotFoundError("the key file {} can't be read: {}. Only a new installation makes one with --create-key; one that has data needs its own key back",
                         path, std::strerror(errno));
  }
  KeyRing ring;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    int id = 0;
    std::string hex;
    words >> id >> hex;
    std::string key(crypto_kdf_KEYBYTES, '\0');
    size_t size = 0;
    const bool good = id >= 1 && id <= 32767 && hex.size() == 2 * key.size() &&
                      sodium_hex2bin(Bytes(key), key.size(), hex.data(), hex.size(), nullptr, &size, nullptr) == 0 &&
                      size == key.size();
    if (!good) return InvalidArgumentError("{}:{}: expected \"<id 1-32767> <64 hex digits>\"", path, number);
    if (!ring.keys_.emplace(static_cast<KeyId>(id), key).second) {
      return InvalidArgumentError("{}:{}: key {} is given twice", path, number, id);
    }
  }
  if (ring.keys_.empty()) return InvalidArgumentError("{}: no key in it", path);
  return ring;
}

absl::Status KeyRing::Create(const std::string& path) {
  const auto failed = [&] { return InternalError("the key file {} can't be written: {}", path, std::strerror(errno)); };
  std::string temporary = path + ".XXXXXX";
  const int file = mkstemp(temporary.data());  // its owner's only
  if (file < 0) return failed();
  const absl::Cleanup remove = [&] {
    close(file);
    unlink(temporary.c_str());
  };
  unsigned char key[crypto_kdf_KEYBYTES];
  crypto_kdf_keygen(key);
  char hex[2 * sizeof key + 1];
  sodium_bin2hex(hex, sizeof hex, key, sizeof key);
  const std::string text = fmt::format("1 {}\n", hex);
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fsync(file) != 0) return failed();
  if (link(temporary.c_str(), path.c_str()) != 0) return errno == EEXIST ? AlreadyExistsError("there is a key file {}", path) : failed();
  const std::string parent = std::filesystem::path(path).parent_path();
  const int folder = open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (folder < 0) return failed();
  const bool kept = fsync(folder) == 0;
  close(folder);
  return kept ? absl::OkStatus() : failed();
}

Codec::Codec(const KeyRing& ring)
    : current_(ring.keys().rbegin()->first),
      index_key_(Derive(ring.keys().begin()->second, kIndex)),
      hash_key_(Derive(ring.keys().begin()->second, kHash)) {
  for (const auto& [id, master] : ring.keys()) seal_keys_[id] = Derive(master, kSeal);
}

std::string Codec::Seal(std::string_view plain, std::string_view row) const {
  std::string sealed(kNonce + plain.size() + kTag, '\0');
  randombytes_buf(sealed.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + kNonce, nullptr, Bytes(plain), plain.size(), Bytes(row),
                                             row.size(), nullptr, Bytes(sealed), seal_keys_.at(current_).data());
  return sealed;
}

absl::StatusOr<std::string> Codec::Open(KeyId key, std::string_view sealed, std::string_view row) const {
  if (key == kPlain) return std::string(sealed);
  const auto found = seal_keys_.find(key);
  if (found == seal_keys_.end()) return FailedPreconditionError("key {} isn't in the key file", key);
  if (sealed.size() < kNonce + kTag) return Error(absl::StatusCode::kDataLoss, "sealed value of {} bytes", sealed.size());
  std::string plain(sealed.size() - kNonce - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), nullptr, nullptr, Bytes(sealed) + kNonce,
                                                 sealed.size() - kNonce, Bytes(row), row.size(), Bytes(sealed),
                                                 found->second.data()) != 0) {
    return Error(absl::StatusCode::kDataLoss, "a sealed value was altered or moved to another row");
  }
  return plain;
}

std::string Codec::KeyedHash(const Key& key, std::string_view prefix, std::string_view text) const {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), 16);
  const auto size = static_cast<uint64_t>(prefix.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
  crypto_generichash_update(&state, Bytes(prefix), prefix.size());
  crypto_generichash_update(&state, Bytes(text), text.size());
  std::string hash(16, '\0');
  crypto_generichash_final(&state, Bytes(hash), hash.size());
  return hash;
}

std::string Codec::BlindIndex(std::string_view kind, std::string_view value) const {
  return KeyedHash(index_key_, kind, value);
}

std::string Codec::BodyHash(std::string_view body) const { return KeyedHash(hash_key_, "body", body); }

}  // namespace rung::sealing
