// Baskets worked out elsewhere, to the fen: the published ones, and random ones by a second reading of the definitions.
#include <gtest/gtest.h>

#include "libs/pricing/worked_basket.h"
#include "tests/support/oracle.h"
#include "tests/support/vectors.h"

namespace rung::pricing {
namespace {

using nlohmann::json;

void ExpectAsWorkedOut(const json& cases) {
  for (const json& source : cases) {
    SCOPED_TRACE("basket " + source["id"].dump());
    const json priced = WorkedBasket(source).Priced();
    const json expected = {{"quote", source["quote"]}, {"settlement", source["settlement"]}};
    ASSERT_EQ(priced, expected) << json::diff(expected, priced).dump() << "\n" << source.dump();
  }
}

TEST(Vectors, QuotesAndSettlementsComeOutAsPublished) {
  const json document = json::parse(testing::ReadGzip(testing::SourcePath("tests/data/pricing_vectors.json.gz")));
  ASSERT_EQ(document["cases"].size(), 400u);
  ExpectAsWorkedOut(document["cases"]);
}

// With regions, days, tiers that weren't known and lines that can't be priced, which the published ones leave out.
TEST(Oracle, RandomBasketsComeOutAsTheDefinitionsSay) { ExpectAsWorkedOut(testing::OracleCases("pricing_baskets.py", 1, 2'000)); }

}  // namespace
}  // namespace rung::pricing
