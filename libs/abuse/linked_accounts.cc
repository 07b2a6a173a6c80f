#include "libs/abuse/linked_accounts.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace rung::abuse {
namespace {

struct SharedValue {
  uint32_t a;  // a < b
  uint32_t b;
  KindSet kinds;
};

// Disjoint sets with path halving; the smallest account represents its set.
class Sets {
 public:
  uint32_t Find(uint32_t account) {
    Grow(account);
    while (parent_[account] != account) account = parent_[account] = parent_[parent_[account]];
    return account;
  }
  void Join(uint32_t a, uint32_t b) {
    const uint32_t roots[] = {Find(a), Find(b)};
    parent_[std::max(roots[0], roots[1])] = std::min(roots[0], roots[1]);
  }

 private:
  void Grow(uint32_t account) {
    const auto size = static_cast<uint32_t>(parent_.size());
    if (account < size) return;
    parent_.resize(size_t{account} + 1);
    std::iota(parent_.begin() + size, parent_.end(), size);
  }
  std::vector<uint32_t> parent_;
};

auto ValueOf(const Match& match) { return std::tuple(match.kind, match.blind_index); }

// Pairs of accounts that share a value, one entry for each value; values that too many share go to `crowded`.
std::vector<SharedValue> SharedValues(const std::vector<Match>& matches, const LinkRules& rules,
                                      std::vector<CrowdedValue>& crowded) {
  std::vector<SharedValue> shared;
  for (auto first = matches.begin(); first != matches.end();) {
    const auto last = std::find_if(first, matches.end(), [&](const Match& m) { return ValueOf(m) != ValueOf(*first); });
    if (last - first > rules.accounts_max) {
      crowded.push_back({first->kind, first->blind_index, static_cast<uint32_t>(last - first)});
    } else {
      for (auto a = first; a != last; ++a) {
        for (auto b = a + 1; b != last; ++b) shared.push_back({a->account, b->account, BitOf(first->kind)});
      }
    }
    first = last;
  }
  return shared;
}

}  // namespace

int LinkRules::PointsOf(KindSet kinds) const {
  int points = 0;
  if ((kinds & BitOf(MatchKind::kPhone)) != 0) points += phone_points;
  if ((kinds & BitOf(MatchKind::kAddress)) != 0) points += address_points;
  if ((kinds & BitOf(MatchKind::kPayer)) != 0) points += payer_points;
  if ((kinds & BitOf(MatchKind::kDevice)) != 0) points += device_points;
  return points;
}

LinkedAccounts LinkAccounts(std::vector<Match> matches, const LinkRules& rules) {
  const auto key = [](const Match& match) { return std::tuple(match.kind, match.blind_index, match.account); };
  std::sort(matches.begin(), matches.end(), [&](const Match& a, const Match& b) { return key(a) < key(b); });
  const auto same = [&](const Match& a, const Match& b) { return key(a) == key(b); };
  matches.erase(std::unique(matches.begin(), matches.end(), same), matches.end());

  LinkedAccounts linked;
  std::vector<SharedValue> shared = SharedValues(matches, rules, linked.crowded);
  const auto by_pair = [](const SharedValue& x, const SharedValue& y) { return std::tie(x.a, x.b) < std::tie(y.a, y.b); };
  std::sort(shared.begin(), shared.end(), by_pair);

  Sets sets;
  std::vector<SharedValue> links;
  for (auto pair = shared.begin(); pair != shared.end();) {
    SharedValue link{pair->a, pair->b, 0};
    for (; pair != shared.end() && pair->a == link.a && pair->b == link.b; ++pair) link.kinds |= pair->kinds;
    if (rules.PointsOf(link.kinds) < rules.points_min) continue;
    sets.Join(link.a, link.b);
    links.push_back(link);
  }

  std::map<uint32_t, AccountGroup> groups;
  for (const SharedValue& link : links) {
    AccountGroup& group = groups[sets.Find(link.a)];
    group.accounts.insert(group.accounts.end(), {link.a, link.b});
    group.kinds |= link.kinds;
  }
  for (auto& [smallest, group] : groups) {
    std::sort(group.accounts.begin(), group.accounts.end());
    group.accounts.erase(std::unique(group.accounts.begin(), group.accounts.end()), group.accounts.end());
    linked.groups.push_back(std::move(group));
  }
  return linked;
}

}  // namespace rung::abuse
