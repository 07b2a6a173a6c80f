// The few values that were asked for last.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <optional>
#include <utility>

namespace rung::pricing_service {

/// A map of at most `capacity` entries; the one that wasn't asked for longest leaves. For small capacities. Not thread-safe.
template <typename Key, typename Value>
class Recent {
 public:
  explicit Recent(size_t capacity) : capacity_(capacity) {}

  std::optional<Value> Find(const Key& key) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; });
    if (found == entries_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found);
    return found->second;
  }

  void Put(const Key& key, Value value) {
    entries_.remove_if([&](const auto& entry) { return entry.first == key; });
    entries_.emplace_front(key, std::move(value));
    if (entries_.size() > capacity_) entries_.pop_back();
  }

 private:
  const size_t capacity_;
  std::list<std::pair<Key, Value>> entries_;
};

}  // namespace rung::pricing_service
