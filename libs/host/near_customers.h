// Customers' tiers, regions and segments without a call: labels in memory, the rest in a bounded cache.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/base/periodic.h"
#include "libs/labels/label_feed.h"
#include "libs/labels/label_table.h"
#include "libs/labels/ladder_directory.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/model_store.h"

namespace rung::host {

struct NearCustomer {
  std::string tier_code;
  int32_t tier_rank = 0;     ///< 1 is the best
  int64_t tier_version = 0;  ///< of the label; 0 when it isn't graded
  bool graded = false;       ///< false: known, and in the bottom tier
  bool merged = false;       ///< the tier is that of the account that this one was merged into
  std::string region;        ///< empty: none known
  std::string segment;
};

struct NearCustomersParts {
  const labels::LabelTable& table;
  const labels::LabelFeed& feed;
  storage::ModelStore& models;
  storage::CustomerStore& customers;
  storage::CodeStore& codes;
  const BusinessZone& zone;
  const Clock& clock;
};

/// Thread-safe. Ladders are looked up every second, regions and segments are kept for a minute.
class NearCustomers {
 public:
  explicit NearCustomers(NearCustomersParts parts);

  /// An empty ladder id is the default ladder. Reads PostgreSQL only for a customer that wasn't asked for lately or that
  /// memory doesn't know, or while the labels are stale. NOT_FOUND/CUSTOMER_UNKNOWN; UNAVAILABLE/TIER_UNREACHABLE;
  /// FAILED_PRECONDITION/NO_LADDER; NOT_FOUND/LADDER_UNKNOWN.
  absl::StatusOr<NearCustomer> Get(std::string_view customer_id, std::string_view ladder_id, Deadline deadline) const;
  /// The same from memory alone, without waiting; nullopt when something has to be read. Region and segment are left out
  /// unless they are wanted: tiers are always near, these only for customers that were asked for lately. Of customers that
  /// memory doesn't know, a few in each second have to be read; beyond that they are unknown, so that guessed ids cost little.
  std::optional<absl::StatusOr<NearCustomer>> GetFromMemory(std::string_view customer_id, std::string_view ladder_id, bool with_traits) const;
  /// The id of the account that has this one's facts, when it was merged; else empty. Reads PostgreSQL for a merged one, for
  /// one that memory doesn't know, or while the labels are stale. NOT_FOUND/CUSTOMER_UNKNOWN; reasons of the store.
  absl::StatusOr<std::string> MergedInto(std::string_view customer_id, Deadline deadline) const;
  /// The tier's code from memory alone, without a lock on customers; nullopt when memory can't tell now.
  std::optional<std::string> TierNow(const CustomerFingerprint& customer, std::string_view ladder_id) const;
  /// Whether memory can tell: the labels are filled, and their stream was heard lately.
  bool Fresh() const { return parts_.feed.filled() && parts_.feed.StalenessMs() <= labels::LabelFeed::kStaleAfterMs; }
  /// Codes of a ladder's tiers, best first; empty for an unknown ladder, which is looked up in PostgreSQL first.
  std::vector<std::string> Tiers(std::string_view ladder_id) const;

 private:
  struct Traits {
    int32_t region = -1;  // codes; -1: none
    int32_t segment = -1;
    int64_t read_at = 0;  // MonotonicMicros()
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<int64_t, Traits> traits;  // by customer number
  };
  static constexpr size_t kShards = 16;
  static constexpr size_t kMaxPerShard = 16'384;

  void ReloadLadders() const;
  /// For a ladder that isn't known here: it may have been published a moment ago. Waits for a look-up that runs, and does
  /// nothing shortly after one.
  void ReloadForUnknown() const;
  /// Whether the store may be asked for one more customer that memory doesn't know, whose label may be on its way.
  bool MayAskForUnknown() const;
  std::shared_ptr<const labels::LadderDirectory> Ladders() const;
  static absl::StatusOr<const labels::LadderDirectory::Entry*> EntryOf(const labels::LadderDirectory& ladders, std::string_view ladder_id);
  absl::StatusOr<NearCustomer> Compose(const labels::LadderDirectory::Entry& entry, uint64_t word, const Traits& traits, bool merged) const;
  std::optional<Traits> Kept(const CustomerFingerprint& customer) const;
  absl::StatusOr<Traits> Keep(const storage::CustomerRow& row) const;

  const NearCustomersParts parts_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const labels::LadderDirectory> ladders_ = std::make_shared<labels::LadderDirectory>();
  mutable std::mutex reload_mutex_;  // taken before mutex_
  mutable int64_t reloaded_at_ = 0;  // MonotonicMicros()
  mutable std::vector<std::pair<std::string, int32_t>> versions_;  // of ladders_; negative: the default ladder's
  mutable std::array<Shard, kShards> shards_;
  mutable std::atomic<int64_t> unknown_second_ = 0, unknown_asked_ = 0;  // the second, and how often in it
  Periodic refresh_;
};

}  // namespace rung::host
