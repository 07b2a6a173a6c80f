// Lists cases of suspected abuse and decides them.
#pragma once

#include "libs/base/clock.h"
#include "rung/grading/v1/abuse.pb.h"
#include "services/grading/abuse_scanner.h"

namespace rung::grading {

/// Thread-safe.
class AbuseCases {
 public:
  AbuseCases(storage::AbuseStore& store, AbuseScanner& scanner, UpgradeFreezer& freezer, const BusinessZone& zone, const Clock& clock)
      : store_(store), scanner_(scanner), freezer_(freezer), zone_(zone), clock_(clock) {}

  absl::Status Scan(const v1::ScanAbuseRequest& request, v1::ScanAbuseResponse& response);
  absl::Status List(const v1::ListAbuseCasesRequest& request, v1::ListAbuseCasesResponse& response, Deadline deadline);
  absl::Status Get(const v1::GetAbuseCaseRequest& request, v1::GetAbuseCaseResponse& response, Deadline deadline);
  absl::Status Review(const v1::ReviewAbuseCaseRequest& request, v1::ReviewAbuseCaseResponse& response, Deadline deadline);

 private:
  void ToWire(const storage::AbuseCaseRow& row, v1::AbuseCase& out) const;

  storage::AbuseStore& store_;
  AbuseScanner& scanner_;
  UpgradeFreezer& freezer_;
  const BusinessZone& zone_;
  const Clock& clock_;
};

}  // namespace rung::grading
