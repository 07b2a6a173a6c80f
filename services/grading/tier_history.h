// A customer's changes of tier.
#pragma once

#include "libs/storage/customer_store.h"
#include "libs/storage/history_store.h"
#include "rung/grading/v1/tier.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

void ToWire(const storage::TierChangeRow& change, const std::string& customer_id, const std::string& ladder_id, v1::TierChange& out);

/// Thread-safe.
class TierHistory {
 public:
  TierHistory(storage::HistoryStore& history, storage::CustomerStore& customers, const Ladders& ladders)
      : history_(history), customers_(customers), ladders_(ladders) {}

  absl::Status List(const v1::ListTierChangesRequest& request, v1::ListTierChangesResponse& response, Deadline deadline) const;

 private:
  storage::HistoryStore& history_;
  storage::CustomerStore& customers_;
  const Ladders& ladders_;
};

}  // namespace rung::grading
