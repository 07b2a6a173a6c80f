#include "libs/recommend/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "libs/recommend/policy.h"
#include "libs/recommend/reasons.h"

namespace rung::recommend {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kWeekly[] = "weekly";   // milk every Tuesday, bread with it
constexpr char kSecond[] = "second";   // milk only, so far
constexpr char kOnce[] = "once";       // one order
constexpr char kReturner[] = "returner";  // everything went back

std::string ReasonZh(const RecommendModel& model, const ListItem& item) {
  std::string zh, en;
  WriteReason(model, item, zh, en);
  return zh;
}

std::string ReasonEn(const RecommendModel& model, const ListItem& item) {
  std::string zh, en;
  WriteReason(model, item, zh, en);
  return en;
}

class RecommendModelTest : public ::testing::Test {
 protected:
  static constexpr int kOthers = 30;

  static Training MakeTraining() {
    Training training;
    training.as_of = *ParseDay("2026-03-26");  // a Thursday
    BaseBuilder builder;
    std::vector<std::string> names = {kWeekly, kSecond, kOnce, kReturner};
    for (int i = 0; i < kOthers; ++i) names.push_back("other-" + std::to_string(i));
    for (size_t c = 0; c < names.size(); ++c) {
      training.customers.push_back({FingerprintOf(names[c]), c % 2 == 0 ? "north" : "south", c == 2 ? "canteen" : "", ""});
    }
    const auto buy = [&](int customer, Day day, const char* sku, const char* category, int64_t quantity, int64_t cost) {
      builder.Add({.customer = customer, .day = day, .sku = sku, .category = category, .quantity_milli = quantity, .amount_fen = 1000,
                   .cost_fen = cost, .listed_day = {}});
    };
    const Day tuesday = *ParseDay("2026-03-17");
    for (int week = 0; week < 8; ++week) {
      buy(0, tuesday - 7 * week, "milk", "dairy", 3000, 900);
      if (week % 2 == 0) buy(0, tuesday - 7 * week, "bread", "bakery", 1000, 500);
      if (week < 4) buy(1, tuesday - 7 * week, "milk", "dairy", 1000, 900);
    }
    buy(2, tuesday, "pear", "fruit", 1000, 800);
    buy(3, tuesday, "pear", "fruit", -1000, 800);
    std::mt19937 random(3);
    for (int c = 4; c < 4 + kOthers; ++c) {
      for (int week = 0; week < 10; ++week) {
        const Day day = tuesday - 7 * week + static_cast<Day>(random() % 5);
        if (random() % 3 == 0) continue;
        buy(c, day, "milk", "dairy", 2000, 900);
        if (random() % 10 < 8) buy(c, day, "bread", "bakery", 2000, 500);
        if (random() % 10 < 3) buy(c, day, "pear", "fruit", 2000, 800);
        if (random() % 10 < 2) buy(c, day, "caviar", "imported", 2000, 200);
      }
    }
    training.base = std::move(builder).Finish(static_cast<int32_t>(names.size()));
    return training;
  }
  static const RecommendModel& Model() {
    static const RecommendModel model = RecommendModel::Train(MakeTraining(), {});
    return model;
  }
  static ListRequest For(const std::string& customer, int count = 10) {
    ListRequest request;
    request.customer.id = FingerprintOf(customer);
    request.today = *ParseDay("2026-03-26");
    request.count = count;
    return request;
  }
  static List ListOf(const std::string& customer, const Policy& policy = DefaultPolicy(), const Unavailable& unavailable = {}, int count = 10) {
    return CompiledPolicy(Model(), policy, unavailable).MakeList(For(customer, count));
  }
  static std::vector<std::string> Skus(const List& list) {
    std::vector<std::string> skus;
    for (const ListItem& item : list.items) skus.push_back(Model().code(item.candidate.sku));
    return skus;
  }
  static const ListItem& Item(const List& list, const std::string& sku) {
    for (const ListItem& item : list.items) {
      if (Model().code(item.candidate.sku) == sku) return item;
    }
    throw std::out_of_range(sku);
  }
};

TEST_F(RecommendModelTest, SaysThatTheWeeklyMilkIsTwoDaysOverdue) {
  const List list = ListOf(kWeekly);
  ASSERT_EQ(list.fallback, Fallback::kNone);
  EXPECT_EQ(Skus(list).front(), "milk");
  const ListItem& milk = list.items.front();
  EXPECT_EQ(milk.candidate.days_since, 9);
  EXPECT_EQ(milk.candidate.OverdueDays(), 2);
  EXPECT_EQ(milk.candidate.usual_quantity_milli, 3000);
  EXPECT_EQ(ReasonZh(Model(), milk), "每周二补货，已超 2 天；常购数量 3");
  EXPECT_EQ(ReasonEn(Model(), milk), "bought every Tuesday, 2 days overdue; usually 3");
}

TEST_F(RecommendModelTest, BringsWhatOthersBuyWithIt) {
  const List list = ListOf(kSecond);
  const ListItem& bread = Item(list, "bread");
  EXPECT_EQ(bread.candidate.source, Source::kBoughtTogether);
  EXPECT_EQ(ReasonEn(Model(), bread), "bought with milk");
  EXPECT_EQ(ReasonZh(Model(), bread), "常与 milk 一起购买");
}

TEST_F(RecommendModelTest, ComesBackFromItsBytes) {
  const auto parsed = RecommendModel::Parse(Model().Serialise());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->Serialise(), Model().Serialise());
  EXPECT_EQ(parsed->customers(), Model().customers());
}

