// Follows the chains entry by entry and tells where they break.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "libs/storage/audit_store.h"
#include "rung/config/v1/audit.pb.h"

namespace rung::audit {

/// Feed it the heads, then all links by chain and sequence, then Finish.
class ChainCheck {
 public:
  /// `roots` have valid signatures.
  ChainCheck(const std::vector<storage::ChainHead>& heads, const std::vector<config::v1::AuditRoot>& roots,
             config::v1::VerifyAuditResponse& out);

  void Add(const storage::ChainLink& link);
  void Finish();

 private:
  struct Chain {
    int64_t length = 0;  // entries seen
    std::string hash = std::string(32, '\0');
    bool broken = false;
  };
  void Report(config::v1::VerifyAuditResponse::Breach breach, int chain, int64_t sequence, const std::string& message);

  std::map<int, storage::ChainHead> heads_;
  std::map<std::pair<int, int64_t>, std::string> wanted_;  // by chain and length: the hash that a root has seen
  std::array<Chain, storage::kChains> chains_;
  config::v1::VerifyAuditResponse& out_;
};

}  // namespace rung::audit
