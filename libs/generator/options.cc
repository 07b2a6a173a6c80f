#include "libs/generator/options.h"

#include <fmt/format.h>

namespace rung::generator {
namespace {

constexpr Day kEarliestFirstDay = 10957;  // 2000-01-01
constexpr int64_t kDayCountMax = 4000;
constexpr int64_t kCustomerCountMax = 100'000'000;  // phone numbers and addresses are unique up to here

std::optional<std::string> OutOfRange(const char* name, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return std::nullopt;
  return fmt::format("{}: {} is outside {} to {}", name, value, low, high);
}

}  // namespace

std::optional<std::string> FindOptionsProblem(const GeneratorOptions& options) {
  if (auto problem = OutOfRange("customer_count", options.customer_count, 0, kCustomerCountMax)) return problem;
  if (options.first_day < kEarliestFirstDay) return "first_day: must be 2000-01-01 or later";
  if (options.last_day < options.first_day) return "last_day: must not lie before first_day";
  const int64_t day_count = int64_t{options.last_day} - options.first_day + 1;
  if (auto problem = OutOfRange("days from first_day to last_day", day_count, 1, kDayCountMax)) return problem;
  if (auto problem = OutOfRange("mean_lines_per_customer", options.mean_lines_per_customer, 1, 5000)) return problem;
  if (auto problem = OutOfRange("abuser_share_bps", options.abuser_share_bps, 0, 5000)) return problem;
  return OutOfRange("chain_share_bps", options.chain_share_bps, 0, 2000);
}

}  // namespace rung::generator
