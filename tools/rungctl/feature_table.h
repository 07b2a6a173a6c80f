// Features as a table.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include "rung/grading/v1/feature.pb.h"
#include "tools/rungctl/table.h"

namespace rung::ctl {

struct Session;

/// Values with their units; money in units of the currency with two decimals. Asks the server for the definitions and
/// the currency; without them values are shown as they are.
Table FeatureTable(const google::protobuf::RepeatedPtrField<grading::v1::FeatureValue>& features, Session& session);

}  // namespace rung::ctl
