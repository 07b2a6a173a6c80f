#include "libs/labels/label_table.h"

#include <algorithm>
#include <thread>

namespace rung::labels {
namespace {

constexpr size_t kSmallest = 1024;
constexpr double kFullest = 0.85;
constexpr size_t kLookahead = 8;  // lookups whose cache misses overlap

// Numbers are uniform already; their high bits choose the slot, whatever the capacity.
size_t HomeOf(int64_t number, size_t capacity) {
  __extension__ using Uint128 = unsigned __int128;
  return static_cast<size_t>(static_cast<Uint128>(static_cast<uint64_t>(number)) * capacity >> 64);
}

int64_t KeyOf(CustomerNumber number) { return static_cast<int64_t>(number) == 0 ? 1 : static_cast<int64_t>(number); }

int ShardOfThisThread(int shards) {
  static std::atomic<int> next{0};
  thread_local const int mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine % shards;
}

}  // namespace

LabelTable::Slots::Slots(size_t slot_count) : capacity(slot_count), keys(MakeHugePages<Key>(slot_count)) {}

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
    : current_(new Slots(std::max(kSmallest, static_cast<size_t>(static_cast<double>(expected_customers) / 0.8)))) {}

LabelTable::~LabelTable() { delete current_.load(); }

std::optional<size_t> LabelTable::FindSlot(const Slots& slots, CustomerNumber number, const uint64_t* check) {
  const int64_t key = KeyOf(number);
  for (size_t slot = HomeOf(key, slots.capacity);;) {
    const Key& at = slots.keys[slot];
    const int64_t found = at.number.load(std::memory_order_acquire);
    if (found == 0) return std::nullopt;
    if (found == key && (check == nullptr || at.check.load(std::memory_order_relaxed) == *check)) return slot;
    if (++slot == slots.capacity) slot = 0;
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

std::optional<CustomerNumber> LabelTable::TargetOf(const CustomerFingerprint& customer) const {
  if (!redirects_.load(std::memory_order_acquire)) return std::nullopt;
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  const auto own = FindSlot(slots, customer.number, &customer.check);
  const auto target = FindTarget(slots, customer.number, &customer.check);
  if (!target || own == target) return std::nullopt;
  return CustomerNumber{slots.keys[*target].number.load(std::memory_order_acquire)};
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

void LabelTable::FindMany(std::span<const CustomerFingerprint> customers, bool by_number, int ladder_no,
                          std::span<std::optional<uint64_t>> out) const {
  ReadGuard guard(*this);
  const Slots& slots = *current_.load(std::memory_order_seq_cst);
  const std::atomic<uint64_t>* words = slots.ladders[ladder_no].load(std::memory_order_acquire);
  const auto home = [&](size_t i) { return HomeOf(KeyOf(customers[i].number), slots.capacity); };
  const auto fetch = [&](size_t i) {
    __builtin_prefetch(&slots.keys[home(i)]);
    if (words != nullptr) __builtin_prefetch(&words[home(i)]);
  };
  const size_t count = customers.size();
  for (size_t i = 0; i < std::min(kLookahead, count); ++i) fetch(i);
  for (size_t i = 0; i < count; ++i) {
    if (i + kLookahead < count) fetch(i + kLookahead);
    const auto slot = FindTarget(slots, customers[i].number, by_number ? nullptr : &customers[i].check);
    out[i] = slot ? std::optional<uint64_t>(slots.Word(*slot, ladder_no)) : std::nullopt;
  }
}

void LabelTable::Raise(std::atomic<uint64_t>& word, uint64_t value) {
  uint64_t seen = word.load(std::memory_order_relaxed);
  while (seen < value && !word.compare_exchange_weak(seen, value, std::memory_order_acq_rel)) {
  }
}

size_t LabelTable::Insert(Slots& slots, const CustomerFingerprint& customer) {
  const int64_t key = KeyOf(customer.number);
  size_t slot = HomeOf(key, slots.capacity);
  while (slots.keys[slot].number.load(std::memory_order_relaxed) != 0) {
    if (++slot == slots.capacity) slot = 0;
  }
  slots.keys[slot].check.store(customer.check, std::memory_order_relaxed);
  slots.keys[slot].number.store(key, std::memory_order_release);  // publishes the check
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
  auto* bigger = new Slots(old->capacity + old->capacity / 2);
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
  size_t per_slot = 16;
  for (const auto& words : slots.ladders) per_slot += words.load() == nullptr ? 0 : 8;
  return slots.capacity * per_slot;
}

}  // namespace rung::labels
