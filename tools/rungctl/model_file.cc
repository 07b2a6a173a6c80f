#include "tools/rungctl/model_file.h"

#include "libs/base/status.h"
#include "libs/importer/line_source.h"
#include "libs/wire/model_mapping.h"

namespace rung::ctl {
namespace {
constexpr size_t kMaxModelBytes = 1 << 20;
}

absl::StatusOr<grading::v1::Model> ReadModelFile(const std::string& path) {
  RUNG_ASSIGN_OR_RETURN(importer::LineSource source, importer::LineSource::Open(path));
  std::string json;
  std::string line;
  while (true) {
    RUNG_ASSIGN_OR_RETURN(const bool more, source.Next(line));
    if (!more) break;
    json += line;
    if (json.size() > kMaxModelBytes) return InvalidArgumentError("{}: larger than {} bytes", path, kMaxModelBytes);
  }
  auto model = wire::ParseModelJson(json);
  if (!model.ok()) return InvalidArgumentError("{}: {}", path, Message(model.status()));
  return model;
}

}  // namespace rung::ctl
