// Hash chains: what was recorded can't be changed without showing.
#pragma once

#include <string>
#include <string_view>

namespace rung::sealing {

inline constexpr size_t kChainHashBytes = 32;

/// SHA-256(previous || entry), 32 bytes. PostgreSQL's sha256() gives the same, so that anybody can check a chain.
std::string ChainHash(std::string_view previous, std::string_view entry);

/// SHA-256 of a text in hexadecimal.
std::string HexHash(std::string_view text);

/// Fields one after the other, each behind its length: no two lists of fields give the same bytes.
class CanonicalBytes {
 public:
  CanonicalBytes& Add(std::string_view field);
  CanonicalBytes& Add(int64_t number);
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_;
};

}  // namespace rung::sealing
