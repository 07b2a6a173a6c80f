// Instants on the wire.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "libs/base/clock.h"

namespace rung::wire {

inline void SetTime(UnixMicros micros, google::protobuf::Timestamp* out) {
  out->set_seconds(micros / 1'000'000);
  out->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

}  // namespace rung::wire
