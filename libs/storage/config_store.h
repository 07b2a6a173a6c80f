// Configuration in all its states: drafts, schedules, immutable versions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/deadline.h"

namespace rung::storage {

/// A document: its kind ("model") and its id within the kind ("kuailv").
struct DocumentKey {
  std::string kind;
  std::string document_id;

  bool operator==(const DocumentKey&) const = default;
};

struct ApprovalRow {
  std::string author;
  std::string note;
  UnixMicros approved_at = 0;
};

struct DraftRow {
  DocumentKey key;
  std::string body_json;
  std::string etag;
  int32_t base_version = 0;
  std::string author;
  UnixMicros updated_at = 0;
  std::vector<ApprovalRow> approvals;
};

struct VersionRow {
  DocumentKey key;
  int32_t version = 0;
  std::string body_json;
  std::string etag;
  std::string author;
  std::string approver;
  std::string note;
  int32_t restored_version = 0;
  UnixMicros published_at = 0;
};

struct ScheduleRow {
  int64_t schedule_id = 0;
  DocumentKey key;
  std::string body_json;
  int32_t base_version = 0;
  std::string author;
  std::string approver;
  std::string note;
  UnixMicros publish_at = 0;
  std::string state;  ///< WAITING, PUBLISHED, CANCELLED, FAILED
  int32_t version = 0;
  std::string message;
};

/// Names a write, so that its repetition isn't a second one.
struct WriteId {
  std::string method;
  std::string request_id;
  std::string request_bytes;
};

/// What publishing a model does to its ladder, in the same transaction.
struct LadderChange {
  std::vector<std::string> tier_codes;  ///< of the new model; unknown ones get the next numbers
  bool make_default = false;
};

struct PublishRow {
  DocumentKey key;
  std::string body_json;
  std::string author;
  std::string approver;
  std::string note;
  int32_t restored_version = 0;
  UnixMicros now = 0;
  std::optional<std::string> expected_etag;      ///< of the current version
  std::optional<int32_t> expected_base;          ///< the current version; 0: there must be none
  std::optional<std::string> draft_etag;         ///< the draft that becomes this version; it ends
  int64_t schedule_id = 0;                       ///< the schedule that becomes this version
  std::optional<WriteId> write;
  std::optional<LadderChange> ladder;
};

/// Thread-safe. Every change is audited in its own transaction.
class ConfigStore {
 public:
  virtual ~ConfigStore() = default;

  /// Stores a draft; `expected_etag` empty: there must be none. Its approvals lapse. ABORTED/ETAG_MISMATCH;
  /// RESOURCE_EXHAUSTED/TOO_MANY_DRAFTS.
  virtual absl::StatusOr<DraftRow> SaveDraft(const DraftRow& draft, const std::string& expected_etag, Deadline deadline) = 0;
  /// NOT_FOUND/DRAFT_UNKNOWN; with an etag: ABORTED/ETAG_MISMATCH when the draft has another.
  virtual absl::StatusOr<DraftRow> GetDraft(const DocumentKey& key, const std::optional<std::string>& etag, Deadline deadline) = 0;
  absl::StatusOr<DraftRow> GetDraft(const DocumentKey& key, Deadline deadline) { return GetDraft(key, std::nullopt, deadline); }
  /// Without bodies; an empty kind: all kinds.
  virtual absl::StatusOr<std::vector<DraftRow>> ListDrafts(const std::string& kind, Deadline deadline) = 0;
  /// NOT_FOUND/DRAFT_UNKNOWN, ABORTED/ETAG_MISMATCH.
  virtual absl::Status DeleteDraft(const DocumentKey& key, const std::string& etag, const std::string& author, UnixMicros now,
                                   Deadline deadline) = 0;
  /// An author who approves again replaces the first approval. NOT_FOUND/DRAFT_UNKNOWN, ABORTED/ETAG_MISMATCH.
  virtual absl::StatusOr<DraftRow> Approve(const DocumentKey& key, const std::string& etag, const ApprovalRow& approval,
                                           Deadline deadline) = 0;

  /// What this write has published already. ALREADY_EXISTS/REQUEST_ID_REUSED when the id came with another request.
  virtual absl::StatusOr<std::optional<VersionRow>> Replay(const DocumentKey& key, const WriteId& write, Deadline deadline) = 0;
  /// What this write has scheduled already; as above.
  virtual absl::StatusOr<std::optional<ScheduleRow>> ReplaySchedule(const WriteId& write, Deadline deadline) = 0;
  /// Publishes the next version. The same write: the same answer. ABORTED/ETAG_MISMATCH, ABORTED/BASE_MOVED;
  /// NOT_FOUND/DRAFT_UNKNOWN; FAILED_PRECONDITION/SCHEDULE_ENDED; ALREADY_EXISTS/REQUEST_ID_REUSED;
  /// RESOURCE_EXHAUSTED/TOO_MANY_LADDERS, TOO_MANY_TIERS.
  virtual absl::StatusOr<VersionRow> Publish(const PublishRow& publish, Deadline deadline) = 0;

  /// Seals the draft in a schedule; the draft ends. NOT_FOUND/DRAFT_UNKNOWN, ABORTED/ETAG_MISMATCH, ABORTED/BASE_MOVED;
  /// ALREADY_EXISTS/REQUEST_ID_REUSED.
  virtual absl::StatusOr<ScheduleRow> Schedule(const ScheduleRow& schedule, const std::string& draft_etag, const WriteId& write,
                                               UnixMicros now, Deadline deadline) = 0;
  /// Waiting schedules of these kinds whose time has come, oldest first.
  virtual absl::StatusOr<std::vector<ScheduleRow>> Due(const std::vector<std::string>& kinds, UnixMicros now, Deadline deadline) = 0;
  /// Newest first; schedule_id < `before` (0: all); an empty kind: all kinds; without bodies.
  virtual absl::StatusOr<std::vector<ScheduleRow>> ListSchedules(const std::string& kind, int64_t before, int limit, Deadline deadline) = 0;
  /// Ends a waiting schedule as CANCELLED or FAILED. NOT_FOUND/SCHEDULE_UNKNOWN, FAILED_PRECONDITION/SCHEDULE_ENDED.
  virtual absl::StatusOr<ScheduleRow> EndSchedule(const ScheduleRow& ended, const std::string& author, UnixMicros now, Deadline deadline) = 0;

  /// `version` 0: the current one. NOT_FOUND/DOCUMENT_UNKNOWN, NOT_FOUND/VERSION_UNKNOWN.
  virtual absl::StatusOr<VersionRow> GetVersion(const DocumentKey& key, int32_t version, Deadline deadline) = 0;
  /// Current versions of a kind, by id.
  virtual absl::StatusOr<std::vector<VersionRow>> Current(const std::string& kind, Deadline deadline) = 0;
  /// The same without bodies: cheap enough to ask every second.
  virtual absl::StatusOr<std::vector<VersionRow>> CurrentHeads(const std::string& kind, Deadline deadline) = 0;
  /// Newest first; version < `before` (0: all); without bodies. NOT_FOUND/DOCUMENT_UNKNOWN.
  virtual absl::StatusOr<std::vector<VersionRow>> ListVersions(const DocumentKey& key, int32_t before, int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
