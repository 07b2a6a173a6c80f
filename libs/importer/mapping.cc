#include "libs/importer/mapping.h"

#include <algorithm>
#include <iterator>

#include "libs/base/status.h"

namespace rung::importer {
namespace {

constexpr std::string Mapping::* kRequired[] = {&Mapping::order_id, &Mapping::order_time, &Mapping::customer_id, &Mapping::sku,
                                                &Mapping::quantity};

std::string FieldNames() {
  std::string names;
  for (const MappingField& field : kMappingFields) {
    if (!names.empty()) names += ", ";
    names += field.name;
  }
  return names;
}

absl::Status AddPair(std::string_view pair, Mapping& mapping) {
  const size_t equals = pair.find('=');
  if (equals == std::string_view::npos || equals + 1 == pair.size()) {
    return InvalidArgumentError("\"{}\" isn't of the form field=column", pair);
  }
  const std::string_view name = pair.substr(0, equals);
  const auto* field = std::ranges::find(kMappingFields, name, &MappingField::name);
  if (field == std::end(kMappingFields)) {
    return InvalidArgumentError("\"{}\" isn't a field; the fields are {}", name, FieldNames());
  }
  std::string& column = mapping.*field->column;
  if (!column.empty()) return InvalidArgumentError("{} is mapped twice, to {} and to {}", name, column, pair.substr(equals + 1));
  column = pair.substr(equals + 1);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Mapping> ParseMapping(std::string_view text) {
  Mapping mapping;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    RUNG_RETURN_IF_ERROR(AddPair(text.substr(0, comma), mapping));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  RUNG_RETURN_IF_ERROR(CheckMapping(mapping));
  return mapping;
}

Mapping GeneratedFileMapping() {
  Mapping mapping;
  mapping.is_default = true;
  for (const MappingField& field : kMappingFields) {
    if (field.name != "segment") mapping.*field.column = field.name;
  }
  return mapping;
}

bool IsRequired(std::string Mapping::* field) { return std::ranges::find(kRequired, field) != std::end(kRequired); }

absl::Status CheckMapping(const Mapping& mapping) {
  std::string missing;
  for (const auto column : kRequired) {
    if (!(mapping.*column).empty()) continue;
    if (!missing.empty()) missing += ", ";
    missing += std::ranges::find(kMappingFields, column, &MappingField::column)->name;
  }
  if (mapping.unit_price.empty() && mapping.amount.empty()) {
    if (!missing.empty()) missing += ", ";
    missing += "unit_price or amount";
  }
  if (missing.empty()) return absl::OkStatus();
  return InvalidArgumentError("the mapping has no column for {}", missing);
}

}  // namespace rung::importer
