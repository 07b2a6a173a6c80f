#include "tools/rungctl/import_run.h"

#include <memory>

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "libs/wire/event_mapping.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/event_sender.h"
#include "tools/rungctl/import_summary.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/refusals.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

constexpr int64_t kRefusalsShown = 20;

}  // namespace

int RunImport(ImportRun run, Session& session) {
  Refusals refusals(kRefusalsShown);
  std::unique_ptr<EventSender> sender;
  if (!run.dry_run) {
    sender = std::make_unique<EventSender>(
        session.connection, [&](int64_t, const grading::v1::EventResult& result) { refusals.Tell(0, result); });
  }
  const UnixSeconds latest = absl::ToUnixSeconds(absl::Now()) + kSecondsPerDay;
  run.options.latest_time = latest;
  int64_t future_orders = 0;
  const auto send = [&](features::Event event) {
    if (sender == nullptr) {
      if (event.event_time > latest && std::holds_alternative<features::Order>(event.fact)) ++future_orders;
      return absl::OkStatus();
    }
    grading::v1::Event message;
    wire::ToWire(event, message);
    return sender->Send(std::move(message), 0) ? absl::OkStatus() : absl::AbortedError("the server failed");
  };
  Progress progress;
  const auto report = importer::ImportOrderLines(run.file, run.options, send, [&](const importer::ImportReport& so_far) {
    if (progress.visible()) {
      progress.Show(fmt::format("{} {}", FormatCount(so_far.lines_read), session.In({"lines", "行"})));
    }
  });
  const bool sent = sender == nullptr || (report.ok() && sender->Finish());
  progress.Clear();
  if (sender != nullptr && !sender->status().ok()) return Fail(sender->status());
  if (!report.ok()) return FailLocally(report.status());
  if (!sent) return kExitRefused;

  refusals.TellRest();
  const std::optional<SendTotals> totals = sender == nullptr ? std::nullopt : std::optional(sender->totals());
  const std::string currency = sender == nullptr ? "" : CurrencyOf(session);
  const ImportSummary summary{*report, totals, currency, future_orders, run.options.time_formats};
  fmt::print("{}", session.options.json ? ImportJson(summary) : ImportTables(summary, session.options.language));
  if (report->order_count == 0) {
    Complain(session.In({"none of the lines could be used: nothing to import", "没有可用的行，未导入任何内容"}));
    return kExitRefused;
  }
  const int64_t dropped = run.drops_are_refusals ? report->dropped_count() : report->refused_count();
  const bool refused = future_orders > 0 || (totals && totals->refused > 0) || dropped > 0;
  return refused ? kExitRefused : kExitOk;
}

}  // namespace rung::ctl
