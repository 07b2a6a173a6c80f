#include "tests/support/aftermath.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/support/ledger.h"

namespace rung::testing {

const std::vector<std::string>& PresetLadders() {
  static const std::vector<std::string> ladders = {"kuailv", "kuailv-rfmpl", "kuailv-class", "meicai", "meicai-rfmp"};
  return ladders;
}

void ExpectAuditFindsNothing(Installation& installation, int64_t customers) {
  auto context = Within(60'000);
  const auto reader = installation.features().AuditFeatures(context.get(), {});
  v1::AuditFeaturesResponse last;
  while (reader->Read(&last)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_TRUE(last.done());
  EXPECT_EQ(last.audited_count(), customers);
  EXPECT_EQ(last.differing_count(), 0) << last.ShortDebugString();
}

void ExpectContiguousHistory(const Installation& installation) {
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM (SELECT 1 FROM tier_change GROUP BY customer_id, ladder_no "
                             "HAVING min(version) <> 1 OR max(version) <> count(*)) AS gaps"),
            "0");
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM (SELECT from_tier, lag(to_tier) OVER w AS before, version, reason FROM tier_change "
                             "WINDOW w AS (PARTITION BY customer_id, ladder_no ORDER BY version)) AS step "
                             "WHERE from_tier IS DISTINCT FROM before OR (reason = 'FIRST') <> (version = 1)"),
            "0");
}

int ExpectLabelsAreTheNewestChanges(Installation& installation) {
  int compared = 0;
  for (const std::string& ladder : PresetLadders()) {
    std::map<std::string, std::string> expected;
    for (const std::string& line :
         Lines(installation.Sql("SELECT DISTINCT ON (customer_id) external_id || ' ' || version || ' ' || to_tier || ' ' || score_milli "
                                "FROM tier_change JOIN customer USING (customer_id) JOIN ladder USING (ladder_no) WHERE ladder_id = '" +
                                ladder + "' ORDER BY customer_id, version DESC"))) {
      expected[line.substr(0, line.find(' '))] = line;
    }
    std::vector<std::string> ids;
    for (const auto& [id, line] : expected) ids.push_back(id);
    int different = 0;
    for (size_t from = 0; from < ids.size(); from += 1000) {
      v1::BatchGetTiersRequest request;
      request.set_ladder_id(ladder);
      for (size_t i = from; i < std::min(ids.size(), from + 1000); ++i) request.add_customer_ids(ids[i]);
      v1::BatchGetTiersResponse response;
      auto context = Within(10'000);
      const grpc::Status status = installation.tiers().BatchGetTiers(context.get(), request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.unknown_customer_ids_size(), 0);
      for (const v1::CustomerTier& tier : response.tiers()) {
        ++compared;
        const std::string actual =
            fmt::format("{} {} {} {}", tier.customer_id(), tier.version(), tier.tier_code(), tier.score_milli());
        if (actual != expected[tier.customer_id()] && ++different <= 3) ADD_FAILURE() << actual << " in memory, " << expected[tier.customer_id()] << " stored";
      }
    }
    EXPECT_EQ(different, 0) << ladder;
  }
  return compared;
}

}  // namespace rung::testing
