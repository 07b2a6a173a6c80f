// The smallest amount that reaches something.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace rung::path {

/// The smallest multiple of `step` in [low, high] that `reaches`, found by scans that narrow down. More isn't always
/// better (an order may spoil an average), so nothing is taken for granted between two amounts of a scan: the first
/// one that reaches counts, and what lies before it is scanned again, eight times finer, down to single steps. The
/// result reaches, the step below it doesn't; a stretch that reaches and ends again within an eighth of its own amount
/// may be passed over. `low` itself is tried first.
std::optional<int64_t> SmallestReaching(int64_t low, int64_t high, int64_t step, const std::function<bool(int64_t)>& reaches);

}  // namespace rung::path
