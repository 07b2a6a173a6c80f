#include "libs/wire/benefit_mapping.h"

#include <fmt/format.h>

#include "libs/base/text.h"
#include "libs/wire/quote_mapping.h"
#include "libs/wire/rule_mapping.h"

namespace rung::wire {
namespace {

namespace pb = benefits::v1;
using namespace benefits;

template <typename Message>
bool Granted(const Message& in) {
  return !in.has_granted() || in.granted();
}

// Domain enums follow those of the wire, which have an unspecified value first.
FieldKind ReadFieldKind(pb::FieldKind kind) { return kind == pb::FIELD_KIND_UNSPECIFIED ? FieldKind::kText : static_cast<FieldKind>(kind - 1); }
Period ReadPeriod(pb::Period period) { return period == pb::PERIOD_UNSPECIFIED ? Period::kMonth : static_cast<Period>(period - 1); }
static_assert(static_cast<int>(FieldKind::kJson) == pb::FIELD_KIND_JSON - 1 && static_cast<int>(Period::kEver) == pb::PERIOD_EVER - 1);
static_assert(static_cast<int>(Better::kLower) == pb::BETTER_LOWER && static_cast<int>(Answer::kBudgetExhausted) == pb::ANSWER_BUDGET_EXHAUSTED - 1);

class PlanReader {
 public:
  explicit PlanReader(std::vector<Violation>& violations) : reader_(violations) {}

  Plan Read(const pb::BenefitPlan& in) {
    Plan out{.plan_id = in.plan_id(), .ladder_id = in.ladder_id(), .currency = in.currency_code(), .names = ReadNames(in.names())};
    for (int i = 0; i < in.custom_types_size(); ++i) out.custom_types.push_back(ReadType(fmt::format("custom_types[{}]", i), in.custom_types(i)));
    for (int i = 0; i < in.tiers_size(); ++i) {
      const pb::TierBenefits& tier = in.tiers(i);
      TierBenefits& to = out.tiers.emplace_back();
      to.code = tier.code();
      to.names = ReadNames(tier.names());
      to.inherits = !tier.has_inherits() || tier.inherits();
      to.benefits = ReadBenefits(fmt::format("tiers[{}]", i), tier.benefits());
    }
    for (int i = 0; i < in.overrides_size(); ++i) out.overrides.push_back(ReadOverride(fmt::format("overrides[{}]", i), in.overrides(i)));
    return out;
  }

 private:
  CustomType ReadType(const std::string& path, const pb::CustomType& in) {
    CustomType out{.code = in.code(), .names = ReadNames(in.names())};
    for (int k = 0; k < in.fields_size(); ++k) {
      const pb::CustomType::Field& field = in.fields(k);
      const std::string at = fmt::format("{}.fields[{}]", path, k);
      reader_.CheckEnum(at + ".kind", pb::FieldKind_IsValid(field.kind()), field.kind(), /*required=*/true);
      reader_.CheckEnum(at + ".better", pb::Better_IsValid(field.better()), field.better(), /*required=*/false);
      Field& to = out.fields.emplace_back();
      to = {.name = field.name(), .kind = ReadFieldKind(field.kind()), .required = field.required(),
            .choices = {field.choices().begin(), field.choices().end()}, .better = static_cast<Better>(field.better())};
      if (field.has_least()) to.least = field.least();
      if (field.has_most()) to.most = field.most();
    }
    return out;
  }

  Override ReadOverride(const std::string& path, const pb::Override& in) {
    const pb::Audience& audience = in.audience();
    Override out{.id = in.override_id(), .names = ReadNames(in.names()), .days = reader_.ReadDays(path, in.from_date(), in.until_date())};
    out.audience = {{audience.tier_codes().begin(), audience.tier_codes().end()},
                    {audience.regions().begin(), audience.regions().end()},
                    {audience.segments().begin(), audience.segments().end()},
                    {audience.customer_ids().begin(), audience.customer_ids().end()}};
    out.benefits = ReadBenefits(path, in.benefits());
    out.withdrawn = {in.withdrawn_benefit_ids().begin(), in.withdrawn_benefit_ids().end()};
    return out;
  }

