#include "libs/storage/postgres/pq.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

#include "libs/base/status.h"
#include "libs/errors/errors.h"

namespace rung::storage::postgres {
namespace {

constexpr int kInt2 = 21, kInt4 = 23, kInt8 = 20, kText = 25, kBytea = 17;
constexpr int64_t kPostgresEpochMicros = 946684800'000'000;  // 2000-01-01
constexpr int32_t kPostgresEpochDays = 10957;

template <typename T>
void Append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void Append16(std::string& out, int16_t value) { Append(out, htobe16(static_cast<uint16_t>(value))); }
void Append32(std::string& out, int32_t value) { Append(out, htobe32(static_cast<uint32_t>(value))); }
void Append64(std::string& out, int64_t value) { Append(out, htobe64(static_cast<uint64_t>(value))); }

int32_t Read32(const char* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<int32_t>(be32toh(value));
}

constexpr char kCopyHeader[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
constexpr size_t kCopyHeaderSize = 19;

}  // namespace

void Params::BigInt(int64_t value) { Append64(values_.emplace_back(), value); }
void Params::Text(std::string_view value) { values_.emplace_back(value); }

std::string& Params::Array(int element_type, size_t count) {
  std::string& out = values_.emplace_back();
  Append32(out, count == 0 ? 0 : 1);  // dimensions
  Append32(out, 1);                   // may hold NULLs
  Append32(out, element_type);
  if (count == 0) return out;
  Append32(out, static_cast<int32_t>(count));
  Append32(out, 1);  // lower bound
  return out;
}

void Params::BigInts(std::span<const int64_t> values) {
  std::string& out = Array(kInt8, values.size());
  out.reserve(out.size() + values.size() * 12);
  for (const int64_t value : values) {
    Append32(out, 8);
    Append64(out, value);
  }
}

void Params::Ints(std::span<const int32_t> values) {
  std::string& out = Array(kInt4, values.size());
  for (const int32_t value : values) {
    Append32(out, 4);
    Append32(out, value);
  }
}

void Params::SmallInts(std::span<const int16_t> values) {
  std::string& out = Array(kInt2, values.size());
  for (const int16_t value : values) {
    Append32(out, 2);
    Append16(out, value);
  }
}

static void AppendStrings(std::string& out, std::span<const std::string_view> values) {
  for (const std::string_view value : values) {
    Append32(out, value.data() == nullptr ? -1 : static_cast<int32_t>(value.size()));
    out.append(value);
  }
}

void Params::Texts(std::span<const std::string_view> values) { AppendStrings(Array(kText, values.size()), values); }
void Params::Bytes(std::span<const std::string_view> values) { AppendStrings(Array(kBytea, values.size()), values); }

std::vector<const char*> Params::pointers() const {
  std::vector<const char*> out;
  for (const std::string& value : values_) out.push_back(value.data());
  return out;
}

std::vector<int> Params::lengths() const {
  std::vector<int> out;
  for (const std::string& value : values_) out.push_back(static_cast<int>(value.size()));
  return out;
}

int64_t GetBigInt(const PGresult* result, int row, int column) {
  const char* at = PQgetvalue(result, row, column);
  switch (PQgetlength(result, row, column)) {
    case 2: {
      uint16_t value;
      std::memcpy(&value, at, sizeof value);
      return static_cast<int16_t>(be16toh(value));
    }
    case 4:
      return Read32(at);
    default: {
      uint64_t value;
      std::memcpy(&value, at, sizeof value);
      return static_cast<int64_t>(be64toh(value));
    }
  }
}

std::string_view GetBytes(const PGresult* result, int row, int column) {
  return {PQgetvalue(result, row, column), static_cast<size_t>(PQgetlength(result, row, column))};
}

absl::Status StoreUnavailable(std::string_view message) {
  return WithRetry(WithReason(UnavailableError("PostgreSQL is out of reach: {}", message), "STORE_UNAVAILABLE"), 500);
}

absl::Status StatusOfSqlState(std::string_view state, std::string_view message) {
  const std::string_view group = state.substr(0, 2);
  if (state == "57014") return WithReason(DeadlineExceededError("PostgreSQL needed longer than the deadline"), "STORE_TIMEOUT");
  if (group == "08" || group == "57" || group == "53" || state.empty()) return StoreUnavailable(message);
  if (group == "40") return WithReason(AbortedError("PostgreSQL: {}", message), "STORE_CONFLICT");
  return InternalError("PostgreSQL [{}]: {}", state, message);
}

absl::StatusOr<std::unique_ptr<PqConnection>> PqConnection::Open(const std::string& conninfo, const std::string& setup) {
  std::unique_ptr<PqConnection> connection(
      new PqConnection(PQconnectdb((conninfo + " connect_timeout=3 application_name=rung client_encoding=UTF8").c_str())));
  if (connection->broken()) return connection->ConnectionError();
  RUNG_RETURN_IF_ERROR(connection->Command(kActAsService));
  if (!setup.empty()) RUNG_RETURN_IF_ERROR(connection->Command(setup));
  return connection;
}

PqConnection::~PqConnection() { PQfinish(connection_); }

absl::Status PqConnection::ConnectionError() const { return StoreUnavailable(PQerrorMessage(connection_)); }

absl::Status PqConnection::ErrorOf(const PGresult* result) const {
  if (result == nullptr || broken()) return ConnectionError();
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return StatusOfSqlState(state == nullptr ? "" : state, PQresultErrorMessage(result));
}

absl::Status PqConnection::Command(const std::string& sql) {
  const Result result(PQexec(connection_, sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return absl::OkStatus();
  return ErrorOf(result.get());
}

absl::StatusOr<std::string> PqConnection::Prepared(const char* sql) {
  const auto it = std::find(prepared_.begin(), prepared_.end(), sql);
  const std::string name = "s" + std::to_string(it - prepared_.begin());
  if (it == prepared_.end()) {
    const Result result(PQprepare(connection_, name.c_str(), sql, 0, nullptr));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return ErrorOf(result.get());
    prepared_.push_back(sql);
  }
  return name;
}

absl::StatusOr<Result> PqConnection::Query(const char* sql, const Params& params) {
  RUNG_ASSIGN_OR_RETURN(const std::string name, Prepared(sql));
  const std::vector<int> formats(params.size(), 1);
  Result result(PQexecPrepared(connection_, name.c_str(), params.size(), params.pointers().data(),
                               params.lengths().data(), formats.data(), 1));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return ErrorOf(result.get());
  return result;
}

absl::StatusOr<std::vector<Result>> PqConnection::Pipeline(const std::vector<Statement>& statements) {
  std::vector<std::string> names;
  for (const Statement& statement : statements) {
    RUNG_ASSIGN_OR_RETURN(names.emplace_back(), Prepared(statement.sql));
  }
  if (PQenterPipelineMode(connection_) != 1) return ConnectionError();
  for (size_t i = 0; i < statements.size(); ++i) {
    const Params& params = *statements[i].params;
    const std::vector<int> formats(params.size(), 1);
    if (PQsendQueryPrepared(connection_, names[i].c_str(), params.size(), params.pointers().data(),
                            params.lengths().data(), formats.data(), 1) != 1) {
      return ConnectionError();
    }
  }
  if (PQpipelineSync(connection_) != 1) return ConnectionError();
  std::vector<Result> results;
  absl::Status error;
  for (;;) {
    Result result(PQgetResult(connection_));
    if (result == nullptr) {
      if (broken()) return ConnectionError();
      continue;  // ends one statement's results
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      results.push_back(std::move(result));
    } else if (error.ok() && status != PGRES_PIPELINE_ABORTED) {
      error = ErrorOf(result.get());
    }
    if (broken()) return ConnectionError();
  }
  PQexitPipelineMode(connection_);
  if (!error.ok()) return error;
  return results;
}

absl::Status PqConnection::CopyOut(const std::string& sql,
                                   const std::function<absl::Status(std::span<const std::string_view>)>& row) {
  {
    const Result result(PQexec(connection_, sql.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COPY_OUT) return ErrorOf(result.get());
  }
  absl::Status status;
  bool first = true;
  std::vector<std::string_view> fields;
  char* buffer = nullptr;
  int size;
  while ((size = PQgetCopyData(connection_, &buffer, 0)) > 0) {
    const std::unique_ptr<char, void (*)(void*)> owner(buffer, PQfreemem);
    const char* at = buffer;
    const char* end = buffer + size;
    if (first) at += kCopyHeaderSize;
    first = false;
    if (end - at < 2) continue;
    uint16_t count;
    std::memcpy(&count, at, sizeof count);
    at += sizeof count;
    if (count == 0xffff || !status.ok()) continue;  // the trailer; or draining after a failure
    fields.clear();
    for (int field = be16toh(count); field > 0; --field) {
      const int32_t length = Read32(at);
      at += 4;
      fields.emplace_back(length < 0 ? nullptr : at, std::max(length, 0));
      at += std::max(length, 0);
    }
    status = row(fields);
    if (!status.ok()) {
      PGcancel* cancel = PQgetCancel(connection_);
      char message[256];
      PQcancel(cancel, message, sizeof message);
      PQfreeCancel(cancel);
    }
  }
  absl::Status end_status;
  for (;;) {
    const Result result(PQgetResult(connection_));
    if (result == nullptr) break;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && end_status.ok()) end_status = ErrorOf(result.get());
  }
  return status.ok() ? end_status : status;
}

absl::Status PqConnection::CopyIn(const std::string& sql, const std::function<absl::Status(CopyWriter&)>& write) {
  {
    const Result result(PQexec(connection_, sql.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COPY_IN) return ErrorOf(result.get());
  }
  CopyWriter writer(connection_);
  absl::Status status = write(writer);
  if (status.ok()) status = writer.Finish();
  if (PQputCopyEnd(connection_, status.ok() ? nullptr : "the writer failed") != 1 && status.ok()) status = ConnectionError();
  for (;;) {
    const Result result(PQgetResult(connection_));
    if (result == nullptr) break;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && status.ok()) status = ErrorOf(result.get());
  }
  return status;
}

CopyWriter::CopyWriter(PGconn* connection) : connection_(connection) { buffer_.assign(kCopyHeader, kCopyHeaderSize); }

void CopyWriter::Flush() {
  if (!failed_ && PQputCopyData(connection_, buffer_.data(), static_cast<int>(buffer_.size())) != 1) failed_ = true;
  buffer_.clear();
}

void CopyWriter::StartRow(int16_t fields) {
  if (buffer_.size() > 256 * 1024) Flush();
  Append16(buffer_, fields);
}
void CopyWriter::BigInt(int64_t value) {
  Append32(buffer_, 8);
  Append64(buffer_, value);
}
void CopyWriter::Int(int32_t value) {
  Append32(buffer_, 4);
  Append32(buffer_, value);
}
void CopyWriter::SmallInt(int16_t value) {
  Append32(buffer_, 2);
  Append16(buffer_, value);
}
void CopyWriter::Bytes(std::string_view value) {
  Append32(buffer_, static_cast<int32_t>(value.size()));
  buffer_.append(value);
}
void CopyWriter::Null() { Append32(buffer_, -1); }
void CopyWriter::TimestampMicros(int64_t unix_micros) { BigInt(unix_micros - kPostgresEpochMicros); }
void CopyWriter::DateDays(int32_t unix_days) { Int(unix_days - kPostgresEpochDays); }

absl::Status CopyWriter::Finish() {
  Append16(buffer_, -1);
  Flush();
  return failed_ ? StoreUnavailable(PQerrorMessage(connection_)) : absl::OkStatus();
}

}  // namespace rung::storage::postgres
