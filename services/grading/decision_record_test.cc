// Bytes that an earlier release stored give their decision again: this file's bytes are never made anew.
#include "services/grading/decision_record.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include "libs/scoring/stability.h"

namespace rung::grading {
namespace {

// Spend of 10,000 yuan is 100 of 60 %, the best number of orders 100 of 40 %.
scoring::Model ModelOfThatTime() {
  scoring::Model model{.model_id = "golden",
                       .dimensions = {{.name = "spend", .weight = 600'000, .factors = {{.feature = "net_spend_365d", .normaliser = scoring::Saturate{1'000'000}}}},
                                      {.name = "orders", .weight = 400'000, .factors = {{.feature = "orders_365d", .normaliser = scoring::Percentile{}}}}}};
  model.tiers = {{.code = "gold", .lower_bound = 45'000}, {.code = "bronze"}};
  return model;
}

// 2,500 yuan, the third of ten by orders; bronze until then.
scoring::DecisionInputs InputsOfThatTime() {
  scoring::DecisionInputs inputs{.model_version = 2, .kind = scoring::RunKind::kRealTime, .as_of = 20'543, .run_day = 20'543};
  inputs.grading = {.features = {250'000, 12}, .ranks = {3}, .rank_sizes = {10}, .is_member = true};
  inputs.before = {.graded = true, .effective = 1, .computed = 1, .score = 31'000, .version = 6, .as_of = 20'540, .model_version = 2};
  return inputs;
}

const std::string kStored =
    "0991106bf74b377b691a100000000080840e4100000000000028402a080000000000000840320800"
    "000000000024404001621208011001180120b0e403280630f8c002680270fec00278fec002800102";

TEST(DecisionRecord, OfAnEarlierReleaseGivesItsDecisionAgain) {
  const scoring::Scorer scorer(ModelOfThatTime());
  const auto inputs = DecodeDecision(scorer, absl::HexStringToBytes(kStored));
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  const scoring::GradedCustomer graded = scoring::Grade(scorer, inputs->grading);
  EXPECT_EQ(graded.score, 47'000);  // 0.6 x 25 + 0.4 x 80: (10 - 3 + 1) / 10
  EXPECT_EQ(graded.tier, 0);
  const scoring::Decision decision = Decide(inputs->before, {graded.tier, graded.score, inputs->as_of, graded.lenient_tier}, scorer.model().stability,
                                            inputs->kind, inputs->run_day);
  EXPECT_EQ(decision.standing.effective, 0);
  EXPECT_EQ(decision.standing.version, 7);
}

TEST(DecisionRecord, IsStoredInTheSameBytesStill) {
  const scoring::Scorer scorer(ModelOfThatTime());
  EXPECT_EQ(absl::BytesToHexString(EncodeDecision(scorer, InputsOfThatTime())), kStored);
}

TEST(DecisionRecord, OfOtherFeaturesOrDamagedIsRefused) {
  scoring::Model other = ModelOfThatTime();
  std::swap(other.dimensions[0], other.dimensions[1]);
  const std::string bytes = absl::HexStringToBytes(kStored);
  EXPECT_EQ(DecodeDecision(scoring::Scorer(other), bytes).status().code(), absl::StatusCode::kDataLoss);
  const scoring::Scorer scorer(ModelOfThatTime());
  EXPECT_EQ(DecodeDecision(scorer, "").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeDecision(scorer, bytes.substr(0, bytes.size() / 2)).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace rung::grading
