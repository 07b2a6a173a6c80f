// The audit record: read, checked against itself and against roots that were kept elsewhere.
#pragma once

#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/sealing/signer.h"
#include "libs/storage/audit_store.h"
#include "rung/config/v1/audit.pb.h"

namespace rung::audit {

namespace pb = config::v1;

/// The use cases of rung.config.v1.AuditService. Thread-safe.
class Audit {
 public:
  /// `export_folder` empty: signed roots are given to those who ask, and kept nowhere.
  Audit(storage::AuditStore& store, const sealing::Signer& signer, const Clock& clock, std::string export_folder)
      : store_(store), signer_(signer), clock_(clock), export_folder_(std::move(export_folder)) {}

  absl::Status List(const pb::ListAuditEntriesRequest& request, pb::ListAuditEntriesResponse& response, Deadline deadline) const;
  absl::Status SignRoot(pb::AuditRoot& root, Deadline deadline) const;
  /// `write` answers false when the caller has gone away.
  absl::Status Verify(const pb::VerifyAuditRequest& request, const std::function<bool(const pb::VerifyAuditResponse&)>& write) const;

  /// Appends a signed root to <export folder>/audit-roots.jsonl, durably. OK without a folder.
  absl::Status Export(Deadline deadline) const;

 private:
  absl::Status CompareWithRecord(pb::VerifyAuditResponse& out) const;

  storage::AuditStore& store_;
  const sealing::Signer& signer_;
  const Clock& clock_;
  const std::string export_folder_;
};

/// The bytes that a root's signature covers.
std::string RootBytes(const pb::AuditRoot& root);

}  // namespace rung::audit
