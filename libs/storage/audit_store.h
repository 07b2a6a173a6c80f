// The record of who changed what and why, in hash chains.
//
// A chain per bucket of customers (customer number modulo 64) and one for configuration: an entry's hash covers the
// hash of the entry before it, so that an edit, a removal or another order shows from there on; the heads tell a
// truncated tail, and signed roots kept outside the database tell a chain that was rewritten whole.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "libs/base/deadline.h"

namespace rung::storage {

inline constexpr int kCustomerChains = 64;
inline constexpr int16_t kConfigChain = 64;
inline constexpr int kChains = 65;

inline int16_t ChainOf(CustomerNumber customer) { return static_cast<int16_t>(static_cast<uint64_t>(customer) % kCustomerChains); }

struct AuditRow {
  CustomerNumber customer{};  ///< 0: configuration
  int16_t chain = kConfigChain;
  int64_t sequence = 0;
  UnixMicros recorded_at = 0;
  std::string actor;
  std::string action;
  std::string subject;
  std::string reason;
  std::string before;  ///< JSON or empty
  std::string after;   ///< JSON or empty
};

/// Who changes something, why and when, for the entry about it.
struct ByWhom {
  std::string author;
  std::string reason;
  UnixMicros at = 0;
};

struct ChainHead {
  int16_t chain = 0;
  int64_t length = 0;
  std::string hash;  ///< 32 bytes
};

/// One link of a chain as it is stored, with the bytes that its hash must cover.
struct ChainLink {
  int16_t chain = 0;
  int64_t sequence = 0;
  std::string_view canonical;
  std::string_view hash;
};

struct UnprovenOverride {
  int16_t chain = 0;
  std::string name;  ///< like: override "deal-1" of customer c-17 on kuailv
};

/// Thread-safe.
class AuditStore {
 public:
  virtual ~AuditStore() = default;

  virtual absl::StatusOr<std::vector<ChainHead>> Heads(Deadline deadline) = 0;
  /// All links, by chain and sequence, as of one moment: `begin` sees the heads and the number of links first.
  /// Ends early with the status that a callback returns.
  virtual absl::Status Scan(const std::function<absl::Status(const std::vector<ChainHead>&, int64_t links)>& begin,
                            const std::function<absl::Status(const ChainLink&)>& link) = 0;
  /// Published documents that aren't what the record of their publication says, like "model/kuailv version 3": edited, gone
  /// or never recorded; at most `limit`.
  virtual absl::StatusOr<std::vector<std::string>> UnprovenDocuments(int limit, Deadline deadline) = 0;
  /// Overrides that aren't what the record says of them: edited, gone, never recorded, ended or in force without its word;
  /// at most `limit`.
  virtual absl::StatusOr<std::vector<UnprovenOverride>> UnprovenOverrides(int limit, Deadline deadline) = 0;
  /// Entries of audit_entry whose subject begins with `prefix`, newest first, from `offset` on.
  virtual absl::StatusOr<std::vector<AuditRow>> List(const std::string& prefix, int64_t offset, int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
