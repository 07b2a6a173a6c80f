// Every customer's labels in memory: open addressing over atomic words, lock-free for readers.
//
// Slots come in groups of eight. A byte of each slot's number, its tag, stands in one word for the whole group, so that a
// lookup compares eight customers at once, and one for an unknown customer usually reads nothing but tags. The idea is that
// of Abseil's Swiss tables; with words of eight tags reads need no locks and no vector instructions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "libs/base/customer_id.h"
#include "libs/base/huge_pages.h"
#include "libs/labels/label.h"

namespace rung::labels {

inline constexpr int kMaxLadders = 16;

/// Thread-safe. Readers never block; writers take turns.
/// Takes 17 bytes per slot and 8 more per ladder in use, at 70 to 88 % load.
class LabelTable {
 public:
  explicit LabelTable(size_t expected_customers = 0);
  ~LabelTable();
  LabelTable(const LabelTable&) = delete;
  LabelTable& operator=(const LabelTable&) = delete;

  /// The label word on a ladder: nullopt for an unknown customer, 0 for a known one without a label there.
  std::optional<uint64_t> Find(const CustomerFingerprint& customer, int ladder_no) const;
  /// The same by number alone, for callers that got the number from us.
  std::optional<uint64_t> FindNumber(CustomerNumber number, int ladder_no) const;
  /// Find for many at once, faster than one by one: their cache misses overlap. `out` is as long as `customers`;
  /// kUnknown: an unknown customer.
  void FindMany(std::span<const CustomerFingerprint> customers, int ladder_no, std::span<uint64_t> out) const;
  /// The same for FindNumber.
  void FindMany(std::span<const uint64_t> numbers, int ladder_no, std::span<uint64_t> out) const;
  /// No label: its score would lie beyond 100 points.
  static constexpr uint64_t kUnknown = ~uint64_t{0};

  /// Makes the customer known and keeps the larger word.
  void Merge(const CustomerFingerprint& customer, int ladder_no, uint64_t word);
  /// From now on the customer has the labels of another one, for good. Its own stay as they are, unseen.
  void Redirect(const CustomerFingerprint& merged, CustomerNumber target);
  /// Whose labels a redirected customer has. Costs next to nothing while nobody is redirected.
  std::optional<CustomerFingerprint> TargetOf(const CustomerFingerprint& customer) const;
  /// Makes the customer known.
  void Add(const CustomerFingerprint& customer);

  /// Calls `f(word)` for every known customer that isn't redirected; a snapshot only in the loose sense.
  template <typename F>
  void ForEach(int ladder_no, F f) const {
    ReadGuard guard(*this);
    const Slots& slots = *current_.load(std::memory_order_acquire);
    for (size_t i = 0; i < slots.capacity; ++i) {
      if (slots.keys[i].number.load(std::memory_order_acquire) != 0 && slots.Word(i, kTargets) == 0) f(slots.Word(i, ladder_no));
    }
  }

  int64_t size() const { return size_.load(std::memory_order_relaxed); }
  size_t capacity() const;
  size_t bytes() const;

 private:
  // Beside the ladders' words: the number of the customer whose labels a slot's customer has; 0: its own.
  static constexpr int kTargets = kMaxLadders;
  static constexpr int kMaxHops = 16;  // of merges that were merged on

  // Side by side: a lookup that has missed the cache for one finds the other in the same line. The tag is written last.
  struct alignas(16) Key {
    std::atomic<int64_t> number{0};  // 0: empty
    std::atomic<uint64_t> check{0};
  };
  struct Slots {
    explicit Slots(size_t slot_count);
    ~Slots();

    // Where a number is looked for first; numbers are uniform already, and their high bits choose the group.
    size_t HomeOf(int64_t number) const;
    uint64_t Word(size_t slot, int ladder_no) const {
      const std::atomic<uint64_t>* words = ladders[ladder_no].load(std::memory_order_acquire);
      return words == nullptr ? 0 : words[slot].load(std::memory_order_acquire);
    }
    std::atomic<uint64_t>* WordsFor(int ladder_no);

    const size_t groups;
    const size_t capacity;  // eight slots a group
    const HugePages<std::atomic<uint64_t>> tags;  // by group; the slot's first tag in the lowest byte, 0: empty
    const HugePages<Key> keys;
    std::atomic<std::atomic<uint64_t>*> ladders[kMaxLadders + 1] = {};  // and kTargets
  };

  // Tells a grower which readers may still look at the slots it wants to free (two-parity read counters).
  class ReadGuard {
   public:
    explicit ReadGuard(const LabelTable& table);
    ~ReadGuard() { counter_->fetch_sub(1, std::memory_order_release); }

   private:
    std::atomic<int64_t>* counter_;
  };
  struct alignas(64) ReaderShard {
    std::atomic<int64_t> active[2] = {};
  };
  static constexpr int kShards = 16;

  template <typename CustomerAt>
  void FindEach(size_t count, CustomerAt customer_at, int ladder_no, std::span<uint64_t> out) const;
  static std::optional<size_t> FindSlot(const Slots& slots, CustomerNumber number, const uint64_t* check);
  /// The slot whose labels count: its own, or the one that it is redirected to.
  static std::optional<size_t> FindTarget(const Slots& slots, CustomerNumber number, const uint64_t* check);
  size_t SlotFor(const CustomerFingerprint& customer);
  static size_t Insert(Slots& slots, const CustomerFingerprint& customer);
  static void Raise(std::atomic<uint64_t>& word, uint64_t value);
  void Grow();
  void WaitForReaders();

  std::atomic<Slots*> current_;
  std::atomic<int64_t> size_{0};
  std::atomic<bool> redirects_{false};  // some customer is redirected
  std::atomic<uint64_t> epoch_{0};
  mutable ReaderShard shards_[kShards];
  std::mutex write_mutex_;
};

}  // namespace rung::labels
