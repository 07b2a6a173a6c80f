#include "services/grading/ladders.h"

#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/store_error.h"
#include "libs/wire/model_mapping.h"

namespace rung::grading {

namespace {

// Ladders that a run grades together have the same members: one copy of their numbers is enough.
void ShareMembers(const LadderSet& others, FrozenBase& frozen) {
  for (const auto& other : others) {
    if (other->frozen->members != frozen.members && *other->frozen->members == *frozen.members) frozen.members = other->frozen->members;
  }
}

std::shared_ptr<const Ladder> InForce(const LadderSet& ladders, int16_t ladder_no) {
  const auto found = std::find_if(ladders.begin(), ladders.end(), [&](const auto& ladder) { return ladder->row.ladder_no == ladder_no; });
  return found == ladders.end() ? nullptr : *found;
}

}  // namespace

const LadderDirectory Ladders::kEmpty;

absl::Status LadderUnknown(std::string_view ladder_id) {
  return WithReason(NotFoundError("no ladder \"{}\"; ListTiers shows the ladders", Shorten(ladder_id, 80)), "LADDER_UNKNOWN");
}

absl::Status NoLadder() {
  return WithReason(FailedPreconditionError("no model is published yet; `rungctl model apply FILE` publishes one"), "NO_LADDER");
}

Ladder::Ladder(storage::ModelRow model_row, v1::Model model_message, scoring::Model model, const features::CodeBook& codes)
    : row(std::move(model_row)), message(std::move(model_message)), scorer(std::move(model)),
      binding(scorer.features(), codes), frozen(std::make_shared<FrozenBase>()) {
  place_of_number_.fill(scorer.bottom_tier());
  const auto& tiers = scorer.model().tiers;
  for (size_t place = 0; place < tiers.size(); ++place) {
    const auto it = std::find(row.tier_codes.begin(), row.tier_codes.end(), tiers[place].code);
    const auto number = static_cast<uint8_t>(it - row.tier_codes.begin());
    number_of_place_.push_back(number);
    place_of_number_[number] = static_cast<uint8_t>(place);
    known_number_[number] = true;
  }
}

absl::StatusOr<std::shared_ptr<Ladder>> Ladders::Compile(const storage::ModelRow& row, int64_t frozen_run, const LadderSet& others) const {
  auto parsed = wire::ParseModelJson(row.body_json);
  if (!parsed.ok()) return InternalError("stored model {} version {} doesn't load: {}", row.ladder_id, row.version, Message(parsed.status()));
  v1::Model message = *std::move(parsed);
  std::vector<Violation> violations;
  scoring::Model model = wire::FromWire(message, violations);
  if (!violations.empty()) {
    return InternalError("stored model {} version {} doesn't load: {}: {}", row.ladder_id, row.version,
                         violations[0].field, violations[0].message);
  }
  auto ladder = std::make_shared<Ladder>(row, std::move(message), std::move(model), codes_);
  ladder->seen_frozen_run = frozen_run;
  if (frozen_run == 0) return ladder;
  RUNG_ASSIGN_OR_RETURN(const auto frozen, ReadFrozen(*ladder));
  if (frozen == nullptr) return ladder;
  ShareMembers(others, *frozen);
  ladder->scorer.SetChoices(frozen->population.choices);
  ladder->frozen = frozen;
  return ladder;
}

// Null when there is none of this version, or none that can be read: then the next batch freezes one.
absl::StatusOr<std::shared_ptr<FrozenBase>> Ladders::ReadFrozen(const Ladder& ladder) const {
  int64_t run_id = 0;
  RUNG_ASSIGN_OR_RETURN(const auto parts, runs_.LoadFrozen(ladder.row.ladder_no, &run_id));
  if (parts.empty() || parts[0].model_version != ladder.row.version) return nullptr;
  auto frozen = DecodeFrozen(parts, ladder.scorer);
  if (!frozen.ok()) {
    spdlog::error("the population of ladder {} that run {} froze is left out until the next batch: {}", ladder.row.ladder_id, run_id,
                  Message(frozen.status()));
    return nullptr;
  }
  frozen->run_id = run_id;
  return std::make_shared<FrozenBase>(*std::move(frozen));
}

absl::Status Ladders::Reload(Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const auto rows, models_.Current(deadline));
  RUNG_ASSIGN_OR_RETURN(const auto frozen_runs, runs_.FrozenRuns(deadline));
  const auto old = Current();
  auto set = std::make_shared<LadderSet>();
  bool changed = false;
  absl::Status first;  // of what doesn't load
  for (const storage::ModelRow& row : rows) {
    const auto frozen_run = frozen_runs.find(row.ladder_no);
    std::shared_ptr<const Ladder> ladder;
    for (const auto& known : *old) {
      const bool same_model = known->row.ladder_no == row.ladder_no && known->row.version == row.version &&
                              known->row.is_default == row.is_default;
      if (same_model && (frozen_run == frozen_runs.end() || frozen_run->second <= known->seen_frozen_run)) ladder = known;
    }
    if (ladder == nullptr) {
      auto compiled = Compile(row, frozen_run == frozen_runs.end() ? 0 : frozen_run->second, *set);
      if (compiled.ok()) {
        ladder = *std::move(compiled);
        changed = true;
      } else if (storage::MayPass(compiled.status())) {
        return compiled.status();
      } else {  // holds back no other ladder
        first.Update(compiled.status());
        ladder = InForce(*old, row.ladder_no);
      }
    }
    if (ladder != nullptr) set->push_back(std::move(ladder));
  }
  if (changed) Publish(std::move(set));
  return first;
}

