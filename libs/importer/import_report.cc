#include "libs/importer/import_report.h"

#include "libs/importer/text_check.h"

namespace rung::importer {
namespace {

constexpr size_t kExampleBytes = 60;

constexpr std::array<std::string_view, kReasonCount> kNames = {
    "malformed row",     "unknown customer", "cancellation", "quantity <= 0", "price <= 0",
    "missing value",     "bad number",       "bad time",     "bad text",      "too long",
    "duplicate line",    "order continued too late",         "order too large",
    "order with an unusable line",
};

}  // namespace

std::string_view ReasonName(Reason reason) { return kNames[static_cast<size_t>(reason)]; }

bool IsRefusal(Reason reason) {
  switch (reason) {
    case Reason::kUnknownCustomer:
    case Reason::kCancellation:
    case Reason::kQuantityNotPositive:
    case Reason::kPriceNotPositive:
    case Reason::kDuplicateLine: return false;
    case Reason::kMalformedRow:
    case Reason::kMissingValue:
    case Reason::kBadNumber:
    case Reason::kBadTime:
    case Reason::kBadText:
    case Reason::kTooLong:
    case Reason::kOrderContinuedTooLate:
    case Reason::kOrderTooLarge:
    case Reason::kOrderIncomplete: return true;
  }
  return true;
}

int64_t ImportReport::refused_count() const {
  int64_t count = 0;
  for (size_t i = 0; i < kReasonCount; ++i) count += IsRefusal(static_cast<Reason>(i)) ? dropped[i].count : 0;
  return count;
}

int64_t ImportReport::dropped_count() const {
  int64_t count = 0;
  for (const DroppedLines& lines : dropped) count += lines.count;
  return count;
}

void ImportReport::Drop(Reason reason, int64_t line, std::string_view value, int64_t count) {
  DroppedLines& lines = dropped[static_cast<size_t>(reason)];
  if (lines.count == 0) {
    lines.first_line = line;
    lines.first_value = Displayed(value, kExampleBytes);
  }
  lines.count += count;
}

}  // namespace rung::importer
