#include "libs/storage/outbox.h"

#include "libs/base/status.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/pq.h"

namespace rung::storage::postgres {
namespace {

constexpr char kLead[] = "SELECT pg_try_advisory_lock(3157001)::int";  // any fixed number: one relay per database
constexpr char kTake[] =
    "DELETE FROM outbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM outbox LIMIT $1::bigint FOR UPDATE SKIP LOCKED)) "
    "RETURNING customer_id, check_bits, ladder_no, label";
constexpr char kWaiting[] = "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 100000) AS waiting";

class PostgresOutbox final : public Outbox {
 public:
  explicit PostgresOutbox(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  absl::StatusOr<bool> Lead() override {
    RUNG_RETURN_IF_ERROR(Connect());
    if (leading_) return true;
    RUNG_ASSIGN_OR_RETURN(const Result result, connection_->Query(kLead, Params()));
    leading_ = GetBigInt(result.get(), 0, 0) == 1;
    return leading_;
  }

  absl::StatusOr<int64_t> Drain(int limit,
                                const std::function<absl::Status(const std::vector<LabelRow>&)>& deliver) override {
    RUNG_RETURN_IF_ERROR(Connect());
    RUNG_RETURN_IF_ERROR(connection_->Command("BEGIN"));
    const absl::StatusOr<int64_t> delivered = Take(limit, deliver);
    const absl::Status end = connection_->Command(delivered.ok() ? "COMMIT" : "ROLLBACK");
    return delivered.ok() && !end.ok() ? end : delivered;
  }

  absl::StatusOr<int64_t> Waiting() override {
    RUNG_RETURN_IF_ERROR(Connect());
    RUNG_ASSIGN_OR_RETURN(const Result result, connection_->Query(kWaiting, Params()));
    return GetBigInt(result.get(), 0, 0);
  }

 private:
  absl::Status Connect() {
    if (connection_ != nullptr && !connection_->broken()) return absl::OkStatus();
    leading_ = false;  // the lock went with the connection
    RUNG_ASSIGN_OR_RETURN(connection_, PqConnection::Open(conninfo_, "SET statement_timeout = 20000"));
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Take(int limit, const std::function<absl::Status(const std::vector<LabelRow>&)>& deliver) {
    Params params;
    params.BigInt(limit);
    RUNG_ASSIGN_OR_RETURN(const Result result, connection_->Query(kTake, params));
    std::vector<LabelRow> labels(PQntuples(result.get()));
    for (size_t i = 0; i < labels.size(); ++i) {
      const int row = static_cast<int>(i);
      labels[i].customer = {CustomerNumber{GetBigInt(result.get(), row, 0)}, static_cast<uint64_t>(GetBigInt(result.get(), row, 1))};
      labels[i].ladder_no = static_cast<int16_t>(GetBigInt(result.get(), row, 2));
      labels[i].word = static_cast<uint64_t>(GetBigInt(result.get(), row, 3));
    }
    if (!labels.empty()) RUNG_RETURN_IF_ERROR(deliver(labels));
    return static_cast<int64_t>(labels.size());
  }

  const std::string conninfo_;
  std::unique_ptr<PqConnection> connection_;
  bool leading_ = false;
};

}  // namespace

std::unique_ptr<Outbox> MakeOutbox(const std::string& conninfo) { return std::make_unique<PostgresOutbox>(conninfo); }

}  // namespace rung::storage::postgres
