#include "services/grading/appeals.h"

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"
#include "services/grading/account_merger.h"

namespace rung::grading {
namespace {

constexpr size_t kAppealIdBytes = 57;  // "appeal:" and it are an event's source
constexpr size_t kTextBytes = 4000;
constexpr int kCommentsMax = 500;

// Bounds of texts that may be empty.
void Bound(const char* field, const std::string& text, size_t limit, std::vector<Violation>& violations) {
  if (auto problem = FindTextProblem(field, text, limit)) violations.push_back(*std::move(problem));
}

template <typename Request>
void RequireAppeal(const Request& request, std::vector<Violation>& violations) {
  RequireText("customer_id", request.customer_id(), 128, violations);
  RequireText("appeal_id", request.appeal_id(), kAppealIdBytes, violations);
}

absl::StatusOr<std::vector<std::string>> StatesOf(v1::AppealState state) {
  constexpr std::string_view kPrefix = "APPEAL_STATE_";
  if (state == v1::APPEAL_STATE_UNSPECIFIED) return std::vector<std::string>{"OPEN", "ACCEPTING"};
  if (!v1::AppealState_IsValid(state)) return InvalidField("state", "UNKNOWN_VALUE", fmt::format("{} is no value of this release", static_cast<int>(state)));
  return std::vector<std::string>{v1::AppealState_Name(state).substr(kPrefix.size())};
}

}  // namespace

void RequireText(const char* field, const std::string& text, size_t limit, std::vector<Violation>& violations) {
  if (text.empty()) violations.push_back({field, "REQUIRED", fmt::format("give 1 to {} bytes", limit)});
  Bound(field, text, limit, violations);
}

Day AfterBusinessDays(Day day, int count, const BusinessCalendar& calendar) {
  // Day 0 was a Thursday. A calendar closes at most 150 days of any year, so this ends.
  const auto works = [&](Day d) { return ((d % 7) + 7 + 3) % 7 < 5 && calendar.IsOpen(d); };
  while (count > 0) {
    if (works(++day)) --count;
  }
  return day;
}

absl::Status Appeals::File(const v1::FileAppealRequest& request, v1::FileAppealResponse& response, Deadline deadline) {
  std::vector<Violation> violations;
  RequireAppeal(request, violations);
  RequireText("text", request.text(), kTextBytes, violations);
  Bound("contact", request.contact(), 512, violations);
  RequireText("author", request.author(), 128, violations);
  if (request.version() < 0) violations.push_back({"version", "OUT_OF_RANGE", "must be 0 (the newest decision) or greater"});
  if (request.has_deadline_days() && (request.deadline_days() < 1 || request.deadline_days() > kAppealDaysMax)) {
    violations.push_back({"deadline_days", "OUT_OF_RANGE", fmt::format("{} is outside 1 to {}", request.deadline_days(), kAppealDaysMax)});
  }
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const auto ladder, context_.ladders.Find(request.ladder_id()));
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow account, FindUnmerged(context_.customers, request.customer_id(), deadline));
  const CustomerFingerprint customer = account.fingerprint;
  RUNG_ASSIGN_OR_RETURN(const auto decision, context_.history.Decision(customer.number, ladder->row.ladder_no, request.version(), deadline));

  storage::AppealRow row;
  row.customer = customer.number;
  row.appeal_id = request.appeal_id();
  row.external_id = request.customer_id();
  row.ladder_no = ladder->row.ladder_no;
  row.version = decision.version;
  row.tier_code = decision.to_tier;
  row.state = "OPEN";
  v1::Appeal texts;
  texts.set_text(request.text());
  texts.set_contact(request.contact());
  row.body = context_.file.Seal(texts.SerializeAsString(), AppealFile::BodyPlace(row));
  row.body_hash = context_.file.Hash(request.SerializeAsString());
  row.author = request.author();
  row.filed_at = context_.clock.NowMicros();
  row.due = AfterBusinessDays(context_.file.Today(), request.has_deadline_days() ? request.deadline_days() : context_.deadline_days,
                              context_.calendars.Current()->For(""));
  RUNG_ASSIGN_OR_RETURN(const auto filed, context_.store.File(row, context_.file.Entry("FILE_APPEAL", nullptr, row, row.author, ""), deadline));
  return context_.file.ToWire(filed, *response.mutable_appeal());
}

