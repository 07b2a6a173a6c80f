#include "libs/labels/label_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <thread>

namespace rung::labels {
namespace {

constexpr size_t kGroup = 8;
constexpr size_t kSmallest = 1024 / kGroup;
constexpr double kFullest = 0.875;
constexpr size_t kTogether = 64;  // lookups whose cache misses overlap

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

uint64_t TagOf(int64_t number) {
  const auto byte = static_cast<uint8_t>(number);
  return byte == 0 ? 1 : byte;
}

// The high bit of each byte that is 0. Bytes above such a one may be marked as well though they are 1: the lowest mark is
// always right, and others are looked at again.
uint64_t ZeroBytes(uint64_t word) { return (word - kOnes) & ~word & kHighs; }
uint64_t Matches(uint64_t tags, uint64_t tag) { return ZeroBytes(tags ^ tag * kOnes); }
size_t LowestByte(uint64_t marks) { return static_cast<size_t>(std::countr_zero(marks)) / 8; }

struct Wanted {
  CustomerNumber number;
  const uint64_t* check;  // nullptr: the number is enough
};

int64_t KeyOf(CustomerNumber number) { return static_cast<int64_t>(number) == 0 ? 1 : static_cast<int64_t>(number); }

int ShardOfThisThread(int shards) {
  static std::atomic<int> next{0};
  thread_local const int mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine % shards;
}

}  // namespace

LabelTable::Slots::Slots(size_t group_count)
    : groups(group_count), capacity(group_count * kGroup), tags(MakeHugePages<std::atomic<uint64_t>>(groups)),
      keys(MakeHugePages<Key>(capacity)) {}

size_t LabelTable::Slots::HomeOf(int64_t number) const {
  __extension__ using Uint128 = unsigned __int128;
  return static_cast<size_t>(static_cast<Uint128>(static_cast<uint64_t>(number)) * groups >> 64);
}

LabelTable::Slots::~Slots() {
  for (auto& words : ladders) FreeHugePages(words.load());
}

std::atomic<uint64_t>* LabelTable::Slots::WordsFor(int ladder_no) {
  std::atomic<uint64_t>* words = ladders[ladder_no].load(std::memory_order_acquire);
  if (words != nullptr) return words;
  auto fresh = MakeHugePages<std::atomic<uint64_t>>(capacity);
  if (ladders[ladder_no].compare_exchange_strong(words, fresh.get(), std::memory_order_acq_rel)) return fresh.release();
  return words;
}

LabelTable::ReadGuard::ReadGuard(const LabelTable& table) {
  ReaderShard& shard = table.shards_[ShardOfThisThread(kShards)];
  counter_ = &shard.active[table.epoch_.load(std::memory_order_seq_cst) & 1];
  counter_->fetch_add(1, std::memory_order_seq_cst);
}

LabelTable::LabelTable(size_t expected_customers)
    : current_(new Slots(std::max(kSmallest, static_cast<size_t>(static_cast<double>(expected_customers) / 0.85) / kGroup + 1))) {}

LabelTable::~LabelTable() { delete current_.load(); }

std::optional<size_t> LabelTable::FindSlot(const Slots& slots, CustomerNumber number, const uint64_t* check) {
  const int64_t key = KeyOf(number);
  const uint64_t tag = TagOf(key);
  for (size_t group = slots.HomeOf(key);;) {
    const uint64_t tags = slots.tags[group].load(std::memory_order_acquire);
    for (uint64_t marks = Matches(tags, tag); marks != 0; marks &= marks - 1) {
      const size_t slot = group * kGroup + LowestByte(marks);
      const Key& at = slots.keys[slot];
      if (at.number.load(std::memory_order_relaxed) != key) continue;
      if (check == nullptr || at.check.load(std::memory_order_relaxed) == *check) return slot;
    }
    if (ZeroBytes(tags) != 0) return std::nullopt;
    if (++group == slots.groups) group = 0;
  }
}

std::optional<size_t> LabelTable::FindTarget(const Slots& slots, CustomerNumber number, const uint64_t* check) {
  auto slot = FindSlot(slots, number, check);
  for (int hop = 0; slot && hop < kMaxHops; ++hop) {
    const auto target = static_cast<int64_t>(slots.Word(*slot, kTargets));
    if (target == 0) break;
    slot = FindSlot(slots, CustomerNumber{target}, nullptr);
  }
  return slot;
}

std::optional<CustomerFingerprint> LabelTable::TargetOf(const CustomerFingerprint& customer) const {
  if (!redirects_.load(std::memory_order_acquire)) return std::nullopt;
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  const auto own = FindSlot(slots, customer.number, &customer.check);
  const auto target = FindTarget(slots, customer.number, &customer.check);
  if (!target || own == target) return std::nullopt;
  const Key& key = slots.keys[*target];
  return CustomerFingerprint{CustomerNumber{key.number.load(std::memory_order_acquire)}, key.check.load(std::memory_order_relaxed)};
}

std::optional<uint64_t> LabelTable::Find(const CustomerFingerprint& customer, int ladder_no) const {
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  const auto slot = FindTarget(slots, customer.number, &customer.check);
  return slot ? std::optional<uint64_t>(slots.Word(*slot, ladder_no)) : std::nullopt;
}

std::optional<uint64_t> LabelTable::FindNumber(CustomerNumber number, int ladder_no) const {
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  const auto slot = FindTarget(slots, number, nullptr);
  return slot ? std::optional<uint64_t>(slots.Word(*slot, ladder_no)) : std::nullopt;
}

// Reads tags, then fetches what they point to, then looks: so the processor waits for many customers at a time. Nearly all
// customers are settled by their own group and its first fitting tag, without a branch on what was found: one in ten
// unknown, no processor guesses which. The others are looked up one by one.
template <typename CustomerAt>
void LabelTable::FindEach(size_t count, CustomerAt customer_at, int ladder_no, std::span<uint64_t> out) const {
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  const std::atomic<uint64_t>* words = slots.ladders[ladder_no].load(std::memory_order_acquire);
  const std::atomic<uint64_t>* targets = slots.ladders[kTargets].load(std::memory_order_acquire);
  for (size_t first = 0; first < count; first += kTogether) {
    const size_t together = std::min(kTogether, count - first);
    std::array<uint64_t, kTogether> tags;
    std::array<uint64_t, kTogether> marks;
    std::array<size_t, kTogether> places;
    std::array<size_t, kTogether> open;
    for (size_t i = 0; i < together; ++i) {
      const int64_t key = KeyOf(customer_at(first + i).number);
      places[i] = slots.HomeOf(key);
      tags[i] = slots.tags[places[i]].load(std::memory_order_acquire);
    }
    for (size_t i = 0; i < together; ++i) {
      marks[i] = Matches(tags[i], TagOf(KeyOf(customer_at(first + i).number)));
      places[i] = marks[i] == 0 ? 0 : places[i] * kGroup + LowestByte(marks[i]);
      __builtin_prefetch(&slots.keys[places[i]]);
      if (words != nullptr) __builtin_prefetch(&words[places[i]]);
    }
    size_t opens = 0;
    for (size_t i = 0; i < together; ++i) {
      const auto [number, check] = customer_at(first + i);
      const Key& at = slots.keys[places[i]];
      const bool known = (marks[i] != 0) & (at.number.load(std::memory_order_relaxed) == KeyOf(number)) &
                         (check == nullptr || at.check.load(std::memory_order_relaxed) == *check) &
                         (targets == nullptr || targets[places[i]].load(std::memory_order_acquire) == 0);
      const bool unknown = (marks[i] == 0) & (ZeroBytes(tags[i]) != 0);
      const uint64_t word = words == nullptr ? 0 : words[places[i]].load(std::memory_order_acquire);
      out[first + i] = known ? word : kUnknown;
      open[opens] = first + i;
      opens += !(known | unknown);
    }
    for (size_t i = 0; i < opens; ++i) {
      const auto [number, check] = customer_at(open[i]);
      const auto slot = FindTarget(slots, number, check);
      if (slot) out[open[i]] = slots.Word(*slot, ladder_no);
    }
  }
}

void LabelTable::FindMany(std::span<const CustomerFingerprint> customers, int ladder_no, std::span<uint64_t> out) const {
  FindEach(customers.size(), [&](size_t i) { return Wanted{customers[i].number, &customers[i].check}; }, ladder_no, out);
}

void LabelTable::FindMany(std::span<const uint64_t> numbers, int ladder_no, std::span<uint64_t> out) const {
  const auto wanted = [&](size_t i) { return Wanted{CustomerNumber{static_cast<int64_t>(numbers[i])}, nullptr}; };
  FindEach(numbers.size(), wanted, ladder_no, out);
}

void LabelTable::Raise(std::atomic<uint64_t>& word, uint64_t value) {
  uint64_t seen = word.load(std::memory_order_relaxed);
  while (seen < value && !word.compare_exchange_weak(seen, value, std::memory_order_acq_rel)) {
  }
}

size_t LabelTable::Insert(Slots& slots, const CustomerFingerprint& customer) {
  const int64_t key = KeyOf(customer.number);
  size_t group = slots.HomeOf(key);
  uint64_t free;
  while ((free = ZeroBytes(slots.tags[group].load(std::memory_order_relaxed))) == 0) {
    if (++group == slots.groups) group = 0;
  }
  const size_t slot = group * kGroup + LowestByte(free);
  slots.keys[slot].check.store(customer.check, std::memory_order_relaxed);
  slots.keys[slot].number.store(key, std::memory_order_relaxed);
  slots.tags[group].fetch_or(TagOf(key) << 8 * LowestByte(free), std::memory_order_release);  // publishes the key
  return slot;
}

void LabelTable::Add(const CustomerFingerprint& customer) { Merge(customer, 0, 0); }

void LabelTable::Merge(const CustomerFingerprint& customer, int ladder_no, uint64_t word) {
  std::lock_guard lock(write_mutex_);  // growing copies words, so it may not run beside a writer
  const size_t slot = SlotFor(customer);
  if (word != 0) Raise(current_.load(std::memory_order_relaxed)->WordsFor(ladder_no)[slot], word);
}

void LabelTable::Redirect(const CustomerFingerprint& merged, CustomerNumber target) {
  std::lock_guard lock(write_mutex_);
  const size_t slot = SlotFor(merged);
  current_.load(std::memory_order_relaxed)->WordsFor(kTargets)[slot].store(static_cast<uint64_t>(KeyOf(target)), std::memory_order_release);
  redirects_.store(true, std::memory_order_release);
}

// Needs the writers' lock.
size_t LabelTable::SlotFor(const CustomerFingerprint& customer) {
  Slots* slots = current_.load(std::memory_order_relaxed);
  auto slot = FindSlot(*slots, customer.number, &customer.check);
  if (!slot) {
    if (static_cast<double>(size_.load(std::memory_order_relaxed) + 1) > kFullest * static_cast<double>(slots->capacity)) {
      Grow();
      slots = current_.load(std::memory_order_relaxed);
    }
    slot = Insert(*slots, customer);
    size_.fetch_add(1, std::memory_order_relaxed);
  }
  return *slot;
}

void LabelTable::Grow() {
  Slots* old = current_.load(std::memory_order_relaxed);
  auto* bigger = new Slots(old->groups + old->groups / 4);
  for (size_t i = 0; i < old->capacity; ++i) {
    const int64_t number = old->keys[i].number.load(std::memory_order_relaxed);
    if (number == 0) continue;
    const size_t slot = Insert(*bigger, {CustomerNumber{number}, old->keys[i].check.load(std::memory_order_relaxed)});
    for (int ladder = 0; ladder <= kTargets; ++ladder) {
      const uint64_t word = old->Word(i, ladder);
      if (word != 0) bigger->WordsFor(ladder)[slot].store(word, std::memory_order_relaxed);
    }
  }
  current_.store(bigger, std::memory_order_seq_cst);
  WaitForReaders();
  delete old;
}

void LabelTable::WaitForReaders() {
  // Twice: a reader may have read the epoch before the first flip and counted itself after it.
  for (int round = 0; round < 2; ++round) {
    const uint64_t parity = epoch_.fetch_add(1, std::memory_order_seq_cst) & 1;
    for (ReaderShard& shard : shards_) {
      while (shard.active[parity].load(std::memory_order_acquire) != 0) std::this_thread::yield();
    }
  }
}

size_t LabelTable::capacity() const {
  ReadGuard guard(*this);
  return current_.load(std::memory_order_seq_cst)->capacity;
}

size_t LabelTable::bytes() const {
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  size_t per_slot = sizeof(Key) + 1;
  for (const auto& words : slots.ladders) per_slot += words.load() == nullptr ? 0 : 8;
  return slots.capacity * per_slot;
}

}  // namespace rung::labels
