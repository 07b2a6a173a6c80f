// A customer's row as libpq's statements select it.
#pragma once

#include "libs/storage/ingest_store.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {

/// Of a row with customer_id, check_bits, external_id, state, standings, group_no and merged_into, in this
/// order.
inline CustomerRow CustomerRowOf(const PGresult* result, int r) {
  CustomerRow row;
  row.fingerprint = {CustomerNumber{GetBigInt(result, r, 0)}, static_cast<uint64_t>(GetBigInt(result, r, 1))};
  row.external_id = GetBytes(result, r, 2);
  row.state = GetBytes(result, r, 3);
  row.standings = GetBytes(result, r, 4);
  row.group = CustomerNumber{GetBigInt(result, r, 5)};
  row.merged_into = CustomerNumber{GetBigInt(result, r, 6)};
  return row;
}

}  // namespace rung::storage::postgres