absl::Status Appeals::List(const v1::ListAppealsRequest& request, v1::ListAppealsResponse& response, Deadline deadline) const {
  if (request.unassigned() && !request.assignee().empty()) return InvalidField("unassigned", "MISMATCH", "give either an assignee or unassigned");
  storage::AppealFilter filter;
  RUNG_ASSIGN_OR_RETURN(filter.states, StatesOf(request.state()));
  filter.assignee = request.assignee();
  filter.unassigned = request.unassigned();
  if (!request.customer_id().empty()) filter.customer = FingerprintOf(request.customer_id()).number;
  if (request.overdue()) {
    if (request.state() > v1::APPEAL_STATE_ACCEPTING) return InvalidField("overdue", "MISMATCH", "only appeals that aren't resolved can be overdue");
    filter.due_before = context_.file.Today();
  }
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string bound_to = fmt::format("appeals|{}|{}|{}|{}|{}", static_cast<int>(request.state()), request.unassigned(), request.overdue(),
                                           request.customer_id(), request.assignee());
  RUNG_ASSIGN_OR_RETURN(const int64_t offset, rpc::ParsePageToken(request.page_token(), bound_to));
  RUNG_ASSIGN_OR_RETURN(auto rows, context_.store.List(filter, offset, page_size + 1, deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(static_cast<size_t>(page_size));
    response.set_next_page_token(rpc::PageToken(offset + page_size, bound_to));
  }
  for (const auto& row : rows) RUNG_RETURN_IF_ERROR(context_.file.ToWire(row, *response.add_appeals()));
  return absl::OkStatus();
}

absl::Status Appeals::Assign(const v1::AssignAppealRequest& request, v1::AssignAppealResponse& response, Deadline deadline) {
  std::vector<Violation> violations;
  RequireAppeal(request, violations);
  RequireText("etag", request.etag(), 32, violations);
  Bound("assignee", request.assignee(), 128, violations);
  RequireText("author", request.author(), 128, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  const auto change = [&](storage::AppealRow& row) -> absl::StatusOr<std::optional<storage::AuditRow>> {
    if (!IsPending(row)) return AlreadyResolved(row);
    if (row.assignee == request.assignee()) return std::nullopt;
    RUNG_RETURN_IF_ERROR(CheckEtag(request.etag(), row));
    const storage::AppealRow before = row;
    row.assignee = request.assignee();
    return context_.file.Entry("ASSIGN_APPEAL", &before, row, request.author(), "");
  };
  RUNG_ASSIGN_OR_RETURN(const auto row, context_.store.Update(FingerprintOf(request.customer_id()).number, request.appeal_id(),
                                                              context_.clock.NowMicros(), change, deadline));
  return context_.file.ToWire(row, *response.mutable_appeal());
}

absl::Status Appeals::Comment(const v1::CommentAppealRequest& request, v1::CommentAppealResponse& response, Deadline deadline) {
  std::vector<Violation> violations;
  RequireAppeal(request, violations);
  RequireText("comment_id", request.comment_id(), 128, violations);
  RequireText("text", request.text(), kTextBytes, violations);
  RequireText("author", request.author(), 128, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const auto appeal, context_.store.Get(FingerprintOf(request.customer_id()).number, request.appeal_id(), deadline));
  storage::AppealCommentRow row;
  row.customer = appeal.customer;
  row.appeal_id = request.appeal_id();
  row.comment_id = request.comment_id();
  row.author = request.author();
  row.body = context_.file.Seal(request.text(), AppealFile::CommentPlace(row));
  row.body_hash = context_.file.Hash(request.SerializeAsString());
  row.created_at = context_.clock.NowMicros();
  storage::AuditRow entry = context_.file.Entry("COMMENT_APPEAL", nullptr, appeal, request.author(), "");
  entry.subject += "/" + request.comment_id();
  entry.after.clear();
  RUNG_ASSIGN_OR_RETURN(const auto stored, context_.store.Comment(row, kCommentsMax, entry, deadline));
  return context_.file.ToWire(stored, *response.mutable_comment());
}

absl::Status Appeals::Withdraw(const v1::WithdrawAppealRequest& request, v1::WithdrawAppealResponse& response, Deadline deadline) {
  std::vector<Violation> violations;
  RequireAppeal(request, violations);
  RequireText("etag", request.etag(), 32, violations);
  RequireText("reason", request.reason(), 1000, violations);
  RequireText("author", request.author(), 128, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  const auto change = [&](storage::AppealRow& row) -> absl::StatusOr<std::optional<storage::AuditRow>> {
    if (row.state == "WITHDRAWN" && row.resolved_by == request.author() && row.resolution_reason == request.reason()) return std::nullopt;
    if (row.state == "ACCEPTING") return BeingAccepted(row);
    if (row.state != "OPEN") return AlreadyResolved(row);
    RUNG_RETURN_IF_ERROR(CheckEtag(request.etag(), row));
    const storage::AppealRow before = row;
    row.state = "WITHDRAWN";
    row.resolved_at = context_.clock.NowMicros();
    row.resolved_by = request.author();
    row.resolution_reason = request.reason();
    return context_.file.Entry("WITHDRAW_APPEAL", &before, row, request.author(), request.reason());
  };
  RUNG_ASSIGN_OR_RETURN(const auto row, context_.store.Update(FingerprintOf(request.customer_id()).number, request.appeal_id(),
                                                              context_.clock.NowMicros(), change, deadline));
  return context_.file.ToWire(row, *response.mutable_appeal());
}

}  // namespace rung::grading
