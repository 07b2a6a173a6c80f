// The kinds of documents that rungctl can read from files.
#pragma once

#include <memory>
#include <string>

#include <google/protobuf/message.h>

namespace rung::ctl {

/// An empty document of the kind ("model"), which rungctl must know.
std::unique_ptr<google::protobuf::Message> NewDocument(const std::string& kind);

}  // namespace rung::ctl
