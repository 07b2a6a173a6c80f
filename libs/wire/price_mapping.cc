#include "libs/wire/price_mapping.h"

#include <fmt/format.h>

#include "libs/wire/rule_mapping.h"

namespace rung::wire {
namespace {

namespace pb = pricing::v1;
using pricing::Bps;
using pricing::Fen;

pricing::Unit ReadUnit(RuleReader& reader, const std::string& field, pb::Unit unit) {
  reader.CheckEnum(field, pb::Unit_IsValid(unit), unit, /*required=*/true);
  return unit == pb::UNIT_KILOGRAM ? pricing::Unit::kKilogram : pricing::Unit::kPiece;
}

pricing::Price ReadPrice(RuleReader& reader, const std::string& path, const pb::Price& in) {
  pricing::Price out{.region = in.region(), .days = reader.ReadDays(path, in.from_date(), in.until_date()), .list = {in.list_price_fen()}};
  if (in.has_cost_fen()) out.cost = Fen{in.cost_fen()};
  if (in.has_floor_price_fen()) out.floor = Fen{in.floor_price_fen()};
  if (in.has_min_margin_bps()) out.min_margin = Bps{in.min_margin_bps()};
  return out;
}

}  // namespace

pricing::PriceBook FromWire(const pb::PriceBook& in, std::vector<Violation>& violations) {
  RuleReader reader(violations);
  pricing::PriceBook out{.book_id = in.book_id(), .currency = in.currency_code(), .names = ReadNames(in.names())};
  out.items.reserve(in.items_size());
  for (int i = 0; i < in.items_size(); ++i) {
    const pb::Item& item = in.items(i);
    const std::string path = fmt::format("items[{}]", i);
    pricing::Item& to = out.items.emplace_back();
    to = {.sku = item.sku(), .names = ReadNames(item.names()), .category = item.category(), .unit = ReadUnit(reader, path + ".unit", item.unit())};
    for (int k = 0; k < item.prices_size(); ++k) to.prices.push_back(ReadPrice(reader, fmt::format("{}.prices[{}]", path, k), item.prices(k)));
  }
  for (int i = 0; i < in.breaks_size(); ++i) {
    const pb::QuantityBreak& item = in.breaks(i);
    const std::string path = fmt::format("breaks[{}]", i);
    out.breaks.push_back({item.break_id(), reader.ReadScope(path + ".scope", item.scope()), ReadUnit(reader, path + ".unit", item.unit()),
                          {item.min_quantity_milli()}, RuleReader::ReadTerms(item)});
  }
  return out;
}

pricing::Policy FromWire(const pb::PricePolicy& in, std::vector<Violation>& violations) {
  RuleReader reader(violations);
  pricing::Policy out{.policy_id = in.policy_id(), .over_delivery = {in.over_delivery_bps()}, .names = ReadNames(in.names())};
  if (in.has_max_discount_bps()) out.max_discount = Bps{in.max_discount_bps()};
  if (in.quote_validity_seconds() != 0) out.quote_validity_seconds = in.quote_validity_seconds();
  for (int i = 0; i < in.groups_size(); ++i) {
    std::vector<pricing::Kind>& group = out.groups.emplace_back();
    for (int k = 0; k < in.groups(i).kinds_size(); ++k) {
      const pb::Kind kind = in.groups(i).kinds(k);
      reader.CheckEnum(fmt::format("groups[{}].kinds[{}]", i, k), pb::Kind_IsValid(kind), kind, /*required=*/true);
      if (kind == pb::KIND_TIER) group.push_back(pricing::Kind::kTier);
      if (kind == pb::KIND_OFFER) group.push_back(pricing::Kind::kOffer);
      if (kind == pb::KIND_BREAK) group.push_back(pricing::Kind::kBreak);
    }
  }
  return out;
}

pb::Unit ToWire(pricing::Unit unit) { return unit == pricing::Unit::kPiece ? pb::UNIT_PIECE : pb::UNIT_KILOGRAM; }

pb::Kind ToWire(pricing::Kind kind) {
  switch (kind) {
    case pricing::Kind::kTier:
      return pb::KIND_TIER;
    case pricing::Kind::kOffer:
      return pb::KIND_OFFER;
    case pricing::Kind::kBreak:
      break;
  }
  return pb::KIND_BREAK;
}

pb::PriceBook ToWire(const pricing::PriceBook& in) {
  pb::PriceBook out;
  out.set_book_id(in.book_id);
  out.set_currency_code(in.currency);
  WriteNames(in.names, out.mutable_names());
  for (const pricing::Item& item : in.items) {
    pb::Item* to = out.add_items();
    to->set_sku(item.sku);
    to->set_category(item.category);
    to->set_unit(ToWire(item.unit));
    WriteNames(item.names, to->mutable_names());
    for (const pricing::Price& price : item.prices) {
      pb::Price* wire = to->add_prices();
      wire->set_region(price.region);
      WriteDays(price.days, wire);
      wire->set_list_price_fen(price.list.value);
      if (price.cost) wire->set_cost_fen(price.cost->value);
      if (price.floor) wire->set_floor_price_fen(price.floor->value);
      if (price.min_margin) wire->set_min_margin_bps(static_cast<int32_t>(price.min_margin->value));
    }
  }
  for (const pricing::QuantityBreak& item : in.breaks) {
    pb::QuantityBreak* to = out.add_breaks();
    to->set_break_id(item.id);
    to->set_scope(pricing::FormatScope(item.scope));
    to->set_unit(ToWire(item.unit));
    to->set_min_quantity_milli(item.min_quantity.value);
    WriteTerms(item.terms, to);
  }
  return out;
}

pb::PricePolicy ToWire(const pricing::Policy& in) {
  pb::PricePolicy out;
  out.set_policy_id(in.policy_id);
  WriteNames(in.names, out.mutable_names());
  for (const auto& group : in.groups) {
    pb::PricePolicy::Group* to = out.add_groups();
    for (const pricing::Kind kind : group) to->add_kinds(ToWire(kind));
  }
  if (in.max_discount) out.set_max_discount_bps(static_cast<int32_t>(in.max_discount->value));
  out.set_over_delivery_bps(static_cast<int32_t>(in.over_delivery.value));
  out.set_quote_validity_seconds(in.quote_validity_seconds);
  return out;
}

}  // namespace rung::wire
