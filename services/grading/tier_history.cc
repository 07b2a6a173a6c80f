#include "services/grading/tier_history.h"

#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"

namespace rung::grading {

void ToWire(const storage::TierChangeRow& change, const std::string& customer_id, const std::string& ladder_id, v1::TierChange& out) {
  out.set_customer_id(customer_id);
  out.set_ladder_id(ladder_id);
  out.set_version(change.version);
  out.set_from_tier_code(change.from_tier);
  out.set_to_tier_code(change.to_tier);
  out.set_computed_tier_code(change.computed_tier);
  out.set_score_milli(change.score_milli);
  out.set_reason(change.reason);
  out.set_model_version(change.model_version);
  out.set_as_of_date(FormatDay(change.as_of));
  wire::SetTime(change.recorded_at, out.mutable_recorded_time());
  out.set_cause(change.cause);
}

absl::Status TierHistory::List(const v1::ListTierChangesRequest& request, v1::ListTierChangesResponse& response,
                               Deadline deadline) const {
  if (request.customer_id().empty()) return InvalidField("customer_id", "REQUIRED", "must not be empty");
  RUNG_ASSIGN_OR_RETURN(const auto ladder, ladders_.Find(request.ladder_id()));
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = fmt::format("changes|{}|{}", ladder->row.ladder_id, request.customer_id());
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(const CustomerFingerprint customer, customers_.Known(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const auto changes,
                        history_.Changes(customer.number, ladder->row.ladder_no, before, page_size + 1, deadline));
  for (size_t i = 0; i < std::min<size_t>(changes.size(), page_size); ++i) {
    ToWire(changes[i], request.customer_id(), ladder->row.ladder_id, *response.add_changes());
  }
  if (changes.size() > static_cast<size_t>(page_size)) {
    response.set_next_page_token(rpc::PageToken(changes[page_size - 1].version, filter));
  }
  return absl::OkStatus();
}

}  // namespace rung::grading