  std::vector<Benefit> ReadBenefits(const std::string& path, const google::protobuf::RepeatedPtrField<pb::Benefit>& in) {
    std::vector<Benefit> out;
    for (int k = 0; k < in.size(); ++k) out.push_back(ReadBenefit(fmt::format("{}.benefits[{}]", path, k), in[k]));
    return out;
  }

  Benefit ReadBenefit(const std::string& path, const pb::Benefit& in) {
    Benefit out{.id = in.benefit_id(), .names = ReadNames(in.names()), .value = ReadValue(path, in),
                .days = reader_.ReadDays(path, in.from_date(), in.until_date()), .replaces = in.replaces()};
    if (!in.has_quota()) return out;
    reader_.CheckEnum(path + ".quota.period", pb::Period_IsValid(in.quota().period()), in.quota().period(), /*required=*/false);
    out.quota = Quota{.period = ReadPeriod(in.quota().period())};
    if (in.quota().has_uses_per_period()) out.quota->uses = in.quota().uses_per_period();
    if (in.quota().has_budget_fen()) out.quota->budget = Fen{in.quota().budget_fen()};
    return out;
  }

  Value ReadValue(const std::string& path, const pb::Benefit& in) {
    switch (in.value_case()) {
      case pb::Benefit::kDiscountRate:
        return DiscountRate{{in.discount_rate().pay_bps()}};
      case pb::Benefit::kFreeDelivery:
        return FreeDelivery{{in.free_delivery().from_fen()}};
      case pb::Benefit::kPriorityService:
        return PriorityService{Granted(in.priority_service())};
      case pb::Benefit::kDeliveryPriority:
        return DeliveryPriority{in.delivery_priority().level()};
      case pb::Benefit::kDedicatedSupport:
        return DedicatedSupport{Granted(in.dedicated_support()), in.dedicated_support().channel()};
      case pb::Benefit::kNewProductTrial:
        return NewProductTrial{Granted(in.new_product_trial())};
      case pb::Benefit::kExclusiveOffer:
        return ReadOffer(path, in.exclusive_offer());
      case pb::Benefit::kExclusivePromotion:
        return ExclusivePromotion{in.exclusive_promotion().promotion_id()};
      case pb::Benefit::kCustom:
        return ReadCustom(path, in.custom());
      case pb::Benefit::VALUE_NOT_SET:
        reader_.Add(path, "REQUIRED", "say what it gives: discount_rate, free_delivery, priority_service, delivery_priority, dedicated_support, "
                    "new_product_trial, exclusive_offer, exclusive_promotion or custom");
    }
    return NewProductTrial{false};
  }

  ExclusiveOffer ReadOffer(const std::string& path, const pb::ExclusiveOffer& in) {
    ExclusiveOffer out{.terms = RuleReader::ReadTerms(in)};
    if (!in.scope().empty()) out.scope = reader_.ReadScope(path + ".exclusive_offer.scope", in.scope());
    return out;
  }

  Custom ReadCustom(const std::string& path, const pb::Custom& in) {
    Custom out{.type = in.type_code()};
    for (const auto& [name, value] : in.values()) {
      switch (value.value_case()) {
        case pb::FieldValue::kBoolean:
          out.values[name] = value.boolean();
          break;
        case pb::FieldValue::kInteger:
          out.values[name] = value.integer();
          break;
        case pb::FieldValue::kNumber:
          out.values[name] = value.number();
          break;
        case pb::FieldValue::kText:
          out.values[name] = value.text();
          break;
        case pb::FieldValue::VALUE_NOT_SET:
          reader_.Add(fmt::format("{}.custom.values[\"{}\"]", path, Shorten(name, 40)), "REQUIRED", "give boolean, integer, number or text");
      }
    }
    return out;
  }

  RuleReader reader_;
};

class ValueWriter {
 public:
  explicit ValueWriter(pb::Benefit* out) : out_(out) {}

