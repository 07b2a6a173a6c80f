// What a rule applies to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rung::pricing {

enum class ScopeKind : uint8_t { kAll, kCategory, kSku };

/// Written "all", "category:fruit/imported" or "sku:A-17".
struct Scope {
  ScopeKind kind = ScopeKind::kAll;
  std::string value;  ///< category path or SKU; empty for kAll

  auto operator<=>(const Scope&) const = default;
};

/// nullopt for any other form.
std::optional<Scope> ParseScope(std::string_view text);
std::string FormatScope(const Scope& scope);

/// Path "fruit" holds "fruit" and "fruit/imported", not "fruitjuice".
bool CategoryHolds(std::string_view path, std::string_view category);

bool Covers(const Scope& scope, std::string_view sku, std::string_view category);

}  // namespace rung::pricing