TEST_F(RecommendModelTest, RefusesBytesThatAreCutOffOrAltered) {
  const std::string bytes = Model().Serialise();
  for (size_t length = 0; length < bytes.size(); length += 1 + length / 7) EXPECT_FALSE(RecommendModel::Parse(bytes.substr(0, length)).ok()) << length;
  EXPECT_FALSE(RecommendModel::Parse(bytes + "x").ok());
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {  // whatever it says, it neither crashes nor leads out of bounds
    std::string altered = bytes;
    for (int k = 0; k < 3; ++k) altered[random() % altered.size()] = static_cast<char>(random());
    const auto parsed = RecommendModel::Parse(altered);
    if (parsed.ok()) CompiledPolicy(*parsed, DefaultPolicy(), {}).MakeList(For(kWeekly));
  }
}

TEST_F(RecommendModelTest, IsTheSameWithAnyNumberOfThreads) {
  RankerOptions options;
  options.threads = 3;
  EXPECT_EQ(RecommendModel::Train(MakeTraining(), options).Serialise(), Model().Serialise());
}

// More customers than two threads make at once, of whom each has a few rows: nobody may have another one's.
TEST(RecommendModel, IsTheSameWithAnyNumberOfThreadsWhenManyRoundsAreMade) {
  constexpr int32_t kCustomers = 7'000, kSkus = 60;
  std::mt19937 random(3);
  std::vector<Line> lines;
  Training training;
  for (int32_t sku = 0; sku < kSkus; ++sku) training.base.catalogue.emplace_back().sku = "s" + std::to_string(100 + sku);
  for (int32_t customer = 0; customer < kCustomers; ++customer) {
    training.customers.push_back({FingerprintOf("c" + std::to_string(customer)), "", "", ""});
    const int baskets = 1 + customer % 5;
    for (int b = 0; b < baskets; ++b) {
      for (uint32_t i = 0; i < 1 + random() % 4; ++i) {
        lines.push_back({customer, static_cast<Day>(20'000 + 7 * b), static_cast<int32_t>(random() % kSkus), 1000});
      }
    }
  }
  training.base.history = PurchaseHistory::Build(std::move(lines), kCustomers, kSkus);
  training.as_of = training.base.history.last_day();
  const std::string one = RecommendModel::Train(training, {}).Serialise();
  RankerOptions options;
  for (const int threads : {2, 3, 8}) {  // with eight everybody fits into one round
    options.threads = threads;
    EXPECT_TRUE(RecommendModel::Train(training, options).Serialise() == one) << threads;  // not millions of bytes to read
  }
}

TEST_F(RecommendModelTest, OfAnEmptyStoreRecommendsNothingAndSaysSo) {
  const RecommendModel empty = RecommendModel::Train({}, {});
  const List list = CompiledPolicy(empty, DefaultPolicy(), {}).MakeList(For(kWeekly));
  EXPECT_EQ(list.fallback, Fallback::kNoModel);
  EXPECT_THAT(list.items, IsEmpty());
  EXPECT_TRUE(RecommendModel::Parse(empty.Serialise()).ok());
}

TEST_F(RecommendModelTest, WhoNeverBoughtGetsThePopularList) {
  for (const char* customer : {"nobody", kReturner}) {
    const List list = ListOf(customer);
    EXPECT_EQ(list.fallback, Fallback::kUnknownCustomer) << customer;
    EXPECT_EQ(Skus(list).front(), "milk") << customer;
    EXPECT_EQ(ReasonEn(Model(), list.items.front()), "popular now");
  }
}

TEST_F(RecommendModelTest, PopularIsTheTiersWhereThePolicySaysSo) {
  Training training = MakeTraining();
  for (size_t c = 0; c < training.customers.size(); ++c) training.customers[c].tier = c == 2 ? "diamond" : "gold";  // customer 2 bought pears alone
  const RecommendModel model = RecommendModel::Train(training, {});
  ListRequest request = For("nobody");
  request.customer.tier_code = "diamond";
  const List list = CompiledPolicy(model, DefaultPolicy(), {}).MakeList(request);
  EXPECT_EQ(model.code(list.items.at(0).candidate.sku), "pear") << "of a stranger's groups only the tier is known";
  EXPECT_EQ(ReasonZh(model, list.items[0]), "同等级客户热门");
  EXPECT_EQ(ReasonEn(model, list.items[0]), "popular in this tier");
  request.customer.tier_code = "silver";
  EXPECT_EQ(model.code(CompiledPolicy(model, DefaultPolicy(), {}).MakeList(request).items.at(0).candidate.sku), "milk") << "nobody of that tier has bought";

  const auto popular = [&](const Policy& policy) {
    ListRequest known = For(kWeekly);
    known.customer.tier_code = "diamond";
    for (const ListItem& item : CompiledPolicy(model, policy, {}).MakeList(known).items) {
      if (item.candidate.source == Source::kPopular && item.candidate.popular_with != GroupKind::kEverybody) return item.candidate.popular_with;
    }
    return GroupKind::kEverybody;
  };
  Policy by_tier = DefaultPolicy();
  by_tier.audiences[0].popular_by = {GroupKind::kTier};
  EXPECT_NE(popular(DefaultPolicy()), GroupKind::kTier) << "regions go before tiers";
  EXPECT_EQ(CompiledPolicy(*RecommendModel::Parse(model.Serialise()), by_tier, {}).MakeList(request).items.size(), 4u);
  EXPECT_NE(popular(by_tier), GroupKind::kRegion);
}

TEST_F(RecommendModelTest, AfterALongSilencePopularIsWhatSoldLast) {
  Training training = MakeTraining();
  training.as_of += 300;
  const RecommendModel model = RecommendModel::Train(training, {});
  const List list = CompiledPolicy(model, DefaultPolicy(), {}).MakeList(For("nobody"));
  EXPECT_EQ(list.fallback, Fallback::kUnknownCustomer);
  EXPECT_EQ(model.code(list.items.at(0).candidate.sku), "milk");
}

TEST_F(RecommendModelTest, WhoBoughtOnceGetsAPersonalList) {
  const List list = ListOf(kOnce);
  EXPECT_EQ(list.fallback, Fallback::kNone);
  EXPECT_EQ(Item(list, "pear").candidate.source, Source::kBuyAgain);
  EXPECT_GE(list.items.size(), 3u);
}

TEST_F(RecommendModelTest, NeverRecommendsWhatIsOutOfStock) {
  EXPECT_THAT(Skus(ListOf(kWeekly, DefaultPolicy(), {"milk", "a SKU that nobody knows"})), Not(testing::Contains("milk")));
}

TEST_F(RecommendModelTest, OfYesterdaysCatalogueKeepsWhatIsStillSoldAndNamesNothingElse) {
  // Of the model's SKUs only milk is still sold; the policy speaks of goods that came after the training.
  Policy policy = DefaultPolicy();
  policy.audiences[0].slots.push_back({"tropical", 2, {}, {"tropical"}});
  policy.audiences[0].boosts.push_back({{"tropical"}, {"kiwi"}, 5000});
  policy.excluded_skus = {"papaya"};
  const List list = ListOf(kWeekly, policy, {"bread", "pear", "caviar", "kiwi"});
  EXPECT_EQ(Skus(list), std::vector<std::string>{"milk"});
  EXPECT_EQ(list.items[0].slot, "");
  EXPECT_EQ(list.fallback, Fallback::kNone);
  EXPECT_EQ(ListOf(kWeekly, policy, {"milk", "bread", "pear", "caviar"}).fallback, Fallback::kNothingAllowed);
}

TEST_F(RecommendModelTest, APolicyThatExcludesEverythingLeavesAnEmptyListThatSaysSo) {
  Policy policy = DefaultPolicy();
  policy.excluded_categories = {"dairy", "bakery", "fruit", "imported"};
  const List list = ListOf(kWeekly, policy);
  EXPECT_EQ(list.fallback, Fallback::kNothingAllowed);
  EXPECT_THAT(list.items, IsEmpty());
  EXPECT_GT(list.expected_hits_by_relevance, 0.5);
}

TEST_F(RecommendModelTest, AudiencesAreTakenInTheirOrder) {
  Policy policy;
  policy.audiences.resize(4);
  policy.audiences[0].name = "top";
  policy.audiences[0].when.tier_codes = {"diamond"};
  policy.audiences[1].name = "new";
  policy.audiences[1].when.most_purchase_days = 1;
  policy.audiences[2].name = "leaving";
  policy.audiences[2].when.least_overdue_permille = 2000;
  policy.audiences[2].coupon_program = "come back";
  policy.audiences[3].name = "rest";
  ASSERT_THAT(Validate(policy), IsEmpty());
  EXPECT_EQ(ListOf(kWeekly, policy).audience, "rest");
  EXPECT_EQ(ListOf(kOnce, policy).audience, "new");
  EXPECT_EQ(ListOf("nobody", policy).audience, "new");
  const CompiledPolicy lists(Model(), policy, {});
  ListRequest request = For(kWeekly);
  request.customer.tier_code = "diamond";
  EXPECT_EQ(lists.MakeList(request).audience, "top");
  request = For(kWeekly);
  request.today += 10;  // 19 days after the last of its weekly orders
  EXPECT_EQ(lists.MakeList(request).audience, "leaving");
  EXPECT_EQ(lists.MakeList(request).coupon_program, "come back");
}

TEST_F(RecommendModelTest, AnAudienceOfTagsIsWhoHasAllOfThem) {
  Policy policy;
  policy.audiences.resize(2);
  policy.audiences[0].name = "tagged";
  policy.audiences[0].when.tags = {"bulk", "on terms"};
  policy.audiences[1].name = "rest";
  EXPECT_TRUE(policy.NamesTags());
  EXPECT_FALSE(DefaultPolicy().NamesTags());
  const CompiledPolicy lists(Model(), policy, {});
  const auto audience = [&](const std::vector<std::string>& tags) {
    ListRequest request = For(kWeekly);
    request.customer.tags = tags;
    return lists.MakeList(request).audience;
  };
  EXPECT_EQ(audience({}), "rest");
  EXPECT_EQ(audience({"bulk"}), "rest");
  EXPECT_EQ(audience({"on terms", "new", "bulk"}), "tagged");
  policy.audiences[1].when.tags = {"bulk"};
  EXPECT_EQ(Validate(policy)[0].reason, "LAST_AUDIENCE") << "tags are a condition";
  policy.audiences[0].when.tags.resize(65, "x");
  EXPECT_EQ(Validate(policy)[0].field, "audiences[0].when.all_tag_ids");
}

TEST_F(RecommendModelTest, WhoBoughtOnceIsLateByTheUsualGapOfTheBase) {
  Policy policy;
  policy.audiences.resize(2);
  policy.audiences[0].name = "leaving";
  policy.audiences[0].when.least_overdue_permille = 2000;
  policy.audiences[1].name = "rest";
  EXPECT_NEAR(Model().base_gap_days(), 7, 1.5) << "nearly everybody buys weekly";
  const RecommendModel parsed = RecommendModel::Parse(Model().Serialise()).value();
  EXPECT_EQ(parsed.base_gap_days(), Model().base_gap_days());
  const auto audience = [&](const std::string& customer, Day days_later) {
    ListRequest request = For(customer);
    request.today += days_later;
    return CompiledPolicy(parsed, policy, {}).MakeList(request).audience;
  };
  EXPECT_EQ(audience(kOnce, 0), "rest") << "9 days after its only order";
  EXPECT_EQ(audience(kOnce, 12), "leaving");
  EXPECT_EQ(audience("nobody", 12), "rest");
  EXPECT_EQ(audience(kReturner, 12), "rest");
}

TEST_F(RecommendModelTest, ASlotTakesItsPlaceAndItsPriceIsTold) {
  Policy policy = DefaultPolicy();
  policy.audiences[0].slots.push_back({"imported", 1, {}, {"imported"}});
  EXPECT_EQ(Skus(ListOf(kWeekly, DefaultPolicy(), {}, 1)), std::vector<std::string>{"milk"});
  const List list = ListOf(kWeekly, policy, {}, 1);
  EXPECT_EQ(Skus(list), std::vector<std::string>{"caviar"});
  EXPECT_EQ(list.items[0].slot, "imported");
  EXPECT_GT(list.expected_hits_by_relevance - list.expected_hits, 0.3);
}

TEST_F(RecommendModelTest, PromotionsTakeTheirSlotsOnTheirDays) {
  Policy policy = DefaultPolicy();
  policy.audiences[0].slots.push_back({"promotions", 1, Source::kPromotion, {}});
  policy.promotions = {{"over", {"bread"}, {}, {}, *ParseDay("2026-03-25")}, {"luxury", {"caviar"}, {}, *ParseDay("2026-03-26"), *ParseDay("2026-03-31")}};
  ASSERT_THAT(Validate(policy), IsEmpty());
  EXPECT_THAT(Lint(policy), IsEmpty());
  const List list = ListOf(kWeekly, policy, {}, 2);
  EXPECT_EQ(Skus(list), (std::vector<std::string>{"milk", "caviar"})) << "bread is promoted no more";
  EXPECT_EQ(list.items[1].promotion_id, "luxury");
  EXPECT_EQ(list.items[1].slot, "promotions");
  EXPECT_THAT(ReasonZh(Model(), list.items[1]), testing::StartsWith("正在促销，截至 2026-03-31"));
  EXPECT_EQ(ReasonEn(Model(), list.items[1]).find("on promotion until 2026-03-31; "), 0u) << "what else speaks for it is said, too";
  EXPECT_GT(list.expected_hits_by_relevance, list.expected_hits) << "bread would have been likelier";
  EXPECT_EQ(list.items[0].promotion_id, "");

  EXPECT_EQ(Skus(ListOf(kWeekly, policy, {"caviar"}, 2)), (std::vector<std::string>{"milk", "bread"})) << "what is out of stock isn't promoted";
  ListRequest before = For(kWeekly, 2);
  before.today = *ParseDay("2026-03-25");
  const List yesterday = CompiledPolicy(Model(), policy, {}).MakeList(before);
  EXPECT_EQ(std::count_if(yesterday.items.begin(), yesterday.items.end(), [](const ListItem& item) { return item.promotion_id == "over"; }), 1);
  EXPECT_THAT(Skus(yesterday), Not(testing::Contains("caviar")));

  // Of a category: the customer's own milk, which keeps its rhythm.
  policy.promotions = {{"dairy", {}, {"dairy"}, {}, {}}};
  const List dairy = ListOf(kWeekly, policy, {}, 2);
  ASSERT_EQ(Skus(dairy).front(), "milk");
  EXPECT_EQ(dairy.items[0].candidate.source, Source::kBuyAgain);
  EXPECT_EQ(ReasonZh(Model(), dairy.items[0]), "正在促销；每周二补货，已超 2 天；常购数量 3");

  // Without a slot nothing is promoted, and lint says so.
  policy.audiences[0].slots.clear();
  EXPECT_EQ(Skus(ListOf(kWeekly, policy)), Skus(ListOf(kWeekly)));
  EXPECT_THAT(Lint(policy).at(0).reason, "PROMOTIONS_UNUSED");
  policy.promotions.clear();
  policy.audiences[0].slots.push_back({"promotions", 1, Source::kPromotion, {}});
  EXPECT_THAT(Lint(policy).at(0).reason, "NO_PROMOTIONS");
}

void Buy(BaseBuilder& builder, int customer, Day day, const std::string& sku, std::optional<Day> listed = {}) {
  builder.Add({.customer = customer, .day = day, .sku = sku, .category = "any", .quantity_milli = 1000, .amount_fen = 100, .cost_fen = {}, .listed_day = listed});
}

// Goods that don't sell yet are known neither as the customer's nor as popular.
TEST(RecommendModel, PromotesWhatHardlyAnybodyBuysInItsSlotAlone) {
  BaseBuilder builder;
  const Day today = *ParseDay("2026-03-26");
  Training training;
  training.as_of = today;
  for (int c = 0; c < 3; ++c) training.customers.push_back({FingerprintOf("c-" + std::to_string(c)), "", "", ""});
  for (int week = 0; week < 5; ++week) {
    for (int c = 0; c < 2; ++c) Buy(builder, c, today - 7 * week, "milk");
  }
  Buy(builder, 2, today - 200, "forgotten");  // not among what was popular lately
  training.base = std::move(builder).Finish(3);
  const RecommendModel model = RecommendModel::Train(training, {});
  Policy policy = DefaultPolicy();
  policy.promotions = {{"back again", {"forgotten", "never sold"}, {}, {}, {}}};
  const auto list = [&] {
    ListRequest request;
    request.customer.id = FingerprintOf("nobody");
    request.today = today;
    return CompiledPolicy(model, policy, {}).MakeList(request);
  };
  EXPECT_EQ(list().items.size(), 1u);
  policy.audiences[0].slots.push_back({"promotions", 2, Source::kPromotion, {}});
  const List promoted = list();
  ASSERT_EQ(promoted.items.size(), 2u);
  EXPECT_EQ(model.code(promoted.items[1].candidate.sku), "forgotten");
  EXPECT_EQ(promoted.items[1].candidate.relevance, 0);
  EXPECT_EQ(ReasonEn(model, promoted.items[1]), "on promotion");
}

// A reason doesn't name what was blocked meanwhile.
TEST(RecommendModel, RecommendsNothingBesideWhatCannotBeHad) {
  BaseBuilder builder;
  const Day today = *ParseDay("2026-03-26");
  Training training;
  training.as_of = today;
  for (int c = 0; c < 30; ++c) {
    training.customers.push_back({FingerprintOf("c-" + std::to_string(c)), "", "", ""});
    for (int week = 0; week < 6; ++week) {
      Buy(builder, c, today - 1 - 7 * week, "pasta");
      if (c > 0) Buy(builder, c, today - 1 - 7 * week, "sauce");
      Buy(builder, c, today - 1 - 7 * week, "filler-" + std::to_string(c % 5));
    }
  }
  training.base = std::move(builder).Finish(30);
  const RecommendModel model = RecommendModel::Train(training, {});
  const auto sauce = [&](const Unavailable& unavailable) {
    ListRequest request;
    request.customer.id = FingerprintOf("c-0");
    request.today = today;
    for (const ListItem& item : CompiledPolicy(model, DefaultPolicy(), unavailable).MakeList(request).items) {
      if (model.code(item.candidate.sku) == "sauce") return ReasonEn(model, item);
    }
    return std::string("not listed");
  };
  EXPECT_EQ(sauce({}), "bought with pasta");
  EXPECT_EQ(sauce({"pasta"}), "goes with what you buy");
}

// One customer says little of a segment, and what is popular nothing against what the model has left out.
TEST(RecommendModel, PopularGoodsStayBelowWhatTheCustomerIsKnownFor) {
  BaseBuilder builder;
  const Day today = *ParseDay("2026-03-26");
  Training training;
  training.as_of = today;
  std::mt19937 random(4);
  constexpr int kCustomers = 200;
  for (int c = 0; c < kCustomers; ++c) {
    training.customers.push_back({FingerprintOf("c-" + std::to_string(c)), "", c < 2 ? "hotpot" : "canteen", ""});
    if (c == 0) continue;
    for (int week = 0; week < 10; ++week) {
      const Day day = today - 1 - 7 * week - (c == 1 ? 70 : 0);  // the segment's second one has bought nothing lately
      Buy(builder, c, day, "milk");
      for (int i = 0; i < 5; ++i) Buy(builder, c, day, "s-" + std::to_string(random() % 100));
    }
  }
  for (int i = 0; i < 30; ++i) {
    for (int week = 0; week < 8; ++week) Buy(builder, 0, today - 3 - 7 * week, "bulk-" + std::to_string(i));  // all that the segment has bought lately
    Buy(builder, 2, today - 200, "bulk-" + std::to_string(i));  // long on sale
  }
  training.base = std::move(builder).Finish(kCustomers);
  const RecommendModel model = RecommendModel::Train(training, {});
  ListRequest request;
  request.today = today;
  request.count = 60;
  request.customer.id = FingerprintOf("c-1");
  const List list = CompiledPolicy(model, DefaultPolicy(), {}).MakeList(request);
  EXPECT_EQ(model.code(list.items.at(0).candidate.sku), "milk");
  float least_novel = 1;
  for (const ListItem& item : list.items) {
    if (item.candidate.source == Source::kBoughtTogether) least_novel = std::min(least_novel, item.candidate.relevance);
  }
  ASSERT_LT(least_novel, 1);
  EXPECT_TRUE(std::any_of(list.items.begin(), list.items.end(), [](const ListItem& item) { return item.candidate.popular_with == GroupKind::kSegment; }));
  for (const ListItem& item : list.items) {
    if (item.candidate.popular_with != GroupKind::kSegment) continue;
    EXPECT_LE(item.candidate.relevance, least_novel) << model.code(item.candidate.sku);
  }
  EXPECT_LT(list.expected_hits, 10);
  const auto* hotpot = model.Popular({.segment = model.Find(FingerprintOf("c-0")).segment}, "", std::array{GroupKind::kSegment});
  ASSERT_NE(hotpot, nullptr);
  ASSERT_EQ(hotpot->name, "hotpot");
  EXPECT_NEAR(hotpot->rows[0].share, 8.0 / 28, 0.01);
}

// Of a large catalogue a launch isn't among the best sold yet, and a slow seller that history begins with is no launch.
TEST(RecommendModel, NewArrivalsAreFoundBehindTheBestSold) {
  BaseBuilder builder;
  const Day today = *ParseDay("2026-03-26");
  Training training;
  training.as_of = today;
  for (int c = 0; c < 20; ++c) {
    training.customers.push_back({FingerprintOf("c-" + std::to_string(c)), "", "", ""});
    for (int week = 0; week < 10; ++week) {
      for (int i = 0; i < 300; ++i) Buy(builder, c, today - 1 - 7 * week, "s-" + std::to_string(i));
    }
  }
  Buy(builder, 0, today - 2, "launch", today - 5);
  Buy(builder, 0, today - 2, "untold");
  Buy(builder, 0, today - 2, "slow", today - 400);
  training.base = std::move(builder).Finish(20);
  const RecommendModel model = RecommendModel::Train(training, {});
  std::vector<std::string> arrivals;
  for (const auto& row : model.new_arrivals()) arrivals.push_back(model.code(row.sku));
  EXPECT_THAT(arrivals, testing::UnorderedElementsAre("launch", "untold"));
}

// A whole region may be leaving: those are the ones an audience is meant for.
TEST(RecommendModel, KnowsGroupsThatHaveBoughtNothingLately) {
  BaseBuilder builder;
  const Day today = *ParseDay("2026-03-26");
  Training training;
  training.as_of = today;
  training.customers = {{FingerprintOf("east"), "east", "", ""}, {FingerprintOf("west"), "west", "", ""}};
  for (int week = 0; week < 5; ++week) {
    for (int c = 0; c < 2; ++c) {
      builder.Add({.customer = c, .day = today - 7 * week - (c == 1 ? 100 : 0), .sku = c == 0 ? "milk" : "tea", .category = "any", .quantity_milli = 1000,
                   .amount_fen = 100, .cost_fen = {}, .listed_day = {}});
    }
  }
  training.base = std::move(builder).Finish(2);
  const RecommendModel trained = RecommendModel::Train(training, {});
  const RecommendModel model = RecommendModel::Parse(trained.Serialise()).value();
  EXPECT_TRUE(model.KnowsGroup(GroupKind::kRegion, "west"));
  EXPECT_FALSE(model.KnowsGroup(GroupKind::kRegion, "north"));
  EXPECT_FALSE(model.KnowsGroup(GroupKind::kSegment, "west"));
  EXPECT_TRUE(model.KnowsCategory("any"));
  EXPECT_FALSE(model.KnowsCategory("anything"));
  Policy policy;
  policy.audiences.resize(2);
  policy.audiences[0].name = "western";
  policy.audiences[0].when.regions = {"west"};
  policy.audiences[1].name = "rest";
  ListRequest request;
  request.today = today;
  request.customer.id = FingerprintOf("west");
  const List list = CompiledPolicy(model, policy, {}).MakeList(request);
  EXPECT_EQ(list.audience, "western");
  EXPECT_EQ(list.items.size(), 2u) << "its own tea, and the milk that everybody buys";
  request.customer.id = FingerprintOf("east");
  EXPECT_EQ(CompiledPolicy(model, policy, {}).MakeList(request).audience, "rest");
}

TEST_F(RecommendModelTest, BoostsAndMarginsMoveItemsUp) {
  Policy policy = DefaultPolicy();
  policy.audiences[0].boosts.push_back({{"bakery"}, {}, 100'000});
  EXPECT_EQ(Skus(ListOf(kWeekly, policy)).front(), "bread");
  policy.audiences[0].boosts[0] = {{}, {"caviar"}, 100'000};
  EXPECT_EQ(Skus(ListOf(kWeekly, policy)).front(), "caviar");
  const List plain = ListOf(kWeekly);
  for (const int32_t permille : {1, 100'000}) {
    policy.audiences[0].boosts.assign(50, {{"", "dairy", "bakery", "fruit", "imported"}, {}, permille});
    EXPECT_EQ(Skus(ListOf(kWeekly, policy)), Skus(plain)) << "boosts of everything change nothing, however many they are";
  }
  policy = DefaultPolicy();
  policy.audiences[0].margin_weight_permille = 10'000;
  EXPECT_FLOAT_EQ(Item(ListOf(kWeekly, policy), "caviar").score, Item(plain, "caviar").score * 9);  // margin 80 %
}

TEST_F(RecommendModelTest, ACategoryTakesNoMoreThanItsShare) {
  Policy policy = DefaultPolicy();
  policy.audiences[0].most_per_category = 1;
  std::map<std::string, int> categories;
  for (const ListItem& item : ListOf(kWeekly, policy).items) ++categories[Model().category(item.candidate.sku)];
  for (const auto& [category, count] : categories) EXPECT_EQ(count, 1) << category;
}

TEST_F(RecommendModelTest, ExploresTheSameWayAllDay) {
  Policy policy = DefaultPolicy();
  policy.audiences[0].exploration_permille = 500;
  const List one = ListOf(kSecond, policy, {}, 2);
  EXPECT_EQ(Skus(one), Skus(ListOf(kSecond, policy, {}, 2)));
  EXPECT_EQ(std::count_if(one.items.begin(), one.items.end(), [](const ListItem& item) { return item.exploration; }), 1);
  for (const ListItem& item : one.items) EXPECT_TRUE(!item.exploration || item.candidate.source != Source::kBuyAgain);
}

TEST(PolicyChecks, NameEverythingThatIsWrong) {
  Policy policy;
  EXPECT_EQ(Validate(policy)[0].field, "audiences");
  policy.audiences.resize(2);
  policy.audiences[0].name = policy.audiences[1].name = "all";
  policy.audiences[0].slots.push_back({"", 0, {}, {}});
  policy.audiences[0].boosts.push_back({{}, {}, 0});
  policy.audiences[0].exploration_permille = 501;
  policy.audiences[1].when.tier_codes = {"gold"};
  policy.promotions = {{"p", {}, {}, {}, {}}, {"p", {"s"}, {}, 20'002, 20'001}};
  std::vector<std::string> fields;
  for (const Violation& violation : Validate(policy)) fields.push_back(violation.field);
  EXPECT_THAT(fields, testing::UnorderedElementsAre("audiences[0].slots[0].name", "audiences[0].slots[0].count", "audiences[0].slots[0]",
                                                    "audiences[0].boosts[0].factor_permille", "audiences[0].boosts[0]",
                                                    "audiences[0].exploration_permille", "audiences[1].name", "audiences[1].when",
                                                    "promotions[0]", "promotions[1].promotion_id", "promotions[1].until_date"));
}

TEST(PolicyChecks, WarnOfAnAudienceThatNobodyReaches) {
  Policy policy = DefaultPolicy();
  policy.audiences.push_back(policy.audiences[0]);
  policy.audiences[1].name = "behind";
  ASSERT_EQ(Lint(policy).size(), 1u);
  EXPECT_THAT(Lint(policy)[0].message, HasSubstr("everybody"));
}

TEST(Reasons, SpeakOfRhythmAndDueDay) {
  const RecommendModel none;
  ListItem item;
  item.candidate.source = Source::kBuyAgain;
  item.candidate.usual_quantity_milli = 2500;
  item.candidate.gap_days = 14.2F;
  item.candidate.days_since = 4;
  EXPECT_EQ(ReasonZh(none, item), "约每14天补货，预计 10 天后补货；常购数量 2.5");
  EXPECT_EQ(ReasonEn(none, item), "bought about every 14 days, due in 10 days; usually 2.5");
  item.candidate.gap_days = 1;
  item.candidate.days_since = 1;
  EXPECT_EQ(ReasonEn(none, item), "bought daily, due today; usually 2.5");
  EXPECT_EQ(ReasonZh(none, item), "每天补货，预计今天补货；常购数量 2.5");
}

}  // namespace
}  // namespace rung::recommend
