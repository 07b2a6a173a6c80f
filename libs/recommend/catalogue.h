// From codes to numbers: collects lines as they come, and numbers SKUs by the order of their codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/recommend/history.h"

namespace rung::recommend {

/// What orders say of a SKU.
struct CatalogueEntry {
  std::string sku;
  std::string category;       ///< of the newest line that names one; empty: none does
  int64_t amount_fen = 0;     ///< of its lines with a cost
  int64_t cost_fen = 0;
  Day listed_day = 0;         ///< latest that a line gives; 0: none does
  Day category_day = 0;       ///< of that line

  /// (amount - cost) / amount, -1 to 1; 0 when no line had a cost.
  double MarginRate() const;
};

struct Base {
  PurchaseHistory history;
  std::vector<CatalogueEntry> catalogue;  ///< by SKU number: in the order of the codes, so that ties are broken by code
};

/// One bought line with its codes.
struct CodedLine {
  int32_t customer = 0;
  Day day = 0;
  std::string_view sku;
  std::string_view category;
  int64_t quantity_milli = 0;
  int64_t amount_fen = 0;
  std::optional<int64_t> cost_fen;
  std::optional<Day> listed_day;
};

class BaseBuilder {
 public:
  void Add(const CodedLine& line);
  /// `customers`: their number; lines name 0 to customers - 1.
  Base Finish(int32_t customers) &&;
  size_t lines() const { return lines_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> numbers_;
  std::vector<CatalogueEntry> entries_;
  std::vector<Line> lines_;
};

}  // namespace rung::recommend
