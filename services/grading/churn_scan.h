// Judges every customer once: who is at risk, and which rule of the retention policy fits whom.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "libs/forecast/retention_policy.h"
#include "libs/storage/churn_store.h"
#include "libs/storage/customer_store.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"
#include "services/grading/tag_reader.h"

namespace rung::grading {

/// A published policy. Thread-safe, immutable.
struct PublishedRetentionPolicy {
  forecast::RetentionPolicy policy;
  int32_t version = 0;
};

struct ChurnScanParts {
  storage::CustomerStore& customers;
  const features::CodeBook& codes;
  const FeatureReader& reader;
  const forecast::Forecaster& forecaster;
  const Ladder* ladder;                     ///< whose tiers count; nullptr: there is none
  const PublishedRetentionPolicy* policy;   ///< nullptr: none is published
  const tags::Tagger* tagger;               ///< nullptr: no rule names a tag, or no tags are published
  Day as_of = 0;
  int threads = 2;
};

/// A customer for whom a rule fits.
struct RetentionCandidate {
  CustomerNumber customer{};
  std::string external_id;
  const forecast::RetentionRule* rule = nullptr;
  stats::ChurnRisk risk = stats::ChurnRisk::kNone;
  int32_t account_manager = -1;
  int64_t at_risk = 0;
};

/// Both by what is at risk, most first.
struct ChurnFindings {
  int64_t customers = 0;
  std::vector<storage::WatchRow> watch;
  std::vector<RetentionCandidate> candidates;
};

/// Customers who have ordered after the day have come back: they are neither watched nor acted upon.
absl::StatusOr<ChurnFindings> ScanForChurn(const ChurnScanParts& parts);

/// Those for whom earlier actions leave room, as many as the day still has.
std::vector<RetentionCandidate> WithinLimits(std::vector<RetentionCandidate> candidates, const forecast::RetentionPolicy& policy,
                                             const std::vector<storage::RecentAction>& recent, Day today);

}  // namespace rung::grading
