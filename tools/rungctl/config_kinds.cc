#include "tools/rungctl/config_kinds.h"

#include <stdexcept>

#include "rung/grading/v1/model.pb.h"

namespace rung::ctl {

// A new kind: its line here, its commands in DefineAdminCommands.
std::unique_ptr<google::protobuf::Message> NewDocument(const std::string& kind) {
  if (kind == "model") return std::make_unique<grading::v1::Model>();
  throw std::logic_error("no kind " + kind);
}

}  // namespace rung::ctl
