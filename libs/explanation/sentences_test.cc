// Sentences for a few customers, written by hand from the presets and the definitions of the score.
#include "libs/explanation/sentences.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "libs/features/fitted.h"
#include "tests/support/vector_base.h"

namespace rung::explanation {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
const Style kStyle{"CNY", 100};

scoring::DecisionInputs InputsFor(const scoring::Scorer& scorer, const std::map<std::string, double>& given) {
  scoring::DecisionInputs inputs{.as_of = *ParseDay("2026-03-31"), .run_day = *ParseDay("2026-04-01")};
  for (const std::string& name : scorer.features()) {
    inputs.grading.features.push_back(given.contains(name) ? given.at(name) : kMissing);
  }
  for (const auto& benchmark : scorer.model().benchmarks) inputs.grading.benchmarks.push_back(benchmark.default_value);
  inputs.grading.is_member = true;
  return inputs;
}

// .35 * 75 + .25 * 60 + .2 * 40 + .15 * 85.5 + .05 * 30 = 63.575 under kuailv.
std::map<std::string, double> WorkedCustomer() {
  return {{"net_spend_365d", 20'000'000},   {"orders_per_month_365d", 8}, {"interval_days_median_365d", 14},
          {"repeat_category_rate_365d", .8}, {"on_time_rate_365d", .95},   {"return_rate_365d", .05},
          {"app_sessions_30d", 10},          {"review_rate_365d", .6}};
}

void ExpectText(const Text& actual, const char* en, const char* zh) {
  EXPECT_EQ(actual.en, en);
  EXPECT_EQ(actual.zh, zh);
}

TEST(Sentences, DefendAScoreLineByLine) {
  const scoring::Scorer scorer(testing::LoadPreset("kuailv"));
  scoring::DecisionInputs inputs = InputsFor(scorer, WorkedCustomer());
  inputs.before = {.graded = true, .effective = 1, .computed = 1, .version = 3, .protected_since = *ParseDay("2026-02-10")};
  const Sentences sentences = Describe(Explain(scorer, inputs), scorer.model(), kStyle);
  ExpectText(sentences.summary, "As of 2026-03-31 the score is 63.575: computed Gold, in effect Platinum.",
             "截至2026-03-31，得分63.575，计算等级为黄金，生效等级为铂金。");
  ASSERT_EQ(sentences.breakdown.size(), 5u);
  ExpectText(sentences.breakdown[0],
             "Dimension spend gives 26.250 points: 75 of 100, weight 35%. Net spend over 365 days CNY 200,000.00 (4 times "
             "the benchmark CNY 50,000.00): 75%.",
             "维度“消费”贡献26.250分：得75分（满分100），权重35%。近365天净采购额200,000.00元（为基准值50,000.00元的4倍），折算75%。");
  ExpectText(sentences.breakdown[2],
             "Dimension repurchase gives 8.000 points: 40 of 100, weight 20%. Median days between orders over 365 days 14 "
             "days: 50%; share of categories bought again over 365 days 80%: 80%.",
             "维度“复购”贡献8.000分：得40分（满分100），权重20%。近365天下单间隔天数中位数14天，折算50%；近365天复购品类占比80%，折算80%。");
  ASSERT_EQ(sentences.stability.size(), 1u);
  ExpectText(sentences.stability[0],
             "Protected for 3 months after the upgrade: Platinum stays at least until 2026-05-10, although Gold was computed.",
             "升级后有3个月保护期：铂金至少保留到2026-05-10，尽管计算等级为黄金。");
  EXPECT_TRUE(sentences.missing.empty());
  ASSERT_EQ(sentences.next_tier.size(), 2u);
  ExpectText(sentences.next_tier[0], "Diamond begins at 90.000: 26.425 points are lacking.", "钻石从90.000分起，还差26.425分。");
  ExpectText(sentences.next_tier[1], "Most is to be gained in repurchase: up to 12.000 points.", "“复购”的提升空间最大：最多12.000分。");
}

TEST(Sentences, SayWhatHoldsADowngradeBack) {
  const auto rule = [](const scoring::Stability& stability, bool is_void = false) {
    scoring::Model model = testing::LoadPreset("kuailv");
    model.stability = stability;
    const scoring::Scorer scorer(model);
    scoring::DecisionInputs inputs = InputsFor(scorer, WorkedCustomer());
    inputs.kind = scoring::RunKind::kBatch;
    inputs.before = {.graded = true, .effective = 0, .computed = 0, .version = 3, .protected_since = *ParseDay("2026-02-10"),
                     .protection_void = is_void};
    const Sentences sentences = Describe(Explain(scorer, inputs), scorer.model(), kStyle);
    EXPECT_EQ(sentences.stability.size(), stability.max_levels_down > 0 || is_void ? 2u : 1u);
    return sentences.stability.back();
  };
  ExpectText(rule({.protection_months = 0, .margin = 30'000}),
             "Diamond stays, although Gold was computed: its bound is missed by no more than 30 points.",
             "保留钻石，尽管计算等级为黄金：与门槛的差距不超过30分。");
  ExpectText(rule({.protection_months = 0, .confirmation_batches = 3}),
             "A downgrade takes 3 runs in a row, 1 so far: Diamond stays, although Gold was computed.",
             "连续3次批量评定都低于当前等级才会降级，目前1次：保留钻石，尽管计算等级为黄金。");
  ExpectText(rule({.protection_months = 0, .max_levels_down = 1}),
             "A run takes at most 1 level: Platinum for now, although Gold was computed.",
             "每次批量评定最多降1级：暂为铂金，尽管计算等级为黄金。");
  ExpectText(rule({}, true), "The run downgraded Diamond to Gold.", "批量评定由钻石降为黄金。");
}

TEST(Sentences, SayWhatAMissingFeatureDid) {
  const scoring::Scorer scorer(testing::LoadPreset("kuailv"));
  auto given = WorkedCustomer();
  given.erase("on_time_rate_365d");
  const Explanation explained = Explain(scorer, InputsFor(scorer, given));
  const Sentences sentences = Describe(explained, scorer.model(), kStyle);
  // (26.25 + 15 + 8 + 1.5) / .85 = 59.70588…; the parts 30.88235, 17.64706, 9.41176, 1.76471 lack two thousandths when
  // they are cut off, which go to the two largest remainders.
  std::vector<ScoreMilli> contributions;
  for (const auto& dimension : explained.dimensions) contributions.push_back(dimension.contribution);
  EXPECT_EQ(contributions, (std::vector<ScoreMilli>{30'882, 17'647, 9'412, 0, 1'765}));
  ExpectText(sentences.summary, "As of 2026-03-31 the score is 59.706: Silver.", "截至2026-03-31，得分59.706，等级为白银。");
  ExpectText(sentences.breakdown[3],
             "Dimension fulfilment is left out: deliveries on time over 365 days missing; return rate over 365 days 5%: 90%.",
             "维度“履约”不参与计算：近365天准时收货率缺失；近365天退货率5%，折算90%。");
  ASSERT_EQ(sentences.missing.size(), 1u);
  ExpectText(sentences.missing[0],
             "No value for deliveries on time over 365 days (none, or source absent): fulfilment is left out and the other "
             "dimensions count for more.",
             "近365天准时收货率没有数据（没有记录，或未接入该数据源）：“履约”不计入，其余维度的权重相应提高。");
  ExpectText(sentences.stability[0], "Silver is the first tier; a first tier isn't an upgrade and isn't protected.",
             "白银是首次评定的等级；首次评定不算升级，没有保护期。");
}

TEST(Sentences, NameTheCriteriaThatTheNextTierLacks) {
  scoring::Scorer scorer(testing::LoadPreset("meicai"));
  scorer.SetChoices({1});
  scoring::DecisionInputs inputs = InputsFor(
      scorer, {{"orders_per_month_90d", 9}, {"aov_90d", 300'000}, {"gross_margin_365d", 1'200'000}});
  inputs.grading.choices = {1};
  inputs.grading.ranks = {5};
  inputs.grading.rank_sizes = {40};
  inputs.before = {.graded = true, .effective = 2, .computed = 2, .version = 1};
  const Sentences sentences = Describe(Explain(scorer, inputs), scorer.model(), kStyle);
  ExpectText(sentences.summary, "As of 2026-03-31 the score is 70.000: Gold.", "截至2026-03-31，得分70.000，等级为黄金。");
  ASSERT_EQ(sentences.breakdown.size(), 3u);
  ExpectText(sentences.breakdown[2],
             "Towards VIP diamond: gross margin over 365 days CNY 12,000.00, rank 5 of 40 (needs the top 10%: rank 4), "
             "attained to 90%: 30.000 points.",
             "对照钻石VIP：近365天毛利12,000.00元，40家中第5名（需进入前10%，即第4名以内），达成90%，计30.000分。");
  ASSERT_EQ(sentences.stability.size(), 2u);
  ExpectText(sentences.stability[0], "Upgrades take effect at once: Silver becomes Gold.", "升级立即生效：由白银升为黄金。");
  ExpectText(sentences.stability[1], "Protected: no downgrade before 2026-07-01.", "保护期内：2026-07-01之前不会降级。");
  ExpectText(sentences.next_tier[0],
             "VIP diamond needs 3 of 3 criteria, 0 hold. Not met: orders a month over 90 days 9 (needs at least 15); average "
             "order value over 90 days CNY 3,000.00 (needs at least CNY 5,000.00); gross margin over 365 days CNY 12,000.00, "
             "rank 5 of 40 (needs the top 10%: rank 4).",
             "钻石VIP要求3项条件中至少满足3项，目前满足0项。未满足：近90天月均订单数9（要求不低于15）；近90天客单价3,000.00元（要求"
             "不低于5,000.00元）；近365天毛利12,000.00元，40家中第5名（需进入前10%，即第4名以内）。");
}

TEST(Sentences, TellWhichMultipliersApplyAndWhichDoNot) {
  const scoring::Scorer scorer(testing::LoadPreset("kuailv-class"));
  auto given = WorkedCustomer();
  given["category_count_365d"] = 6;
  const Sentences sentences = Describe(Explain(scorer, InputsFor(scorer, given)), scorer.model(), kStyle);
  ExpectText(sentences.breakdown[5],
             "Multiplier diverse-categories applies: categories bought over 365 days 6 is more than 5, so the score is taken "
             "times 1.1.",
             "调整系数“diverse-categories”生效：近365天采购品类数6，大于5，得分乘以1.1。");
  ExpectText(sentences.breakdown[6],
             "Multiplier late-payer (times 0.95) doesn't apply: it asks for bills paid on time over 365 days less than 80%, "
             "here missing.",
             "调整系数“late-payer”（乘以0.95）不生效：要求近365天按时付款率小于80%，现为缺失。");
}

TEST(Sentences, PlaceACustomerAmongTheOthersOnAShareLadder) {
  const scoring::Scorer scorer(testing::LoadPreset("meicai-rfmp"));
  scoring::DecisionInputs inputs =
      InputsFor(scorer, {{"recency_days", 1}, {"orders_365d", 30}, {"aov_365d", 100'000}, {"potential_index", .5}});
  inputs.grading.maxima = {120, 400'000};
  inputs.grading.score_rank = 20;
  inputs.grading.score_rank_size = 50;
  const Sentences sentences = Describe(Explain(scorer, inputs), scorer.model(), {"CNY", 1});
  // .3 * .5 + .25 * .25 + .3 * .25 + .15 * .5 = .3625; rank 20 of 50 is within 70 %.
  ExpectText(sentences.summary, "As of 2026-03-31 the score is 0.36250: Silver.", "截至2026-03-31，得分0.36250，等级为白银。");
  ExpectText(sentences.breakdown[1],
             "Dimension frequency gives 0.06250 points: 25 of 100, weight 25%. Orders over 365 days 30 (the best customer has "
             "120): 25%.",
             "维度“频次”贡献0.06250分：得25分（满分100），权重25%。近365天订单数30（最高的客户为120），折算25%。");
  ExpectText(sentences.next_tier[0], "Gold goes to the best 15 of 50; this customer is number 20: 5 places are lacking.",
             "黄金授予50家中的前15名，该客户为第20名，还差5名。");
}

TEST(FeatureNames, ExistForEveryFeatureInBothLanguages) {
  for (const features::FeatureDefinition& definition : features::FeatureDefinitions()) {
    const Text name = FeatureName(definition.name);
    EXPECT_NE(name.en, definition.name) << "add it to feature_names.cc";
    EXPECT_NE(name.zh, definition.name) << "add it to feature_names.cc";
  }
  for (const features::FittedDefinition& definition : features::FittedDefinitions()) {
    EXPECT_NE(FeatureName(definition.name).zh, definition.name) << "add it to feature_names.cc";
  }
  ExpectText(FeatureName("net_spend_7d"), "net spend over 7 days", "近7天净采购额");
  ExpectText(FeatureName("ltv_365d"), "predicted lifetime value over the next 365 days", "未来365天预测客户价值");
  ExpectText(FeatureName("somebody-elses-index"), "somebody-elses-index", "somebody-elses-index");
  ExpectText(FeatureName("_d"), "_d", "_d");
  ExpectText(FeatureName(""), "", "");
}

TEST(FeatureNames, SayWhyAFeatureIsMissingInBothLanguages) {
  for (const features::FeatureDefinition& definition : features::FeatureDefinitions()) {
    const Text why = WhyMissing(definition.name);
    EXPECT_EQ(why.en, definition.missing);
    EXPECT_NE(why.zh, why.en) << definition.name << ": add it to feature_names.cc";
  }
  for (const features::FittedDefinition& definition : features::FittedDefinitions()) {
    EXPECT_NE(WhyMissing(definition.name).zh, definition.missing) << "add it to feature_names.cc";
  }
  ExpectText(WhyMissing("aov_cv_365d"), "fewer than 2 orders", "订单少于2张");
  ExpectText(WhyMissing("somebody-elses-index"), "not reported", "外部系统未上报");
}

TEST(Quantities, HaveTheirUnit) {
  ExpectText(Money(1'234'567, kStyle), "CNY 12,345.67", "12,345.67元");
  ExpectText(Money(-5, {"GBP", 100}), "GBP -0.05", "-0.05 GBP");
  ExpectText(Quantity("recency_days", 1, kStyle), "1 day", "1天");
  ExpectText(Quantity("aov_90d", 80'000.4, kStyle), "CNY 800.00", "800.00元");
  EXPECT_EQ(Number(1234.5), "1,234.5");
  EXPECT_EQ(Number(-0.0001), "0");
  EXPECT_EQ(Percent(0.93456), "93.46%");
  EXPECT_EQ(Points(63'575, kStyle), "63.575");
  EXPECT_EQ(Points(36'250, {"CNY", 1}), "0.36250");
}

}  // namespace
}  // namespace rung::explanation
