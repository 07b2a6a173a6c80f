// Accounts of one customer, registered twice: one takes the other's facts over, for good.
#pragma once

#include <functional>

#include "libs/labels/label_table.h"
#include "libs/sealing/codec.h"
#include "libs/storage/account_store.h"
#include "libs/storage/customer_store.h"
#include "rung/grading/v1/account.pb.h"
#include "services/grading/group_grader.h"

namespace rung::grading {

/// Thread-safe. See docs/adr/0066-merges-move-facts.md.
class AccountMerger {
 public:
  struct Context {
    storage::AccountStore& accounts;
    storage::CustomerStore& customers;
    storage::IngestStore& store;
    const sealing::Codec& codec;
    const Ladders& ladders;
    const features::CodeBook& codes;
    const Calendars& calendars;
    GroupGrader& grader;
    labels::LabelTable& table;
    const Clock& clock;
    const BusinessZone& zone;
    std::function<void()> labels_changed;
  };
  explicit AccountMerger(Context context) : context_(std::move(context)) {}

  absl::Status Merge(const v1::MergeAccountsRequest& request, v1::AccountMerge& out, Deadline deadline);
  absl::Status Get(const v1::GetAccountRequest& request, v1::Account& out, Deadline deadline) const;

 private:
  /// The stored merge when this request made it; nothing when the source isn't merged. FAILED_PRECONDITION/ACCOUNT_MERGED.
  absl::StatusOr<std::optional<storage::AccountMerge>> Earlier(const v1::MergeAccountsRequest& request, const storage::CustomerRow& source,
                                                               Deadline deadline) const;
  absl::Status MoveEvents(storage::IngestTransaction& transaction, const storage::CustomerRow& source, storage::CustomerRow& target,
                          storage::IngestWrites& writes) const;
  /// Versions of the target's labels go on from the larger one, so that a label looked up by either id only grows.
  absl::Status JoinHistories(storage::CustomerRow& source, storage::CustomerRow& target, storage::IngestWrites& writes) const;

  const Context context_;
};

/// The customer's row. NOT_FOUND/CUSTOMER_UNKNOWN, FAILED_PRECONDITION/ACCOUNT_MERGED.
absl::StatusOr<storage::CustomerRow> FindUnmerged(storage::CustomerStore& customers, const std::string& customer_id, Deadline deadline);

}  // namespace rung::grading
