#include "services/grading/overrides.h"

#include <map>

#include <nlohmann/json.hpp>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/labels/standings.h"
#include "libs/rpc/paging.h"
#include "libs/storage/store_error.h"
#include "libs/wire/instant.h"
#include "services/grading/account_merger.h"
#include "services/grading/tier_lookup.h"

namespace rung::grading {
namespace {

constexpr Day kMaxDays = 1827;  // five years
constexpr int kMaxBatch = 1000;

void Require(const char* field, const std::string& text, size_t limit, std::vector<Violation>& violations) {
  if (auto problem = FindRequiredTextProblem(field, text, limit)) violations.push_back(*std::move(problem));
}

std::vector<Violation> FindTextProblems(const v1::SetOverrideRequest& request) {
  std::vector<Violation> violations;
  Require("override_id", request.override_id(), 128, violations);
  Require("customer_id", request.customer_id(), 128, violations);
  Require("reason", request.reason(), 1000, violations);
  Require("author", request.author(), 128, violations);
  return violations;
}

absl::Status OverrideExists(const std::string& override_id) {
  return WithReason(AlreadyExistsError("override \"{}\" of this customer says something else already; use another override_id",
                                       Shorten(override_id, 80)),
                    "OVERRIDE_EXISTS");
}

// `override_id`: the one that made it so; empty: none did. Written as PostgreSQL's to_json does: the audit compares the two.
std::string Json(const Ladder& ladder, const scoring::Standing& standing, const std::string& override_id = "") {
  if (!standing.graded) return R"({"graded":false})";
  return fmt::format(R"({{"ladder":"{}","tier":"{}","version":{},"override_until":"{}"{}}})", ladder.row.ladder_id, ladder.CodeOf(standing.effective),
                     standing.version, standing.override_until == 0 ? "" : FormatDay(standing.override_until),
                     override_id.empty() ? "" : R"(,"override_id":)" + nlohmann::json(override_id).dump());
}

}  // namespace

absl::StatusOr<std::optional<storage::OverrideRow>> Overrides::Earlier(const v1::SetOverrideRequest& request, Deadline deadline) const {
  if (!FindTextProblems(request).empty()) return std::nullopt;
  RUNG_ASSIGN_OR_RETURN(auto row, context_.store.Find(FingerprintOf(request.customer_id()).number, request.override_id(), deadline));
  if (!row || row->external_id != request.customer_id()) return std::nullopt;
  const auto ladder = context_.ladders.Find(request.ladder_id());
  const bool same_ladder = request.ladder_id().empty() || (ladder.ok() && (*ladder)->row.ladder_no == row->ladder_no);
  const bool same_end = request.until_date().empty() || request.until_date() == FormatDay(row->until);
  if (same_ladder && same_end && row->tier_code == request.tier_code() && row->reason == request.reason() && row->author == request.author()) return row;
  return OverrideExists(request.override_id());
}

absl::StatusOr<Overrides::Wanted> Overrides::Check(const v1::SetOverrideRequest& request) const {
  std::vector<Violation> violations = FindTextProblems(request);
  RUNG_ASSIGN_OR_RETURN(const auto ladder, context_.ladders.Find(request.ladder_id()));
  const auto& codes = ladder->row.tier_codes;
  const auto code = std::find(codes.begin(), codes.end(), request.tier_code());
  const auto number = static_cast<uint8_t>(code - codes.begin());
  if (code == codes.end() || !ladder->HasNumber(number)) {
    std::string known;
    for (const auto& tier : ladder->scorer.model().tiers) known += (known.empty() ? "" : ", ") + tier.code;
    violations.push_back({"tier_code", "UNKNOWN_TIER", fmt::format("\"{}\" is no tier of {}; it has: {}", Shorten(request.tier_code(), 80), ladder->row.ladder_id, known)});
  }
  const Day today = Today();
  // A grant is protected as an upgrade is.
  const auto until = request.until_date().empty() ? std::optional(scoring::ProtectedUntil(today, ladder->scorer.model().stability)) : ParseDay(request.until_date());
  if (!until || *until <= today || *until > today + kMaxDays) {
    violations.push_back({"until_date", "BAD_DATE", fmt::format("\"{}\": write a day after {} and at most {} days ahead, like \"{}\"", Shorten(request.until_date(), 40),
                                                                FormatDay(today), kMaxDays, FormatDay(today + 90))});
  }
  if (!violations.empty()) return InvalidRequest(violations);
  Wanted wanted{ladder, number, {}};
  wanted.row.customer = FingerprintOf(request.customer_id()).number;
  wanted.row.external_id = request.customer_id();
  wanted.row.override_id = request.override_id();
  wanted.row.ladder_no = ladder->row.ladder_no;
  wanted.row.tier_code = request.tier_code();
  wanted.row.until = *until;
  wanted.row.reason = request.reason();
  wanted.row.author = request.author();
  wanted.row.created_at = context_.clock.NowMicros();
  return wanted;
}

absl::StatusOr<storage::OverrideWrites> Overrides::Apply(const Wanted& wanted, const storage::CustomerRow& customer, Day today) const {
  const Ladder& ladder = *wanted.ladder;
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.standings, standings));
  const scoring::Standing* known = labels::Find(standings, ladder.row.ladder_no);
  const scoring::Standing before = known == nullptr ? scoring::Standing{} : *known;
  scoring::Standing after = before;
  after.graded = true;
  after.effective = wanted.tier;
  if (!before.graded) after.computed = wanted.tier;
  after.as_of = std::max(before.as_of, today);
  after.protected_since = after.granted_as_of = 0;  // a person's word isn't an upgrade: when it ends, the engine is free
  after.granted_by = 0;
  after.protection_void = false;
  after.against = 0;
  after.override_until = wanted.row.until;
  const bool moved = !before.graded || before.effective != wanted.tier;
  if (moved) ++after.version;
  labels::Set(standings, ladder.row.ladder_no, after);

  storage::OverrideWrites writes;
  writes.standings = labels::EncodeStandings(standings);
  writes.labels.push_back({customer.fingerprint, ladder.row.ladder_no, labels::Pack(labels::LabelOf(after))});
  if (moved) {
    writes.changes.push_back({customer.fingerprint.number, ladder.row.ladder_no, after.version, before.graded ? ladder.CodeOf(before.effective) : "",
                              ladder.CodeOf(after.effective), ladder.CodeOf(after.computed), after.score, "OVERRIDE", ladder.row.version, today,
                              wanted.row.created_at, "override:" + wanted.row.override_id, ""});
  }
  writes.audit.customer = customer.fingerprint.number;
  writes.audit.recorded_at = wanted.row.created_at;
  writes.audit.actor = wanted.row.author;
  writes.audit.action = "SET_OVERRIDE";
  writes.audit.subject = fmt::format("customer/{}/{}", customer.external_id, ladder.row.ladder_id);
  writes.audit.reason = wanted.row.reason;
  writes.audit.before = Json(ladder, before);
  writes.audit.after = Json(ladder, after, wanted.row.override_id);
  return writes;
}

