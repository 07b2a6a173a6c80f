#include "services/grading/base_fits.h"

#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "services/grading/outlook.h"

namespace rung::grading {

absl::Status BaseFits::Fit(const v1::FitBaseRequest& request, v1::FitBaseResponse& response) {
  RUNG_ASSIGN_OR_RETURN(*response.mutable_fit(), runner_.Fit(request));
  return absl::OkStatus();
}

absl::Status BaseFits::Get(const v1::GetBaseFitRequest& request, v1::GetBaseFitResponse& response, Deadline deadline) {
  if (request.version() < 0) return InvalidField("version", "OUT_OF_RANGE", "must be 0 (the fit in force) or greater");
  RUNG_ASSIGN_OR_RETURN(const auto row, store_.Get(request.version(), deadline));
  if (!row && request.version() == 0) return NoFit();
  if (!row) return WithReason(NotFoundError("there is no fit {}; ListBaseFits shows them", request.version()), "FIT_UNKNOWN");
  RUNG_ASSIGN_OR_RETURN(*response.mutable_fit(), FitOf(*row));
  return absl::OkStatus();
}

absl::Status BaseFits::List(const v1::ListBaseFitsRequest& request, v1::ListBaseFitsResponse& response, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  RUNG_ASSIGN_OR_RETURN(const int64_t offset, rpc::ParsePageToken(request.page_token(), "base-fits"));
  RUNG_ASSIGN_OR_RETURN(const auto rows, store_.List(offset, page_size + 1, deadline));
  for (const storage::FitRow& row : rows) {
    if (response.fits_size() == page_size) {
      response.set_next_page_token(rpc::PageToken(offset + page_size, "base-fits"));
      break;
    }
    RUNG_ASSIGN_OR_RETURN(*response.add_fits(), FitOf(row));
    response.mutable_fits()->rbegin()->clear_holdout();
  }
  return absl::OkStatus();
}

}  // namespace rung::grading
