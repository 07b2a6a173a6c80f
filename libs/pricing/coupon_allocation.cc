#include "libs/pricing/coupon_allocation.h"

#include <algorithm>

namespace rung::pricing {
namespace {

struct Portion {
  CouponBearer* bearer;
  int64_t remainder;  // of amount x rest / total
};

// One round: every bearer's part of `rest`, as if nobody had a limit.
void Spread(Fen rest, std::vector<Portion>& round) {
  int64_t total = 0;
  for (const Portion& portion : round) total += portion.bearer->amount.value;
  int64_t left = rest.value;
  for (Portion& portion : round) {
    const Wide product = Wide{rest.value} * portion.bearer->amount.value;
    portion.bearer->given = {static_cast<int64_t>(product / total)};
    portion.remainder = static_cast<int64_t>(product % total);
    left -= portion.bearer->given.value;
  }
  if (left == 0) return;
  std::vector<Portion*> by_remainder;
  by_remainder.reserve(round.size());
  for (Portion& portion : round) by_remainder.push_back(&portion);
  // Pointers into one array are in the order of the lines.
  std::nth_element(by_remainder.begin(), by_remainder.begin() + (left - 1), by_remainder.end(), [](const Portion* a, const Portion* b) {
    return a->remainder != b->remainder ? a->remainder > b->remainder : a < b;
  });
  for (int64_t i = 0; i < left; ++i) by_remainder[i]->bearer->given += Fen{1};
}

}  // namespace

Fen Allocate(Fen wanted, std::span<CouponBearer> bearers) {
  Fen room{0};
  std::vector<Portion> round;
  round.reserve(bearers.size());
  for (CouponBearer& bearer : bearers) {
    bearer.given = Fen{0};
    if (bearer.amount <= Fen{0}) continue;
    room += bearer.headroom;
    round.push_back({&bearer, 0});
  }
  const Fen given = std::min(wanted, room);
  Fen rest = given;
  while (rest > Fen{0}) {
    Spread(rest, round);
    const auto stays = std::stable_partition(round.begin(), round.end(), [](const Portion& portion) {
      return portion.bearer->given > portion.bearer->headroom;
    });
    if (stays == round.begin()) break;
    for (auto leaver = round.begin(); leaver != stays; ++leaver) {
      leaver->bearer->given = leaver->bearer->headroom;
      rest -= leaver->bearer->headroom;
    }
    for (auto other = stays; other != round.end(); ++other) other->bearer->given = Fen{0};
    round.erase(round.begin(), stays);
  }
  return given;
}

}  // namespace rung::pricing