absl::Status Overrides::Set(const v1::SetOverrideRequest& request, v1::Override& out, Deadline deadline) {
  // First of all: what was right when it was set may be past its end, or of a tier that is gone.
  RUNG_ASSIGN_OR_RETURN(const auto earlier, Earlier(request, deadline));
  if (earlier) {
    ToWire(*earlier, out);
    return absl::OkStatus();
  }
  RUNG_ASSIGN_OR_RETURN(const Wanted wanted, Check(request));
  RUNG_RETURN_IF_ERROR(FindUnmerged(context_.customers, request.customer_id(), deadline).status());
  std::vector<storage::LabelRow> label_rows;
  const auto row = context_.store.Set(wanted.row, [&](const storage::CustomerRow& customer) -> absl::StatusOr<storage::OverrideWrites> {
    if (customer.external_id != request.customer_id()) return NotFoundError("the customer is unknown");
    RUNG_ASSIGN_OR_RETURN(storage::OverrideWrites writes, Apply(wanted, customer, Today()));
    label_rows = writes.labels;
    return writes;
  }, deadline);
  if (absl::IsNotFound(row.status()) && ReasonOf(row.status()).empty()) return CustomerUnknown(request.customer_id());
  RUNG_RETURN_IF_ERROR(row.status());
  for (const storage::LabelRow& label : label_rows) context_.table.Merge(label.customer, label.ladder_no, label.word);
  if (!label_rows.empty()) context_.labels_changed();
  ToWire(*row, out);
  return absl::OkStatus();
}

absl::Status Overrides::Try(const v1::SetOverrideRequest& request, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto earlier, Earlier(request, deadline));
  if (earlier) return absl::OkStatus();
  RUNG_RETURN_IF_ERROR(Check(request).status());
  return FindUnmerged(context_.customers, request.customer_id(), deadline).status();
}

absl::Status Overrides::BatchSet(const v1::BatchSetOverridesRequest& request, v1::BatchSetOverridesResponse& response, Deadline deadline) {
  if (request.overrides_size() < 1 || request.overrides_size() > kMaxBatch) {
    return InvalidField("overrides", "OUT_OF_RANGE", fmt::format("{} overrides; 1 to {}", request.overrides_size(), kMaxBatch));
  }
  std::map<std::pair<std::string, std::string>, const v1::SetOverrideRequest*> tried;  // by customer and id
  const auto dry_run = [&](const v1::SetOverrideRequest& item) {
    const auto [known, is_new] = tried.try_emplace({item.customer_id(), item.override_id()}, &item);
    const bool clash = !is_new && item.SerializeAsString() != known->second->SerializeAsString();
    const absl::Status status = Try(item, deadline);
    return status.ok() && clash ? OverrideExists(item.override_id()) : status;
  };
  for (const v1::SetOverrideRequest& item : request.overrides()) {
    auto& result = *response.add_results();
    absl::Status status = request.dry_run() ? dry_run(item) : Set(item, *result.mutable_override(), deadline);
    if (storage::MayPass(status)) return status;  // set ones are found set by the next call
    if (status.ok()) continue;
    const auto violations = ViolationsOf(status);
    result.clear_override();
    result.set_error_reason(violations.empty() ? ReasonOf(status) : violations[0].reason);
    result.set_error_message(std::string(Message(status)));
    response.set_refused_count(response.refused_count() + 1);
  }
  return absl::OkStatus();
}

