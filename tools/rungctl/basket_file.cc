#include "tools/rungctl/basket_file.h"

#include <regex>
#include <unordered_map>

#include "libs/base/status.h"
#include "libs/importer/importer.h"

namespace rung::ctl {
namespace {

absl::StatusOr<importer::ImportOptions> OptionsOf(const BasketSource& source, const BusinessZone& zone) {
  importer::ImportOptions options;
  if (!source.map.empty()) {
    auto mapping = importer::ParseMapping(source.map);
    if (!mapping.ok()) return InvalidArgumentError("--map: {}", Message(mapping.status()));
    options.mapping = *std::move(mapping);
  }
  if (source.delimiter != "tab" && source.delimiter.size() != 1) {
    return InvalidArgumentError("--delimiter: \"{}\" isn't a character or \"tab\"", source.delimiter);
  }
  options.delimiter = source.delimiter == "tab" ? '\t' : source.delimiter[0];
  options.zone = &zone;
  options.time_formats = source.time_formats;
  options.cancellation_prefix = source.cancel_prefix;
  return options;
}

// Remembers what it said of a SKU: expressions are slow, and lines repeat their SKUs.
class SkuFilter {
 public:
  explicit SkuFilter(const std::string& pattern) : all_(pattern.empty()), pattern_(pattern) {}
  bool Takes(const std::string& sku) {
    if (all_) return true;
    const auto [entry, is_new] = known_.try_emplace(sku, false);
    if (is_new) entry->second = std::regex_match(sku, pattern_);
    return entry->second;
  }

 private:
  bool all_;
  std::regex pattern_;
  std::unordered_map<std::string, bool> known_;
};

}  // namespace

absl::StatusOr<BasketFile> ReadBaskets(const BasketSource& source) {
  const auto zone = BusinessZone::Load(source.zone);
  if (!zone) return InvalidArgumentError("--zone: \"{}\" isn't a zone such as Asia/Shanghai", source.zone);
  RUNG_ASSIGN_OR_RETURN(const importer::ImportOptions options, OptionsOf(source, *zone));
  SkuFilter filter(source.sku_pattern);
  recommend::BaseBuilder builder;
  std::unordered_map<std::string, int32_t> customers;
  BasketFile file;
  const auto take = [&](const features::Event& event) {
    const auto* order = std::get_if<features::Order>(&event.fact);
    if (order == nullptr) return absl::OkStatus();
    const int32_t customer = customers.try_emplace(event.customer_id, static_cast<int32_t>(customers.size())).first->second;
    for (const features::OrderLine& line : order->lines) {
      if (!filter.Takes(line.sku)) {
        ++file.left_out_lines;
        continue;
      }
      builder.Add({.customer = customer, .day = event.day, .sku = line.sku, .category = line.category,
                   .quantity_milli = line.quantity_milli, .amount_fen = line.amount, .cost_fen = line.cost,
                   .listed_day = line.listed_day});
    }
    return absl::OkStatus();
  };
  RUNG_ASSIGN_OR_RETURN(file.report, importer::ImportOrderLines(source.file, options, take));
  file.base = std::move(builder).Finish(static_cast<int32_t>(customers.size()));
  return file;
}

}  // namespace rung::ctl
