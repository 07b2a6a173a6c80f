#include "libs/benefits/kuailv_document.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "libs/base/findings.h"
#include "libs/benefits/validation.h"
#include "libs/errors/errors.h"

namespace rung::benefits {
namespace {

using json = nlohmann::ordered_json;

constexpr size_t kMaxBytes = 1'000'000;
constexpr int kMaxDepth = 32;
constexpr size_t kMaxKey = 64;  // of a custom type's code
constexpr const char* kValue = "value";  // the one field of a custom type that came from a document

// number x unit as an integer, exactly; nullopt when it has more decimals or is no number of a sensible size.
std::optional<int64_t> Exact(const json& number, int64_t unit) {
  if (!number.is_number()) return std::nullopt;
  const double value = number.get<double>();
  if (!std::isfinite(value) || std::fabs(value) > 1e12) return std::nullopt;
  const double scaled = std::round(value * static_cast<double>(unit));
  if (std::fabs(scaled / static_cast<double>(unit) - value) > 1e-12 * std::max(1.0, std::fabs(value))) return std::nullopt;
  return static_cast<int64_t>(scaled);
}

class Importer {
 public:
  explicit Importer(const KuaiLvImport& import) : import_(import) {
    plan_.plan_id = import.plan_id;
    plan_.ladder_id = import.ladder_id;
    plan_.currency = import.currency;
  }

  absl::StatusOr<Plan> Run(const json& document) {
    if (!document.is_object()) return InvalidField("document", "BAD_JSON", "must be an object from tier to benefits");
    for (const auto& [code, benefits] : document.items()) {
      const auto& known = import_.tier_codes;
      if (code.empty()) {
        findings_.Add("\"\"", "REQUIRED", "a key of the document is empty: it must be a tier of ladder \"{}\", such as \"{}\"", import_.ladder_id,
                      known.empty() ? "" : known.front());
      } else if (std::find(known.begin(), known.end(), code) == known.end()) {
        findings_.Add(code, "UNKNOWN_TIER", "\"{}\" is no tier of ladder \"{}\"", Shorten(code, 80), import_.ladder_id);
      } else if (!benefits.is_object()) {
        findings_.Add(code, "BAD_JSON", "must be an object of benefits");
      }
    }
    if (findings_.empty()) {
      for (const std::string& code : import_.tier_codes) {
        if (document.contains(code)) AddTier(code, document.at(code));
      }
    }
    if (!findings_.empty()) return InvalidRequest(std::move(findings_).Take());
    std::vector<Violation> violations = Validate(plan_);
    for (Violation& violation : violations) violation.field = PathInDocument(violation.field);
    if (!violations.empty()) return InvalidRequest(violations);
    return std::move(plan_);
  }

 private:
  void AddTier(const std::string& code, const json& benefits) {
    TierBenefits& tier = plan_.tiers.emplace_back(TierBenefits{.code = code, .inherits = false});
    for (const auto& [key, value] : benefits.items()) {
      if (key.empty()) {
        findings_.Add(code + ".\"\"", "REQUIRED", "a key of \"{}\" is empty: give the benefit a name, or take the entry out", code);
      } else if (const auto problem = FindRequiredTextProblem(fmt::format("{}.{}", code, Shorten(key, 80)), key, kMaxKey)) {
        findings_.Add(*problem);
      } else {
        AddBenefit(tier, key, value);
      }
    }
  }

  // Whoever wrote the document knows nothing of the plan's lists: "tiers[0].benefits[2]…" is the key that it came from.
  std::string PathInDocument(const std::string& path) const {
    for (size_t t = 0; t < plan_.tiers.size(); ++t) {
      const std::string tier = fmt::format("tiers[{}]", t);
      if (path != tier && !path.starts_with(tier + ".")) continue;
      for (size_t b = 0; b < plan_.tiers[t].benefits.size(); ++b) {
        const std::string benefit = fmt::format("{}.benefits[{}]", tier, b);
        if (path == benefit || path.starts_with(benefit + ".")) return plan_.tiers[t].benefits[b].id;
      }
      return plan_.tiers[t].code;
    }
    return path;
  }

