#include "services/grading/account_merger.h"

#include <algorithm>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/features/state_builder.h"
#include "libs/labels/standings.h"
#include "libs/sealing/chain.h"
#include "libs/wire/instant.h"
#include "rung/grading/v1/event.pb.h"
#include "services/grading/customer_grader.h"
#include "services/grading/feature_binding.h"
#include "services/grading/stored_events.h"

namespace rung::grading {
namespace {

constexpr int kShownMerges = 500;

absl::Status Check(const v1::MergeAccountsRequest& request) {
  std::vector<Violation> violations;
  const auto require = [&](const char* field, const std::string& text, size_t limit) {
    if (auto problem = FindRequiredTextProblem(field, text, limit)) violations.push_back(*std::move(problem));
  };
  require("request_id", request.request_id(), 128);
  require("customer_id", request.customer_id(), 128);
  require("target_customer_id", request.target_customer_id(), 128);
  require("reason", request.reason(), 1000);
  require("author", request.author(), 128);
  if (!request.customer_id().empty() && request.customer_id() == request.target_customer_id()) {
    violations.push_back({"target_customer_id", "SAME_ACCOUNT", "an account can't be merged into itself"});
  }
  return violations.empty() ? absl::OkStatus() : InvalidRequest(violations);
}

absl::Status Clash(const std::string& source, const std::string& target, const std::vector<std::string>& ids) {
  return WithReason(FailedPreconditionError("{} events of \"{}\" contradict what \"{}\" has under the same event, order or invoice id, first \"{}\": "
                                            "they can't be one customer's; withdraw them on one side first",
                                            ids.size(), source, target, Shorten(ids.front(), 80)),
                    "IDS_CLASH", {{"event_id", Shorten(ids.front(), 128)}});
}

storage::AuditRow EntryOf(const v1::MergeAccountsRequest& request, bool of_target, int64_t events, UnixMicros now) {
  const std::string& customer = of_target ? request.target_customer_id() : request.customer_id();
  const std::string& other = of_target ? request.customer_id() : request.target_customer_id();
  storage::AuditRow entry;
  entry.customer = FingerprintOf(customer).number;
  entry.recorded_at = now;
  entry.actor = request.author();
  entry.action = of_target ? "TAKE_OVER_ACCOUNT" : "MERGE_ACCOUNT";
  entry.subject = fmt::format("customer/{}/merge/{}", customer, other);
  entry.reason = request.reason();
  entry.after = fmt::format(R"({{"events":{}}})", events);
  return entry;
}

bool TellsStatus(const features::Event& event) {
  const auto* profile = std::get_if<features::CustomerProfile>(&event.fact);
  return profile != nullptr && profile->status;
}

// A registration that was closed as a duplicate must not close the account that goes on: that says its own status again.
storage::EventRow StatusAgain(const features::CustomerState& target, CustomerNumber customer, const std::string& source, UnixSeconds time, Day today,
                              const sealing::Codec& codec) {
  const features::AttributeValue* status = target.Latest(features::kStatus, today);
  v1::Event body;
  body.mutable_event_time()->set_seconds(time);
  body.set_source("merge");
  body.mutable_profile()->set_status(static_cast<v1::CustomerStatus>(status == nullptr ? v1::CUSTOMER_STATUS_OPEN : static_cast<int>(status->value) + 1));
  storage::EventRow row{customer, "merge:" + source, static_cast<int16_t>(body.fact_case()), time, {}, sealing::kPlain, body.SerializeAsString()};
  row.body_hash = codec.BodyHash(row.body);
  return row;
}

void ToWire(const storage::AccountMerge& merge, v1::AccountMerge& out) {
  out.set_customer_id(merge.source);
  out.set_target_customer_id(merge.target);
  out.set_event_count(merge.event_count);
  out.set_reason(merge.reason);
  out.set_author(merge.author);
  wire::SetTime(merge.merged_at, out.mutable_merged_time());
}

}  // namespace

absl::StatusOr<storage::CustomerRow> FindUnmerged(storage::CustomerStore& customers, const std::string& customer_id, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(storage::CustomerRow row, customers.Find(customer_id, deadline));
  if (row.external_id != customer_id) return storage::AccountMerged(customer_id, row.external_id);
  return row;
}

absl::StatusOr<std::optional<storage::AccountMerge>> AccountMerger::Earlier(const v1::MergeAccountsRequest& request, const storage::CustomerRow& source,
                                                                            Deadline deadline) const {
  if (source.merged_into == CustomerNumber{}) return std::nullopt;
  RUNG_ASSIGN_OR_RETURN(const auto merges, context_.accounts.Merges(source.fingerprint.number, kShownMerges, deadline));
  const auto own = std::find_if(merges.begin(), merges.end(), [&](const storage::AccountMerge& merge) { return merge.source == request.customer_id(); });
  if (own == merges.end()) return InternalError("the merge of an account isn't on record");
  if (own->request_id != request.request_id()) return storage::AccountMerged(own->source, own->target);
  if (own->request_hash == sealing::ChainHash({}, request.SerializeAsString())) return *own;
  return WithReason(AlreadyExistsError("request_id \"{}\" was used for another request of this customer", Shorten(request.request_id(), 80)), "REQUEST_ID_REUSED");
}

absl::Status AccountMerger::Merge(const v1::MergeAccountsRequest& request, v1::AccountMerge& out, Deadline deadline) {
  RUNG_RETURN_IF_ERROR(Check(request));
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow known, context_.customers.FindOwn(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const auto earlier, Earlier(request, known, deadline));
  if (earlier) {
    ToWire(*earlier, out);
    return absl::OkStatus();
  }
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow into, FindUnmerged(context_.customers, request.target_customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const auto transaction, context_.store.Begin());
  std::vector<storage::CustomerRow> wanted = {known, into};
  const bool source_first = known.fingerprint.number < into.fingerprint.number;
  if (!source_first) std::swap(wanted[0], wanted[1]);
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction->Lock(wanted));
  storage::CustomerRow& source = rows[source_first ? 0 : 1];
  storage::CustomerRow& target = rows[source_first ? 1 : 0];
  if (source.merged_into != CustomerNumber{} || target.merged_into != CustomerNumber{}) {
    return WithReason(AbortedError("another merge of these accounts was quicker; look at them and try again"), "STORE_CONFLICT");
  }
  if (source.group != CustomerNumber{}) {
    return WithReason(FailedPreconditionError("customer \"{}\" is in a group; take it out first, or merge the other way round", source.external_id), "IN_A_GROUP");
  }
  storage::IngestWrites writes;
  RUNG_RETURN_IF_ERROR(MoveEvents(*transaction, source, target, writes));
  RUNG_RETURN_IF_ERROR(JoinHistories(source, target, writes));
  const UnixMicros now = context_.clock.NowMicros();
  writes.merge->request_id = request.request_id();
  writes.merge->request_hash = sealing::ChainHash({}, request.SerializeAsString());
  writes.merge->reason = request.reason();
  writes.merge->author = request.author();
  writes.merge->merged_at = now;
  const int64_t events = writes.merge->event_count;
  writes.audit = {EntryOf(request, false, events, now), EntryOf(request, true, events, now)};
  writes.due.push_back({target.fingerprint.number, "merge:" + source.external_id, false, context_.zone.DayOf(now / 1'000'000)});
  writes.customers = {source, target};
  RUNG_RETURN_IF_ERROR(transaction->WriteAndCommit(writes));
  for (const storage::LabelRow& label : writes.labels) context_.table.Merge(label.customer, label.ladder_no, label.word);
  context_.table.Redirect(source.fingerprint, target.fingerprint.number);
  if (!writes.labels.empty()) context_.labels_changed();
  context_.grader.DecideWhatIsDue();
  ToWire({source.external_id, target.external_id, events, request.reason(), request.author(), request.request_id(), {}, now}, out);
  return absl::OkStatus();
}

