// The watch list and the actions over the API.
#pragma once

#include "rung/grading/v1/churn.pb.h"
#include "services/grading/churn_scanner.h"

namespace rung::grading {

/// Thread-safe.
class ChurnList {
 public:
  ChurnList(storage::ChurnStore& store, ChurnScanner& scanner, const storage::CodeStore& codes, const Ladders& ladders, const Clock& clock)
      : store_(store), scanner_(scanner), codes_(codes), ladders_(ladders), clock_(clock) {}

  absl::Status Scan(const v1::ScanChurnRequest& request, v1::ScanChurnResponse& response);
  absl::Status List(const v1::ListChurnRequest& request, v1::ListChurnResponse& response, Deadline deadline) const;
  absl::Status Actions(const v1::ListRetentionActionsRequest& request, v1::ListRetentionActionsResponse& response, Deadline deadline) const;
  absl::Status CloseTask(const v1::CloseRetentionTaskRequest& request, v1::CloseRetentionTaskResponse& response, Deadline deadline);

 private:
  /// nullptr: the scan had no ladder, or it is gone.
  std::shared_ptr<const Ladder> LadderOf(const storage::ChurnScanRow& scan) const;
  absl::StatusOr<storage::WatchFilter> FilterOf(const v1::ListChurnRequest& request, const Ladder* ladder) const;
  absl::Status FindCodes(const google::protobuf::RepeatedPtrField<std::string>& words, features::CodeKind kind, const char* field, std::vector<int32_t>& out) const;
  void ToWire(const storage::ChurnScanRow& scan, v1::ChurnScan& out) const;
  void ToWire(const storage::WatchRow& row, const storage::ChurnScanRow& scan, const Ladder* ladder, v1::WatchedCustomer& out) const;
  void ToWire(const storage::RetentionActionRow& row, v1::RetentionAction& out) const;
  std::string Word(features::CodeKind kind, int32_t code) const { return code < 0 ? std::string() : codes_.Word(kind, code); }

  storage::ChurnStore& store_;
  ChurnScanner& scanner_;
  const storage::CodeStore& codes_;
  const Ladders& ladders_;
  const Clock& clock_;
};

}  // namespace rung::grading
