// Which customers have which tags.
#pragma once

#include <functional>

#include "libs/storage/customer_store.h"
#include "rung/grading/v1/tag.pb.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"
#include "services/grading/tag_reader.h"

namespace rung::grading {

/// Thread-safe.
class CustomerTags {
 public:
  struct Context {
    storage::ConfigStore& config;
    storage::CustomerStore& customers;
    const FeatureReader& reader;
    const Ladders& ladders;
    const features::CodeBook& codes;
  };
  using Write = std::function<bool(const v1::ListAudienceResponse&)>;

  explicit CustomerTags(Context context) : context_(context) {}

  absl::Status Get(const v1::GetCustomerTagsRequest& request, v1::GetCustomerTagsResponse& response, Deadline deadline) const;
  absl::Status ListAudience(const v1::ListAudienceRequest& request, const Write& write) const;

 private:
  const Context context_;
};

}  // namespace rung::grading
