#include <atomic>
#include <mutex>
#include <thread>

#include "libs/storage/postgres/customer_row.h"
#include "libs/storage/postgres/pool.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {
namespace {

constexpr char kRead[] =
    "SELECT customer_id, check_bits, external_id, state, standings, group_no, merged_into FROM customer WHERE customer_id = $1::bigint";
constexpr char kReadGroup[] =
    "SELECT customer_id, check_bits, external_id, state, standings, group_no, merged_into FROM customer "
    "WHERE group_no = $1::bigint AND group_no <> 0 ORDER BY customer_id";
constexpr char kReadStandings[] =
    "SELECT c.customer_id, c.check_bits, coalesce(t.standings, c.standings), c.merged_into FROM customer c "
    "LEFT JOIN customer t ON c.merged_into <> 0 AND t.customer_id = c.merged_into WHERE c.customer_id = ANY($1::bigint[])";
constexpr char kMergeCount[] = "SELECT count(*) FROM account_merge";
constexpr char kSnapshot[] = "SELECT pg_export_snapshot(), pg_relation_size('customer') / current_setting('block_size')::bigint";
constexpr char kEstimate[] =
    "SELECT CASE WHEN reltuples >= 0 THEN reltuples::bigint ELSE pg_relation_size('customer') / 600 END FROM pg_class "
    "WHERE oid = 'customer'::regclass";

constexpr int64_t kScanMs = 3'600'000;

int64_t FieldBigInt(std::string_view field) {
  uint64_t value;
  std::memcpy(&value, field.data(), sizeof value);
  return static_cast<int64_t>(be64toh(value));
}

// A transaction that only reads; it ends with the object.
class Reading {
 public:
  explicit Reading(Pool<PqConnection>::Lease lease) : lease_(std::move(lease)) {}
  ~Reading() {
    if (!lease_->broken()) lease_->Command("ROLLBACK").IgnoreError();
  }
  /// With an earlier one's snapshot, unless that is empty.
  absl::Status Begin(const std::string& snapshot) {
    const std::string as_of = snapshot.empty() ? "" : fmt::format("; SET TRANSACTION SNAPSHOT '{}'", snapshot);
    return lease_->Command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" + as_of);
  }
  PqConnection& connection() { return *lease_; }

 private:
  Pool<PqConnection>::Lease lease_;
};

class PostgresCustomerStore final : public CustomerStore {
 public:
  PostgresCustomerStore(const std::string& conninfo, int connections)
      : pool_(connections, [conninfo] { return PqConnection::Open(conninfo, ""); }) {}

  absl::StatusOr<CustomerRow> Read(CustomerNumber customer, Deadline deadline) override {
    CustomerRow row;
    RUNG_RETURN_IF_ERROR(With(deadline, [&](PqConnection& connection) -> absl::Status {
      Params params;
      params.BigInt(static_cast<int64_t>(customer));
      RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(kRead, params));
      if (PQntuples(result.get()) == 0) return NotFoundError("no customer {}", static_cast<int64_t>(customer));
      row = CustomerRowOf(result.get(), 0);
      return absl::OkStatus();
    }));
    return row;
  }

