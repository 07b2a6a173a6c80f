// The life of configuration: draft, validate, approve, publish now or at a time, roll back.
#pragma once

#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/lifecycle/documents.h"
#include "libs/storage/config_store.h"

namespace rung::lifecycle {

struct LifecycleOptions {
  int approvals_needed = 0;  ///< by others than the draft's author
};

/// What a direct publication (without a draft) says beside the document.
struct DirectPublication {
  std::string author;
  std::string note;
  std::optional<std::string> expected_etag;  ///< of the current version
  storage::WriteId write;
  bool make_default = false;
  std::string approver;  ///< not empty: approved already (what a new installation starts with)
};

/// One class for all kinds; the use cases of rung.config.v1.ConfigService. Thread-safe.
class Lifecycle {
 public:
  Lifecycle(storage::ConfigStore& store, const Clock& clock, LifecycleOptions options)
      : store_(store), clock_(clock), options_(options) {}

  /// Before anything else is called; `kind` stays as long as this does.
  void Add(DocumentKind& kind) { documents_.Add(kind); }
  /// Likewise.
  void Add(DocumentReader& reader) { documents_.Add(reader); }

  void ListKinds(pb::ListKindsResponse& response) const;
  absl::Status ListDocuments(const pb::ListDocumentsRequest& request, pb::ListDocumentsResponse& response, Deadline deadline) const;
  absl::Status SaveDraft(const pb::SaveDraftRequest& request, pb::SaveDraftResponse& response, Deadline deadline);
  absl::Status GetDraft(const pb::GetDraftRequest& request, pb::GetDraftResponse& response, Deadline deadline) const;
  absl::Status ListDrafts(const pb::ListDraftsRequest& request, pb::ListDraftsResponse& response, Deadline deadline) const;
  absl::Status DeleteDraft(const pb::DeleteDraftRequest& request, Deadline deadline);
  absl::Status Validate(const pb::ValidateRequest& request, pb::ValidateResponse& response, Deadline deadline) const;
  absl::Status ApproveDraft(const pb::ApproveDraftRequest& request, pb::ApproveDraftResponse& response, Deadline deadline);
  absl::Status PublishDraft(const pb::PublishDraftRequest& request, pb::PublishDraftResponse& response, Deadline deadline);
  absl::Status Rollback(const pb::RollbackRequest& request, pb::RollbackResponse& response, Deadline deadline);
  absl::Status ListSchedules(const pb::ListSchedulesRequest& request, pb::ListSchedulesResponse& response, Deadline deadline) const;
  absl::Status CancelSchedule(const pb::CancelScheduleRequest& request, pb::CancelScheduleResponse& response, Deadline deadline);
  absl::Status GetVersion(const pb::GetVersionRequest& request, pb::GetVersionResponse& response, Deadline deadline) const;
  absl::Status ListVersions(const pb::ListVersionsRequest& request, pb::ListVersionsResponse& response, Deadline deadline) const;
  absl::Status Diff(const pb::DiffRequest& request, pb::DiffResponse& response, Deadline deadline) const;

  /// Publishes a document that was checked, without a draft. FAILED_PRECONDITION/APPROVAL_MISSING when this installation
  /// asks for approvals; else as ConfigStore::Publish.
  absl::StatusOr<storage::VersionRow> PublishDirectly(DocumentKind& kind, const google::protobuf::Message& document,
                                                      const DirectPublication& publication, Deadline deadline);

  /// Publishes the schedules whose time has come; called every second.
  void PublishDue(Deadline deadline);

 private:
  /// Stores the version and lets it take effect.
  absl::StatusOr<storage::VersionRow> Publish(DocumentKind& kind, storage::PublishRow publish, Deadline deadline);
  absl::Status PublishScheduled(const storage::ScheduleRow& schedule, Deadline deadline);
  /// Who approved, or FAILED_PRECONDITION/APPROVAL_MISSING.
  absl::StatusOr<std::string> ApproverOf(const storage::DraftRow& draft) const;

  storage::ConfigStore& store_;
  Documents documents_;
  const Clock& clock_;
  const LifecycleOptions options_;
};

}  // namespace rung::lifecycle