  void operator()(const DiscountRate& in) const { out_->mutable_discount_rate()->set_pay_bps(static_cast<int32_t>(in.pay.value)); }
  void operator()(const FreeDelivery& in) const { out_->mutable_free_delivery()->set_from_fen(in.from.value); }
  void operator()(const PriorityService& in) const { Grant(in.granted, out_->mutable_priority_service()); }
  void operator()(const DeliveryPriority& in) const { out_->mutable_delivery_priority()->set_level(in.level); }
  void operator()(const DedicatedSupport& in) const {
    Grant(in.granted, out_->mutable_dedicated_support());
    out_->mutable_dedicated_support()->set_channel(in.channel);
  }
  void operator()(const NewProductTrial& in) const { Grant(in.granted, out_->mutable_new_product_trial()); }
  void operator()(const ExclusiveOffer& in) const {
    if (in.scope) out_->mutable_exclusive_offer()->set_scope(pricing::FormatScope(*in.scope));
    WriteTerms(in.terms, out_->mutable_exclusive_offer());
  }
  void operator()(const ExclusivePromotion& in) const { out_->mutable_exclusive_promotion()->set_promotion_id(in.promotion_id); }
  void operator()(const Custom& in) const {
    pb::Custom* custom = out_->mutable_custom();
    custom->set_type_code(in.type);
    for (const auto& [name, value] : in.values) {
      pb::FieldValue& to = (*custom->mutable_values())[name];
      if (const auto* flag = std::get_if<bool>(&value)) to.set_boolean(*flag);
      if (const auto* integer = std::get_if<int64_t>(&value)) to.set_integer(*integer);
      if (const auto* number = std::get_if<double>(&value)) to.set_number(*number);
      if (const auto* text = std::get_if<std::string>(&value)) to.set_text(*text);
    }
  }

 private:
  // The default stays unwritten.
  template <typename Message>
  static void Grant(bool granted, Message* out) {
    if (!granted) out->set_granted(false);
  }

