// Chains entries, within the transaction of the change that they record.
//
// The heads are locked last of all rows of a transaction and in ascending order, so that chains neither deadlock nor
// hold others up for longer than the commit.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <pqxx/pqxx>

#include "libs/storage/audit_store.h"
#include "libs/storage/ingest_store.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {

/// The bytes that an entry's hash covers.
std::string CanonicalOf(const TierChangeRow& change, int64_t sequence);
std::string CanonicalOf(const AuditRow& entry);

struct ChainPlace {
  int64_t sequence = 0;
  std::string hash;
};

/// Locked heads, moved on entry by entry.
class Chains {
 public:
  static constexpr char kLock[] =
      "SELECT chain::bigint, length, hash FROM audit_chain WHERE chain = ANY($1::smallint[]) ORDER BY chain FOR UPDATE";
  static constexpr char kMove[] =
      "UPDATE audit_chain SET length = n.l, hash = n.h FROM unnest($1::smallint[], $2::bigint[], $3::bytea[]) AS n (c, l, h) "
      "WHERE chain = n.c";

  /// Chains of these changes, as the parameter of kLock.
  static Params LockParams(const std::vector<TierChangeRow>& changes);
  static Params LockParams(const std::vector<int16_t>& chains);
  /// With the result of kLock.
  explicit Chains(const PGresult* locked);
  explicit Chains(const pqxx::result& locked);

  ChainPlace Append(const TierChangeRow& change);
  ChainPlace Append(AuditRow& entry);  ///< sets its sequence
  /// The parameters of kMove.
  Params MoveParams() const;
  const std::map<int16_t, ChainHead>& heads() const { return heads_; }

 private:
  std::map<int16_t, ChainHead> heads_;
};

/// Records entries in this transaction.
void AppendAudit(pqxx::work& work, std::vector<AuditRow> entries);

}  // namespace rung::storage::postgres
