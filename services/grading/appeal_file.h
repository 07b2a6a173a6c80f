// The file on an appeal: how it is sealed, shown and recorded.
#pragma once

#include <string>

#include "libs/sealing/codec.h"
#include "libs/storage/appeal_store.h"
#include "rung/grading/v1/appeal.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Immutable and thread-safe.
class AppealFile {
 public:
  AppealFile(const sealing::Codec& codec, const Ladders& ladders, const BusinessZone& zone, const Clock& clock)
      : codec_(codec), ladders_(ladders), zone_(zone), clock_(clock) {}

  Day Today() const { return zone_.DayOf(clock_.NowSeconds()); }

  storage::SealedText Seal(const std::string& plain, const std::string& place) const { return {codec_.current_key(), codec_.Seal(plain, place)}; }
  absl::StatusOr<std::string> Open(const storage::SealedText& text, const std::string& place) const;
  std::string Hash(const std::string& plain) const { return codec_.BodyHash(plain); }
  /// What texts of an appeal are bound to.
  static std::string BodyPlace(const storage::AppealRow& row);
  static std::string CorrectionPlace(const storage::AppealRow& row);
  static std::string CommentPlace(const storage::AppealCommentRow& row);

  /// DATA_LOSS when a text can't be opened.
  absl::Status ToWire(const storage::AppealRow& row, v1::Appeal& out) const;
  absl::Status ToWire(const storage::AppealCommentRow& row, v1::AppealComment& out) const;

  /// For the audit chain; without texts of the customer. `before` nullptr: there was none.
  storage::AuditRow Entry(const std::string& action, const storage::AppealRow* before, const storage::AppealRow& after, const std::string& actor,
                          const std::string& reason) const;

 private:
  const sealing::Codec& codec_;
  const Ladders& ladders_;
  const BusinessZone& zone_;
  const Clock& clock_;
};

/// OPEN or ACCEPTING.
bool IsPending(const storage::AppealRow& row);

/// ABORTED/ETAG_MISMATCH unless `etag` is that of the row.
absl::Status CheckEtag(const std::string& etag, const storage::AppealRow& row);
/// FAILED_PRECONDITION/APPEAL_RESOLVED, APPEAL_ACCEPTING.
absl::Status AlreadyResolved(const storage::AppealRow& row);
absl::Status BeingAccepted(const storage::AppealRow& row);

}  // namespace rung::grading
