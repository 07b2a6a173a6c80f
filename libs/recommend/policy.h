// Who gets what: the policy by audience, and the list that it makes of a customer's candidates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libs/base/churn_risk.h"
#include "libs/base/violation.h"
#include "libs/recommend/model.h"

namespace rung::recommend {

inline constexpr int32_t kMostItems = 100;  ///< of a list

/// Like businesses buy alike, then neighbours, then customers of a tier.
inline constexpr std::array kPopularBy = {GroupKind::kSegment, GroupKind::kRegion, GroupKind::kTier};

/// All conditions that are set have to hold; without any the audience is everybody.
struct AudienceCondition {
  std::vector<std::string> tier_codes;
  std::vector<std::string> regions;
  std::vector<std::string> segments;
  std::optional<int32_t> most_purchase_days;     ///< new customers; who isn't in the model has 0
  std::vector<ChurnRisk> churn_risks;            ///< any of them
  /// Silence alone: days since the last purchase over the customer's usual gap, or the base's when it has ordered once. Who isn't
  /// in the model isn't silent.
  std::optional<int32_t> least_overdue_permille;
  std::vector<std::string> tags;  ///< all of them
};

/// So many of the list come from a source or a category, as far as there are candidates. Source::kPromotion: what is on promotion,
/// whatever else speaks for it.
struct Slot {
  std::string name;  ///< "imported"
  int32_t count = 0;
  std::optional<Source> source;
  std::vector<std::string> categories;
};

/// Relevance times factor, for the order of the list.
struct Boost {
  std::vector<std::string> categories;
  std::vector<std::string> skus;
  int32_t factor_permille = 1000;
};

struct Audience {
  std::string name;
  AudienceCondition when;
  std::vector<Slot> slots;
  std::vector<Boost> boosts;
  int32_t margin_weight_permille = 0;  ///< relevance × (1 + weight × margin rate)
  int32_t most_per_category = 0;       ///< 0: no limit; SKUs without a category aren't limited
  int32_t exploration_permille = 0;    ///< share of the list that goes to SKUs the customer never bought, drawn by chance
  std::string coupon_program;          ///< a coupon that a member may have once a month; empty: none
  std::vector<GroupKind> popular_by;   ///< whose popular list counts, the first that there is; empty: kPopularBy
};

/// Goods on promotion, for the audiences with a slot for them.
struct Promotion {
  std::string id;
  std::vector<std::string> skus;
  std::vector<std::string> categories;  ///< what the customer may want of them, or everybody buys
  std::optional<Day> from = {};         ///< included; unset: open
  std::optional<Day> until = {};

  bool RunsOn(Day day) const { return (!from || day >= *from) && (!until || day <= *until); }
};

struct Policy {
  std::vector<Audience> audiences;     ///< the first that fits; the last is for everybody
  std::vector<std::string> excluded_skus;
  std::vector<std::string> excluded_categories;
  std::vector<Promotion> promotions;   ///< the first that runs and has the SKU counts

  bool NamesTags() const;
  bool NamesChurnRisks() const;
};

/// Everything that is wrong, with paths.
std::vector<Violation> Validate(const Policy& policy);
/// Most likely not meant: an audience that no customer reaches, promotions without a slot, or the other way round.
std::vector<Violation> Lint(const Policy& policy);

/// Plain lists by relevance, for everybody.
Policy DefaultPolicy();

struct Listener {
  CustomerFingerprint id;
  std::string tier_code;  ///< empty: not known
  std::string region;     ///< empty: the model's
  std::string segment;
  std::vector<std::string> tags;
  ChurnRisk churn_risk = ChurnRisk::kNone;
};

struct ListRequest {
  Listener customer;
  Day today = 0;
  int32_t count = 20;
};

struct ListItem {
  Candidate candidate;
  float score = 0;       ///< what orders the list
  std::string slot;      ///< whose place it takes; empty: by score alone
  bool exploration = false;
  std::string promotion_id;                ///< whose slot it takes; often empty
  std::optional<Day> promotion_until = {};
};

/// Why a list isn't personal.
enum class Fallback : uint8_t {
  kNone,
  kNoModel,          ///< nothing is trained, or the store was empty: nothing can be recommended
  kUnknownCustomer,  ///< no purchase in the model: the popular list
  kNothingAllowed,   ///< the policy or the stock leaves nothing: an empty list
};

struct List {
  std::vector<ListItem> items;
  std::string audience;
  std::string coupon_program;
  Fallback fallback = Fallback::kNone;
  double expected_hits = 0;         ///< sum of the items' relevance
  double expected_hits_by_relevance = 0;  ///< of the best list of what may be sold, were there no policy
};

/// SKUs that may not be recommended now, by code: out of stock, withdrawn, blocked.
using Unavailable = std::unordered_set<std::string>;

/// A policy for one model and what is on sale: codes looked up, so that a list costs microseconds. Immutable; the model outlives
/// it.
class CompiledPolicy {
 public:
  CompiledPolicy(const RecommendModel& model, const Policy& policy, const Unavailable& unavailable);

  /// Deterministic: exploration draws by customer, day and SKU. Thread-safe.
  List MakeList(const ListRequest& request) const;

 private:
  struct CompiledSlot {
    std::string name;
    int32_t count = 0;
    std::optional<Source> source;
    std::vector<bool> categories;  // by category number; empty: any
  };
  struct CompiledAudience {
    std::vector<float> factors;    // by SKU
    std::vector<CompiledSlot> slots;
    bool promotes = false;         // has a slot for promotions
  };
  struct CompiledPromotion {
    std::vector<int32_t> skus;                     // named, ascending
    std::vector<bool> categories;                  // by category number
    std::vector<RecommendModel::PopularRow> rows;  // candidates also for those for whom nothing else speaks
  };
  struct Ranked;  // a candidate's place in the order
  struct Draft;

  size_t AudienceOf(const Listener& listener, const RecommendModel::Customer& customer, Day today) const;
  /// All that may be sold, in the order of the list as far as anybody looks.
  void Rank(const RecommendModel::Customer& customer, size_t audience, const ListRequest& request, Draft& draft) const;
  void FillSlots(const CompiledAudience& audience, Day today, Draft& draft) const;
  CompiledPromotion Compile(const Promotion& promotion) const;
  /// The first promotion that runs and has the SKU; nullptr: none.
  const Promotion* PromotionOf(int32_t sku, Day today) const;
  void Explore(const ListRequest& request, int32_t permille, Draft& draft) const;

  const RecommendModel& model_;
  const Policy policy_;
  std::vector<bool> sellable_;  // by SKU: not unavailable
  std::vector<bool> allowed_;   // sellable and not excluded
  std::vector<CompiledAudience> audiences_;
  std::vector<CompiledPromotion> promotions_;  // as the policy's
};

}  // namespace rung::recommend
