#include "libs/storage/postgres/audit_chain.h"

#include <set>

#include "libs/sealing/chain.h"

namespace rung::storage::postgres {
namespace {

constexpr int64_t kTierChange = 1;
constexpr int64_t kAuditEntry = 2;

pqxx::binarystring Binary(const std::string& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

std::string CanonicalOf(const TierChangeRow& change, int64_t sequence) {
  sealing::CanonicalBytes bytes;
  bytes.Add(kTierChange).Add(sequence).Add(static_cast<int64_t>(change.customer)).Add(change.ladder_no).Add(change.version);
  bytes.Add(change.from_tier).Add(change.to_tier).Add(change.computed_tier).Add(change.score_milli).Add(change.reason);
  bytes.Add(change.model_version).Add(change.as_of).Add(change.recorded_at).Add(change.cause).Add(change.inputs);
  return bytes.bytes();
}

std::string CanonicalOf(const AuditRow& entry) {
  sealing::CanonicalBytes bytes;
  bytes.Add(kAuditEntry).Add(entry.sequence).Add(static_cast<int64_t>(entry.customer)).Add(entry.recorded_at);
  bytes.Add(entry.actor).Add(entry.action).Add(entry.subject).Add(entry.reason).Add(entry.before).Add(entry.after);
  return bytes.bytes();
}

Params Chains::LockParams(const std::vector<TierChangeRow>& changes) {
  std::set<int16_t> chains;
  for (const TierChangeRow& change : changes) chains.insert(ChainOf(change.customer));
  return LockParams(std::vector<int16_t>(chains.begin(), chains.end()));
}

Params Chains::LockParams(const std::vector<int16_t>& chains) {
  Params params;
  params.SmallInts(chains);
  return params;
}

Chains::Chains(const PGresult* locked) {
  for (int r = 0; r < PQntuples(locked); ++r) {
    const auto chain = static_cast<int16_t>(GetBigInt(locked, r, 0));
    heads_[chain] = {chain, GetBigInt(locked, r, 1), std::string(GetBytes(locked, r, 2))};
  }
}

Chains::Chains(const pqxx::result& locked) {
  for (const auto& row : locked) {
    const auto chain = row[0].as<int16_t>();
    heads_[chain] = {chain, row[1].as<int64_t>(), pqxx::binarystring(row[2]).str()};
  }
}

ChainPlace Chains::Append(const TierChangeRow& change) {
  ChainHead& head = heads_.at(ChainOf(change.customer));
  ++head.length;
  head.hash = sealing::ChainHash(head.hash, CanonicalOf(change, head.length));
  return {head.length, head.hash};
}

ChainPlace Chains::Append(AuditRow& entry) {
  ChainHead& head = heads_.at(entry.chain);
  entry.sequence = ++head.length;
  head.hash = sealing::ChainHash(head.hash, CanonicalOf(entry));
  return {head.length, head.hash};
}

Params Chains::MoveParams() const {
  std::vector<int16_t> chains;
  std::vector<int64_t> lengths;
  std::vector<std::string_view> hashes;
  for (const auto& [chain, head] : heads_) {
    chains.push_back(chain);
    lengths.push_back(head.length);
    hashes.emplace_back(head.hash);
  }
  Params params;
  params.SmallInts(chains);
  params.BigInts(lengths);
  params.Bytes(hashes);
  return params;
}

void AppendAudit(pqxx::work& work, std::vector<AuditRow> entries) {
  std::set<int16_t> wanted;
  for (AuditRow& entry : entries) {
    entry.chain = static_cast<int64_t>(entry.customer) == 0 ? kConfigChain : ChainOf(entry.customer);
    wanted.insert(entry.chain);
  }
  std::string list = "{";
  for (const int16_t chain : wanted) list += (list.size() > 1 ? "," : "") + std::to_string(chain);
  Chains chains(work.exec_params(Chains::kLock, list + "}"));
  for (AuditRow& entry : entries) {
    const ChainPlace place = chains.Append(entry);
    work.exec_params(
        "INSERT INTO audit_entry (customer_id, chain, chain_seq, recorded_at, actor, action, subject, reason, before, after, "
        "chain_hash) VALUES ($1, $2, $3, timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5, $6, $7, $8, $9, $10, $11)",
        static_cast<int64_t>(entry.customer), entry.chain, place.sequence, entry.recorded_at, entry.actor, entry.action,
        entry.subject, entry.reason, entry.before, entry.after, Binary(place.hash));
  }
  for (const auto& [chain, head] : chains.heads()) {
    work.exec_params("UPDATE audit_chain SET length = $2, hash = $3 WHERE chain = $1", chain, head.length, Binary(head.hash));
  }
}

}  // namespace rung::storage::postgres
