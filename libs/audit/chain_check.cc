#include "libs/audit/chain_check.h"

#include <fmt/format.h>

#include "libs/sealing/chain.h"

namespace rung::audit {

namespace pb = config::v1;

namespace {
constexpr int kMaxListed = 1000;
}

ChainCheck::ChainCheck(const std::vector<storage::ChainHead>& heads, const std::vector<pb::AuditRoot>& roots, pb::VerifyAuditResponse& out)
    : out_(out) {
  for (const storage::ChainHead& head : heads) heads_[head.chain] = head;
  for (int chain = 0; chain < storage::kChains; ++chain) {
    if (!heads_.contains(chain)) Report(pb::VerifyAuditResponse::BREACH_TRUNCATED, chain, 0, "the chain has no head");
  }
  for (const pb::AuditRoot& root : roots) {
    for (const auto& head : root.heads()) {
      if (head.length() == 0) continue;
      const auto [it, fresh] = wanted_.try_emplace({head.chain(), head.length()}, head.hash());
      if (!fresh && it->second != head.hash()) {
        Report(pb::VerifyAuditResponse::BREACH_ROOT, head.chain(), head.length(), "two signed roots have seen different entries here");
      }
    }
  }
}

void ChainCheck::Add(const storage::ChainLink& link) {
  out_.set_verified_count(out_.verified_count() + 1);
  if (link.chain < 0 || link.chain >= storage::kChains) {
    Report(pb::VerifyAuditResponse::BREACH_SEQUENCE, link.chain, link.sequence, "there is no such chain");
    return;
  }
  Chain& chain = chains_[link.chain];
  if (link.sequence != chain.length + 1) {
    Report(pb::VerifyAuditResponse::BREACH_SEQUENCE, link.chain, link.sequence,
           fmt::format("entry {} follows entry {}: {}", link.sequence, chain.length,
                       link.sequence > chain.length ? "entries are missing" : "an entry is there twice"));
  }
  const std::string hash = sealing::ChainHash(chain.hash, link.canonical);
  if (hash != link.hash && !chain.broken) {
    Report(pb::VerifyAuditResponse::BREACH_HASH, link.chain, link.sequence,
           "this entry was edited, or one before it was removed or moved; entries after it can't be told");
    chain.broken = true;  // what follows is chained to something else: one report says it
  }
  chain.length = link.sequence;
  chain.hash = link.hash;
  const auto wanted = wanted_.find({link.chain, link.sequence});
  if (wanted == wanted_.end()) return;
  if (wanted->second != chain.hash) {
    Report(pb::VerifyAuditResponse::BREACH_ROOT, link.chain, link.sequence, "a signed root has seen another entry here: the chain was rewritten");
  }
  wanted_.erase(wanted);
}

void ChainCheck::Finish() {
  for (const auto& [number, head] : heads_) {
    const Chain& chain = chains_[number];
    if (chain.length != head.length) {
      Report(pb::VerifyAuditResponse::BREACH_TRUNCATED, number, chain.length,
             fmt::format("the chain has {} entries, its head says {}", chain.length, head.length));
    } else if (chain.length > 0 && chain.hash != head.hash) {
      Report(pb::VerifyAuditResponse::BREACH_HASH, number, chain.length, "the head has another hash than the last entry");
    }
  }
  for (const auto& [place, hash] : wanted_) {
    Report(pb::VerifyAuditResponse::BREACH_TRUNCATED, place.first, place.second, "a signed root has seen this entry; it is gone");
  }
}

void ChainCheck::Report(pb::VerifyAuditResponse::Breach breach, int chain, int64_t sequence, const std::string& message) {
  out_.set_problem_count(out_.problem_count() + 1);
  if (out_.problems_size() >= kMaxListed) return;
  auto& problem = *out_.add_problems();
  problem.set_breach(breach);
  problem.set_chain(chain);
  problem.set_sequence(sequence);
  problem.set_message(message);
}

}  // namespace rung::audit