void Ladders::SetFrozen(int16_t ladder_no, std::shared_ptr<const FrozenBase> frozen) {
  auto set = std::make_shared<LadderSet>(*Current());
  for (auto& ladder : *set) {
    if (ladder->row.ladder_no != ladder_no || ladder->row.version != frozen->model_version) continue;
    auto renewed = std::make_shared<Ladder>(ladder->row, ladder->message, ladder->scorer.model(), codes_);
    renewed->scorer.SetChoices(frozen->population.choices);
    renewed->frozen = frozen;
    renewed->seen_frozen_run = frozen->run_id;
    ladder = renewed;
  }
  Publish(std::move(set));
}

void Ladders::Publish(std::shared_ptr<const LadderSet> set) {
  auto directory = std::make_unique<LadderDirectory>();
  for (const auto& ladder : *set) {
    LadderDirectory::Entry entry{ladder->row.ladder_no, ladder->row.ladder_id, ladder->row.tier_codes, {}, 0};
    for (size_t number = 0; number < entry.codes.size(); ++number) {
      const auto n = static_cast<uint8_t>(number);
      entry.ranks.push_back(ladder->HasNumber(n) ? ladder->PlaceOf(n) + 1 : 0);
    }
    entry.bottom = ladder->NumberOf(ladder->scorer.bottom_tier());
    const auto& placed = directory->entries.emplace(entry.ladder_id, std::move(entry)).first->second;
    if (ladder->row.is_default) directory->default_entry = &placed;
  }
  std::lock_guard lock(mutex_);
  set_ = std::move(set);
  directory_.store(directory.get(), std::memory_order_release);
  directories_.push_back(std::move(directory));
}

std::shared_ptr<const LadderSet> Ladders::Current() const {
  std::lock_guard lock(mutex_);
  return set_;
}

absl::StatusOr<std::shared_ptr<const Ladder>> Ladders::Find(std::string_view ladder_id) const {
  const auto set = Current();
  if (set->empty()) return NoLadder();
  for (const auto& ladder : *set) {
    if (ladder_id.empty() ? ladder->row.is_default : ladder->row.ladder_id == ladder_id) return ladder;
  }
  return LadderUnknown(ladder_id);
}

absl::StatusOr<std::shared_ptr<const Ladder>> Ladders::AtVersion(const Ladder& current, int32_t version) const {
  constexpr size_t kKept = 64;
  {
    std::lock_guard lock(mutex_);
    for (const auto& ladder : *set_) {
      if (ladder->row.ladder_no == current.row.ladder_no && ladder->row.version == version) return ladder;
    }
    const auto known = earlier_.find({current.row.ladder_no, version});
    if (known != earlier_.end()) return known->second;
  }
  RUNG_ASSIGN_OR_RETURN(const storage::ModelRow row, models_.Get(current.row.ladder_id, version, Deadline::After(5000)));
  RUNG_ASSIGN_OR_RETURN(std::shared_ptr<const Ladder> ladder, Compile(row, 0, {}));
  std::lock_guard lock(mutex_);
  if (earlier_.size() >= kKept) earlier_.clear();  // versions never change: they are read again when asked for
  earlier_[{current.row.ladder_no, version}] = ladder;
  return ladder;
}

}  // namespace rung::grading
