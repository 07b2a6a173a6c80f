// What tier a customer had at an instant, and what facts known since would have made of it.
#pragma once

#include "libs/storage/customer_store.h"
#include "libs/storage/history_store.h"
#include "libs/storage/run_store.h"
#include "rung/grading/v1/tier.pb.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class TierArchive {
 public:
  TierArchive(storage::HistoryStore& history, storage::CustomerStore& customers, storage::RunStore& runs, const FeatureReader& reader,
              const Ladders& ladders, const storage::CodeStore& codes, const BusinessZone& zone, const Clock& clock)
      : history_(history), customers_(customers), runs_(runs), reader_(reader), ladders_(ladders), codes_(codes), zone_(zone), clock_(clock) {}

  absl::Status At(const v1::GetTierAtRequest& request, v1::GetTierAtResponse& response, Deadline deadline) const;

 private:
  absl::Status Correct(const v1::GetTierAtRequest& request, const Ladder& current, int32_t model_version, UnixMicros instant,
                       v1::GetTierAtResponse::Correction& out, Deadline deadline) const;
  absl::StatusOr<bool> KeepsPopulationOf(UnixMicros instant, const Ladder& ladder, Deadline deadline) const;

  storage::HistoryStore& history_;
  storage::CustomerStore& customers_;
  storage::RunStore& runs_;
  const FeatureReader& reader_;
  const Ladders& ladders_;
  const storage::CodeStore& codes_;
  const BusinessZone& zone_;
  const Clock& clock_;
};

}  // namespace rung::grading
