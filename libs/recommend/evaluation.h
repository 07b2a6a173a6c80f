// How good a recommender would have been for each customer's next basket, beside baselines that need no model.
//
// Protocol: customers with at least 4 purchase days; the distinct SKUs of the last one are the target, everything before is
// known. Recall@k = hits / target, NDCG@k with binary gains and the ideal over min(k, target), Hit@k = any hit; means over
// the customers whose target has anything in the scope. Equal scores are in the order of the SKUs' numbers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/recommend/catalogue.h"
#include "libs/recommend/ranker.h"

namespace rung::recommend {

enum class Scope : uint8_t {
  kAll,
  kRepeats,  ///< only SKUs that the customer bought before are recommended and count as target
  kNew,      ///< only SKUs that it never bought
};
inline constexpr std::array kScopes = {Scope::kAll, Scope::kRepeats, Scope::kNew};
std::string_view Name(Scope scope);  ///< "all", "repeats", "new"

struct NextBasketMetrics {
  double recall = 0;
  double ndcg = 0;
  double hit = 0;
};

struct RecommenderScore {
  std::string name;  ///< "popular", "personal-top", "personal-decay", "item-knn", "rung", "rung-served"
  bool baseline = true;
  std::array<NextBasketMetrics, kScopes.size()> by_scope;  ///< in the order of kScopes
};

struct EvaluationPlan {
  int32_t least_baskets = 4;
  /// Whether customers with fewer baskets are part of what is known; the published numbers were made without them.
  PurchaseHistory::Others others = PurchaseHistory::Others::kLeaveOut;
  size_t k = 10;
  size_t knn_neighbours = 50;
  RankerOptions ranker;
};

struct EvaluationReport {
  int64_t customers = 0;      ///< in the history
  int64_t items = 0;          ///< distinct SKUs of what is known to the recommenders
  std::array<int64_t, kScopes.size()> tested{};  ///< customers that count in the scope
  double repeat_share = 0;    ///< of the SKUs of the targets, mean over customers
  size_t k = 10;
  RankerWeights weights;
  std::vector<RecommenderScore> scores;
};

/// Ours learns its weights from the known part alone: "rung" ranks all candidates, "rung-served" is the trained model in lists without a
/// policy, as the service has it.
EvaluationReport Evaluate(const Base& base, const EvaluationPlan& plan);

/// One list against one target (ascending).
NextBasketMetrics Compare(const std::vector<int32_t>& recommended, const std::vector<int32_t>& target, size_t k);

}  // namespace rung::recommend
