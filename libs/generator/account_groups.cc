#include "libs/generator/account_groups.h"

#include <algorithm>
#include <array>

#include "libs/generator/prng.h"

namespace rung::generator {
namespace {

constexpr int64_t kBlock = 64;
constexpr int64_t kSlot = 4;      // places of a group, of which two to four are taken
constexpr int64_t kMeanSize = 3;  // of a group
constexpr int64_t kAbuseKinds = 5;

// Primes above kBlock: coprime to every block's size, so that x -> a * x + b is a permutation of it.
constexpr std::array<int64_t, 8> kMultipliers = {67, 71, 73, 79, 83, 89, 97, 101};

constexpr SharedAttributes kLinks[] = {
    {.phone = true, .device = true},
    {.address = true, .device = true},
    {.device = true, .payer = true},
    {.phone = true, .address = true, .payer = true},
    {.address = true, .payer = true},
    {.phone = true, .address = true, .device = true, .payer = true},
};

// Scatters a block's customers over its places.
struct Scatter {
  int64_t size;
  int64_t multiplier;
  int64_t offset;

  int64_t PlaceOf(int64_t index_in_block) const { return (index_in_block * multiplier + offset) % size; }
};

Scatter ScatterOf(const GeneratorOptions& options, int64_t block) {
  Stream stream(options.seed, static_cast<uint64_t>(block), Aspect::kGroup);
  const int64_t size = std::clamp<int64_t>(options.customer_count - block * kBlock, 1, kBlock);
  const int64_t multiplier = kMultipliers[stream.Below(kMultipliers.size())];
  return {size, multiplier, stream.Below(kBlock)};
}

// Share of slots that hold a group, in ppm, when groups are to hold `bps` of the customers.
int64_t SlotShare(int64_t bps) { return bps * 100 * kSlot / kMeanSize; }

}  // namespace

std::optional<AccountGroup> GroupOf(const GeneratorOptions& options, int64_t index) {
  const int64_t block = index / kBlock;
  const Scatter scatter = ScatterOf(options, block);
  const int64_t place = scatter.PlaceOf(index % kBlock);
  const int64_t slot = place / kSlot;

  // Slots of all blocks share the aspect with the blocks themselves; the top bit keeps their streams apart.
  Stream stream(options.seed, static_cast<uint64_t>(block * kBlock + slot) | (1ULL << 63), Aspect::kGroup);
  const int64_t roll = stream.Below(1'000'000);
  const int64_t linked_share = SlotShare(options.abuser_share_bps) / kAbuseKinds;
  if (roll >= linked_share + SlotShare(options.chain_share_bps)) return std::nullopt;

  AccountGroup group;
  group.chain = roll >= linked_share;
  group.shared = group.chain ? SharedAttributes{.payer = true} : kLinks[stream.Below(std::size(kLinks))];
  const int64_t end = slot * kSlot + stream.Between(2, kSlot);
  if (place >= end) return std::nullopt;

  int size = 0;
  for (int64_t other = 0; other < scatter.size; ++other) {
    const int64_t other_place = scatter.PlaceOf(other);
    if (other_place < slot * kSlot || other_place >= end) continue;
    if (size == 0) group.leader = block * kBlock + other;
    if (block * kBlock + other == index) group.member = size;
    ++size;
  }
  if (size < 2) return std::nullopt;
  return group;
}

}  // namespace rung::generator
