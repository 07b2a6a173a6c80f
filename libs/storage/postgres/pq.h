// libpq where it is needed: binary parameters, pipelines and COPY. Everything else goes through sessions.h (libpqxx).
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace rung::storage::postgres {

/// Binary parameters of one statement. One-dimensional arrays for unnest().
class Params {
 public:
  void BigInt(int64_t value);
  void Text(std::string_view value);
  void BigInts(std::span<const int64_t> values);
  void Ints(std::span<const int32_t> values);
  void SmallInts(std::span<const int16_t> values);
  void Texts(std::span<const std::string_view> values);  ///< nullptr data: NULL
  void Bytes(std::span<const std::string_view> values);

  int size() const { return static_cast<int>(values_.size()); }
  std::vector<const char*> pointers() const;
  std::vector<int> lengths() const;

 private:
  std::string& Array(int element_type, size_t count);

  std::vector<std::string> values_;
};

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultDeleter>;

/// Fields of a binary result.
int64_t GetBigInt(const PGresult* result, int row, int column);
std::string_view GetBytes(const PGresult* result, int row, int column);

/// A connection. Not thread-safe.
class PqConnection {
 public:
  /// `setup` are statements run once, e.g. "SET statement_timeout = 10000".
  static absl::StatusOr<std::unique_ptr<PqConnection>> Open(const std::string& conninfo, const std::string& setup);
  ~PqConnection();

  /// Runs one or more statements without parameters.
  absl::Status Command(const std::string& sql);
  /// Runs one statement with binary parameters and results; it is prepared on first use, by its address.
  absl::StatusOr<Result> Query(const char* sql, const Params& params);

  /// Statements sent in one round trip; results come in their order. The first error ends it all.
  struct Statement {
    const char* sql;  // a constant: prepared statements are known by its address
    const Params* params;
  };
  absl::StatusOr<std::vector<Result>> Pipeline(const std::vector<Statement>& statements);

  /// COPY … TO STDOUT (FORMAT binary): calls `row` with each row's fields (data() nullptr for NULL).
  absl::Status CopyOut(const std::string& sql, const std::function<absl::Status(std::span<const std::string_view>)>& row);
  /// COPY … FROM STDIN (FORMAT binary).
  absl::Status CopyIn(const std::string& sql, const std::function<absl::Status(class CopyWriter&)>& write);

  /// Reads what has come in since the last use: the end of the connection is among it.
  bool died() { return PQconsumeInput(connection_) == 0 || broken(); }
  bool broken() const { return PQstatus(connection_) != CONNECTION_OK; }

 private:
  explicit PqConnection(PGconn* connection) : connection_(connection) {}
  absl::StatusOr<std::string> Prepared(const char* sql);
  absl::Status ErrorOf(const PGresult* result) const;
  absl::Status ConnectionError() const;

  PGconn* connection_;
  std::vector<const char*> prepared_;
};

/// Rows of a binary COPY … FROM.
class CopyWriter {
 public:
  explicit CopyWriter(PGconn* connection);
  void StartRow(int16_t fields);
  void BigInt(int64_t value);
  void Int(int32_t value);
  void SmallInt(int16_t value);
  void Bytes(std::string_view value);  ///< text and bytea
  void Null();
  void TimestampMicros(int64_t unix_micros);
  void DateDays(int32_t unix_days);
  absl::Status Finish();

 private:
  void Flush();
  PGconn* connection_;
  std::string buffer_;
  bool failed_ = false;
};

/// Services act as this role, whoever they log in as: it may not change what only grows.
inline constexpr char kActAsService[] = "SET ROLE rung_service";

/// A status for an error of PostgreSQL: UNAVAILABLE, DEADLINE_EXCEEDED, ABORTED or INTERNAL.
absl::Status StatusOfSqlState(std::string_view sqlstate, std::string_view message);
absl::Status StoreUnavailable(std::string_view message);

}  // namespace rung::storage::postgres
