#include <fmt/format.h>

#include "libs/base/day.h"
#include "libs/base/status.h"
#include "libs/importer/time_reader.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/import_run.h"

namespace rung::ctl {
namespace {

constexpr char kZoneWithoutServer[] = "Asia/Shanghai";

}  // namespace

int Run(const ImportCommand& command, Session& session) {
  ImportRun run;
  run.file = command.file;
  run.dry_run = command.dry_run;
  if (!command.map.empty()) {
    auto mapping = importer::ParseMapping(command.map);
    if (!mapping.ok()) return FailLocally(InvalidArgumentError("--map: {}", Message(mapping.status())));
    run.options.mapping = *std::move(mapping);
  }
  std::string name = command.zone;
  if (name.empty()) {
    const grpc::Status status = ReadZone(session, name);
    if (!status.ok() && !command.dry_run) return Fail(status);
    if (!status.ok()) {
      name = kZoneWithoutServer;
      Complain(fmt::format("{} {}: {}", session.In({"no server tells its zone, so times are read as in", "无法获取服务器时区，时间按此时区读取："}), name,
                           status.error_message()));
    }
  }
  const auto zone = BusinessZone::Load(name);
  if (!zone && command.zone.empty()) return FailLocally(InternalError("this machine doesn't know the server's zone {}; give --zone", name));
  if (!zone) return FailLocally(InvalidArgumentError("--zone: \"{}\" isn't a zone such as Asia/Shanghai", name));
  run.options.zone = &*zone;
  if (command.delimiter == "tab") {
    run.options.delimiter = '\t';
  } else if (command.delimiter.size() == 1) {
    run.options.delimiter = command.delimiter[0];
  } else {
    return FailLocally(InvalidArgumentError("--delimiter: \"{}\" isn't a character or \"tab\"", command.delimiter));
  }
  for (const std::string& format : command.time_formats) {
    if (const absl::Status status = importer::CheckTimeFormat(format); !status.ok()) {
      return FailLocally(InvalidArgumentError("--time-format: {}", Message(status)));
    }
  }
  run.options.time_formats = command.time_formats;
  run.options.cancellation_prefix = command.cancel_prefix;
  run.options.drop_duplicates = command.drop_duplicates;
  return RunImport(run, session);
}

}  // namespace rung::ctl
