#include "libs/host/near_customers.h"

#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/features/customer_state.h"
#include "libs/labels/standings.h"
#include "libs/wire/model_mapping.h"

namespace rung::host {
namespace {

constexpr int64_t kTraitsMicros = 60'000'000;
constexpr int64_t kUnknownMicros = 100'000;
constexpr int64_t kUnknownPerSecond = 200;  // look-ups in the store

absl::Status Unreachable(const absl::Status& why) {
  return WithRetry(WithReason(UnavailableError("the customer's tier can't be had now: {}", Message(why)), "TIER_UNREACHABLE"), 500);
}

int32_t CodeOf(const features::CustomerState& state, features::Attribute attribute, Day today) {
  const features::AttributeValue* value = state.Latest(attribute, today);
  return value == nullptr ? -1 : static_cast<int32_t>(value->value);
}

}  // namespace

NearCustomers::NearCustomers(NearCustomersParts parts)
    : parts_(parts), refresh_(std::chrono::seconds(1), [this] { ReloadLadders(); }, Periodic::kAtOnce) {}

std::shared_ptr<const labels::LadderDirectory> NearCustomers::Ladders() const {
  std::lock_guard lock(mutex_);
  return ladders_;
}

void NearCustomers::ReloadForUnknown() const {
  {
    std::lock_guard lock(reload_mutex_);
    if (MonotonicMicros() - reloaded_at_ < kUnknownMicros) return;
  }
  ReloadLadders();
}

void NearCustomers::ReloadLadders() const {
  std::lock_guard reload(reload_mutex_);
  reloaded_at_ = MonotonicMicros();
  const auto rows = parts_.models.Current(Deadline::After(5000));
  if (!rows.ok()) return;  // the store's absence shows elsewhere; what is known stays
  std::vector<std::pair<std::string, int32_t>> versions;
  for (const storage::ModelRow& row : *rows) versions.emplace_back(row.ladder_id, row.is_default ? -row.version : row.version);
  if (versions == versions_) return;
  auto directory = std::make_shared<labels::LadderDirectory>();
  for (const storage::ModelRow& row : *rows) {
    const auto message = wire::ParseModelJson(row.body_json);
    if (!message.ok()) {
      spdlog::error("stored model {} version {} doesn't load: {}", row.ladder_id, row.version, Message(message.status()));
      return;
    }
    std::vector<Violation> violations;
    const scoring::Model model = wire::FromWire(*message, violations);
    labels::LadderDirectory::Entry entry{row.ladder_no, row.ladder_id, row.tier_codes, std::vector<int32_t>(row.tier_codes.size()), 0};
    for (size_t place = 0; place < model.tiers.size(); ++place) {
      const auto it = std::find(entry.codes.begin(), entry.codes.end(), model.tiers[place].code);
      if (it == entry.codes.end()) continue;
      entry.bottom = static_cast<uint8_t>(it - entry.codes.begin());
      entry.ranks[entry.bottom] = static_cast<int32_t>(place) + 1;
    }
    const auto& placed = directory->entries.emplace(entry.ladder_id, std::move(entry)).first->second;
    if (row.is_default) directory->default_entry = &placed;
  }
  std::lock_guard lock(mutex_);
  ladders_ = std::move(directory);
  versions_ = std::move(versions);
}

std::vector<std::string> NearCustomers::Tiers(std::string_view ladder_id) const {
  auto ladders = Ladders();
  if (ladders->Find(ladder_id) == nullptr) {
    ReloadLadders();  // people ask, seldom, and often right after publishing the model
    ladders = Ladders();
  }
  const labels::LadderDirectory::Entry* entry = ladders->Find(ladder_id);
  std::vector<std::string> codes;
  if (entry == nullptr) return codes;
  for (size_t rank = 1; rank <= entry->codes.size(); ++rank) {
    for (size_t number = 0; number < entry->codes.size(); ++number) {
      if (entry->ranks[number] == static_cast<int32_t>(rank)) codes.push_back(entry->codes[number]);
    }
  }
  return codes;
}

std::optional<NearCustomers::Traits> NearCustomers::Kept(const CustomerFingerprint& customer) const {
  const auto key = static_cast<int64_t>(parts_.table.TargetOf(customer).value_or(customer).number);
  Shard& shard = shards_[static_cast<size_t>(key) % kShards];
  std::lock_guard lock(shard.mutex);
  const auto it = shard.traits.find(key);
  if (it == shard.traits.end() || MonotonicMicros() - it->second.read_at > kTraitsMicros) return std::nullopt;
  return it->second;
}

absl::StatusOr<NearCustomers::Traits> NearCustomers::Keep(const storage::CustomerRow& row) const {
  features::CustomerState state;
  RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state));
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  const Traits traits{CodeOf(state, features::kRegion, today), CodeOf(state, features::kSegment, today), MonotonicMicros()};
  const auto key = static_cast<int64_t>(row.fingerprint.number);
  Shard& shard = shards_[static_cast<size_t>(key) % kShards];
  std::lock_guard lock(shard.mutex);
  if (shard.traits.size() >= kMaxPerShard) shard.traits.clear();  // rare, and cheaper than keeping an order of use
  shard.traits[key] = traits;
  return traits;
}

