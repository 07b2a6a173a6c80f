#include "services/grading/tier_archive.h"

#include <algorithm>

#include <absl/time/time.h>

#include "libs/errors/errors.h"
#include "services/grading/customer_grader.h"
#include "services/grading/tier_history.h"

namespace rung::grading {
namespace {

std::string AsText(int64_t seconds) { return absl::FormatTime(absl::RFC3339_sec, absl::FromUnixSeconds(seconds), absl::UTCTimeZone()); }

}  // namespace

absl::Status TierArchive::At(const v1::GetTierAtRequest& request, v1::GetTierAtResponse& response, Deadline deadline) const {
  if (!request.has_time()) return InvalidField("time", "REQUIRED", "must be set. Example: \"2026-03-31T12:00:00Z\"");
  const int64_t seconds = request.time().seconds();
  if (seconds < 0 || seconds > clock_.NowSeconds()) {
    return InvalidField("time", "OUT_OF_RANGE", fmt::format("{} lies outside 1970 to now ({}): what will hold isn't known", AsText(seconds), AsText(clock_.NowSeconds())));
  }
  const UnixMicros instant = std::min(seconds * 1'000'000 + request.time().nanos() / 1000, clock_.NowMicros());
  RUNG_ASSIGN_OR_RETURN(const auto ladder, ladders_.Find(request.ladder_id()));
  v1::CustomerTier& tier = *response.mutable_tier();
  RUNG_ASSIGN_OR_RETURN(CustomerFingerprint customer, customers_.Known(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(auto change, history_.ChangeAt(customer.number, ladder->row.ladder_no, instant, deadline));
  if (change && change->reason == kMergedReason) {  // by then its tier was that of the account that it was merged into
    RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow target, customers_.Find(request.customer_id(), deadline));
    customer = target.fingerprint;
    RUNG_ASSIGN_OR_RETURN(change, history_.ChangeAt(customer.number, ladder->row.ladder_no, instant, deadline));
    tier.set_merged(true);
  }

  tier.set_customer_id(request.customer_id());
  tier.set_ladder_id(ladder->row.ladder_id);
  tier.set_customer_number(static_cast<uint64_t>(customer.number));
  const auto& codes = ladder->row.tier_codes;
  const std::string code = change ? change->to_tier : ladder->CodeOf(ladder->NumberOf(ladder->scorer.bottom_tier()));
  tier.set_tier_code(code);
  const auto number = static_cast<uint8_t>(std::find(codes.begin(), codes.end(), code) - codes.begin());
  if (number < codes.size() && ladder->HasNumber(number)) tier.set_tier_rank(ladder->PlaceOf(number) + 1);
  if (change) {
    tier.set_graded(true);
    tier.set_score_milli(change->score_milli);
    tier.set_version(change->version);
    tier.set_as_of_date(FormatDay(change->as_of));
    ToWire(*change, request.customer_id(), ladder->row.ladder_id, *response.mutable_change());
  }
  if (!request.with_correction()) return absl::OkStatus();
  if (!change) {
    response.mutable_correction()->set_unavailable_reason("NOT_GRADED");
    return absl::OkStatus();
  }
  return Correct(request, *ladder, change->model_version, instant, *response.mutable_correction(), deadline);
}

absl::Status TierArchive::Correct(const v1::GetTierAtRequest& request, const Ladder& current, int32_t model_version, UnixMicros instant,
                                  v1::GetTierAtResponse::Correction& out, Deadline deadline) const {
  const Day day = zone_.DayOf(instant / 1'000'000);
  RUNG_ASSIGN_OR_RETURN(const auto ladder, ladders_.AtVersion(current, model_version));
  out.set_model_version(model_version);
  out.set_as_of_date(FormatDay(day));
  RUNG_ASSIGN_OR_RETURN(const bool comparable, KeepsPopulationOf(instant, *ladder, deadline));
  if (!comparable) {
    out.set_unavailable_reason("NO_POPULATION");
    return absl::OkStatus();
  }
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, reader_.ReadGraded(request.customer_id(), day, deadline));
  CustomerGrader grader(codes_, reader_.calendars(), reader_.fits(), reader_.sources());
  const LadderGrading grading = grader.Grade(*ladder, customer.subject, customer.state, {}, day, day);
  out.set_computed_tier_code(ladder->scorer.model().tiers[grading.graded.tier].code);
  out.set_score_milli(grading.graded.score);
  return absl::OkStatus();
}

// Facts of an earlier day stand among the ranks of that day, or nowhere: what the last run froze is of its own day, and is what
// real time has compared with since.
absl::StatusOr<bool> TierArchive::KeepsPopulationOf(UnixMicros instant, const Ladder& ladder, Deadline deadline) const {
  if (!ladder.Compares()) return true;
  if (!ladder.GradesInRealTime()) return false;
  RUNG_ASSIGN_OR_RETURN(const storage::RunRow run, runs_.Get(ladder.frozen->run_id, deadline));
  return run.as_of == zone_.DayOf(instant / 1'000'000) || (run.ended_at != 0 && run.ended_at <= instant);
}

}  // namespace rung::grading
