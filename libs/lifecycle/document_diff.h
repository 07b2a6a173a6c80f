// What differs between two documents, field by field.
#pragma once

#include <google/protobuf/message.h>

#include "rung/config/v1/config.pb.h"

namespace rung::lifecycle {

/// What an answer holds at most; the changes beyond are counted only.
inline constexpr size_t kMaxDiffBytes = 32 << 20;

/// Changes from `before` to `after`, two messages of one type. Elements of a list are matched by their name, code or id
/// when all have one and no two the same ("dimensions[spend].weight"), else by their place ("knots[2].x"); entries of a
/// map by their key ("names[zh]"). When elements that both lists have stand in another order, one more change of the list
/// gives their names in the old order and the new one.
void DiffDocuments(const google::protobuf::Message& before, const google::protobuf::Message& after, config::v1::DiffResponse& out);

}  // namespace rung::lifecycle
