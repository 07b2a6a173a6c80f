// What customers are called: names lie sealed in their profile events.
#pragma once

#include <string>

#include "libs/base/day.h"
#include "libs/sealing/codec.h"
#include "libs/storage/customer_store.h"

namespace rung::grading {

/// Thread-safe.
class CustomerNames {
 public:
  CustomerNames(storage::CustomerStore& customers, const sealing::Codec& codec, const BusinessZone& zone)
      : customers_(customers), codec_(codec), zone_(zone) {}

  struct Named {
    std::string customer_id;
    std::string name;  ///< as reported last; empty: never, or not to be read
  };
  /// Reads a customer's events: for a few customers, not for a base.
  absl::StatusOr<Named> Find(CustomerNumber customer, Deadline deadline) const;

 private:
  storage::CustomerStore& customers_;
  const sealing::Codec& codec_;
  const BusinessZone& zone_;
};

}  // namespace rung::grading
