#include "services/grading/upgrade_freezer.h"

#include <algorithm>
#include <map>

#include "libs/base/status.h"

namespace rung::grading {
namespace {

constexpr int kChunk = 200;  // customers in one transaction

}  // namespace

absl::Status UpgradeFreezer::Apply() {
  std::lock_guard lock(mutex_);
  for (;;) {
    const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
    RUNG_ASSIGN_OR_RETURN(const auto pending, parts_.store.Pending(today, kChunk, Deadline::After(10'000)));
    if (pending.empty()) return absl::OkStatus();
    RUNG_RETURN_IF_ERROR(ApplyTo(pending));
    RUNG_RETURN_IF_ERROR(parts_.store.MarkApplied(pending, Deadline::After(10'000)));
  }
}

absl::Status UpgradeFreezer::ApplyTo(const std::vector<storage::PendingFreeze>& pending) {
  std::map<int64_t, bool> freeze;
  std::vector<storage::CustomerRow> wanted;
  for (const storage::PendingFreeze& item : pending) {
    // Of several cases of one customer the freezing one counts.
    const auto [known, is_new] = freeze.try_emplace(static_cast<int64_t>(item.customer), item.freeze);
    known->second = known->second || item.freeze;
    if (is_new) wanted.push_back({.fingerprint = FingerprintOf(item.external_id), .external_id = item.external_id});
  }
  const auto ladders = parts_.ladders.Current();
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  storage::IngestWrites writes;
  RUNG_ASSIGN_OR_RETURN(const auto transaction, parts_.customers.Begin());
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction->Lock(wanted));
  for (storage::CustomerRow& row : rows) {
    labels::Standings standings;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings));
    const bool frozen = freeze[static_cast<int64_t>(row.fingerprint.number)];
    for (labels::LadderStanding& item : standings) item.standing.upgrades_frozen = frozen;
    if (!frozen && row.group != CustomerNumber{}) {
      writes.due.push_back({row.fingerprint.number, "abuse-review", false, today});
    } else if (!frozen) {
      features::CustomerState state;
      RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state));
      grader_.Regrade(*ladders, row.fingerprint, state, today, now, "abuse-review", standings, writes.changes, writes.labels);
    }
    row.standings = labels::EncodeStandings(standings);
    writes.standings.push_back(std::move(row));
  }
  RUNG_RETURN_IF_ERROR(transaction->WriteAndCommit(writes));
  for (const storage::LabelRow& label : writes.labels) parts_.table.Merge(label.customer, label.ladder_no, label.word);
  if (!writes.labels.empty()) parts_.labels_changed();
  if (!writes.due.empty()) parts_.groups.DecideGroupsOf(writes.standings);
  return absl::OkStatus();
}

}  // namespace rung::grading
