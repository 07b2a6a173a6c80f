// One look over the whole base for abuse: who belongs together, what is usual, who is suspicious.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/abuse/detector.h"
#include "libs/storage/abuse_store.h"
#include "libs/storage/customer_store.h"

namespace rung::grading {

struct AbuseScanResult {
  int64_t customers = 0;  ///< open ones, test accounts left out
  int64_t groups = 0;
  int64_t frozen = 0;  ///< of the suspects
  std::vector<storage::SuspectRow> suspects;
};

/// Reads the states twice: a sample to learn what is usual, then everybody. Memory is bounded by the sample, the shared
/// values and the suspects. `freeze`: whether suspects may be frozen at all.
class AbuseScan {
 public:
  AbuseScan(storage::AbuseStore& store, storage::CustomerStore& customers, const abuse::Policy& policy, bool freeze, Day as_of, int threads);

  absl::StatusOr<AbuseScanResult> Run();

 private:
  struct Part;

  absl::Status Link();
  absl::Status Learn();
  absl::Status Judge(AbuseScanResult& result);
  absl::Status ScanParts(std::vector<Part>& parts);
  const abuse::AccountGroup* GroupOf(CustomerNumber customer) const;

  storage::AbuseStore& store_;
  storage::CustomerStore& customers_;
  const abuse::Policy& policy_;
  const bool freeze_;
  const Day as_of_;
  const int threads_;
  const abuse::ReviewWindows reviews_;
  abuse::LinkedAccounts linked_;
  std::unordered_map<int64_t, size_t> group_of_;  // customer -> linked_.groups
  std::optional<abuse::UsualBehaviour> usual_;
};

}  // namespace rung::grading
