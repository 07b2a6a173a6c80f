#include "libs/benefits/comparison.h"

#include <algorithm>

namespace rung::benefits {
namespace {

std::optional<double> NumberOf(const FieldValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

bool WorseTerms(const Terms& a, const Terms& b) {
  if (a.pay && b.pay) return *a.pay > *b.pay;
  return a.price && b.price && *a.price > *b.price;
}

class Comparer {
 public:
  Comparer(const Plan& plan, const Value& other) : plan_(plan), other_(other) {}

  bool operator()(const DiscountRate& a) const { return a.pay > std::get<DiscountRate>(other_).pay; }
  bool operator()(const FreeDelivery& a) const { return a.from > std::get<FreeDelivery>(other_).from; }
  bool operator()(const PriorityService& a) const { return !a.granted && std::get<PriorityService>(other_).granted; }
  bool operator()(const DeliveryPriority& a) const { return a.level > std::get<DeliveryPriority>(other_).level; }
  bool operator()(const DedicatedSupport& a) const { return !a.granted && std::get<DedicatedSupport>(other_).granted; }
  bool operator()(const NewProductTrial& a) const { return !a.granted && std::get<NewProductTrial>(other_).granted; }
  bool operator()(const ExclusiveOffer& a) const { return WorseTerms(a.terms, std::get<ExclusiveOffer>(other_).terms); }
  bool operator()(const ExclusivePromotion&) const { return false; }
  bool operator()(const Custom& a) const {
    const Custom& b = std::get<Custom>(other_);
    const auto type = std::find_if(plan_.custom_types.begin(), plan_.custom_types.end(), [&](const CustomType& item) { return item.code == a.type; });
    if (type == plan_.custom_types.end()) return false;
    return std::any_of(type->fields.begin(), type->fields.end(), [&](const Field& field) { return WorseField(field, a, b); });
  }

 private:
  static bool WorseField(const Field& field, const Custom& a, const Custom& b) {
    const auto mine = a.values.find(field.name), theirs = b.values.find(field.name);
    if (field.better == Better::kUnordered || theirs == b.values.end()) return false;
    if (mine == a.values.end()) return true;
    const auto x = NumberOf(mine->second), y = NumberOf(theirs->second);
    return x && y && (field.better == Better::kHigher ? *x < *y : *x > *y);
  }

  const Plan& plan_;
  const Value& other_;
};

bool WorseQuota(const std::optional<Quota>& a, const std::optional<Quota>& b) {
  if (!a || !a->uses) return false;
  if (!b || !b->uses) return true;
  return a->period == b->period && *a->uses < *b->uses;
}

}  // namespace

bool WorseThan(const Plan& plan, const Benefit& a, const Benefit& b) {
  if (a.value.index() != b.value.index()) return false;
  return std::visit(Comparer(plan, b.value), a.value) || WorseQuota(a.quota, b.quota);
}

bool GivesNothing(const Benefit& benefit) {
  if (const auto* rate = std::get_if<DiscountRate>(&benefit.value)) return rate->pay == pricing::kWhole;
  if (const auto* service = std::get_if<PriorityService>(&benefit.value)) return !service->granted;
  if (const auto* support = std::get_if<DedicatedSupport>(&benefit.value)) return !support->granted;
  if (const auto* trial = std::get_if<NewProductTrial>(&benefit.value)) return !trial->granted;
  return false;
}

bool Covers(const ExclusiveOffer& offer, const ExclusiveOffer& other) {
  if (!offer.scope || !other.scope || WorseTerms(offer.terms, other.terms)) return false;
  if (offer.terms.pay.has_value() != other.terms.pay.has_value()) return false;
  if (*offer.scope == *other.scope || offer.scope->kind == pricing::ScopeKind::kAll) return true;
  return offer.scope->kind == pricing::ScopeKind::kCategory && other.scope->kind == pricing::ScopeKind::kCategory &&
         pricing::CategoryHolds(offer.scope->value, other.scope->value);
}

}  // namespace rung::benefits
