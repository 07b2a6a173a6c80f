#include "libs/benefits/validation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "libs/base/findings.h"
#include "libs/benefits/entitlements.h"
#include "libs/pricing/validation.h"

namespace rung::benefits {
namespace {

using pricing::CheckDays;
using pricing::CheckNames;

constexpr int32_t kMaxPriority = 100;
constexpr size_t kMaxTextBytes = 1'024;

bool Meet(const Days& a, const Days& b) {
  const auto first = [](const Days& days) { return days.from.value_or(std::numeric_limits<Day>::min()); };
  const auto last = [](const Days& days) { return days.until.value_or(std::numeric_limits<Day>::max()); };
  return first(a) <= last(b) && first(b) <= last(a);
}

bool Share(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return true;
  const std::set<std::string_view> known(a.begin(), a.end());
  return std::any_of(b.begin(), b.end(), [&](const std::string& item) { return known.contains(item); });
}

// Somebody may be in both.
bool Meet(const Audience& a, const Audience& b) {
  return Share(a.tiers, b.tiers) && Share(a.regions, b.regions) && Share(a.segments, b.segments) && Share(a.customers, b.customers);
}

class PlanValidator {
 public:
  explicit PlanValidator(const Plan& plan) : plan_(plan) {}

  std::vector<Violation> Run() {
    findings_.CheckId("plan_id", plan_.plan_id);
    findings_.CheckId("ladder_id", plan_.ladder_id);
    if (plan_.currency.size() != 3) findings_.Add("currency_code", "BAD_CURRENCY", "\"{}\" must be three capital letters, such as CNY", Shorten(plan_.currency, 20));
    CheckNames("names", plan_.names, findings_);
    CheckCustomTypes();
    CheckTiers();
    CheckOverrides();
    CheckReferences();
    findings_.CheckCount("tiers", count_, kMaxBenefits, "benefits in the plan");
    return std::move(findings_).Take();
  }

 private:
  void CheckCustomTypes() {
    findings_.CheckCount("custom_types", plan_.custom_types.size(), kMaxCustomTypes, "custom types");
    for (size_t i = 0; i < plan_.custom_types.size(); ++i) {
      const CustomType& type = plan_.custom_types[i];
      const std::string path = fmt::format("custom_types[{}]", i);
      findings_.CheckId(path + ".code", type.code);
      if (!types_.emplace(type.code, &type).second) findings_.Add(path + ".code", "DUPLICATE", "\"{}\" is given twice", Shorten(type.code, 80));
      CheckNames(path + ".names", type.names, findings_);
      findings_.CheckCount(path + ".fields", type.fields.size(), kMaxFields, "fields");
      std::set<std::string_view> names;
      for (size_t k = 0; k < type.fields.size(); ++k) {
        const Field& field = type.fields[k];
        const std::string at = fmt::format("{}.fields[{}]", path, k);
        findings_.CheckId(at + ".name", field.name);
        if (!names.insert(field.name).second) findings_.Add(at + ".name", "DUPLICATE", "\"{}\" is given twice", Shorten(field.name, 80));
        if (field.least && field.most && !(*field.least <= *field.most)) findings_.Add(at + ".most", "OUT_OF_ORDER", "{} lies below least {}", *field.most, *field.least);
        if (field.kind == FieldKind::kChoice && field.choices.empty()) findings_.Add(at + ".choices", "REQUIRED", "a choice needs at least one");
      }
    }
  }

  void CheckTiers() {
    if (plan_.tiers.empty()) findings_.Add("tiers", "REQUIRED", "give the tiers of the ladder, best first");
    findings_.CheckCount("tiers", plan_.tiers.size(), kMaxTiers, "tiers");
    for (size_t i = 0; i < plan_.tiers.size(); ++i) {
      const TierBenefits& tier = plan_.tiers[i];
      const std::string path = fmt::format("tiers[{}]", i);
      findings_.CheckId(path + ".code", tier.code);
      if (!tiers_.insert(tier.code).second) findings_.Add(path + ".code", "DUPLICATE", "\"{}\" is given twice", Shorten(tier.code, 80));
      CheckNames(path + ".names", tier.names, findings_);
      CheckBenefits(path, tier.benefits);
    }
  }

  void CheckOverrides() {
    findings_.CheckCount("overrides", plan_.overrides.size(), kMaxOverrides, "overrides");
    std::set<std::string_view> ids;
    for (size_t i = 0; i < plan_.overrides.size() && !findings_.full(); ++i) {
      const Override& item = plan_.overrides[i];
      const std::string path = fmt::format("overrides[{}]", i);
      findings_.CheckId(path + ".override_id", item.id);
      if (!ids.insert(item.id).second) findings_.Add(path + ".override_id", "DUPLICATE", "\"{}\" is given twice", Shorten(item.id, 80));
      CheckNames(path + ".names", item.names, findings_);
      CheckDays(path, item.days, findings_);
      CheckAudience(path + ".audience", item.audience);
      CheckBenefits(path, item.benefits);
      if (item.benefits.empty() && item.withdrawn.empty()) findings_.Add(path, "REQUIRED", "give benefits or name those that are withdrawn");
      for (size_t k = 0; k < i; ++k) CheckAmbiguity(i, k);
    }
  }

