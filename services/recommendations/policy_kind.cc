#include "services/recommendations/policy_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/base/findings.h"
#include "libs/lifecycle/tag_review.h"
#include "libs/wire/recommendation_mapping.h"

namespace rung::recommendations {
namespace {

constexpr size_t kMostOfModel = 100;  // a policy of another installation names thousands that aren't here

// Calls `look(field, code)` for each.
template <typename Look>
void ForEach(const std::string& field, const std::vector<std::string>& codes, const Look& look) {
  for (size_t i = 0; i < codes.size(); ++i) look(fmt::format("{}[{}]", field, i), codes[i]);
}

// What the policy names and the model hasn't met.
class ModelReview {
 public:
  explicit ModelReview(const recommend::RecommendModel& model) : model_(model) {}

  std::vector<Violation> Review(const recommend::Policy& policy) && {
    for (size_t a = 0; a < policy.audiences.size(); ++a) {
      const recommend::Audience& audience = policy.audiences[a];
      const std::string at = fmt::format("audiences[{}]", a);
      Groups(recommend::GroupKind::kRegion, at + ".when.regions", audience.when.regions);
      Groups(recommend::GroupKind::kSegment, at + ".when.segments", audience.when.segments);
      for (size_t s = 0; s < audience.slots.size(); ++s) Categories(fmt::format("{}.slots[{}].categories", at, s), audience.slots[s].categories);
      for (size_t b = 0; b < audience.boosts.size(); ++b) {
        Skus(fmt::format("{}.boosts[{}].skus", at, b), audience.boosts[b].skus);
        Categories(fmt::format("{}.boosts[{}].categories", at, b), audience.boosts[b].categories);
      }
    }
    for (size_t p = 0; p < policy.promotions.size(); ++p) {
      Skus(fmt::format("promotions[{}].skus", p), policy.promotions[p].skus);
      Categories(fmt::format("promotions[{}].categories", p), policy.promotions[p].categories);
    }
    Skus("excluded_skus", policy.excluded_skus);
    Categories("excluded_categories", policy.excluded_categories);
    return std::move(found_);
  }

 private:
  template <typename... Args>
  void Add(const std::string& field, const char* reason, fmt::format_string<Args...> format, Args&&... args) {
    if (found_.size() < kMostOfModel) found_.push_back({field, reason, fmt::format(format, std::forward<Args>(args)...)});
  }
  void Skus(const std::string& field, const std::vector<std::string>& codes) {
    ForEach(field, codes, [&](const std::string& at, const std::string& code) {
      if (model_.FindSku(code) < 0) Add(at, "SKU_UNKNOWN", "nobody has bought \"{}\" as far as the model knows", code);
    });
  }
  void Categories(const std::string& field, const std::vector<std::string>& codes) {
    ForEach(field, codes, [&](const std::string& at, const std::string& code) {
      if (!model_.KnowsCategory(code)) Add(at, "CATEGORY_UNKNOWN", "nobody has bought of the category \"{}\" as far as the model knows", code);
    });
  }
  void Groups(recommend::GroupKind kind, const std::string& field, const std::vector<std::string>& codes) {
    const bool region = kind == recommend::GroupKind::kRegion;
    ForEach(field, codes, [&](const std::string& at, const std::string& code) {
      if (model_.KnowsGroup(kind, code)) return;
      Add(at, region ? "REGION_UNKNOWN" : "SEGMENT_UNKNOWN", "the model knows no customer of the {} \"{}\"", region ? "region" : "segment", code);
    });
  }

  const recommend::RecommendModel& model_;
  std::vector<Violation> found_;
};

std::vector<Violation> ReviewTiers(const recommend::Policy& policy, const std::vector<std::string>& ladder) {
  std::vector<Violation> found;
  for (size_t a = 0; a < policy.audiences.size() && !ladder.empty(); ++a) {
    ForEach(fmt::format("audiences[{}].when.tier_codes", a), policy.audiences[a].when.tier_codes, [&](const std::string& at, const std::string& code) {
      if (std::find(ladder.begin(), ladder.end(), code) != ladder.end()) return;
      found.push_back({at, "TIER_UNKNOWN", fmt::format("the default ladder has no tier \"{}\"; it has: {}", code, fmt::join(ladder, ", "))});
    });
  }
  return found;
}

std::vector<Violation> ReviewCoupons(const recommend::Policy& policy, storage::ConfigStore& config) {
  std::vector<Violation> found;
  const auto coupons = config.CurrentHeads("coupon", Deadline::After(5000));
  for (size_t a = 0; a < policy.audiences.size() && coupons.ok(); ++a) {
    const std::string& program = policy.audiences[a].coupon_program;
    const auto names_it = [&](const storage::VersionRow& row) { return row.key.document_id == program; };
    if (program.empty() || std::any_of(coupons->begin(), coupons->end(), names_it)) continue;
    found.push_back({fmt::format("audiences[{}].coupon_program", a), "COUPON_UNKNOWN",
                     fmt::format("no coupon \"{}\" is published: nobody can claim it (`rungctl coupon apply FILE`)", program)});
  }
  return found;
}

std::vector<Violation> ReviewTags(const recommend::Policy& policy, storage::ConfigStore& config) {
  std::vector<lifecycle::NamedTag> tags;
  for (size_t a = 0; a < policy.audiences.size(); ++a) {
    ForEach(fmt::format("audiences[{}].when.all_tag_ids", a), policy.audiences[a].when.tags,
            [&](const std::string& at, const std::string& tag) { tags.push_back({at, tag}); });
  }
  return lifecycle::ReviewTags(tags, config);
}

std::vector<Violation> ReviewRisks(const recommend::Policy& policy, storage::RecommendationStore& store) {
  std::vector<Violation> found;
  if (!policy.NamesChurnRisks() || store.NewestWatchList(Deadline::After(5000)).value_or(1) != 0) return found;
  for (size_t a = 0; a < policy.audiences.size(); ++a) {
    if (policy.audiences[a].when.churn_risks.empty()) continue;
    found.push_back({fmt::format("audiences[{}].when.churn_risks", a), "NO_WATCH_LIST",
                     "nobody is at risk while there is no watch list; it comes with the first fit (`rungctl stats fit --store`)"});
  }
  return found;
}

}  // namespace

std::vector<lifecycle::Finding> PolicyKind::Check(const google::protobuf::Message& document) const {
  std::vector<lifecycle::Finding> findings;
  const auto add = [&](std::vector<Violation> violations, lifecycle::Finding::Severity severity) {
    for (Violation& violation : violations) findings.push_back({severity, std::move(violation)});
  };
  std::vector<Violation> violations;
  const recommend::Policy policy = wire::FromWire(static_cast<const v1::RecommendationPolicy&>(document), violations);
  add(std::move(violations), lifecycle::Finding::kError);
  add(recommend::Validate(policy), lifecycle::Finding::kError);
  if (!findings.empty()) return findings;  // codes that can't be are in no model
  add(recommend::Lint(policy), lifecycle::Finding::kWarning);
  add(ReviewTiers(policy, parts_.default_tiers()), lifecycle::Finding::kWarning);
  add(ReviewCoupons(policy, parts_.config), lifecycle::Finding::kWarning);
  add(ReviewTags(policy, parts_.config), lifecycle::Finding::kWarning);
  add(ReviewRisks(policy, parts_.store), lifecycle::Finding::kWarning);
  const std::shared_ptr<const Serving> serving = parts_.in_force.Current();
  if (serving->model->customers() > 0) add(ModelReview(*serving->model).Review(policy), lifecycle::Finding::kWarning);
  return findings;
}

}  // namespace rung::recommendations
