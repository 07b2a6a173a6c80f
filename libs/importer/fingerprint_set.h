// Remembers what was seen without keeping it.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "libs/base/customer_id.h"

namespace rung::importer {

/// Fingerprints are random already.
struct FingerprintHash {
  size_t operator()(const CustomerFingerprint& fingerprint) const { return static_cast<size_t>(fingerprint.number); }
};

/// Values by the 128-bit fingerprints of texts.
template <typename Value>
using FingerprintMap = absl::flat_hash_map<CustomerFingerprint, Value, FingerprintHash>;

/// A set of texts by their 128-bit fingerprints: 16 bytes each, whatever their length.
class FingerprintSet {
 public:
  /// False when it is there already.
  bool Insert(std::string_view text) { return set_.insert(FingerprintOf(text)).second; }
  bool Contains(std::string_view text) const { return set_.contains(FingerprintOf(text)); }
  size_t size() const { return set_.size(); }
  void Clear() { set_.clear(); }

 private:
  absl::flat_hash_set<CustomerFingerprint, FingerprintHash> set_;
};

/// The texts seen last: at least `generation` of them, at most twice as many.
class RecentTexts {
 public:
  explicit RecentTexts(size_t generation) : generation_(generation) {}

  /// False when it was seen recently.
  bool Insert(std::string_view text) {
    const bool old = older_.Contains(text);
    if (!newer_.Insert(text)) return false;
    if (newer_.size() == generation_) {
      std::swap(older_, newer_);
      newer_.Clear();
    }
    return !old;
  }

 private:
  size_t generation_;
  FingerprintSet newer_;
  FingerprintSet older_;
};

}  // namespace rung::importer
