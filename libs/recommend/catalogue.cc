#include "libs/recommend/catalogue.h"

#include <algorithm>
#include <numeric>

namespace rung::recommend {

double CatalogueEntry::MarginRate() const {
  if (amount_fen <= 0) return 0;
  return std::clamp(static_cast<double>(amount_fen - cost_fen) / static_cast<double>(amount_fen), -1.0, 1.0);
}

void BaseBuilder::Add(const CodedLine& line) {
  auto found = numbers_.find(line.sku);
  if (found == numbers_.end()) {
    found = numbers_.emplace(line.sku, static_cast<int32_t>(entries_.size())).first;
    entries_.emplace_back().sku = line.sku;
  }
  CatalogueEntry& entry = entries_[static_cast<size_t>(found->second)];
  if (!line.category.empty() && (entry.category.empty() || line.day > entry.category_day ||
                                 (line.day == entry.category_day && line.category < entry.category))) {
    entry.category = line.category;
    entry.category_day = line.day;
  }
  if (line.cost_fen) {
    entry.amount_fen += line.amount_fen;
    entry.cost_fen += *line.cost_fen;
  }
  if (line.listed_day) entry.listed_day = std::max(entry.listed_day, *line.listed_day);
  lines_.push_back({line.customer, line.day, found->second, ClampQuantity(line.quantity_milli)});
}

Base BaseBuilder::Finish(int32_t customers) && {
  std::vector<int32_t> order(entries_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return entries_[static_cast<size_t>(a)].sku < entries_[static_cast<size_t>(b)].sku;
  });
  std::vector<int32_t> number(order.size());
  Base base;
  for (size_t i = 0; i < order.size(); ++i) {
    number[static_cast<size_t>(order[i])] = static_cast<int32_t>(i);
    base.catalogue.push_back(std::move(entries_[static_cast<size_t>(order[i])]));
  }
  for (Line& line : lines_) line.sku = number[static_cast<size_t>(line.sku)];
  base.history = PurchaseHistory::Build(std::move(lines_), customers, static_cast<int32_t>(order.size()));
  return base;
}

}  // namespace rung::recommend