absl::Status Overrides::End(const v1::EndOverrideRequest& request, v1::Override& out, Deadline deadline) {
  std::vector<Violation> violations;
  Require("customer_id", request.customer_id(), 128, violations);
  Require("override_id", request.override_id(), 128, violations);
  Require("reason", request.reason(), 1000, violations);
  Require("author", request.author(), 128, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  const Day today = Today();
  storage::OverrideRow end;
  end.customer = FingerprintOf(request.customer_id()).number;
  end.override_id = request.override_id();
  end.ended_at = context_.clock.NowMicros();
  end.ended_by = request.author();
  end.end_reason = request.reason();
  const auto ladders = context_.ladders.Current();
  const auto row = context_.store.End(end, today, [&](const storage::CustomerRow& customer, const storage::OverrideRow& known) -> absl::StatusOr<storage::OverrideWrites> {
    const auto ladder = std::find_if(ladders->begin(), ladders->end(), [&](const auto& item) { return item->row.ladder_no == known.ladder_no; });
    if (ladder == ladders->end()) return InternalError("ladder {} is gone", known.ladder_no);
    labels::Standings standings;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.standings, standings));
    const scoring::Standing* found = labels::Find(standings, known.ladder_no);
    const scoring::Standing before = found == nullptr ? scoring::Standing{} : *found;
    scoring::Standing after = before;
    after.override_until = std::min(before.override_until, today);  // over for runs, in real time still in force until the next one
    labels::Set(standings, known.ladder_no, after);
    storage::OverrideWrites writes;
    writes.standings = labels::EncodeStandings(standings);
    writes.audit.customer = customer.fingerprint.number;
    writes.audit.recorded_at = end.ended_at;
    writes.audit.actor = end.ended_by;
    writes.audit.action = "END_OVERRIDE";
    writes.audit.subject = fmt::format("customer/{}/{}", customer.external_id, (*ladder)->row.ladder_id);
    writes.audit.reason = end.end_reason;
    writes.audit.before = Json(**ladder, before);
    writes.audit.after = Json(**ladder, after, known.override_id);
    return writes;
  }, deadline);
  if (absl::IsNotFound(row.status()) && ReasonOf(row.status()).empty()) return CustomerUnknown(request.customer_id());
  RUNG_RETURN_IF_ERROR(row.status());
  ToWire(*row, out);
  return absl::OkStatus();
}

absl::Status Overrides::List(const v1::ListOverridesRequest& request, v1::ListOverridesResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = fmt::format("overrides|{}|{}", request.customer_id(), request.in_force());
  RUNG_ASSIGN_OR_RETURN(const int64_t offset, rpc::ParsePageToken(request.page_token(), filter));
  const CustomerNumber customer = FingerprintOf(request.customer_id()).number;
  RUNG_ASSIGN_OR_RETURN(auto rows, context_.store.List(request.customer_id().empty() ? nullptr : &customer, request.in_force() ? Today() : 0, offset,
                                                       page_size + 1, deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(page_size);
    response.set_next_page_token(rpc::PageToken(offset + page_size, filter));
  }
  for (const auto& row : rows) ToWire(row, *response.add_overrides());
  return absl::OkStatus();
}

void Overrides::ToWire(const storage::OverrideRow& row, v1::Override& out) const {
  out.set_override_id(row.override_id);
  out.set_customer_id(row.external_id);
  for (const auto& ladder : *context_.ladders.Current()) {
    if (ladder->row.ladder_no == row.ladder_no) out.set_ladder_id(ladder->row.ladder_id);
  }
  out.set_tier_code(row.tier_code);
  out.set_until_date(FormatDay(row.until));
  out.set_reason(row.reason);
  out.set_author(row.author);
  wire::SetTime(row.created_at, out.mutable_created_time());
  out.set_state(row.ended_at != 0          ? v1::OVERRIDE_STATE_ENDED
                : Today() >= row.until     ? v1::OVERRIDE_STATE_EXPIRED
                : !row.merged_into.empty() ? v1::OVERRIDE_STATE_MERGED
                                           : v1::OVERRIDE_STATE_IN_FORCE);
  out.set_merged_into_customer_id(row.merged_into);
  out.set_ended_by(row.ended_by);
  out.set_end_reason(row.end_reason);
}

}  // namespace rung::grading