  void Add(TierBenefits& tier, const std::string& key, Value value) { tier.benefits.push_back({.id = tier.code + "." + key, .value = std::move(value)}); }

  void AddBenefit(TierBenefits& tier, const std::string& key, const json& value) {
    const std::string path = tier.code + "." + key;
    if (key == "discount_rate") return AddRate(tier, path, value);
    if (key == "free_delivery_threshold" && value.is_number()) return AddThreshold(tier, path, value);
    if (key == "priority_service" && value.is_boolean()) return Add(tier, key, PriorityService{value});
    if (key == "new_product_trial" && value.is_boolean()) return Add(tier, key, NewProductTrial{value});
    if (key == "dedicated_support" && value.is_boolean()) return Add(tier, key, DedicatedSupport{value, {}});
    if (key == "dedicated_support" && value.is_string() && !value.get<std::string>().empty()) return Add(tier, key, DedicatedSupport{true, value});
    if (key == "delivery_priority" && value.is_number_integer() && Exact(value, 1).value_or(0) >= 1 && Exact(value, 1) <= 100) {
      return Add(tier, key, DeliveryPriority{value.get<int32_t>()});
    }
    if (key == "exclusive_offers" && IsListOfTexts(value)) return AddTexts(tier, key, value, ExclusiveOffer{});
    if (key == "exclusive_promotions" && IsListOfTexts(value)) return AddTexts(tier, key, value, ExclusivePromotion{});
    AddCustom(tier, key, value);
  }

  void AddRate(TierBenefits& tier, const std::string& path, const json& value) {
    const auto pay = Exact(value, pricing::kWhole.value);
    if (!value.is_number()) {
      findings_.Add(path, "WRONG_TYPE", "{} must be a number above 0 and at most 1; 0.9 means that the customer pays 90 %", Shorten(value.dump(), 40));
    } else if (!pay || *pay < 1 || *pay > pricing::kWhole.value) {
      findings_.Add(path, "OUT_OF_RANGE", "{} must be above 0 and at most 1, with at most 4 decimals; 0.9 means that the customer pays 90 %", value.dump());
    } else {
      Add(tier, "discount_rate", DiscountRate{{*pay}});
    }
  }

  void AddThreshold(TierBenefits& tier, const std::string& path, const json& value) {
    const auto from = Exact(value, 100);
    if (!from || *from < 0) {
      findings_.Add(path, "OUT_OF_RANGE", "{} must be an amount of 0 or more with at most 2 decimals", value.dump());
    } else {
      Add(tier, "free_delivery_threshold", FreeDelivery{{*from}});
    }
  }

  // An empty list has no benefit to stand for it, and a list with anything else than texts isn't understood.
  static bool IsListOfTexts(const json& value) {
    return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const json& item) { return item.is_string(); });
  }

  static void AddTexts(TierBenefits& tier, const std::string& key, const json& texts, const Value& value) {
    for (size_t i = 0; i < texts.size(); ++i) {
      tier.benefits.push_back({.id = fmt::format("{}.{}[{}]", tier.code, key, i), .names = {{"zh", texts[i]}}, .value = value});
    }
  }

  void AddCustom(TierBenefits& tier, const std::string& key, const json& value) {
    Field field{.name = kValue, .kind = FieldKind::kJson, .required = true};
    FieldValue held;
    if (value.is_string()) {
      field.kind = FieldKind::kText;
      held = value.get<std::string>();
    } else if (value.is_boolean()) {
      field.kind = FieldKind::kBoolean;
      held = value.get<bool>();
    } else {
      held = value.dump();  // numbers too: their text is the only form that comes back as it stood
    }
    // One type a key; where tiers give it different kinds of values, all of them travel as JSON.
    auto type = std::find_if(plan_.custom_types.begin(), plan_.custom_types.end(), [&](const CustomType& item) { return item.code == key; });
    if (type == plan_.custom_types.end()) {
      plan_.custom_types.push_back({.code = key, .fields = {field}});
    } else if (type->fields[0].kind != field.kind) {
      AsJson(key, *type);
      held = value.dump();
    }
    Add(tier, key, Custom{key, {{kValue, held}}});
  }

