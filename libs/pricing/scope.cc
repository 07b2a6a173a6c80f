#include "libs/pricing/scope.h"

namespace rung::pricing {

std::optional<Scope> ParseScope(std::string_view text) {
  constexpr std::string_view kSkuPrefix = "sku:", kCategoryPrefix = "category:";
  if (text == "all") return Scope{};
  if (text.starts_with(kSkuPrefix) && text.size() > kSkuPrefix.size()) {
    return Scope{ScopeKind::kSku, std::string(text.substr(kSkuPrefix.size()))};
  }
  if (text.starts_with(kCategoryPrefix) && text.size() > kCategoryPrefix.size()) {
    return Scope{ScopeKind::kCategory, std::string(text.substr(kCategoryPrefix.size()))};
  }
  return std::nullopt;
}

std::string FormatScope(const Scope& scope) {
  switch (scope.kind) {
    case ScopeKind::kSku:
      return "sku:" + scope.value;
    case ScopeKind::kCategory:
      return "category:" + scope.value;
    case ScopeKind::kAll:
      break;
  }
  return "all";
}

bool CategoryHolds(std::string_view path, std::string_view category) {
  return category.starts_with(path) && (category.size() == path.size() || category[path.size()] == '/');
}

bool Covers(const Scope& scope, std::string_view sku, std::string_view category) {
  switch (scope.kind) {
    case ScopeKind::kSku:
      return scope.value == sku;
    case ScopeKind::kCategory:
      return CategoryHolds(scope.value, category);
    case ScopeKind::kAll:
      break;
  }
  return true;
}

}  // namespace rung::pricing
