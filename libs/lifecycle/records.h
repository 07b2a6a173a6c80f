// Rows of the store as messages.
#pragma once

#include "libs/lifecycle/documents.h"
#include "libs/storage/config_store.h"

namespace rung::lifecycle {

/// Without a body the document stays unset, as in lists.
absl::Status ToWire(const storage::DraftRow& row, const DocumentKind& kind, pb::Draft& out);
absl::Status ToWire(const storage::VersionRow& row, const DocumentKind& kind, pb::Version& out);
/// The same when the row's document is at hand: a large one takes seconds to parse.
void ToWire(const storage::DraftRow& row, const google::protobuf::Message& document, pb::Draft& out);
void ToWire(const storage::VersionRow& row, const google::protobuf::Message& document, pb::Version& out);
void ToWire(const storage::ScheduleRow& row, pb::Schedule& out);

}  // namespace rung::lifecycle
