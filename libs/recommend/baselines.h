// Recommenders to compare: those that need no model, and ours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/recommend/evaluation.h"
#include "libs/recommend/model.h"

namespace rung::recommend {

/// Lists for the evaluation. Not thread-safe.
class Recommender {
 public:
  virtual ~Recommender() = default;
  virtual std::string name() const = 0;
  /// At most `k` SKUs of the scope, best first; of equal ones the lower number unless the recommender says otherwise.
  virtual std::vector<int32_t> Top(int32_t customer, Day today, Scope scope, size_t k) = 0;
};

/// The SKUs in most baskets.
std::unique_ptr<Recommender> MakePopular(const PurchaseHistory& history);
/// The SKUs in most of the customer's baskets, each basket back counting `decay` times the next one; of equal ones those bought
/// last, then the popular ones. Lists that this leaves short are filled with popular SKUs.
std::unique_ptr<Recommender> MakePersonalTop(const PurchaseHistory& history, double decay);
/// Each SKU scores the cosines, over customers, of those among its nearest neighbours that the customer has bought.
std::unique_ptr<Recommender> MakeItemKnn(const PurchaseHistory& history, size_t neighbours, int threads);
/// Ours: all candidates, by relevance.
std::unique_ptr<Recommender> MakeRanked(const PurchaseHistory& history, const Signals& signals, const RankerWeights& weights);

/// Ours as it is served: what the trained model keeps of each customer, in lists without a policy. Items of a scope are those of a
/// list of kMostItems. `training` is the known history, its customers FingerprintOf(number).
std::unique_ptr<Recommender> MakeServed(const Training& training, const RankerOptions& options);

}  // namespace rung::recommend
