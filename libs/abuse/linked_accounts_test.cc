#include "libs/abuse/linked_accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace rung::abuse {
namespace {

using enum MatchKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LinkAccounts, LinksByAPhoneOrADeviceAlone) {
  const auto linked = LinkAccounts({{4, kPhone, "p"}, {1, kPhone, "p"}, {2, kDevice, "d"}, {9, kDevice, "d"}}, {});
  ASSERT_EQ(linked.groups.size(), 2U);
  EXPECT_THAT(linked.groups[0].accounts, ElementsAre(1, 4));
  EXPECT_EQ(linked.groups[0].kinds, BitOf(kPhone));
  EXPECT_THAT(linked.groups[1].accounts, ElementsAre(2, 9));
  EXPECT_EQ(linked.groups[1].kinds, BitOf(kDevice));
}

TEST(LinkAccounts, LeavesChainsAndFoodCourtsAlone) {
  const auto linked = LinkAccounts({{0, kPayer, "head office"}, {1, kPayer, "head office"}, {2, kPayer, "head office"},
                                    {3, kAddress, "hall 7"}, {4, kAddress, "hall 7"}}, {});
  EXPECT_THAT(linked.groups, IsEmpty());
}

TEST(LinkAccounts, LinksByAddressAndPayerOfTheSamePair) {
  const auto linked = LinkAccounts({{0, kAddress, "a"}, {1, kAddress, "a"}, {0, kPayer, "p"}, {1, kPayer, "p"},
                                    // 2 shares the address with 3 and the payer with 4: no pair shares both.
                                    {2, kAddress, "b"}, {3, kAddress, "b"}, {2, kPayer, "q"}, {4, kPayer, "q"}}, {});
  ASSERT_EQ(linked.groups.size(), 1U);
  EXPECT_THAT(linked.groups[0].accounts, ElementsAre(0, 1));
  EXPECT_EQ(linked.groups[0].kinds, BitOf(kAddress) | BitOf(kPayer));
}

TEST(LinkAccounts, FollowsLinksFromAccountToAccount) {
  const auto linked = LinkAccounts({{7, kPhone, "p"}, {3, kPhone, "p"}, {3, kDevice, "d"}, {5, kDevice, "d"}}, {});
  ASSERT_EQ(linked.groups.size(), 1U);
  EXPECT_THAT(linked.groups[0].accounts, ElementsAre(3, 5, 7));
  EXPECT_EQ(linked.groups[0].kinds, BitOf(kPhone) | BitOf(kDevice));
}

TEST(LinkAccounts, TellsKindsApartAndIgnoresRepetitions) {
  const auto linked = LinkAccounts({{0, kPhone, "x"}, {1, kDevice, "x"}, {2, kPhone, "y"}, {2, kPhone, "y"}}, {});
  EXPECT_THAT(linked.groups, IsEmpty());
}

TEST(LinkAccounts, ReportsAValueThatTooManyShareInsteadOfLinkingThem) {
  std::vector<Match> matches;
  for (uint32_t i = 0; i < 21; ++i) matches.push_back({i, kPhone, "switchboard"});
  auto linked = LinkAccounts(matches, {});
  EXPECT_THAT(linked.groups, IsEmpty());
  ASSERT_EQ(linked.crowded.size(), 1U);
  EXPECT_EQ(linked.crowded[0].accounts, 21U);
  EXPECT_EQ(linked.crowded[0].blind_index, "switchboard");
  matches.pop_back();
  linked = LinkAccounts(matches, {});
  EXPECT_EQ(linked.groups.at(0).accounts.size(), 20U);
}

TEST(LinkAccounts, FindsTheComponentsOfABreadthFirstSearch) {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> names(40);
    for (size_t i = 0; i < names.size(); ++i) names[i] = "v" + std::to_string(i);
    std::vector<Match> matches;
    std::vector<std::set<uint32_t>> owners(names.size());
    for (int i = 0; i < 60; ++i) {
      const auto account = static_cast<uint32_t>(random() % 60);
      const size_t value = random() % names.size();
      matches.push_back({account, kDevice, names[value]});
      owners[value].insert(account);
    }
    std::set<std::set<uint32_t>> expected;
    for (uint32_t start = 0; start < 60; ++start) {
      std::set<uint32_t> reached = {start};
      for (size_t before = 0; before != reached.size();) {
        before = reached.size();
        for (const auto& group : owners) {
          if (std::any_of(group.begin(), group.end(), [&](uint32_t a) { return reached.contains(a); })) reached.insert(group.begin(), group.end());
        }
      }
      if (reached.size() > 1) expected.insert(reached);
    }
    std::set<std::set<uint32_t>> found;
    for (const auto& group : LinkAccounts(matches, {}).groups) found.insert({group.accounts.begin(), group.accounts.end()});
    EXPECT_EQ(found, expected);
  }
}

}  // namespace
}  // namespace rung::abuse
