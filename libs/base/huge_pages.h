// Memory for large tables that are read at random: in huge pages, when the kernel has them, a read rarely walks page tables.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace rung {

/// Not initialised. Throws std::bad_alloc.
void* AllocateHugePages(size_t bytes);
void FreeHugePages(void* memory);

struct HugePagesDeleter {
  void operator()(void* memory) const { FreeHugePages(memory); }
};

template <typename T>
using HugePages = std::unique_ptr<T[], HugePagesDeleter>;

/// `count` items as `new T[count]` would make them.
template <typename T>
HugePages<T> MakeHugePages(size_t count) {
  static_assert(std::is_trivially_destructible_v<T>);
  T* items = static_cast<T*>(AllocateHugePages(count * sizeof(T)));
  std::uninitialized_default_construct_n(items, count);
  return HugePages<T>(items);
}

/// For vectors of that kind.
template <typename T>
struct HugePageAllocator {
  using value_type = T;

  HugePageAllocator() = default;
  template <typename U>
  HugePageAllocator(const HugePageAllocator<U>&) {}
  T* allocate(size_t count) { return static_cast<T*>(AllocateHugePages(count * sizeof(T))); }
  void deallocate(T* memory, size_t) { FreeHugePages(memory); }
  bool operator==(const HugePageAllocator&) const { return true; }
};

}  // namespace rung