  void CheckAudience(const std::string& path, const Audience& audience) {
    if (SpecificityOf(audience) == 0) findings_.Add(path, "REQUIRED", "name regions, segments or customers; what a whole tier gets stands in tiers");
    const std::pair<const char*, const std::vector<std::string>*> lists[] = {
        {".tier_codes", &audience.tiers}, {".regions", &audience.regions}, {".segments", &audience.segments}, {".customer_ids", &audience.customers}};
    for (const auto& [name, list] : lists) {
      findings_.CheckCount(path + name, list->size(), kMaxAudience, "entries");
      for (const std::string& entry : *list) findings_.CheckId(path + name, entry, 128);
    }
    for (const std::string& code : audience.tiers) {
      if (!tiers_.contains(code)) findings_.Add(path + ".tier_codes", "UNKNOWN_TIER", "\"{}\" is no tier of this plan", Shorten(code, 80));
    }
  }

  // Two equally specific overrides that give somebody two values for one place on one day.
  void CheckAmbiguity(size_t later, size_t earlier) {
    const Override& a = plan_.overrides[later];
    const Override& b = plan_.overrides[earlier];
    if (SpecificityOf(a.audience) != SpecificityOf(b.audience) || !Meet(a.days, b.days)) return;
    std::optional<bool> meet;  // looked up once, and only if two benefits compete
    for (size_t k = 0; k < a.benefits.size(); ++k) {
      for (const Benefit& other : b.benefits) {
        if (SlotOf(a.benefits[k]) != SlotOf(other) || !Meet(a.benefits[k].days, other.days)) continue;
        if (!meet) meet = Meet(a.audience, b.audience);
        if (!*meet) return;
        findings_.Add(fmt::format("overrides[{}].benefits[{}]", later, k), "AMBIGUOUS",
                      "overrides[{}] gives the same customers \"{}\" in the same place on the same days, and none is more specific", earlier, other.id);
      }
    }
  }

  void CheckBenefits(const std::string& path, const std::vector<Benefit>& benefits) {
    count_ += benefits.size();
    for (size_t i = 0; i < benefits.size() && !findings_.full(); ++i) {
      const Benefit& benefit = benefits[i];
      const std::string at = fmt::format("{}.benefits[{}]", path, i);
      findings_.CheckId(at + ".benefit_id", benefit.id);
      if (!ids_.insert(benefit.id).second) findings_.Add(at + ".benefit_id", "DUPLICATE", "\"{}\" is given twice in the plan", Shorten(benefit.id, 80));
      CheckNames(at + ".names", benefit.names, findings_);
      CheckDays(at, benefit.days, findings_);
      CheckQuota(at + ".quota", benefit.quota);
      std::visit([&](const auto& value) { CheckValue(at, value); }, benefit.value);
      for (size_t k = 0; k < i; ++k) {
        if (SlotOf(benefits[k]) != SlotOf(benefit) || !Meet(benefits[k].days, benefit.days)) continue;
        findings_.Add(at, "OVERLAP", "benefits[{}] takes the same place on some of the same days; end one before the other starts", k);
        break;
      }
    }
  }

