#include "services/grading/abuse_scanner.h"

#include <spdlog/spdlog.h>

#include <google/protobuf/util/json_util.h>

#include "libs/errors/errors.h"
#include "libs/wire/abuse_mapping.h"
#include "services/grading/abuse_scan.h"
#include "services/grading/document_kinds.h"

namespace rung::grading {
namespace {

constexpr int kLeaseSeconds = 1800;
constexpr Day kOldestDays = 60;   // states keep every fact for a year before that
constexpr int kQuietDays = 180;   // a cleared customer isn't listed again for the same
constexpr size_t kChunk = 500;    // suspects in one transaction

}  // namespace

AbuseScanner::~AbuseScanner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

absl::StatusOr<std::optional<abuse::Policy>> AbuseScanner::PublishedPolicy() {
  RUNG_ASSIGN_OR_RETURN(const auto versions, parts_.config.Current(AbusePolicyKind::kName, Deadline::After(10'000)));
  if (versions.empty()) return std::nullopt;
  v1::AbusePolicy message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // of a later release
  const auto status = google::protobuf::util::JsonStringToMessage(versions.front().body_json, &message, options);
  if (!status.ok()) return InternalError("the published abuse policy can't be read");
  std::vector<Violation> violations;
  abuse::Policy policy = wire::FromWire(message, violations);
  for (const Violation& violation : abuse::Validate(policy)) violations.push_back(violation);
  if (!violations.empty()) {
    return FailedPreconditionError("the published abuse policy isn't valid here: {}: {}", violations.front().field, violations.front().message);
  }
  return policy;
}

absl::StatusOr<storage::ScanRow> AbuseScanner::Scan(std::optional<Day> as_of, const std::string& author) {
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  if (as_of && (*as_of > today || *as_of < today - kOldestDays)) {
    return InvalidField("as_of_date", "OUT_OF_RANGE", fmt::format("{} is outside {} to {}", FormatDay(*as_of), FormatDay(today - kOldestDays), FormatDay(today)));
  }
  RUNG_ASSIGN_OR_RETURN(const auto policy, PublishedPolicy());
  RUNG_ASSIGN_OR_RETURN(storage::ScanRow scan, parts_.store.BeginScan(as_of.value_or(today - 1), author, kLeaseSeconds, parts_.clock.NowMicros(), Deadline::After(10'000)));
  const absl::Status status = Work(scan, policy);
  scan.state = status.ok() ? "DONE" : "FAILED";
  scan.message = std::string(Message(status));
  RUNG_RETURN_IF_ERROR(parts_.store.EndScan(scan, parts_.clock.NowMicros(), Deadline::After(10'000)));
  RUNG_RETURN_IF_ERROR(status);
  RUNG_RETURN_IF_ERROR(parts_.freezer.Apply());
  spdlog::info("abuse: scan {} as of {}: {} of {} customers listed, {} frozen, {} cases opened", scan.scan_id, FormatDay(scan.as_of),
               scan.listed, scan.customers, scan.frozen, scan.opened);
  return scan;
}

absl::Status AbuseScanner::Work(storage::ScanRow& scan, const std::optional<abuse::Policy>& published) {
  const abuse::Policy policy = published.value_or(abuse::Policy{});
  AbuseScan base(parts_.store, parts_.customers, policy, published.has_value(), scan.as_of, parts_.threads);
  RUNG_ASSIGN_OR_RETURN(const AbuseScanResult result, base.Run());
  scan.customers = result.customers;
  scan.groups = result.groups;
  scan.listed = static_cast<int64_t>(result.suspects.size());
  scan.frozen = result.frozen;
  for (size_t from = 0; from < result.suspects.size(); from += kChunk) {
    const size_t to = std::min(result.suspects.size(), from + kChunk);
    const std::vector<storage::SuspectRow> chunk(result.suspects.begin() + static_cast<int64_t>(from), result.suspects.begin() + static_cast<int64_t>(to));
    RUNG_ASSIGN_OR_RETURN(const int64_t opened, parts_.store.RecordSuspects(chunk, scan.as_of, kQuietDays, parts_.clock.NowMicros(), Deadline::After(60'000)));
    scan.opened += opened;
  }
  return parts_.store.RenewFreezes(parts_.zone.DayOf(parts_.clock.NowSeconds()), Deadline::After(60'000));
}

void AbuseScanner::FollowBatches() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::seconds(2), [this] { return stopping_; })) {
    lock.unlock();
    if (const absl::Status status = parts_.freezer.Apply(); !status.ok() && !absl::IsUnavailable(status)) {
      spdlog::warn("abuse: freezes are not applied yet: {}", Message(status));
    }
    FollowBatch();
    lock.lock();
  }
}

// The newest batch is followed by a scan of its day, if there is a policy; errors are tried again.
void AbuseScanner::FollowBatch() {
  const auto run = parts_.runs.Get(0, Deadline::After(5000));
  if (!run.ok() || run->state != "DONE" || run->as_of <= followed_) return;
  const auto policy = PublishedPolicy();
  if (!policy.ok() || !*policy) return;
  const auto scan = Scan(run->as_of, "batch");
  if (scan.ok() || ReasonOf(scan.status()) == "ABUSE_SCAN_DONE" || absl::IsInvalidArgument(scan.status())) {
    followed_ = run->as_of;
  } else if (ReasonOf(scan.status()) != "ABUSE_SCAN_RUNNING") {
    spdlog::warn("abuse: the scan after run {} failed: {}", run->run_id, Message(scan.status()));
  }
}

}  // namespace rung::grading
