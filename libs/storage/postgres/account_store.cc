#include "libs/storage/account_store.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/sealing/chain.h"
#include "libs/storage/postgres/audit_chain.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr char kColumns[] =
    "SELECT g.group_id, g.name, g.revision, g.author, (extract(epoch FROM g.created_at) * 1000000)::bigint, "
    "(SELECT count(*) FROM customer c WHERE c.group_no = g.group_no AND c.group_no <> 0) FROM account_group g ";
constexpr char kMerges[] =
    "SELECT s.external_id, t.external_id, m.event_count, m.reason, m.author, m.request_id, m.request_hash, "
    "(extract(epoch FROM m.merged_at) * 1000000)::bigint FROM account_merge m JOIN customer s ON s.customer_id = m.customer_id "
    "JOIN customer t ON t.customer_id = m.target_id WHERE m.customer_id = $1 OR m.customer_id IN "
    "(SELECT customer_id FROM customer WHERE merged_into = $1 AND merged_into <> 0) ORDER BY m.merged_at, m.customer_id LIMIT $2";
constexpr char kAccounts[] =
    "SELECT c.external_id, c.group_no, coalesce(g.group_id, ''), c.merged_into <> 0 FROM customer c LEFT JOIN account_group g ON g.group_no = c.group_no "
    "WHERE c.customer_id = ANY($1::bigint[]) ORDER BY c.customer_id FOR UPDATE OF c";

struct Account {
  CustomerNumber group{};
  std::string group_id;
  bool merged = false;
};
using AccountsById = std::map<std::string, Account>;

GroupRow RowOf(const pqxx::row& r) {
  return {r[0].as<std::string>(), r[1].as<std::string>(), r[2].as<int32_t>(), r[3].as<std::string>(), r[4].as<UnixMicros>(), r[5].as<int64_t>()};
}

absl::Status GroupUnknown(const std::string& group_id) {
  return WithReason(NotFoundError("no group \"{}\"; `rungctl group list` shows them", Shorten(group_id, 80)), "GROUP_UNKNOWN");
}

std::string NumbersOf(const std::vector<std::string>& customers) {
  std::vector<int64_t> numbers;
  for (const std::string& id : customers) numbers.push_back(static_cast<int64_t>(FingerprintOf(id).number));
  return fmt::format("{{{}}}", fmt::join(numbers, ","));
}

// What is wrong with customers, all of it; the first one names the status.
class Problems {
 public:
  void Add(absl::StatusCode code, size_t index, std::string reason, std::string message) {
    if (violations_.empty()) code_ = code;
    violations_.push_back({fmt::format("customer_ids[{}]", index), std::move(reason), std::move(message)});
  }
  absl::Status status() const {
    if (violations_.empty()) return absl::OkStatus();
    const Violation& first = violations_[0];
    return WithViolations(WithReason(Error(code_, "{}: {}", first.field, first.message), first.reason), violations_);
  }

 private:
  absl::StatusCode code_ = absl::StatusCode::kOk;
  std::vector<Violation> violations_;
};

absl::Status Check(const GroupChange& change, const AccountsById& accounts) {
  Problems problems;
  const CustomerNumber group = GroupNumber(change.group_id);
  const auto each = [&](const std::vector<std::string>& customers, auto wrong) {
    for (size_t i = 0; i < customers.size(); ++i) {
      const auto account = accounts.find(customers[i]);
      if (account == accounts.end()) {
        problems.Add(absl::StatusCode::kNotFound, i, "CUSTOMER_UNKNOWN",
                     fmt::format("customer \"{}\" has no events here; an account joins once it has one", Shorten(customers[i], 128)));
      } else {
        wrong(i, customers[i], account->second);
      }
    }
  };
  each(change.joining, [&](size_t i, const std::string& id, const Account& account) {
    if (account.merged) {
      problems.Add(absl::StatusCode::kFailedPrecondition, i, "ACCOUNT_MERGED",
                   fmt::format("customer \"{}\" was merged into another account; `rungctl account show` says which", id));
      return;
    }
    if (account.group == CustomerNumber{}) return;
    problems.Add(absl::StatusCode::kFailedPrecondition, i, "IN_A_GROUP",
                 account.group == group ? fmt::format("customer \"{}\" is in this group already", id)
                                        : fmt::format("customer \"{}\" is in group \"{}\"; remove it there first", id, account.group_id));
  });
  each(change.leaving, [&](size_t i, const std::string& id, const Account& account) {
    if (account.group == group) return;
    problems.Add(absl::StatusCode::kFailedPrecondition, i, "NOT_IN_GROUP",
                 account.group_id.empty() ? fmt::format("customer \"{}\" is in no group", id)
                                          : fmt::format("customer \"{}\" is in group \"{}\"", id, account.group_id));
  });
  return problems.status();
}

