#include "libs/labels/label_table.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "libs/labels/standings.h"

namespace rung::labels {
namespace {

Label Make(uint32_t version, uint8_t tier, Day as_of = 20000) { return {true, tier, 75'500, as_of, version}; }

TEST(Label, PacksIntoOneWordThatGrowsWithVersionAndDay) {
  const Label label = Make(17, 3);
  EXPECT_EQ(Unpack(Pack(label)), label);
  EXPECT_LT(Pack(Make(17, 62)), Pack(Make(18, 0)));
  EXPECT_LT(Pack(Make(17, 62, 20000)), Pack(Make(17, 0, 20001)));
  const Label extreme{true, kMaxTiers - 1, 100'000, kLabelEpoch + 0xffff, kMaxVersion};
  EXPECT_EQ(Unpack(Pack(extreme)), extreme);
}

TEST(LabelTable, AnOlderLabelNeverReplacesANewerOne) {
  LabelTable table;
  const auto customer = FingerprintOf("c1");
  table.Merge(customer, 0, Pack(Make(5, 2)));
  table.Merge(customer, 0, Pack(Make(4, 1)));
  EXPECT_EQ(Unpack(*table.Find(customer, 0)).version, 5u);
}

TEST(LabelTable, TellsUnknownFromKnownWithoutLabel) {
  LabelTable table;
  EXPECT_FALSE(table.Find(FingerprintOf("c1"), 0));
  table.Add(FingerprintOf("c1"));
  EXPECT_EQ(table.Find(FingerprintOf("c1"), 0), 0u);
  EXPECT_EQ(table.Find(FingerprintOf("c1"), 3), 0u) << "a ladder without labels";
  CustomerFingerprint impostor = FingerprintOf("c1");
  impostor.check ^= 1;
  EXPECT_FALSE(table.Find(impostor, 0)) << "the same number isn't enough";
}

TEST(LabelTable, KeepsEverythingWhileItGrows) {
  LabelTable table;
  for (int i = 0; i < 50'000; ++i) {
    table.Merge(FingerprintOf("c" + std::to_string(i)), i % 3, Pack(Make(1 + i, i % 5)));
  }
  EXPECT_EQ(table.size(), 50'000);
  for (int i = 0; i < 50'000; ++i) {
    ASSERT_EQ(Unpack(*table.Find(FingerprintOf("c" + std::to_string(i)), i % 3)), Make(1 + i, i % 5)) << i;
  }
  EXPECT_LE(table.bytes(), 50'000 * (16 + 3 * 8) * 2);
}

TEST(LabelTable, ManyAtOnceAnswerLikeOneByOne) {
  LabelTable table;
  std::vector<CustomerFingerprint> asked;
  for (int i = 0; i < 3000; ++i) {
    const auto customer = FingerprintOf("c" + std::to_string(i));
    if (i % 3 == 0) table.Merge(customer, 1, Pack(Make(1 + i, i % 5)));
    if (i % 3 == 1) table.Add(customer);
    asked.push_back(customer);
    if (i % 7 == 0) asked.back().check ^= 1;
  }
  std::vector<uint64_t> numbers, many(asked.size()), by_number(asked.size());
  for (const auto& customer : asked) numbers.push_back(static_cast<uint64_t>(customer.number));
  for (const int ladder_no : {1, 2}) {
    table.FindMany(asked, ladder_no, many);
    table.FindMany(numbers, ladder_no, by_number);
    for (size_t i = 0; i < asked.size(); ++i) {
      ASSERT_EQ(many[i], table.Find(asked[i], ladder_no).value_or(LabelTable::kUnknown)) << i;
      ASSERT_EQ(by_number[i], table.FindNumber(asked[i].number, ladder_no).value_or(LabelTable::kUnknown)) << i;
    }
  }
  table.FindMany(std::span<const uint64_t>(), 1, {});
}

TEST(LabelTable, TellsCustomersApartWhoseTagsAndGroupsAreTheSame) {
  LabelTable table;
  const auto customer = [](int i) {  // the same high bits choose the group, the same low byte is the tag
    return CustomerFingerprint{CustomerNumber{(int64_t{7} << 60) + (int64_t{i} << 8) + 5}, static_cast<uint64_t>(i)};
  };
  for (int i = 0; i < 100; ++i) table.Merge(customer(i), 0, Pack(Make(1 + i, 0)));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Unpack(*table.Find(customer(i), 0)).version, 1u + i) << i;
  for (int i = 100; i < 200; ++i) ASSERT_FALSE(table.Find(customer(i), 0)) << i;
  std::vector<CustomerFingerprint> all;
  for (int i = 0; i < 200; ++i) all.push_back(customer(i));
  std::vector<uint64_t> many(all.size());
  table.FindMany(all, 0, many);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(many[i], table.Find(all[i], 0).value_or(LabelTable::kUnknown)) << i;
  const CustomerFingerprint last{CustomerNumber{-1}, 1}, zero{CustomerNumber{0}, 2};  // the last group goes on at the first
  for (int i = 0; i < 20; ++i) table.Add({CustomerNumber{-256 * i - 2}, 3});
  table.Merge(last, 0, 9);
  table.Merge(zero, 0, 8);
  EXPECT_EQ(table.Find(last, 0), 9u);
  EXPECT_EQ(table.Find(zero, 0), 8u);
}

TEST(LabelTable, ARedirectedCustomerHasTheLabelsOfTheOneThatItWasMergedInto) {
  LabelTable table;
  const CustomerFingerprint first = FingerprintOf("first"), again = FingerprintOf("again"), third = FingerprintOf("third");
  table.Merge(first, 1, 100);
  table.Merge(again, 1, 700);
  EXPECT_EQ(table.TargetOf(again), std::nullopt);
  table.Redirect(again, first.number);
  table.Redirect(third, again.number);
  for (int i = 0; i < 3000; ++i) table.Merge(FingerprintOf("grown-" + std::to_string(i)), 1, 1);
  EXPECT_EQ(table.Find(again, 1), 100u);
  EXPECT_EQ(table.Find(third, 1), 100u) << "a merge of a merge";
  EXPECT_EQ(table.FindNumber(again.number, 1), 100u);
  EXPECT_EQ(table.TargetOf(third), first);
  EXPECT_EQ(table.TargetOf(first), std::nullopt);
  table.Merge(first, 1, 900);
  const CustomerFingerprint all[] = {first, again, third};
  uint64_t words[3];
  table.FindMany(all, 1, words);
  for (const auto& word : words) EXPECT_EQ(word, 900u);
  int64_t counted = 0;
  table.ForEach(1, [&](uint64_t) { ++counted; });
  EXPECT_EQ(counted, 3000 + 1) << "a redirected customer isn't counted on its own";
}

TEST(LabelTable, ReadersSeeWholeLabelsWhileWritersGrowIt) {
  LabelTable table;
  const auto steady = FingerprintOf("steady");
  table.Merge(steady, 0, Pack(Make(1, 1)));
  std::atomic<bool> stop{false};
  std::atomic<int64_t> reads{0}, wrong{0};
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      uint32_t last = 0;
      while (!stop) {
        const auto word = table.Find(steady, 0);
        const Label label = word ? Unpack(*word) : Label{};
        if (!word || label.version < last || label.tier != label.version % 5) ++wrong;
        last = label.version;
        ++reads;
      }
    });
  }
  for (uint32_t i = 1; i < 30'000; ++i) {
    table.Merge(FingerprintOf("x" + std::to_string(i)), 0, Pack(Make(1, 0)));
    table.Merge(steady, 0, Pack(Make(i, i % 5)));
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_GT(reads, 0);
  EXPECT_EQ(wrong, 0);
}

TEST(Standings, ComeBackFromTheirBytes) {
  Standings standings;
  Set(standings, 2, {.graded = true, .effective = 1, .computed = 2, .score = 61'000, .version = 9, .as_of = 20543, .protected_since = 20500,
                     .granted_as_of = 20499, .granted_by = 7, .protection_void = true, .against = 3, .judged_as_of = 20542});
  Set(standings, 1, {.graded = true, .effective = 4});
  ASSERT_EQ(standings.front().ladder_no, 1);
  Standings again;
  ASSERT_TRUE(DecodeStandings(EncodeStandings(standings), again).ok());
  EXPECT_EQ(again, standings);
  EXPECT_EQ(Find(again, 2)->version, 9u);
  EXPECT_EQ(Find(again, 3), nullptr);
  for (const size_t bytes : {1, 5, 31, 34, 64}) EXPECT_FALSE(DecodeStandings(std::string(bytes, '\3'), again).ok()) << bytes;
  ASSERT_TRUE(DecodeStandings(EncodeStandings({}), again).ok());
  EXPECT_TRUE(again.empty());
}

TEST(Standings, OfTheFirstFormatAreStillRead) {
  // Written out field by field: ladder 2, graded, tiers 1 and 2, three reserved bytes, score 61,000, version 9,
  // as of day 20,543, protected since day 20,500; then ladder 3, not graded.
  const std::string first = std::string("\2\0\1\1\2\0\0\0\x48\xee\0\0\x9\0\0\0\x3f\x50\0\0\x14\x50\0\0", 24) +
                            std::string("\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  Standings standings;
  ASSERT_TRUE(DecodeStandings(first, standings).ok());
  ASSERT_EQ(standings.size(), 2u);
  EXPECT_EQ(standings[0], (LadderStanding{2, {.graded = true, .effective = 1, .computed = 2, .score = 61'000, .version = 9,
                                              .as_of = 20'543, .protected_since = 20'500}}));
  EXPECT_EQ(standings[1], (LadderStanding{3, {}}));
  Standings again;
  ASSERT_TRUE(DecodeStandings(EncodeStandings(standings), again).ok());
  EXPECT_EQ(again, standings);
}

}  // namespace
}  // namespace rung::labels