absl::Status AccountMerger::MoveEvents(storage::IngestTransaction& transaction, const storage::CustomerRow& source, storage::CustomerRow& target,
                                       storage::IngestWrites& writes) const {
  const CustomerNumber to = target.fingerprint.number;
  RUNG_ASSIGN_OR_RETURN(auto events, transaction.EventsToMove(source.fingerprint.number));
  for (storage::EventRow& event : events) {
    if (event.key_id != sealing::kPlain) {
      RUNG_ASSIGN_OR_RETURN(const std::string plain, context_.codec.Open(event.key_id, event.body, SealingRow(event.customer, event.event_id)));
      event.key_id = context_.codec.current_key();
      event.body = context_.codec.Seal(plain, SealingRow(to, event.event_id));
    }
    event.customer = to;
  }
  const auto moved_count = static_cast<int64_t>(events.size());
  const Day today = context_.zone.DayOf(context_.clock.NowSeconds());
  RUNG_ASSIGN_OR_RETURN(const auto moved, OpenEvents(events, context_.codec, context_.zone));
  UnixSeconds last_status = 0;
  for (const features::Event& event : moved) last_status = std::max(last_status, TellsStatus(event) ? event.event_time : 0);
  if (last_status != 0) {
    features::CustomerState before;
    RUNG_RETURN_IF_ERROR(features::DecodeState(target.state, before));
    const UnixSeconds time = std::max(last_status + 1, context_.clock.NowSeconds());
    events.push_back(StatusAgain(before, to, source.external_id, time, today, context_.codec));
  }
  RUNG_ASSIGN_OR_RETURN(const auto known, transaction.InsertEvents(events, context_.clock.NowMicros()));
  std::vector<std::string> clashes;
  for (size_t i = 0; i < events.size(); ++i) {
    if (known[i] && *known[i] != events[i].body_hash) clashes.push_back(events[i].event_id);
  }
  if (clashes.empty()) {
    RUNG_ASSIGN_OR_RETURN(const auto rows, transaction.EventsOf(to));
    RUNG_ASSIGN_OR_RETURN(const auto all, OpenEvents(rows, context_.codec, context_.zone));
    features::CustomerState state = features::BuildState(all, -features::kNever, context_.codes, &clashes);
    features::Fold(features::FoldDayFor(today, context_.calendars.Current()->Of(state, today, context_.codes)), state);
    target.state.clear();
    features::EncodeState(state, target.state);
    target.outside = !IsOpen(state, today);
  }
  if (!clashes.empty()) return Clash(source.external_id, target.external_id, clashes);
  writes.merge = storage::MergeRow{.source = source.fingerprint.number, .target = to, .event_count = moved_count};
  return absl::OkStatus();
}

