// Real orders: deploy/data/online_retail by the next-basket protocol of evaluation.h. The baselines' numbers were computed
// independently, by another program.
#include <gtest/gtest.h>

#include <map>

#include "libs/recommend/catalogue.h"
#include "libs/recommend/evaluation.h"
#include "tests/support/customer_base_data.h"

namespace rung::recommend {
namespace {

constexpr double kTolerance = 0.003;

bool StartsWithFiveDigits(const std::string& sku) {
  return sku.size() >= 5 && sku.find_first_not_of("0123456789") >= 5;
}

const EvaluationReport& OnlineRetail() {
  static const EvaluationReport report = [] {
    BaseBuilder builder;
    std::map<int64_t, int32_t> customers;
    for (const testing::RetailLine& line : testing::LoadOnlineRetail()) {
      if (!line.clean || !StartsWithFiveDigits(line.sku)) continue;  // the others are postage, fees and corrections
      const auto customer = customers.try_emplace(line.customer, static_cast<int32_t>(customers.size())).first->second;
      builder.Add({.customer = customer, .day = line.day, .sku = line.sku, .category = {},
                   .quantity_milli = static_cast<int64_t>(line.quantity * 1000), .amount_fen = 0, .cost_fen = {}, .listed_day = {}});
    }
    EvaluationPlan plan;
    plan.ranker.threads = 2;
    return Evaluate(std::move(builder).Finish(static_cast<int32_t>(customers.size())), plan);
  }();
  return report;
}

const RecommenderScore& Of(const std::string& name) {
  for (const RecommenderScore& score : OnlineRetail().scores) {
    if (score.name == name) return score;
  }
  throw std::out_of_range(name);
}

void ExpectPublished(const std::string& name, Scope scope, const NextBasketMetrics& published) {
  SCOPED_TRACE(name + ", " + std::string(Name(scope)));
  const NextBasketMetrics& ours = Of(name).by_scope[static_cast<size_t>(scope)];
  EXPECT_NEAR(ours.recall, published.recall, kTolerance);
  EXPECT_NEAR(ours.ndcg, published.ndcg, kTolerance);
  EXPECT_NEAR(ours.hit, published.hit, kTolerance);
}

// Both the ranking and the lists that the service makes of it.
void ExpectBetter(Scope scope, const std::string& baseline) {
  for (const char* ours_name : {"rung", "rung-served"}) {
    SCOPED_TRACE(std::string(Name(scope)) + ", " + ours_name + " against " + baseline);
    const NextBasketMetrics& ours = Of(ours_name).by_scope[static_cast<size_t>(scope)];
    const NextBasketMetrics& theirs = Of(baseline).by_scope[static_cast<size_t>(scope)];
    EXPECT_GT(ours.recall, theirs.recall + 2 * kTolerance);
    EXPECT_GT(ours.ndcg, theirs.ndcg + 2 * kTolerance);
    EXPECT_GT(ours.hit, theirs.hit + 2 * kTolerance);
  }
}

TEST(OnlineRetailNextBasket, HasThePublishedDenominators) {
  EXPECT_EQ(OnlineRetail().tested[static_cast<size_t>(Scope::kAll)], 1410);
  EXPECT_EQ(OnlineRetail().tested[static_cast<size_t>(Scope::kNew)], 1213);
  EXPECT_EQ(OnlineRetail().items, 3540);
  EXPECT_NEAR(OnlineRetail().repeat_share, 0.529, 0.0005);
}

TEST(OnlineRetailNextBasket, ReproducesThePublishedBaselines) {
  ExpectPublished("popular", Scope::kAll, {.0371, .0772, .3830});
  ExpectPublished("popular", Scope::kNew, {.0122, .0205, .1401});
  ExpectPublished("personal-top", Scope::kAll, {.2119, .3194, .8021});
  ExpectPublished("personal-decay", Scope::kAll, {.2152, .3211, .8057});
  ExpectPublished("item-knn", Scope::kAll, {.0949, .1642, .5468});
  ExpectPublished("item-knn", Scope::kNew, {.0598, .0700, .3240});
}

TEST(OnlineRetailNextBasket, BeatsThePersonalTopOnRepeats) {
  ExpectBetter(Scope::kRepeats, "personal-top");
  ExpectBetter(Scope::kRepeats, "personal-decay");
}

TEST(OnlineRetailNextBasket, BeatsItemKnnOnNewItems) { ExpectBetter(Scope::kNew, "item-knn"); }

TEST(OnlineRetailNextBasket, BeatsTheDecayedPersonalTopOverAllItems) { ExpectBetter(Scope::kAll, "personal-decay"); }

}  // namespace
}  // namespace rung::recommend
