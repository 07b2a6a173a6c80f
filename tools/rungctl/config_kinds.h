// The kinds of documents that rungctl can read from files.
#pragma once

#include <memory>
#include <string>

#include <google/protobuf/message.h>

namespace rung::ctl {

/// An empty document of the kind ("model"), which rungctl must know.
std::unique_ptr<google::protobuf::Message> NewDocument(const std::string& kind);

/// Whether an installation has one document of the kind only, whose id is kOnlyDocument.
bool IsSingle(const std::string& kind);
inline constexpr char kOnlyDocument[] = "default";

/// What the document is called within its kind: its first field, or kOnlyDocument.
std::string IdOf(const std::string& kind, const google::protobuf::Message& document);

}  // namespace rung::ctl
