// A price book, indexed: SKU to item by hash, item to the price of a region and a day.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "libs/pricing/rules.h"

namespace rung::pricing {

/// What one piece or kilogram costs somewhere on some day.
struct UnitPrice {
  Fen list;
  std::optional<Fen> cost;
  std::optional<Fen> floor;
  std::optional<Bps> min_margin;
};

/// Hashes texts of the standard library, which Abseil's own maps don't know here.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using TextMap = absl::flat_hash_map<std::string_view, Value, TextHash, std::equal_to<>>;

/// Immutable and thread-safe. About 400 bytes per SKU, texts included.
class Catalogue {
 public:
  using ItemNo = uint32_t;
  using RegionNo = uint32_t;
  /// Stands for a region that can't be found out: of the day's prices the dearest counts, so that nobody pays less than its
  /// own region asks.
  static constexpr RegionNo kSomewhere = UINT32_MAX;

  /// `book` has passed validation.
  static std::shared_ptr<const Catalogue> Build(PriceBook book);
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  const PriceBook& book() const { return book_; }
  size_t size() const { return book_.items.size(); }
  const Item& item(ItemNo item) const { return book_.items[item]; }

  std::optional<ItemNo> Find(std::string_view sku) const;
  /// For PriceOf; regions that the book doesn't know all have the same number.
  RegionNo RegionOf(std::string_view region) const;
  /// nullopt: not for sale there on that day.
  std::optional<UnitPrice> PriceOf(ItemNo item, RegionNo region, Day day) const;

  /// Items of one category path and unit share a group: the same rules apply to them, but for those of single SKUs.
  uint32_t GroupOf(ItemNo item) const { return entries_[item].group; }
  uint32_t group_count() const { return static_cast<uint32_t>(groups_.size()); }
  std::string_view CategoryOfGroup(uint32_t group) const { return groups_[group].category; }
  Unit UnitOfGroup(uint32_t group) const { return groups_[group].unit; }

 private:
  static constexpr int64_t kUnset = -1;

  struct Entry {
    uint32_t first_price = 0;
    uint32_t price_count = 0;
    uint32_t group = 0;
  };
  struct FlatPrice {
    RegionNo region = 0;
    Day from = std::numeric_limits<Day>::min();
    Day until = std::numeric_limits<Day>::max();
    int64_t list = 0;
    int64_t cost = kUnset;
    int64_t floor = kUnset;
    int64_t min_margin = kUnset;
  };
  struct Group {
    std::string_view category;
    Unit unit;
  };

  explicit Catalogue(PriceBook book);
  uint32_t AddGroup(const Item& item);
  FlatPrice Flatten(const Price& price);

  PriceBook book_;
  TextMap<ItemNo> by_sku_;
  TextMap<RegionNo> regions_;  // 0: everywhere
  TextMap<uint32_t> groups_by_category_[2];
  std::vector<Group> groups_;
  std::vector<Entry> entries_;
  std::vector<FlatPrice> prices_;
};

}  // namespace rung::pricing