  pb::Benefit* out_;
};

void WriteType(const CustomType& in, pb::CustomType* out) {
  out->set_code(in.code);
  WriteNames(in.names, out->mutable_names());
  for (const Field& field : in.fields) {
    pb::CustomType::Field* to = out->add_fields();
    to->set_name(field.name);
    to->set_kind(static_cast<pb::FieldKind>(static_cast<int>(field.kind) + 1));
    to->set_required(field.required);
    if (field.least) to->set_least(*field.least);
    if (field.most) to->set_most(*field.most);
    for (const std::string& choice : field.choices) to->add_choices(choice);
    to->set_better(static_cast<pb::Better>(field.better));
  }
}

}  // namespace

Plan FromWire(const pb::BenefitPlan& in, std::vector<Violation>& violations) { return PlanReader(violations).Read(in); }

void WriteBenefit(const Benefit& in, pb::Benefit* out) {
  out->set_benefit_id(in.id);
  WriteNames(in.names, out->mutable_names());
  WriteDays(in.days, out);
  out->set_replaces(in.replaces);
  if (in.quota) {
    pb::Quota* quota = out->mutable_quota();
    if (in.quota->uses) quota->set_uses_per_period(*in.quota->uses);
    quota->set_period(static_cast<pb::Period>(static_cast<int>(in.quota->period) + 1));
    if (in.quota->budget) quota->set_budget_fen(in.quota->budget->value);
  }
  // An offer that is only a text sets no field of its own; the oneof must still name it.
  if (std::holds_alternative<ExclusiveOffer>(in.value)) out->mutable_exclusive_offer();
  std::visit(ValueWriter(out), in.value);
}

pb::BenefitPlan ToWire(const Plan& in) {
  pb::BenefitPlan out;
  out.set_plan_id(in.plan_id);
  WriteNames(in.names, out.mutable_names());
  out.set_ladder_id(in.ladder_id);
  out.set_currency_code(in.currency);
  for (const CustomType& type : in.custom_types) WriteType(type, out.add_custom_types());
  for (const TierBenefits& tier : in.tiers) {
    pb::TierBenefits* to = out.add_tiers();
    to->set_code(tier.code);
    WriteNames(tier.names, to->mutable_names());
    if (!tier.inherits) to->set_inherits(false);
    for (const Benefit& benefit : tier.benefits) WriteBenefit(benefit, to->add_benefits());
  }
  for (const Override& item : in.overrides) {
    pb::Override* to = out.add_overrides();
    to->set_override_id(item.id);
    WriteNames(item.names, to->mutable_names());
    WriteDays(item.days, to);
    for (const std::string& code : item.audience.tiers) to->mutable_audience()->add_tier_codes(code);
    for (const std::string& region : item.audience.regions) to->mutable_audience()->add_regions(region);
    for (const std::string& segment : item.audience.segments) to->mutable_audience()->add_segments(segment);
    for (const std::string& id : item.audience.customers) to->mutable_audience()->add_customer_ids(id);
    for (const Benefit& benefit : item.benefits) WriteBenefit(benefit, to->add_benefits());
    for (const std::string& id : item.withdrawn) to->add_withdrawn_benefit_ids(id);
  }
  return out;
}

CouponDefinition FromWire(const pb::CouponDefinition& in, std::vector<Violation>& violations) {
  RuleReader reader(violations);
  CouponDefinition out{.terms = {.id = in.coupon_id(), .scope = reader.ReadScope("scope", in.scope()), .minimum = {in.minimum_fen()}},
                       .names = ReadNames(in.names()),
                       .currency = in.currency_code(),
                       .days = reader.ReadDays("", in.from_date(), in.until_date()),
                       .tiers = {in.tier_codes().begin(), in.tier_codes().end()}};
  if (in.has_amount_off_fen()) out.terms.amount_off = Fen{in.amount_off_fen()};
  if (in.has_off_bps()) out.terms.off = Bps{in.off_bps()};
  if (in.has_max_off_fen()) out.terms.max_off = Fen{in.max_off_fen()};
  if (in.has_valid_days()) out.valid_days = in.valid_days();
  if (in.has_budget_fen()) out.budget = Fen{in.budget_fen()};
  if (in.has_issues_per_customer()) out.issues_per_customer = in.issues_per_customer();
  if (in.has_issue_limit()) out.issue_limit = in.issue_limit();
  return out;
}

pb::CouponDefinition ToWire(const CouponDefinition& in) {
  pb::CouponDefinition out;
  out.set_coupon_id(in.terms.id);
  WriteNames(in.names, out.mutable_names());
  out.set_currency_code(in.currency);
  out.set_scope(pricing::FormatScope(in.terms.scope));
  out.set_minimum_fen(in.terms.minimum.value);
  if (in.terms.amount_off) out.set_amount_off_fen(in.terms.amount_off->value);
  if (in.terms.off) out.set_off_bps(static_cast<int32_t>(in.terms.off->value));
  if (in.terms.max_off) out.set_max_off_fen(in.terms.max_off->value);
  WriteDays(in.days, &out);
  for (const std::string& code : in.tiers) out.add_tier_codes(code);
  if (in.valid_days) out.set_valid_days(*in.valid_days);
  if (in.budget) out.set_budget_fen(in.budget->value);
  if (in.issues_per_customer) out.set_issues_per_customer(*in.issues_per_customer);
  if (in.issue_limit) out.set_issue_limit(*in.issue_limit);
  return out;
}

void WriteEntitlement(const Benefits& benefits, const Entitlement& in, const std::vector<pricing::Language>& languages, pb::Entitlement* out) {
  WriteBenefit(*in.entry->benefit, out->mutable_benefit());
  out->set_answer(static_cast<pb::Answer>(static_cast<int>(in.answer) + 1));
  if (in.entry->tier != nullptr) out->set_tier_code(in.entry->tier->code);
  if (in.entry->overriding != nullptr) out->set_override_id(in.entry->overriding->id);
  out->set_inherited(in.inherited);
  out->set_display_only(in.display_only);
  out->set_by_id(in.by.data(), in.by.size());
  if (in.until) out->set_until_date(FormatDay(*in.until));
  for (const pricing::Language language : languages) {
    (*out->mutable_descriptions())[LanguageCode(language)] = Describe(benefits.plan(), *in.entry->benefit, language);
    (*out->mutable_explanations())[LanguageCode(language)] = benefits::Explain(benefits, in, language);
  }
}

}  // namespace rung::wire