absl::StatusOr<const labels::LadderDirectory::Entry*> NearCustomers::EntryOf(const labels::LadderDirectory& ladders, std::string_view ladder_id) {
  if (const labels::LadderDirectory::Entry* entry = ladders.Find(ladder_id); entry != nullptr) return entry;
  if (ladders.entries.empty()) return WithReason(FailedPreconditionError("no model is published yet"), "NO_LADDER");
  return WithReason(NotFoundError("no ladder \"{}\"", Shorten(ladder_id, 80)), "LADDER_UNKNOWN");
}

std::optional<absl::StatusOr<NearCustomer>> NearCustomers::GetFromMemory(std::string_view customer_id, std::string_view ladder_id, bool with_traits) const {
  const auto ladders = Ladders();
  const auto entry = EntryOf(*ladders, ladder_id);
  if (!entry.ok() || !Fresh()) return std::nullopt;
  const CustomerFingerprint customer = FingerprintOf(customer_id);
  const auto word = parts_.table.Find(customer, (*entry)->ladder_no);
  if (!word && MayAskForUnknown()) return std::nullopt;
  if (!word) return storage::CustomerUnknown(customer_id);
  const std::optional<Traits> traits = with_traits ? Kept(customer) : Traits();
  if (!traits) return std::nullopt;
  return Compose(**entry, *word, *traits, parts_.table.TargetOf(customer).has_value());
}

bool NearCustomers::MayAskForUnknown() const {
  const int64_t second = MonotonicMicros() / 1'000'000;
  if (unknown_second_.exchange(second, std::memory_order_relaxed) != second) unknown_asked_.store(0, std::memory_order_relaxed);
  return unknown_asked_.fetch_add(1, std::memory_order_relaxed) < kUnknownPerSecond;
}

std::optional<std::string> NearCustomers::TierNow(const CustomerFingerprint& customer, std::string_view ladder_id) const {
  const auto ladders = Ladders();
  const labels::LadderDirectory::Entry* entry = ladders->Find(ladder_id);
  if (entry == nullptr || !Fresh()) return std::nullopt;
  const auto word = parts_.table.Find(customer, entry->ladder_no);
  if (!word) return std::nullopt;
  const labels::Label label = labels::Unpack(*word);
  if (label.graded && label.tier >= entry->codes.size()) return std::nullopt;
  return entry->codes[label.graded ? label.tier : entry->bottom];
}

absl::StatusOr<NearCustomer> NearCustomers::Get(std::string_view customer_id, std::string_view ladder_id, Deadline deadline) const {
  auto ladders = Ladders();
  if (!EntryOf(*ladders, ladder_id).ok()) {
    ReloadForUnknown();
    ladders = Ladders();
  }
  RUNG_ASSIGN_OR_RETURN(const labels::LadderDirectory::Entry* entry, EntryOf(*ladders, ladder_id));
  const CustomerFingerprint customer = FingerprintOf(customer_id);
  const bool fresh = Fresh();
  uint64_t word = 0;
  bool merged = fresh && parts_.table.TargetOf(customer).has_value();
  std::optional<Traits> traits;
  const auto found = fresh ? parts_.table.Find(customer, entry->ladder_no) : std::nullopt;
  if (found) {  // else its label may be on its way, and the store says whether it exists
    word = *found;
    traits = Kept(customer);
  }
  if (!traits) {
    const auto row = parts_.customers.Find(customer_id, deadline);
    if (!row.ok()) return absl::IsNotFound(row.status()) ? row.status() : Unreachable(row.status());
    RUNG_ASSIGN_OR_RETURN(traits, Keep(*row));
    merged = row->external_id != customer_id;
    labels::Standings standings;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row->standings, standings));
    const scoring::Standing* standing = labels::Find(standings, entry->ladder_no);
    if (standing != nullptr && standing->graded) word = std::max(word, labels::Pack(labels::LabelOf(*standing)));
  }
  return Compose(*entry, word, *traits, merged);
}

absl::StatusOr<std::string> NearCustomers::MergedInto(std::string_view customer_id, Deadline deadline) const {
  const CustomerFingerprint customer = FingerprintOf(customer_id);
  if (Fresh() && parts_.table.Find(customer, 0) && !parts_.table.TargetOf(customer)) return "";
  const auto row = parts_.customers.Find(customer_id, deadline);
  RUNG_RETURN_IF_ERROR(row.status());
  return row->external_id == customer_id ? "" : row->external_id;
}

absl::StatusOr<NearCustomer> NearCustomers::Compose(const labels::LadderDirectory::Entry& entry, uint64_t word, const Traits& traits, bool merged) const {
  const labels::Label label = labels::Unpack(word);
  if (label.graded && label.tier >= entry.codes.size()) {
    return Unreachable(InternalError("the label names a tier that was published a moment ago"));
  }
  const uint8_t tier = label.graded ? label.tier : entry.bottom;
  NearCustomer out{entry.codes[tier], entry.ranks[tier], label.version, label.graded, merged, "", ""};
  if (traits.region >= 0) out.region = parts_.codes.Word(features::CodeKind::kRegion, traits.region);
  if (traits.segment >= 0) out.segment = parts_.codes.Word(features::CodeKind::kSegment, traits.segment);
  return out;
}

}  // namespace rung::host
