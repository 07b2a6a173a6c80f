#include "libs/base/huge_pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace rung {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kCacheLine = 64;

}  // namespace

void* AllocateHugePages(size_t bytes) {
  const size_t alignment = bytes < kHugePage ? kCacheLine : kHugePage;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes == 0 ? 1 : bytes) != 0) throw std::bad_alloc();
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);  // a wish; its answer changes nothing
  return memory;
}

void FreeHugePages(void* memory) { std::free(memory); }

}  // namespace rung
