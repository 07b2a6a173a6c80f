#include "services/grading/churn_scanner.h"

#include <google/protobuf/util/json_util.h>
#include <spdlog/spdlog.h>

#include "libs/errors/errors.h"
#include "libs/wire/fit_mapping.h"
#include "libs/wire/retention_mapping.h"
#include "services/grading/document_kinds.h"
#include "services/grading/outlook.h"
#include "services/grading/tag_reader.h"

namespace rung::grading {
namespace {

constexpr int kLeaseSeconds = 300;  // a scan of a million customers takes some 20 s
constexpr Day kOldestDays = 60;   // states keep every fact for a year before that
constexpr size_t kChunk = 500;    // actions in one transaction
constexpr char kBatch[] = "batch";

std::string JsonOf(const std::map<std::string, std::string>& texts) {
  v1::TaskAction task;
  task.mutable_texts()->insert(texts.begin(), texts.end());
  std::string json;
  return google::protobuf::util::MessageToJsonString(task, &json).ok() ? json : "{}";
}

void Count(const std::vector<storage::WatchRow>& watch, storage::ChurnScanRow& scan) {
  for (const storage::WatchRow& row : watch) {
    switch (static_cast<stats::ChurnRisk>(row.risk)) {
      case stats::ChurnRisk::kWatch: ++scan.watch; break;
      case stats::ChurnRisk::kHigh: ++scan.high; break;
      case stats::ChurnRisk::kLost: ++scan.lost; break;
      case stats::ChurnRisk::kNone: break;
    }
  }
}

}  // namespace

ChurnScanner::~ChurnScanner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

absl::StatusOr<std::optional<PublishedRetentionPolicy>> ChurnScanner::Policy() const {
  RUNG_ASSIGN_OR_RETURN(const auto versions, parts_.config.Current(RetentionPolicyKind::kName, Deadline::After(10'000)));
  if (versions.empty()) return std::nullopt;
  v1::RetentionPolicy message;
  if (!google::protobuf::util::JsonStringToMessage(versions.front().body_json, &message).ok()) {
    // A rule with a condition that is unknown here would act on more customers than were meant.
    spdlog::error("retention: policy {} can't be read by this release, and so nothing is done by it", versions.front().version);
    return std::nullopt;
  }
  std::vector<Violation> violations;
  PublishedRetentionPolicy published{wire::FromWire(message, violations), versions.front().version};
  for (const Violation& violation : forecast::Validate(published.policy)) violations.push_back(violation);
  if (!violations.empty()) {
    return FailedPreconditionError("the published retention policy isn't valid here: {}: {}", violations.front().field, violations.front().message);
  }
  return published;
}

absl::StatusOr<storage::ChurnScanRow> ChurnScanner::Scan(std::optional<Day> as_of, const std::string& author) {
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  if (as_of && (*as_of > today || *as_of < today - kOldestDays)) {
    return InvalidField("as_of_date", "OUT_OF_RANGE", fmt::format("{} is outside {} to {}", FormatDay(*as_of), FormatDay(today - kOldestDays), FormatDay(today)));
  }
  std::lock_guard one_at_a_time(scanning_);
  const auto forecaster = parts_.fits.Current();
  if (forecaster == nullptr) return NoFit();
  RUNG_ASSIGN_OR_RETURN(const auto policy, Policy());
  std::optional<PublishedTags> tags;
  if (policy && policy->policy.NamesTags()) {
    auto published = CurrentTags(parts_.config, Deadline::After(10'000));
    if (!published.ok() && ReasonOf(published.status()) != "NO_TAGS") return published.status();
    if (published.ok()) tags.emplace(*std::move(published));
  }
  const auto ladder = parts_.ladders.Find("");
  storage::ChurnScanRow scan;
  scan.as_of = as_of.value_or(today - 1);
  scan.author = author;
  scan.fit_version = forecaster->fit().version;
  scan.policy_version = policy ? policy->version : 0;
  scan.ladder_no = ladder.ok() ? (*ladder)->row.ladder_no : int16_t{-1};
  scan.value_kind = static_cast<int16_t>(wire::ToWire(forecaster->fit().value_kind));
  scan.measure = static_cast<int16_t>(forecaster->fit().methods.churn);
  RUNG_ASSIGN_OR_RETURN(scan, parts_.store.BeginScan(scan, kLeaseSeconds, parts_.clock.NowMicros(), Deadline::After(10'000)));
  const ChurnScanParts what{parts_.customers, parts_.codes, parts_.reader, *forecaster, ladder.ok() ? ladder->get() : nullptr,
                            policy ? &*policy : nullptr, tags ? &tags->tagger : nullptr, scan.as_of, parts_.threads};
  const absl::Status status = Work(what, scan);
  scan.state = status.ok() ? "DONE" : "FAILED";
  scan.message = std::string(Message(status));
  scan.ended_at = parts_.clock.NowMicros();
  RUNG_RETURN_IF_ERROR(parts_.store.EndScan(scan, scan.ended_at, Deadline::After(10'000)));
  RUNG_RETURN_IF_ERROR(status);
  spdlog::info("retention: scan {} as of {}: of {} customers {} to watch, {} at high risk, {} lost; {} actions", scan.scan_id, FormatDay(scan.as_of),
               scan.customers, scan.watch, scan.high, scan.lost, scan.actions);
  wake_.notify_all();  // what was planned is done now
  return scan;
}

absl::Status ChurnScanner::Work(const ChurnScanParts& what, storage::ChurnScanRow& scan) {
  RUNG_ASSIGN_OR_RETURN(const ChurnFindings found, ScanForChurn(what));
  scan.customers = found.customers;
  Count(found.watch, scan);
  RUNG_RETURN_IF_ERROR(parts_.store.WriteList(scan.scan_id, found.watch));
  if (what.policy == nullptr) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(scan.actions, Plan(found.candidates, *what.policy));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ChurnScanner::Plan(const std::vector<RetentionCandidate>& candidates, const PublishedRetentionPolicy& policy) const {
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  RUNG_ASSIGN_OR_RETURN(const auto recent, parts_.store.Recent(today - policy.policy.FarthestDays(), Deadline::After(60'000)));
  const auto chosen = WithinLimits(candidates, policy.policy, recent, today);
  int64_t planned = 0;
  for (size_t from = 0; from < chosen.size(); from += kChunk) {
    std::vector<storage::RetentionActionRow> actions;
    std::vector<storage::ActionLimit> limits;
    for (size_t i = from; i < std::min(chosen.size(), from + kChunk); ++i) {
      const RetentionCandidate& candidate = chosen[i];
      storage::RetentionActionRow& action = actions.emplace_back();
      action.customer = candidate.customer;
      action.external_id = candidate.external_id;
      action.rule_id = candidate.rule->rule_id;
      action.policy_version = policy.version;
      action.coupon_id = candidate.rule->coupon_id;
      action.task_texts = JsonOf(candidate.rule->texts);
      action.risk = static_cast<int16_t>(candidate.risk);
      action.account_manager = candidate.account_manager;
      action.planned_day = today;
      action.planned_at = now;
      limits.push_back({policy.policy.limit_actions, policy.policy.limit_days, policy.policy.AgainDays(*candidate.rule)});
    }
    RUNG_ASSIGN_OR_RETURN(const int64_t recorded, parts_.store.Plan(actions, limits, "retention", Deadline::After(60'000)));
    planned += recorded;
  }
  return planned;
}

void ChurnScanner::Follow() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::seconds(2));
    if (stopping_) return;
    lock.unlock();
    FollowBatchesAndFits();
    parts_.actor.Act([this] {
      std::lock_guard guard(mutex_);
      return stopping_;
    });
    lock.lock();
  }
}

// The newest batch's day with the newest fit; errors are tried again.
void ChurnScanner::FollowBatchesAndFits() {
  const auto forecaster = parts_.fits.Current();
  if (forecaster == nullptr) return;
  const auto run = parts_.runs.Get(0, Deadline::After(5000));
  if (!run.ok() && !absl::IsNotFound(run.status())) return;
  const Day day = run.ok() && run->state == "DONE" ? std::max(run->as_of, forecaster->fit().as_of) : forecaster->fit().as_of;
  if (day <= followed_day_ && forecaster->fit().version <= followed_fit_) return;
  const auto scan = Scan(day, kBatch);
  if (scan.ok() || ReasonOf(scan.status()) == "CHURN_SCAN_DONE" || absl::IsInvalidArgument(scan.status())) {
    followed_day_ = day;
    followed_fit_ = forecaster->fit().version;
  } else if (ReasonOf(scan.status()) != "CHURN_SCAN_RUNNING") {
    spdlog::warn("retention: the scan as of {} failed: {}", FormatDay(day), Message(scan.status()));
  }
}

}  // namespace rung::grading