  void CheckQuota(const std::string& path, const std::optional<Quota>& quota) {
    if (!quota) return;
    if (!quota->uses && !quota->budget) findings_.Add(path, "REQUIRED", "give uses_per_period, budget_fen or both");
    if (quota->uses) findings_.CheckRange(path + ".uses_per_period", *quota->uses, 0, 1'000'000'000);
    if (quota->budget) findings_.CheckRange(path + ".budget_fen", quota->budget->value, 0, 100 * pricing::kMaxAmount.value);
  }

  void CheckValue(const std::string& at, const DiscountRate& rate) {
    if (rate.pay.value >= 1 && rate.pay <= pricing::kWhole) return;
    findings_.Add(at + ".discount_rate.pay_bps", "OUT_OF_RANGE", "{} is outside 1 to 10000: 9000 means that the customer pays 90 %; 0 would give everything away",
                  rate.pay.value);
  }
  void CheckValue(const std::string& at, const FreeDelivery& delivery) {
    findings_.CheckRange(at + ".free_delivery.from_fen", delivery.from.value, 0, pricing::kMaxAmount.value);
  }
  void CheckValue(const std::string&, const PriorityService&) {}
  void CheckValue(const std::string& at, const DeliveryPriority& priority) {
    findings_.CheckRange(at + ".delivery_priority.level", priority.level, 1, kMaxPriority);
  }
  void CheckValue(const std::string& at, const DedicatedSupport& support) {
    findings_.CheckText(at + ".dedicated_support.channel", support.channel, kMaxTextBytes);
  }
  void CheckValue(const std::string&, const NewProductTrial&) {}
  void CheckValue(const std::string& at, const ExclusiveOffer& offer) {
    const std::string path = at + ".exclusive_offer";
    if (offer.scope) {
      pricing::CheckScope(path + ".scope", *offer.scope, findings_);
      pricing::CheckTerms(path, offer.terms, *offer.scope, findings_);
    } else if (offer.terms.pay || offer.terms.price) {
      findings_.Add(path + ".scope", "REQUIRED", "say on what: all, category:… or sku:…; an offer without scope and terms is display only");
    }
  }
  void CheckValue(const std::string& at, const ExclusivePromotion& promotion) {
    findings_.CheckText(at + ".exclusive_promotion.promotion_id", promotion.promotion_id, 64);
  }

  void CheckValue(const std::string& at, const Custom& custom) {
    const std::string path = at + ".custom";
    const auto type = types_.find(custom.type);
    if (type == types_.end()) {
      findings_.Add(path + ".type_code", "UNKNOWN_TYPE", "\"{}\" isn't among custom_types", Shorten(custom.type, 80));
      return;
    }
    std::set<std::string_view> known;
    for (const Field& field : type->second->fields) {
      known.insert(field.name);
      const auto value = custom.values.find(field.name);
      const std::string at_field = fmt::format("{}.values[\"{}\"]", path, Shorten(field.name, 40));
      if (value != custom.values.end()) {
        CheckField(at_field, field, value->second);
      } else if (field.required) {
        findings_.Add(at_field, "REQUIRED", "the type \"{}\" requires it", custom.type);
      }
    }
    for (const auto& [name, value] : custom.values) {
      if (!known.contains(name)) findings_.Add(fmt::format("{}.values[\"{}\"]", path, Shorten(name, 40)), "UNKNOWN_FIELD", "the type \"{}\" has no such field", custom.type);
    }
  }

  void CheckField(const std::string& path, const Field& field, const FieldValue& value) {
    static constexpr const char* kNames[] = {"a boolean", "an integer", "a number", "a text", "one of the choices", "JSON text"};
    bool fits = false;
    double number = std::numeric_limits<double>::quiet_NaN();
    if (std::holds_alternative<bool>(value)) fits = field.kind == FieldKind::kBoolean;
    if (const auto* integer = std::get_if<int64_t>(&value)) {
      fits = field.kind == FieldKind::kInteger || field.kind == FieldKind::kNumber;
      number = static_cast<double>(*integer);
    }
    if (const auto* decimal = std::get_if<double>(&value)) {
      fits = field.kind == FieldKind::kNumber && std::isfinite(*decimal);
      number = *decimal;
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
      fits = field.kind == FieldKind::kText || field.kind == FieldKind::kJson ||
             (field.kind == FieldKind::kChoice && std::find(field.choices.begin(), field.choices.end(), *text) != field.choices.end());
      findings_.CheckText(path, *text, 64 * kMaxTextBytes);
    }
    if (!fits) {
      findings_.Add(path, "WRONG_TYPE", "must be {}", kNames[static_cast<int>(field.kind)]);
    } else if ((field.least && number < *field.least) || (field.most && number > *field.most)) {
      findings_.Add(path, "OUT_OF_RANGE", "{} is outside {} to {}", number, field.least ? fmt::format("{}", *field.least) : "any",
                    field.most ? fmt::format("{}", *field.most) : "any");
    }
  }

  // What is replaced or withdrawn must be there.
  void CheckReferences() {
    const auto check = [&](const std::string& path, const std::string& id) {
      if (!ids_.contains(id)) findings_.Add(path, "UNKNOWN_BENEFIT", "\"{}\" is no benefit of this plan", Shorten(id, 80));
    };
    for (size_t i = 0; i < plan_.tiers.size(); ++i) {
      for (size_t k = 0; k < plan_.tiers[i].benefits.size(); ++k) {
        const std::string& id = plan_.tiers[i].benefits[k].replaces;
        if (!id.empty()) check(fmt::format("tiers[{}].benefits[{}].replaces", i, k), id);
      }
    }
    for (size_t i = 0; i < plan_.overrides.size(); ++i) {
      const Override& item = plan_.overrides[i];
      for (size_t k = 0; k < item.benefits.size(); ++k) {
        if (!item.benefits[k].replaces.empty()) check(fmt::format("overrides[{}].benefits[{}].replaces", i, k), item.benefits[k].replaces);
      }
      for (size_t k = 0; k < item.withdrawn.size(); ++k) check(fmt::format("overrides[{}].withdrawn_benefit_ids[{}]", i, k), item.withdrawn[k]);
    }
  }

  const Plan& plan_;
  std::map<std::string_view, const CustomType*> types_;
  std::set<std::string_view> tiers_;
  std::set<std::string_view> ids_;
  size_t count_ = 0;
  Findings findings_;
};

}  // namespace

std::vector<Violation> Validate(const Plan& plan) { return PlanValidator(plan).Run(); }

}  // namespace rung::benefits
