#include "libs/pricing/line_pricer.h"

#include <algorithm>

namespace rung::pricing {
namespace {

constexpr Fen kNothing{0};

Fen ResultOf(const Terms& terms, Fen amount, QtyMilli quantity) {
  if (terms.pay) return ShareOf(amount, *terms.pay);
  // A fixed price may lie far above the list, so the product is only narrowed once it is known to be smaller.
  const Wide fixed = RoundHalfUp(Wide{terms.price->value} * quantity.value, kOne.value);
  return fixed < amount.value ? Fen{static_cast<int64_t>(fixed)} : amount;
}

// The least amount that leaves the margin: ceil(cost x quantity / (1 - margin)). Wide, because it may be too large.
Wide AmountWithMargin(Fen cost, QtyMilli quantity, Bps margin) {
  return RoundUp(Wide{cost.value} * quantity.value * kWhole.value, kOne.value * (kWhole - margin).value);
}

void SetFloor(const UnitPrice& price, QuotedLine& line) {
  if (price.floor) {
    line.floor = AmountAtLeast(*price.floor, line.quantity);
    line.list_below_floor = price.list < *price.floor;
  }
  if (!price.min_margin) return;
  if (!price.cost) {
    line.no_cost = true;
    line.floor = std::max(line.floor, line.list);
    return;
  }
  const auto with_margin = static_cast<int64_t>(AmountWithMargin(*price.cost, line.quantity, *price.min_margin));
  line.floor = std::max(line.floor, Fen{with_margin});
  line.list_below_floor |= Wide{price.list.value} * (kWhole - *price.min_margin).value < Wide{price.cost->value} * kWhole.value;
}

// Orders candidates of one group: the lowest result, then the kind's place in the group, then the smaller id.
bool Better(const Candidate& a, const Candidate& b, const std::vector<Kind>& group) {
  if (a.result != b.result) return a.result < b.result;
  if (a.kind != b.kind) return std::find(group.begin(), group.end(), a.kind) < std::find(group.begin(), group.end(), b.kind);
  return a.id < b.id;
}

Candidate* BestOf(const std::vector<Kind>& group, std::span<Candidate> candidates, Fen amount, QtyMilli quantity) {
  Candidate* best = nullptr;
  for (Candidate& candidate : candidates) {
    if (candidate.verdict != Verdict::kNotStacked) continue;
    if (std::find(group.begin(), group.end(), candidate.kind) == group.end()) continue;
    candidate.before = amount;
    candidate.result = ResultOf(candidate.terms, amount, quantity);
    if (candidate.result >= amount) {
      candidate.verdict = Verdict::kNoGain;
      continue;
    }
    candidate.verdict = Verdict::kBeaten;
    if (best == nullptr || Better(candidate, *best, group)) best = &candidate;
  }
  return best;
}

// Cap and floor take back from the last winner first.
void TakeBack(Fen taken, std::array<Candidate*, kKinds>& winners, int count) {
  for (int i = count - 1; i >= 0 && taken > kNothing; --i) {
    const Fen part = std::min(taken, winners[i]->effect);
    winners[i]->effect -= part;
    taken -= part;
  }
}

}  // namespace

bool LineFits(const UnitPrice& price, QtyMilli quantity) {
  if (RoundHalfUp(Wide{price.list.value} * quantity.value, kOne.value) > kMaxAmount.value) return false;
  if (price.floor && !AmountFits(*price.floor, quantity)) return false;
  if (!price.cost) return true;
  if (!AmountFits(*price.cost, quantity)) return false;
  return !price.min_margin || AmountWithMargin(*price.cost, quantity, *price.min_margin) <= kMaxAmount.value;
}

void PriceLine(const Policy& policy, const UnitPrice& price, std::span<Candidate> candidates, QuotedLine& line) {
  line.list = AmountOf(price.list, line.quantity);
  SetFloor(price, line);
  Fen amount = line.list;
  bool fixed = false;
  int count = 0;
  std::array<Candidate*, kKinds> winners;
  for (const std::vector<Kind>& group : policy.groups) {
    Candidate* winner = BestOf(group, candidates, amount, line.quantity);
    if (winner == nullptr) continue;
    winner->verdict = Verdict::kApplied;
    winner->effect = amount - winner->result;
    amount = winner->result;
    fixed |= winner->terms.price.has_value();
    winners[count++] = winner;
  }
  const Fen unclipped = amount;
  if (policy.max_discount && !fixed) {
    line.cap_amount = line.list - ShareOf(line.list, *policy.max_discount);
    line.cap_clipped = amount < line.cap_amount;
    amount = std::max(amount, line.cap_amount);
  }
  const Fen least = std::min(line.list, line.floor);
  line.floor_clipped = amount < least;
  amount = std::max(amount, least);
  TakeBack(amount - unclipped, winners, count);
  line.before_coupons = line.amount = amount;
  line.winner_count = static_cast<uint8_t>(count);
  for (int i = 0; i < count; ++i) line.winners[i] = {winners[i]->id, winners[i]->rule, winners[i]->kind, winners[i]->effect};
}

}  // namespace rung::pricing