  void AsJson(const std::string& key, CustomType& type) {
    if (type.fields[0].kind == FieldKind::kJson) return;
    type.fields[0].kind = FieldKind::kJson;
    for (TierBenefits& tier : plan_.tiers) {
      for (Benefit& benefit : tier.benefits) {
        auto* custom = std::get_if<Custom>(&benefit.value);
        if (custom == nullptr || custom->type != key) continue;
        FieldValue& value = custom->values[kValue];
        const auto* text = std::get_if<std::string>(&value);
        value = text != nullptr ? json(*text).dump() : json(std::get<bool>(value)).dump();
      }
    }
  }

  const KuaiLvImport& import_;
  Plan plan_;
  Findings findings_;
};

class Exporter {
 public:
  explicit Exporter(const Plan& plan) : plan_(plan) {}

  absl::StatusOr<std::string> Run() {
    if (!plan_.overrides.empty()) findings_.Add("overrides", "NO_PLACE", "the form has no overrides");
    json document = json::object();
    for (size_t i = 0; i < plan_.tiers.size(); ++i) {
      const TierBenefits& tier = plan_.tiers[i];
      if (tier.inherits && i + 1 < plan_.tiers.size()) {
        findings_.Add(fmt::format("tiers[{}].inherits", i), "NO_PLACE", "the form names everything a tier gives; write it out and set inherits to false");
      }
      json& benefits = document[tier.code] = json::object();
      for (size_t k = 0; k < tier.benefits.size(); ++k) AddBenefit(fmt::format("tiers[{}].benefits[{}]", i, k), tier.benefits[k], benefits);
    }
    if (findings_.empty()) return document.dump(2);
    return WithViolations(WithReason(FailedPreconditionError("the KuaiLv form can't hold this plan"), "NOT_IN_THE_FORM"), std::move(findings_).Take());
  }

 private:
  void AddBenefit(const std::string& path, const Benefit& benefit, json& out) {
    if (benefit.days.from || benefit.days.until) findings_.Add(path, "NO_PLACE", "the form has no dates");
    if (benefit.quota) findings_.Add(path + ".quota", "NO_PLACE", "the form has no quotas");
    if (!benefit.replaces.empty()) findings_.Add(path + ".replaces", "NO_PLACE", "the form has no replaced benefits");
    std::visit([&](const auto& value) { Put(path, benefit, value, out); }, benefit.value);
  }