  absl::StatusOr<std::vector<CustomerRow>> ReadStandings(const std::vector<CustomerNumber>& customers, Deadline deadline) override {
    std::vector<CustomerRow> rows;
    RUNG_RETURN_IF_ERROR(With(deadline, [&](PqConnection& connection) -> absl::Status {
      std::vector<int64_t> numbers;
      for (const CustomerNumber customer : customers) numbers.push_back(static_cast<int64_t>(customer));
      Params params;
      params.BigInts(numbers);
      RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(kReadStandings, params));
      rows.resize(PQntuples(result.get()));
      for (size_t i = 0; i < rows.size(); ++i) {
        const int r = static_cast<int>(i);
        rows[i].fingerprint = {CustomerNumber{GetBigInt(result.get(), r, 0)}, static_cast<uint64_t>(GetBigInt(result.get(), r, 1))};
        rows[i].standings = GetBytes(result.get(), r, 2);
        rows[i].merged_into = CustomerNumber{GetBigInt(result.get(), r, 3)};
      }
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<std::vector<CustomerRow>> ReadGroup(CustomerNumber group, Deadline deadline) override {
    std::vector<CustomerRow> rows;
    RUNG_RETURN_IF_ERROR(With(deadline, [&](PqConnection& connection) -> absl::Status {
      Params params;
      params.BigInt(static_cast<int64_t>(group));
      RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(kReadGroup, params));
      for (int r = 0; r < PQntuples(result.get()); ++r) rows.push_back(CustomerRowOf(result.get(), r));
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<std::vector<EventRow>> EventsOf(CustomerNumber customer, Deadline deadline) override {
    std::vector<EventRow> events;
    RUNG_RETURN_IF_ERROR(With(deadline, [&](PqConnection& connection) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(events, ReadEvents(connection, customer));
      return absl::OkStatus();
    }));
    return events;
  }

  absl::StatusOr<int64_t> ApproximateCount() override { return Single(kEstimate); }

  // An update moves a row to another page. All ranges share a snapshot, so none misses it and no two see it.
  absl::Status Scan(int parts, const std::function<absl::Status(size_t, const CustomerView&)>& visit) override {
    std::vector<std::unique_ptr<Reading>> readings;
    std::string snapshot;
    int64_t blocks = 0;
    for (int p = 0; p < parts; ++p) {
      RUNG_ASSIGN_OR_RETURN(auto lease, Take(Deadline::After(kScanMs)));
      Reading& reading = *readings.emplace_back(std::make_unique<Reading>(std::move(lease)));
      RUNG_RETURN_IF_ERROR(reading.Begin(snapshot));
      if (p > 0) continue;
      RUNG_ASSIGN_OR_RETURN(const Result result, reading.connection().Query(kSnapshot, Params()));
      snapshot = GetBytes(result.get(), 0, 0);
      blocks = GetBigInt(result.get(), 0, 1);
    }
    std::atomic<bool> stopped{false};
    std::mutex mutex;
    absl::Status first;
    const auto read = [&](int p) {
      // The last range has no end: the table may have grown before its size was taken.
      const std::string end = p + 1 == parts ? "" : fmt::format(" AND ctid < '({},0)'", blocks * (p + 1) / parts);
      const absl::Status status = readings[p]->connection().CopyOut(
          fmt::format("COPY (SELECT customer_id, check_bits, external_id, state, standings, group_no FROM customer "
                      "WHERE merged_into = 0 AND ctid >= '({},0)'{}) TO STDOUT (FORMAT binary)", blocks * p / parts, end),
          [&](std::span<const std::string_view> f) -> absl::Status {
            if (stopped) return CancelledError("another range has failed");
            return visit(static_cast<size_t>(p), {{CustomerNumber{FieldBigInt(f[0])}, static_cast<uint64_t>(FieldBigInt(f[1]))}, f[2], f[3], f[4],
                                                  CustomerNumber{FieldBigInt(f[5])}});
          });
      if (status.ok()) return;
      std::lock_guard lock(mutex);
      first.Update(status);
      stopped = true;
    };
    std::vector<std::thread> others;
    for (int p = 1; p < parts; ++p) others.emplace_back(read, p);
    read(0);
    for (std::thread& other : others) other.join();
    return first;
  }

  absl::Status ScanStandings(const std::function<absl::Status(const CustomerView&)>& visit) override {
    return CopyStandings("TRUE", visit);
  }

  absl::StatusOr<int64_t> ScanMerged(int64_t known, const std::function<void(const CustomerFingerprint&, CustomerNumber)>& visit) override {
    RUNG_ASSIGN_OR_RETURN(const int64_t count, Single(kMergeCount));
    if (count == known) return count;
    RUNG_RETURN_IF_ERROR(CopyRows("COPY (SELECT customer_id, check_bits, merged_into FROM customer WHERE merged_into <> 0) TO STDOUT (FORMAT binary)",
                                  [&](std::span<const std::string_view> f) {
                                    visit({CustomerNumber{FieldBigInt(f[0])}, static_cast<uint64_t>(FieldBigInt(f[1]))}, CustomerNumber{FieldBigInt(f[2])});
                                    return absl::OkStatus();
                                  }));
    return count;
  }

  absl::Status ScanOutside(const std::function<absl::Status(const CustomerView&)>& visit, Deadline deadline) override {
    return CopyStandings("outside", visit, deadline);
  }

 private:
  absl::StatusOr<Pool<PqConnection>::Lease> Take(Deadline deadline) {
    for (;;) {
      RUNG_ASSIGN_OR_RETURN(auto lease, pool_.Take(deadline));
      const absl::Status status = lease->Command(fmt::format("SET statement_timeout = {}", std::max<int64_t>(1, deadline.RemainingMs())));
      if (status.ok()) return lease;
      if (!lease->broken() || lease.fresh() || deadline.Passed()) return status;
    }
  }

  absl::Status With(Deadline deadline, const std::function<absl::Status(PqConnection&)>& body) {
    RUNG_ASSIGN_OR_RETURN(auto lease, Take(deadline));
    return body(*lease);
  }

  absl::StatusOr<int64_t> Single(const char* sql) {
    int64_t value = 0;
    RUNG_RETURN_IF_ERROR(With(Deadline::After(30'000), [&](PqConnection& connection) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(const Result result, connection.Query(sql, Params()));
      value = GetBigInt(result.get(), 0, 0);
      return absl::OkStatus();
    }));
    return value;
  }

  absl::Status CopyRows(const std::string& sql, const std::function<absl::Status(std::span<const std::string_view>)>& row,
                        std::optional<Deadline> deadline = std::nullopt) {
    return With(deadline.value_or(Deadline::After(kScanMs)), [&](PqConnection& connection) { return connection.CopyOut(sql, row); });
  }

  absl::Status CopyStandings(const char* which, const std::function<absl::Status(const CustomerView&)>& visit,
                             std::optional<Deadline> deadline = std::nullopt) {
    return CopyRows(fmt::format("COPY (SELECT customer_id, check_bits, standings FROM customer WHERE {}) TO STDOUT (FORMAT binary)", which),
                    [&](std::span<const std::string_view> f) {
                      return visit({{CustomerNumber{FieldBigInt(f[0])}, static_cast<uint64_t>(FieldBigInt(f[1]))}, {}, {}, f[2]});
                    }, deadline);
  }

  Pool<PqConnection> pool_;
};

}  // namespace

std::unique_ptr<CustomerStore> MakeCustomerStore(const std::string& conninfo, int connections) {
  return std::make_unique<PostgresCustomerStore>(conninfo, connections);
}

}  // namespace rung::storage::postgres
