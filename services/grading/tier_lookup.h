// What tier a customer has: from memory, from PostgreSQL when memory isn't fresh enough.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/labels/label_feed.h"
#include "libs/labels/label_table.h"
#include "libs/storage/customer_store.h"
#include "rung/grading/v1/tier.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class TierLookup {
 public:
  TierLookup(const labels::LabelTable& table, const labels::LabelFeed& feed, const Ladders& ladders, storage::CustomerStore& customers)
      : table_(table), feed_(feed), ladders_(ladders), customers_(customers) {}

  /// What memory answers, without blocking; nullopt when the store has to be asked. `now` is MonotonicMicros().
  std::optional<absl::Status> GetFromMemory(const v1::GetTierRequest& request, v1::GetTierResponse& response, int64_t now) const;
  absl::Status Get(const v1::GetTierRequest& request, v1::GetTierResponse& response, Deadline deadline) const;
  /// Without a deadline: what memory answers, without blocking; nullopt when the store has to be asked, which takes one.
  std::optional<absl::Status> Batch(const v1::BatchGetTiersRequest& request, v1::BatchGetTiersResponse& response,
                                    std::optional<Deadline> deadline) const;
  std::optional<absl::Status> BatchPacked(const v1::BatchGetTiersPackedRequest& request, v1::BatchGetTiersPackedResponse& response,
                                          std::optional<Deadline> deadline) const;
  absl::Status Distribution(const v1::GetTierDistributionRequest& request, v1::GetTierDistributionResponse& response, Deadline deadline) const;

 private:
  absl::StatusOr<const LadderDirectory::Entry*> EntryOf(std::string_view ladder_id) const;
  absl::Status FromStore(const v1::GetTierRequest& request, const LadderDirectory::Entry& entry, Deadline deadline,
                         v1::GetTierResponse& response) const;
  using Words = std::vector<uint64_t>;  // LabelTable::kUnknown: unknown customer
  // A customer is a CustomerFingerprint, or a uint64_t, its number alone.
  template <typename Customer>
  Words WordsFromMemory(std::span<const Customer> customers, int16_t ladder_no) const;
  template <typename Customer>
  absl::StatusOr<Words> WordsFromStore(std::span<const Customer> customers, int16_t ladder_no, Deadline deadline) const;
  using Versions = std::span<const int64_t>;  // none, or one for each customer
  // nullopt: the store has to be asked, and there is no deadline.
  template <typename Customer, typename Response>
  absl::StatusOr<std::optional<Words>> WordsOf(std::span<const Customer> customers, Versions min_versions, int16_t ladder_no,
                                               std::optional<Deadline> deadline, Response& response) const;
  bool FreshAt(int64_t now) const { return feed_.filled() && feed_.StalenessMs(now) <= labels::LabelFeed::kStaleAfterMs; }
  /// Says so when the answer about a customer is that of the account that it was merged into.
  void TellMerge(const CustomerFingerprint& customer, v1::CustomerTier& tier) const;
  template <typename Response>
  void SetFreshness(int64_t now, Response& response) const;

  const labels::LabelTable& table_;
  const labels::LabelFeed& feed_;
  const Ladders& ladders_;
  storage::CustomerStore& customers_;
};

using storage::CustomerUnknown;

}  // namespace rung::grading
