// Accounts that belong together, because they share a phone, an address, a payer or a device.
//
// Works on keyed blind indexes: equal values are found, none is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rung::abuse {

/// As numbered in storage.
enum class MatchKind : uint8_t { kPhone = 1, kAddress = 2, kPayer = 3, kDevice = 4 };
inline constexpr int kMatchKinds = 4;

/// Bit set of kinds.
using KindSet = uint8_t;
constexpr KindSet BitOf(MatchKind kind) { return static_cast<KindSet>(1 << (static_cast<int>(kind) - 1)); }

/// One value of one account. Accounts are places in the caller's list.
struct Match {
  uint32_t account = 0;
  MatchKind kind = MatchKind::kPhone;
  std::string_view blind_index;
};

struct LinkRules {
  /// What sharing a value of a kind says. Two accounts are linked when the kinds that they share add up to
  /// `points_min`: by default a phone or a device alone, or address and payer together. A payer alone is a chain that
  /// pays centrally, an address alone a food court.
  int phone_points = 2;
  int address_points = 1;
  int payer_points = 1;
  int device_points = 2;
  int points_min = 2;
  /// A value that more accounts share is a switchboard or a placeholder, and links nobody.
  int accounts_max = 20;

  int PointsOf(KindSet kinds) const;
};

struct AccountGroup {
  std::vector<uint32_t> accounts;  ///< ascending, at least two
  KindSet kinds = 0;               ///< that linked pairs of the group share
};

/// A value that was left out because too many accounts share it.
struct CrowdedValue {
  MatchKind kind = MatchKind::kPhone;
  std::string_view blind_index;
  uint32_t accounts = 0;
};

struct LinkedAccounts {
  std::vector<AccountGroup> groups;   ///< connected components of linked pairs, by their smallest account
  std::vector<CrowdedValue> crowded;  ///< by kind and value
};

/// The connected components. Repeated matches count once. Sorts `matches`; O(n log n) for n matches, as a value links
/// at most accounts_max of them.
LinkedAccounts LinkAccounts(std::vector<Match> matches, const LinkRules& rules);

}  // namespace rung::abuse
