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
    RUNG_ASSIGN_OR_RETURN(auto pending, parts_.store.Pending(today, kChunk, Deadline::After(10'000)));
    if (pending.empty()) return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(const auto applied, ApplyTo(std::move(pending)));
    RUNG_RETURN_IF_ERROR(parts_.store.MarkApplied(applied, Deadline::After(10'000)));
  }
}

absl::StatusOr<std::vector<storage::PendingFreeze>> UpgradeFreezer::ApplyTo(std::vector<storage::PendingFreeze> pending) {
  std::map<CustomerNumber, bool> freeze;
  std::vector<storage::CustomerRow> wanted;
  for (const storage::PendingFreeze& item : pending) {
    const CustomerFingerprint account = FingerprintOf(item.account_id);
    if (freeze.emplace(account.number, item.account_frozen).second) wanted.push_back({.fingerprint = account, .external_id = item.account_id});
  }
  std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.fingerprint.number < b.fingerprint.number; });
  const auto ladders = parts_.ladders.Current();
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  storage::IngestWrites writes;
  RUNG_ASSIGN_OR_RETURN(const auto transaction, parts_.customers.Begin());
  RUNG_ASSIGN_OR_RETURN(auto rows, transaction->Lock(wanted));
  for (storage::CustomerRow& row : rows) {
    if (row.merged_into != CustomerNumber{}) {
      std::erase_if(pending, [&](const storage::PendingFreeze& item) { return item.account_id == row.external_id; });
      continue;
    }
    labels::Standings standings;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings));
    const bool frozen = freeze[row.fingerprint.number];
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
  return pending;
}

}  // namespace rung::grading
