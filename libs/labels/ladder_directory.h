// The names behind labels: which ladder has which number, and which tier.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rung::labels {

/// Immutable once built.
struct LadderDirectory {
  struct Entry {
    int16_t ladder_no = 0;
    std::string ladder_id;
    std::vector<std::string> codes;  ///< by tier number
    std::vector<int32_t> ranks;      ///< by tier number, 1 is the best; 0: no longer in the model
    uint8_t bottom = 0;              ///< number of the bottom tier
  };
  std::map<std::string, Entry, std::less<>> entries;
  const Entry* default_entry = nullptr;

  /// The ladder of an id (empty: the default one), or nullptr.
  const Entry* Find(std::string_view ladder_id) const {
    if (ladder_id.empty()) return default_entry;
    const auto it = entries.find(ladder_id);
    return it == entries.end() ? nullptr : &it->second;
  }
};

}  // namespace rung::labels