  void Put(const std::string&, const Benefit&, const DiscountRate& rate, json& out) { out["discount_rate"] = static_cast<double>(rate.pay.value) / 1e4; }
  void Put(const std::string&, const Benefit&, const FreeDelivery& delivery, json& out) {
    json& value = out["free_delivery_threshold"];
    if (delivery.from.value % 100 == 0) {
      value = delivery.from.value / 100;
    } else {
      value = static_cast<double>(delivery.from.value) / 100;
    }
  }
  void Put(const std::string&, const Benefit&, const PriorityService& service, json& out) { out["priority_service"] = service.granted; }
  void Put(const std::string&, const Benefit&, const DeliveryPriority& priority, json& out) { out["delivery_priority"] = priority.level; }
  void Put(const std::string&, const Benefit&, const DedicatedSupport& support, json& out) {
    if (support.granted && !support.channel.empty()) {
      out["dedicated_support"] = support.channel;
    } else {
      out["dedicated_support"] = support.granted;
    }
  }
  void Put(const std::string&, const Benefit&, const NewProductTrial& trial, json& out) { out["new_product_trial"] = trial.granted; }
  // An offer that has been mapped meanwhile still shows the text that it came with.
  void Put(const std::string& path, const Benefit& benefit, const ExclusiveOffer&, json& out) { PutText(path, benefit, out["exclusive_offers"]); }
  void Put(const std::string& path, const Benefit& benefit, const ExclusivePromotion&, json& out) { PutText(path, benefit, out["exclusive_promotions"]); }
  void Put(const std::string& path, const Benefit&, const Custom& custom, json& out) {
    const auto value = custom.values.find(kValue);
    if (custom.values.size() != 1 || value == custom.values.end()) {
      findings_.Add(path + ".custom", "NO_PLACE", "the form holds custom benefits of one field \"value\"");
      return;
    }
    if (const auto* flag = std::get_if<bool>(&value->second)) out[custom.type] = *flag;
    if (const auto* integer = std::get_if<int64_t>(&value->second)) out[custom.type] = *integer;
    if (const auto* number = std::get_if<double>(&value->second)) out[custom.type] = *number;
    if (const auto* text = std::get_if<std::string>(&value->second)) out[custom.type] = IsJson(custom.type) ? json::parse(*text, nullptr, false) : json(*text);
  }

  void PutText(const std::string& path, const Benefit& benefit, json& list) {
    const auto text = benefit.names.find("zh");
    if (text == benefit.names.end()) {
      findings_.Add(path + ".names", "REQUIRED", "the form shows the Chinese text, and there is none");
    } else {
      list.push_back(text->second);
    }
  }

  bool IsJson(const std::string& code) const {
    return std::any_of(plan_.custom_types.begin(), plan_.custom_types.end(), [&](const CustomType& type) {
      return type.code == code && !type.fields.empty() && type.fields[0].kind == FieldKind::kJson;
    });
  }

  const Plan& plan_;
  Findings findings_;
};

// Deep nesting would exhaust the parser's stack.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        quoted = false;
      }
    } else if (text[i] == '"') {
      quoted = true;
    } else if (text[i] == '{' || text[i] == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (text[i] == '}' || text[i] == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<Plan> ImportKuaiLv(std::string_view text, const KuaiLvImport& import) {
  if (text.size() > kMaxBytes) return InvalidField("document", "TOO_LONG", fmt::format("{} bytes; at most {}", text.size(), kMaxBytes));
  if (TooDeep(text)) return InvalidField("document", "BAD_JSON", fmt::format("nested more than {} deep", kMaxDepth));
  std::vector<std::set<std::string>> open;  // keys of the objects that aren't closed yet
  std::string repeated;
  std::string inexact;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    // Integers of 64 bits are held exactly; larger ones have become doubles, and wouldn't come back as they stood.
    if (event == json::parse_event_t::value && parsed.is_number_float() && std::fabs(parsed.get<double>()) >= 0x1p53) inexact = parsed.dump();
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second) repeated = parsed.get<std::string>();
    return true;
  };
  const json document = json::parse(text, watch, /*allow_exceptions=*/false);
  if (document.is_discarded()) return InvalidField("document", "BAD_JSON", "isn't valid JSON (NaN and trailing commas aren't)");
  if (!repeated.empty()) return InvalidField("document", "DUPLICATE", fmt::format("\"{}\" stands twice in one object: which one is meant?", Shorten(repeated, 80)));
  auto plan = Importer(import).Run(document);
  if (plan.ok() && !inexact.empty()) {
    return InvalidField("document", "TOO_PRECISE", fmt::format("a number of about {} wouldn't come back as it stands; write it as a text", inexact));
  }
  return plan;
}

absl::StatusOr<std::string> ExportKuaiLv(const Plan& plan) { return Exporter(plan).Run(); }

}  // namespace rung::benefits
