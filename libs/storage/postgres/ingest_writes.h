// What one transaction writes, as statements that go to PostgreSQL in one round trip.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "libs/storage/ingest_store.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {

inline constexpr int64_t kPostgresEpochMicros = 946684800'000'000;

inline int64_t Number(CustomerNumber number) { return static_cast<int64_t>(number); }

/// Columns of structs as arrays for unnest().
template <typename T, typename Rows, typename F>
std::vector<T> Column(const Rows& rows, F field) {
  std::vector<T> column;
  column.reserve(rows.size());
  for (const auto& row : rows) column.push_back(field(row));
  return column;
}
template <typename Rows, typename F>
std::vector<std::string_view> Strings(const Rows& rows, F field) {
  std::vector<std::string_view> column;
  column.reserve(rows.size());
  for (const auto& row : rows) column.emplace_back(field(row));
  return column;
}

/// The writes must outlive it, and it its statements.
class IngestStatements {
 public:
  explicit IngestStatements(const IngestWrites& writes);

  /// All but what goes into chains. The last one locks the chains' heads, when there are such.
  const std::vector<PqConnection::Statement>& first() const { return statements_; }
  bool chained() const { return !writes_.changes.empty() || !writes_.audit.empty(); }
  /// The rest, once the heads are locked.
  std::vector<PqConnection::Statement> Chained(Chains& chains);

 private:
  Params& Add(const char* sql);
  void AddRows();
  void AddMerge(const MergeRow& merge);
  void AddChanges(Chains& chains);
  void AddAudit(Chains& chains);

  const IngestWrites& writes_;
  std::deque<Params> params_;  // statements point to them
  std::vector<PqConnection::Statement> statements_;
};

}  // namespace rung::storage::postgres
