#include "tools/rungctl/refusals.h"

#include <fmt/format.h>

#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"

namespace rung::ctl {

void Refusals::Tell(int64_t line, const grading::v1::EventResult& result) {
  if (++count_ > shown_max_) return;
  Complain(fmt::format("{}event {}: {}: {}{}{}", line > 0 ? fmt::format("line {}: ", line) : "",
                       Printable(result.event_id()), Printable(result.reason()), Printable(result.field()),
                       result.field().empty() ? "" : ": ", Printable(result.message())));
}

void Refusals::TellRest() const {
  if (count_ > shown_max_) Complain(fmt::format("{} more events were refused", count_ - shown_max_));
}

}  // namespace rung::ctl
