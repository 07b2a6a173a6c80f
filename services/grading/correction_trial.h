// What the engine would decide today if a fact were corrected, without writing anything.
#pragma once

#include <optional>
#include <span>

#include "libs/features/event.h"
#include "libs/storage/model_store.h"
#include "services/grading/customer_grader.h"
#include "services/grading/feature_reader.h"

namespace rung::grading {

/// One customer on one ladder. Not thread-safe.
class CorrectionTrial {
 public:
  struct Outcome {
    uint8_t place = 0;  ///< of the effective tier, in the model
    std::string tier_code;
    std::string computed_tier_code;
    int32_t score_milli = 0;
    std::string conflict;  ///< id of an event that the correction contradicts or that contradicts it
  };

  /// The customer's standing and events. NOT_FOUND/CUSTOMER_UNKNOWN, FAILED_PRECONDITION/NO_POPULATION.
  static absl::StatusOr<CorrectionTrial> Read(const FeatureReader& reader, const features::CodeBook& codes, std::shared_ptr<const Ladder> ladder,
                                              const std::string& customer_id, Day today, Deadline deadline);

  const std::vector<features::Event>& events() const { return events_; }
  const Ladder& ladder() const { return *ladder_; }
  /// The place of the tier in effect now; nullopt: not graded yet.
  std::optional<uint8_t> place() const;

  /// Grades with one more event.
  Outcome With(const features::Event& event);
  /// Grades without an event.
  Outcome Without(const features::Event& event);

 private:
  CorrectionTrial(const FeatureReader& reader, const features::CodeBook& codes, std::shared_ptr<const Ladder> ladder, Day today)
      : reader_(reader), codes_(codes), ladder_(std::move(ladder)), today_(today) {}

  const FeatureReader& reader_;
  const features::CodeBook& codes_;
  std::shared_ptr<const Ladder> ladder_;
  Day today_;
  CustomerNumber customer_{};
  CustomerNumber subject_{};
  std::vector<AccountFacts> accounts_;  // of the customer's group; empty: it stands alone
  scoring::Standing before_;
  std::vector<features::Event> events_;
};

}  // namespace rung::grading
