#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/base/day.h"
#include "libs/base/status.h"
#include "libs/importer/line_source.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/event_sender.h"
#include "tools/rungctl/import_run.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/refusals.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

constexpr char kGeneratedZone[] = "Asia/Shanghai";

struct Counts {
  int64_t lines = 0;
  int64_t bad_lines = 0;
};

// Lines that are no events are told and left out; the error is that of the file.
absl::Status SendLines(importer::LineSource& source, EventSender& sender, Counts& counts) {
  Progress progress;
  std::string line;
  while (true) {
    const absl::StatusOr<bool> more = source.Next(line);
    const bool too_long = absl::IsOutOfRange(more.status());
    if (!more.ok() && !too_long) return more.status();
    if (!too_long && !*more) return absl::OkStatus();
    if (!too_long && line.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    if (++counts.lines % 1000 == 0) progress.Show(FormatCount(counts.lines));
    pb::Event event;
    const std::optional<JsonProblem> problem =
        too_long ? JsonProblem{0, fmt::format("longer than {} bytes", importer::kMaxLineBytes)}
                 : ParseJson(line, event);
    if (problem) {
      ++counts.bad_lines;
      progress.Clear();
      Complain(fmt::format("line {}: no event: {}", source.line_number(), Printable(problem->text)));
      continue;
    }
    if (!sender.Send(std::move(event), source.line_number())) return absl::AbortedError("the server failed");
  }
}

void PrintCounts(const Counts& counts, const SendTotals& totals, const Session& session) {
  if (session.options.json) {
    fmt::print("{}\n", nlohmann::ordered_json({{"lineCount", counts.lines},
                                               {"badLineCount", counts.bad_lines},
                                               {"acceptedCount", totals.accepted},
                                               {"duplicateCount", totals.duplicate},
                                               {"refusedCount", totals.refused}})
                           .dump(2));
    return;
  }
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  table.AddRow({session.In({"Lines", "行数"}), FormatCount(counts.lines)});
  table.AddRow({session.In({"  no events", "  不是事件"}), FormatCount(counts.bad_lines)});
  table.AddRow({session.In({"  accepted", "  已接收"}), FormatCount(totals.accepted)});
  table.AddRow({session.In({"  known already", "  已存在"}), FormatCount(totals.duplicate)});
  table.AddRow({session.In({"  refused", "  被拒绝"}), FormatCount(totals.refused)});
  fmt::print("{}", table.Render());
}

int IngestJsonLines(const std::string& file, Session& session) {
  auto source = importer::LineSource::Open(file);
  if (!source.ok()) return FailLocally(source.status());
  Refusals refusals(std::numeric_limits<int64_t>::max());
  EventSender sender(session.connection,
                     [&](int64_t line, const pb::EventResult& result) { refusals.Tell(line, result); });
  Counts counts;
  const absl::Status read = SendLines(*source, sender, counts);
  // What was read before the file broke off is sent all the same.
  const bool sent = sender.Finish();
  if (!sent) return Fail(sender.status());
  const SendTotals totals = sender.totals();
  PrintCounts(counts, totals, session);
  if (!read.ok()) return FailLocally(read);
  return counts.bad_lines > 0 || totals.refused > 0 ? kExitRefused : kExitOk;
}

}  // namespace

int Run(const IngestCommand& command, Session& session) {
  if (command.format == IngestFormat::kJsonLines) return IngestJsonLines(command.file, session);
  const auto zone = BusinessZone::Load(kGeneratedZone);
  if (!zone) return FailLocally(InternalError("this machine doesn't know the zone {}", kGeneratedZone));
  ImportRun run;
  run.file = command.file;
  run.options.zone = &*zone;
  run.drops_are_refusals = true;
  return RunImport(run, session);
}

}  // namespace rung::ctl
