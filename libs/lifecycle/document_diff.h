// What differs between two documents, field by field.
#pragma once

#include <google/protobuf/message.h>

#include "rung/config/v1/config.pb.h"

namespace rung::lifecycle {

/// Changes from `before` to `after`, two messages of one type. Elements of a list are matched by their name, code or id
/// when they have one ("dimensions[spend].weight"), else by their place ("knots[2].x"). A change of nothing but the
/// order of named elements shows as one change of the list.
void DiffDocuments(const google::protobuf::Message& before, const google::protobuf::Message& after, config::v1::DiffResponse& out);

}  // namespace rung::lifecycle
