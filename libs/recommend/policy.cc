#include "libs/recommend/policy.h"

#include <algorithm>
#include <set>

#include "libs/base/day.h"
#include "libs/base/findings.h"

namespace rung::recommend {
namespace {

constexpr size_t kMostAudiences = 50;
constexpr size_t kMostRules = 50;
constexpr size_t kMostCodes = 20'000;
constexpr size_t kMostTags = 64;  // of a published set
constexpr size_t kMostRisks = 3;
constexpr size_t kMostPromoted = 1000;

void CheckCodes(const std::string& path, const std::vector<std::string>& codes, Findings& findings) {
  findings.CheckCount(path, codes.size(), kMostCodes, "codes");
  for (size_t i = 0; i < codes.size() && !findings.full(); ++i) findings.CheckId(fmt::format("{}[{}]", path, i), codes[i], 128);
}

void CheckCondition(const std::string& path, const AudienceCondition& when, Findings& findings) {
  CheckCodes(path + ".tier_codes", when.tier_codes, findings);
  CheckCodes(path + ".regions", when.regions, findings);
  CheckCodes(path + ".segments", when.segments, findings);
  if (when.most_purchase_days) findings.CheckRange(path + ".most_purchase_days", *when.most_purchase_days, 0, 1000);
  findings.CheckCount(path + ".all_tag_ids", when.tags.size(), kMostTags, "tags");
  CheckCodes(path + ".all_tag_ids", when.tags, findings);
  findings.CheckCount(path + ".churn_risks", when.churn_risks.size(), kMostRisks, "risks");
  if (when.least_overdue_permille) findings.CheckRange(path + ".least_overdue_permille", *when.least_overdue_permille, 1000, 100'000);
}

void CheckSlots(const std::string& path, const std::vector<Slot>& slots, Findings& findings) {
  findings.CheckCount(path, slots.size(), kMostRules, "slots");
  int64_t places = 0;
  for (size_t i = 0; i < slots.size() && i < kMostRules; ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    findings.CheckId(at + ".name", slots[i].name);
    findings.CheckRange(at + ".count", slots[i].count, 1, kMostItems);
    CheckCodes(at + ".categories", slots[i].categories, findings);
    if (!slots[i].source && slots[i].categories.empty()) findings.Add(at, "REQUIRED", "give a source, categories or both: the slot takes anything");
    places += slots[i].count;
  }
  if (places > kMostItems) findings.Add(path, "TOO_MANY", "{} places; a list has at most {}", places, kMostItems);
}

void CheckBoosts(const std::string& path, const std::vector<Boost>& boosts, Findings& findings) {
  findings.CheckCount(path, boosts.size(), kMostRules, "boosts");
  for (size_t i = 0; i < boosts.size() && i < kMostRules; ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    CheckCodes(at + ".categories", boosts[i].categories, findings);
    CheckCodes(at + ".skus", boosts[i].skus, findings);
    findings.CheckRange(at + ".factor_permille", boosts[i].factor_permille, 1, 100'000);
    if (boosts[i].categories.empty() && boosts[i].skus.empty()) findings.Add(at, "REQUIRED", "name categories or SKUs to boost");
  }
}

void CheckPromotions(const std::vector<Promotion>& promotions, Findings& findings) {
  findings.CheckCount("promotions", promotions.size(), kMostRules, "promotions");
  std::set<std::string> ids;
  for (size_t i = 0; i < promotions.size() && i < kMostRules; ++i) {
    const Promotion& promotion = promotions[i];
    const std::string at = fmt::format("promotions[{}]", i);
    findings.CheckId(at + ".promotion_id", promotion.id);
    if (!ids.insert(promotion.id).second) findings.Add(at + ".promotion_id", "DUPLICATE", "\"{}\" names two promotions", promotion.id);
    findings.CheckCount(at + ".skus", promotion.skus.size(), kMostPromoted, "SKUs");
    CheckCodes(at + ".skus", promotion.skus, findings);
    CheckCodes(at + ".categories", promotion.categories, findings);
    if (promotion.skus.empty() && promotion.categories.empty()) findings.Add(at, "REQUIRED", "name the SKUs or categories that are on promotion");
    if (promotion.from && promotion.until && *promotion.until < *promotion.from) {
      findings.Add(at + ".until_date", "OUT_OF_RANGE", "{} is before from_date, {}", FormatDay(*promotion.until), FormatDay(*promotion.from));
    }
  }
}

bool HasPromotionSlot(const Audience& audience) {
  return std::any_of(audience.slots.begin(), audience.slots.end(), [](const Slot& slot) { return slot.source == Source::kPromotion; });
}

bool IsForEverybody(const AudienceCondition& when) {
  return when.tier_codes.empty() && when.regions.empty() && when.segments.empty() && when.tags.empty() && when.churn_risks.empty() && !when.most_purchase_days &&
         !when.least_overdue_permille;
}

}  // namespace

bool Policy::NamesTags() const {
  return std::any_of(audiences.begin(), audiences.end(), [](const Audience& audience) { return !audience.when.tags.empty(); });
}

bool Policy::NamesChurnRisks() const {
  return std::any_of(audiences.begin(), audiences.end(), [](const Audience& audience) { return !audience.when.churn_risks.empty(); });
}

std::vector<Violation> Validate(const Policy& policy) {
  Findings findings;
  if (policy.audiences.empty()) findings.Add("audiences", "REQUIRED", "give at least one audience; the last one is for everybody");
  findings.CheckCount("audiences", policy.audiences.size(), kMostAudiences, "audiences");
  std::set<std::string> names;
  for (size_t i = 0; i < policy.audiences.size() && i < kMostAudiences; ++i) {
    const Audience& audience = policy.audiences[i];
    const std::string at = fmt::format("audiences[{}]", i);
    findings.CheckId(at + ".name", audience.name);
    if (!names.insert(audience.name).second) findings.Add(at + ".name", "DUPLICATE", "\"{}\" names two audiences", audience.name);
    CheckCondition(at + ".when", audience.when, findings);
    CheckSlots(at + ".slots", audience.slots, findings);
    CheckBoosts(at + ".boosts", audience.boosts, findings);
    findings.CheckRange(at + ".margin_weight_permille", audience.margin_weight_permille, 0, 10'000);
    findings.CheckRange(at + ".most_per_category", audience.most_per_category, 0, kMostItems);
    findings.CheckRange(at + ".exploration_permille", audience.exploration_permille, 0, 500);
    findings.CheckText(at + ".coupon_program", audience.coupon_program, 64);
    findings.CheckCount(at + ".popular_by", audience.popular_by.size(), kPopularBy.size(), "groups");
  }
  if (!policy.audiences.empty() && !IsForEverybody(policy.audiences.back().when)) {
    findings.Add(fmt::format("audiences[{}].when", policy.audiences.size() - 1), "LAST_AUDIENCE",
                 "the last audience must have no conditions: somebody would have no list");
  }
  CheckCodes("excluded_skus", policy.excluded_skus, findings);
  CheckCodes("excluded_categories", policy.excluded_categories, findings);
  CheckPromotions(policy.promotions, findings);
  return std::move(findings).Take();
}

std::vector<Violation> Lint(const Policy& policy) {
  Findings findings;
  for (size_t i = 0; i + 1 < policy.audiences.size(); ++i) {
    if (!IsForEverybody(policy.audiences[i].when)) continue;
    findings.Add(fmt::format("audiences[{}].when", i), "AUDIENCE_UNREACHABLE",
                 "\"{}\" is for everybody, and so no customer reaches the audiences behind it", policy.audiences[i].name);
    break;
  }
  bool promotes = false;
  for (size_t i = 0; i < policy.audiences.size(); ++i) {
    if (!HasPromotionSlot(policy.audiences[i])) continue;
    promotes = true;
    if (policy.promotions.empty()) findings.Add(fmt::format("audiences[{}].slots", i), "NO_PROMOTIONS", "the slot for promotions stays empty: the policy has none");
  }
  if (!promotes && !policy.promotions.empty()) findings.Add("promotions", "PROMOTIONS_UNUSED", "no audience has a slot of the source PROMOTION");
  return std::move(findings).Take();
}

Policy DefaultPolicy() {
  Policy policy;
  policy.audiences.emplace_back().name = "everybody";
  return policy;
}

}  // namespace rung::recommend