AuditRow EntryOf(const GroupChange& change, const std::string& customer, bool joins) {
  AuditRow entry;
  entry.customer = FingerprintOf(customer).number;
  entry.recorded_at = change.now;
  entry.actor = change.author;
  entry.action = joins ? "JOIN_GROUP" : "LEAVE_GROUP";
  entry.subject = fmt::format("customer/{}/group/{}", customer, change.group_id);
  entry.reason = change.reason;
  entry.before = joins ? R"({"in_group":false})" : R"({"in_group":true})";
  entry.after = joins ? R"({"in_group":true})" : R"({"in_group":false})";
  return entry;
}

class PostgresAccountStore final : public AccountStore {
 public:
  explicit PostgresAccountStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<GroupRow> Change(const GroupChange& change, Deadline deadline) override {
    GroupRow row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(const bool known, IsKnown(work, change));
      if (!known) {
        RUNG_RETURN_IF_ERROR(change.revision == 0 ? Create(work, change) : Advance(work, change));
        RUNG_RETURN_IF_ERROR(Move(work, change));
      }
      RUNG_ASSIGN_OR_RETURN(row, Read(work, change.group_id));
      if (row.account_count > kMaxGroupAccounts) {
        return WithReason(FailedPreconditionError("group \"{}\" would have {} accounts; at most {} share one tier", row.group_id, row.account_count,
                                                  kMaxGroupAccounts),
                          "GROUP_TOO_LARGE");
      }
      return absl::OkStatus();
    }));
    return row;
  }

  absl::StatusOr<GroupRow> Get(const std::string& group_id, Deadline deadline) override {
    GroupRow row;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(row, Read(work, group_id));
      return absl::OkStatus();
    }));
    return row;
  }

  absl::StatusOr<std::vector<std::string>> Accounts(const std::string& group_id, Deadline deadline) override {
    std::vector<std::string> ids;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      ids.clear();
      for (const auto& row : work.exec_params("SELECT external_id FROM customer WHERE group_no = $1 AND group_no <> 0 ORDER BY external_id", Number(group_id))) {
        ids.push_back(row[0].as<std::string>());
      }
      return absl::OkStatus();
    }));
    return ids;
  }

  absl::StatusOr<std::vector<AccountMerge>> Merges(CustomerNumber customer, int limit, Deadline deadline) override {
    std::vector<AccountMerge> merges;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      merges.clear();
      for (const auto& r : work.exec_params(kMerges, static_cast<int64_t>(customer), limit)) {
        merges.push_back({r[0].as<std::string>(), r[1].as<std::string>(), r[2].as<int64_t>(), r[3].as<std::string>(), r[4].as<std::string>(),
                          r[5].as<std::string>(), pqxx::binarystring(r[6]).str(), r[7].as<UnixMicros>()});
      }
      return absl::OkStatus();
    }));
    return merges;
  }

  absl::StatusOr<std::vector<GroupRow>> List(CustomerNumber customer, int64_t offset, int limit, Deadline deadline) override {
    std::vector<GroupRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : work.exec_params(std::string(kColumns) + "WHERE $1::bigint = 0 OR g.group_no = (SELECT group_no FROM customer WHERE customer_id = $1) "
                                                                      "ORDER BY g.group_id OFFSET $2 LIMIT $3",
                                              static_cast<int64_t>(customer), offset, limit)) {
        rows.push_back(RowOf(row));
      }
      return absl::OkStatus();
    }));
    return rows;
  }

 private:
  static int64_t Number(const std::string& group_id) { return static_cast<int64_t>(GroupNumber(group_id)); }

  // Whether this write has been made; else it is remembered with this transaction.
  static absl::StatusOr<bool> IsKnown(pqxx::work& work, const GroupChange& change) {
    const std::string hash = sealing::ChainHash({}, change.request_bytes);
    const pqxx::binarystring bytes(hash.data(), hash.size());
    const auto earlier = work.exec_params("SELECT request_hash = $3 FROM request WHERE method = $1 AND request_id = $2", change.method, change.request_id, bytes);
    if (!earlier.empty() && !earlier[0][0].as<bool>()) {
      return WithReason(AlreadyExistsError("request_id \"{}\" was used for another request", Shorten(change.request_id, 80)), "REQUEST_ID_REUSED");
    }
    if (!earlier.empty()) return true;
    work.exec_params("INSERT INTO request VALUES ($1, $2, $3, '', timestamptz 'epoch' + $4::bigint * interval '1 microsecond')", change.method,
                     change.request_id, bytes, change.now);
    return false;
  }

  static absl::Status Create(pqxx::work& work, const GroupChange& change) {
    const auto made = work.exec_params("INSERT INTO account_group VALUES ($1, $2, $3, 1, $4, timestamptz 'epoch' + $5::bigint * interval '1 microsecond') "
                                       "ON CONFLICT DO NOTHING",
                                       Number(change.group_id), change.group_id, change.name, change.author, change.now);
    if (made.affected_rows() == 1) return absl::OkStatus();
    return WithReason(AlreadyExistsError("group \"{}\" exists already; add accounts to it, or choose another id", change.group_id), "GROUP_EXISTS");
  }

  static absl::Status Advance(pqxx::work& work, const GroupChange& change) {
    const auto rows = work.exec_params("SELECT revision FROM account_group WHERE group_no = $1 AND group_id = $2 FOR UPDATE", Number(change.group_id), change.group_id);
    if (rows.empty()) return GroupUnknown(change.group_id);
    if (const int32_t current = rows[0][0].as<int32_t>(); current != change.revision) {
      return WithReason(AbortedError("group \"{}\" has changed since it was read: read it again", change.group_id), "ETAG_MISMATCH",
                        {{"current_etag", std::to_string(current)}});
    }
    work.exec_params("UPDATE account_group SET revision = revision + 1 WHERE group_no = $1", Number(change.group_id));
    return absl::OkStatus();
  }

  static absl::Status Move(pqxx::work& work, const GroupChange& change) {
    std::vector<std::string> all = change.joining;
    all.insert(all.end(), change.leaving.begin(), change.leaving.end());
    AccountsById accounts;
    for (const auto& row : work.exec_params(kAccounts, NumbersOf(all))) {
      accounts[row[0].as<std::string>()] = {CustomerNumber{row[1].as<int64_t>()}, row[2].as<std::string>(), row[3].as<bool>()};
    }
    RUNG_RETURN_IF_ERROR(Check(change, accounts));
    constexpr char kSet[] = "UPDATE customer SET group_no = $2 WHERE customer_id = ANY($1::bigint[])";
    work.exec_params(kSet, NumbersOf(change.joining), Number(change.group_id));
    work.exec_params(kSet, NumbersOf(change.leaving), int64_t{0});
    work.exec_params("INSERT INTO group_due SELECT customer_id, $2, false, date '1970-01-01' + $4::int FROM customer "
                     "WHERE customer_id = ANY($1::bigint[]) OR group_no = $3 ON CONFLICT DO NOTHING",
                     NumbersOf(change.leaving), "group:" + change.group_id, Number(change.group_id), change.today);
    std::vector<AuditRow> entries;
    for (const std::string& id : change.joining) entries.push_back(EntryOf(change, id, true));
    for (const std::string& id : change.leaving) entries.push_back(EntryOf(change, id, false));
    AppendAudit(work, std::move(entries));
    return absl::OkStatus();
  }

  static absl::StatusOr<GroupRow> Read(pqxx::work& work, const std::string& group_id) {
    const auto rows = work.exec_params(std::string(kColumns) + "WHERE g.group_id = $1", group_id);
    if (rows.empty()) return GroupUnknown(group_id);
    return RowOf(rows[0]);
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<AccountStore> MakeAccountStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresAccountStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
