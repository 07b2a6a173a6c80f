// Resolves appeals. Accepting corrects a fact by an event and leaves the tier to the engine.
//
// An acceptance is three commits: the intention with its event, the event, the resolution. Interrupted between them, it
// is completed by the same call; the event counts once, because its id is known.
#pragma once

#include "services/grading/appeal_file.h"
#include "services/grading/correction_trial.h"
#include "services/grading/ingest_service.h"

namespace rung::grading {

/// Thread-safe.
class AppealResolver {
 public:
  struct Context {
    storage::AppealStore& store;
    storage::CustomerStore& customers;
    const AppealFile& file;
    const Ladders& ladders;
    IngestQueue& queue;
    IngestRules rules;
    const FeatureReader& reader;
    const features::CodeBook& codes;
  };
  explicit AppealResolver(Context context) : context_(std::move(context)) {}

  absl::Status Resolve(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse& response, Deadline deadline);

 private:
  absl::Status Reject(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse& response, Deadline deadline);
  absl::Status Accept(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse& response, Deadline deadline);
  /// The correcting event with everything that the request may leave out.
  absl::StatusOr<v1::Event> Complete(const v1::ResolveAppealRequest& request, const storage::AppealRow& row) const;
  absl::StatusOr<IncomingEvent> Check(const v1::Event& event, CustomerNumber customer, Deadline deadline) const;
  absl::Status Try(const IncomingEvent& event, const storage::AppealRow& row, v1::ResolveAppealResponse& response, Deadline deadline) const;
  absl::StatusOr<storage::AppealRow> Begin(const v1::ResolveAppealRequest& request, const v1::Event& event, const std::string& tier_before, Deadline deadline);
  /// Through the same queue as every event.
  absl::Status Ingest(IncomingEvent event, Deadline deadline);
  absl::Status Reopen(const storage::AppealRow& begun, const absl::Status& why, Deadline deadline);
  absl::Status Finish(const storage::AppealRow& begun, v1::ResolveAppealResponse& response, Deadline deadline);
  absl::Status FillTier(const storage::AppealRow& row, v1::ResolveAppealResponse& response, Deadline deadline) const;
  absl::StatusOr<v1::Event> StoredCorrection(const storage::AppealRow& row) const;

  const Context context_;
};

}  // namespace rung::grading
