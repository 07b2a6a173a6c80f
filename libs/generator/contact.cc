#include "libs/generator/contact.h"

#include <fmt/format.h>

#include "libs/generator/prng.h"
#include "libs/generator/regions.h"
#include "libs/generator/shop_names.h"

namespace rung::generator {
namespace {

constexpr uint64_t kNumberCount = 100'000'000;
constexpr uint64_t kStride = 61'803'399;  // coprime to kNumberCount: a permutation of the numbers
constexpr int kPayerKnownPermille = 500;

// A number of eight digits that no other index below kNumberCount has.
uint64_t NumberOf(uint64_t seed, int64_t index) {
  const uint64_t offset = Mix64(seed) % kNumberCount;
  return (static_cast<uint64_t>(index) % kNumberCount * kStride + offset) % kNumberCount;
}

std::string AddressOf(uint64_t number, const Region& region, Stream& stream) {
  const auto district = region.districts[stream.Below(static_cast<int64_t>(region.districts.size()))];
  const auto road = DrawRoad(stream);
  // 2000 x 26 x 1924 is more than kNumberCount: house, building and unit spell the number, so that it stays unique.
  return fmt::format("{}{}{}{}号{}座{}铺", region.name, district, road, number % 2000 + 1,
                     static_cast<char>('A' + number / 2000 % 26), number / 52000 + 1);
}

}  // namespace

Contact ContactOf(uint64_t seed, int64_t index, int region) {
  Stream stream(seed, static_cast<uint64_t>(index), Aspect::kContact);
  const uint64_t number = NumberOf(seed, index);
  Contact contact;
  // No carrier has been given 154: the numbers look right and ring nowhere.
  contact.phone = fmt::format("154{:08d}", number);
  contact.address = AddressOf(number, Regions()[region], stream);
  if (stream.Chance(kPayerKnownPermille)) contact.payer = PayerOf(seed, index);
  return contact;
}

std::string PayerOf(uint64_t seed, int64_t index) { return fmt::format("payer-{:08d}", NumberOf(seed ^ 1, index)); }

std::string DeviceOf(uint64_t seed, int64_t index) {
  const uint64_t number = NumberOf(seed ^ 2, index);
  return fmt::format("dev-{:04x}{:08x}", Mix64(number) >> 48, number);
}

}  // namespace rung::generator
