// Published benefit plans, as the prices of a ladder's tiers.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "libs/benefits/annual_cost.h"
#include "libs/storage/config_store.h"

namespace rung::grading {

/// A plan in force on a day.
struct PlanPrices {
  std::string plan_id;
  int32_t version = 0;
  std::shared_ptr<const benefits::AnnualCost> cost;
  std::vector<std::string> other_plan_ids;  ///< published plans of the same ladder
};

/// Thread-safe.
class LadderPrices {
 public:
  explicit LadderPrices(storage::ConfigStore& config) : config_(config) {}

  /// The ladder's plan by id; an empty id: the one called "default", else the first. nullopt: the ladder has none.
  /// INVALID_ARGUMENT when it has none of this id. The same version on the same day is the same AnnualCost.
  absl::StatusOr<std::optional<PlanPrices>> Find(const std::string& ladder_id, const std::string& plan_id, Day day);

 private:
  struct Parsed {
    int32_t version = 0;
    std::shared_ptr<const benefits::Benefits> benefits;
    Day day = 0;
    std::shared_ptr<const benefits::AnnualCost> cost;
  };
  absl::StatusOr<Parsed*> Parse(const storage::VersionRow& row);

  storage::ConfigStore& config_;
  std::mutex mutex_;
  std::map<std::string, Parsed> parsed_;  // by plan id
};

}  // namespace rung::grading