absl::Status AccountMerger::JoinHistories(storage::CustomerRow& source, storage::CustomerRow& target, storage::IngestWrites& writes) const {
  labels::Standings given, taken;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(source.standings, given));
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(target.standings, taken));
  const UnixMicros now = context_.clock.NowMicros();
  const Day today = context_.zone.DayOf(now / 1'000'000);
  const auto record = [&](const Ladder& ladder, CustomerNumber customer, const scoring::Standing& standing, std::string_view reason, const std::string& other) {
    writes.changes.push_back({customer, ladder.row.ladder_no, standing.version, ladder.CodeOf(standing.effective), ladder.CodeOf(standing.effective),
                              ladder.CodeOf(standing.computed), standing.score, std::string(reason), ladder.row.version, today, now, "merge:" + other, ""});
  };
  for (const auto& ladder : *context_.ladders.Current()) {
    const int16_t ladder_no = ladder->row.ladder_no;
    const scoring::Standing* from = labels::Find(given, ladder_no);
    const scoring::Standing* to = labels::Find(taken, ladder_no);
    scoring::Standing gone = from == nullptr ? scoring::Standing{} : *from, kept = to == nullptr ? scoring::Standing{} : *to;
    if (!gone.graded && !kept.graded) continue;
    kept.version = std::max(kept.version, gone.version);
    kept.upgrades_frozen = kept.upgrades_frozen || gone.upgrades_frozen;  // until the case that froze them ends it
    if (kept.graded) {
      ++kept.version;
      record(*ladder, target.fingerprint.number, kept, kMergeReason, source.external_id);
      writes.labels.push_back({target.fingerprint, ladder_no, labels::Pack(labels::LabelOf(kept))});
    }
    labels::Set(taken, ladder_no, kept);
    if (!gone.graded) continue;
    ++gone.version;
    record(*ladder, source.fingerprint.number, gone, kMergedReason, target.external_id);
    labels::Set(given, ladder_no, gone);
  }
  source.state.clear();
  source.standings = labels::EncodeStandings(given);
  source.outside = false;
  target.standings = labels::EncodeStandings(taken);
  return absl::OkStatus();
}

absl::Status AccountMerger::Get(const v1::GetAccountRequest& request, v1::Account& out, Deadline deadline) const {
  if (request.customer_id().empty()) return InvalidField("customer_id", "REQUIRED", "must not be empty");
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow own, context_.customers.FindOwn(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow row, context_.customers.Find(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const auto groups, context_.accounts.List(row.fingerprint.number, 0, 1, deadline));
  RUNG_ASSIGN_OR_RETURN(const auto merges, context_.accounts.Merges(own.fingerprint.number, kShownMerges, deadline));
  out.set_customer_id(request.customer_id());
  if (row.external_id != request.customer_id()) out.set_merged_into_customer_id(row.external_id);
  if (!groups.empty()) out.set_group_id(groups[0].group_id);
  for (const storage::AccountMerge& merge : merges) ToWire(merge, *out.add_merges());
  return absl::OkStatus();
}

}  // namespace rung::grading
