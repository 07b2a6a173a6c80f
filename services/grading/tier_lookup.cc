#include "services/grading/tier_lookup.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/labels/standings.h"
#include "libs/storage/store_error.h"

namespace rung::grading {
namespace {

constexpr int kMaxBatch = 1000;
constexpr int kMaxPacked = 10'000;
constexpr uint8_t kUnknownTier = 255;
constexpr int64_t kAnsweringMs = 50;

void Fill(const std::string& customer_id, CustomerNumber number, const LadderDirectory::Entry& entry, uint64_t word,
          v1::CustomerTier& out) {
  const labels::Label label = labels::Unpack(word);
  const uint8_t tier = label.graded && label.tier < entry.codes.size() ? label.tier : entry.bottom;
  out.set_customer_id(customer_id);
  out.set_ladder_id(entry.ladder_id);
  out.set_tier_code(entry.codes[tier]);
  out.set_tier_rank(entry.ranks[tier]);
  out.set_customer_number(static_cast<uint64_t>(number));
  out.set_graded(label.graded);
  if (!label.graded) return;
  out.set_score_milli(label.score_milli);
  out.set_version(label.version);
  out.set_as_of_date(FormatDay(label.as_of));
}

CustomerNumber NumberOf(const CustomerFingerprint& customer) { return customer.number; }
CustomerNumber NumberOf(uint64_t number) { return CustomerNumber{static_cast<int64_t>(number)}; }
bool IsOf(const storage::CustomerRow& row, const CustomerFingerprint& customer) { return row.fingerprint == customer; }
bool IsOf(const storage::CustomerRow& row, uint64_t number) { return row.fingerprint.number == NumberOf(number); }
std::string_view FieldOf(const CustomerFingerprint&) { return "customer_ids"; }
std::string_view FieldOf(uint64_t) { return "customer_numbers"; }

absl::Status CheckRequest(const v1::GetTierRequest& request) {
  if (request.customer_id().empty()) return InvalidField("customer_id", "REQUIRED", "must not be empty");
  if (request.min_version() < 0) return InvalidField("min_version", "OUT_OF_RANGE", "must be 0 or greater");
  return absl::OkStatus();
}

absl::Status CheckMinVersions(std::span<const int64_t> min_versions, int customers) {
  if (min_versions.empty()) return absl::OkStatus();
  if (min_versions.size() != static_cast<size_t>(customers)) {
    return InvalidField("min_versions", "OUT_OF_RANGE",
                        fmt::format("{} versions for {} customers; one for each, or none", min_versions.size(), customers));
  }
  const auto negative = std::find_if(min_versions.begin(), min_versions.end(), [](int64_t version) { return version < 0; });
  if (negative == min_versions.end()) return absl::OkStatus();
  return InvalidField(fmt::format("min_versions[{}]", negative - min_versions.begin()), "OUT_OF_RANGE", "must be 0 or greater");
}

// The first customer whose word is older than was asked for.
std::optional<size_t> FirstOlder(std::span<const uint64_t> words, std::span<const int64_t> min_versions, int64_t version_of_unknown) {
  for (size_t i = 0; i < min_versions.size(); ++i) {
    const int64_t version = words[i] == labels::LabelTable::kUnknown ? version_of_unknown : labels::Unpack(words[i]).version;
    if (version < min_versions[i]) return i;
  }
  return std::nullopt;
}

absl::Status NotThereYet(const std::string& where, int64_t wanted, uint64_t word, std::map<std::string, std::string> metadata) {
  const std::string newest = std::to_string(labels::Unpack(word).version);
  metadata["current_version"] = newest;
  absl::Status status = UnavailableError("{}version {} isn't there yet; the newest is {}", where, wanted, newest);
  return WithRetry(WithReason(std::move(status), "NOT_FRESH_ENOUGH", metadata), 100);
}

// What an error of the store means to somebody who asked for a version.
absl::Status NotInTime(const absl::Status& status) {
  if (!storage::MayPass(status)) return status;
  absl::Status told = UnavailableError("memory lacks the version asked for, and the store couldn't tell in time: {}", Message(status));
  return WithRetry(WithReason(std::move(told), "NOT_FRESH_ENOUGH"), RetryAfterMs(status).value_or(100));
}

// Leaves time to answer before the caller gives up.
Deadline ForTheStore(Deadline deadline) {
  const int64_t left = deadline.RemainingMs();
  return Deadline::After(left - std::min(left / 10, kAnsweringMs));
}

}  // namespace

absl::StatusOr<const LadderDirectory::Entry*> TierLookup::EntryOf(std::string_view ladder_id) const {
  const LadderDirectory& directory = ladders_.directory();
  const LadderDirectory::Entry* entry = directory.Find(ladder_id);
  if (entry != nullptr) return entry;
  return directory.entries.empty() ? NoLadder() : LadderUnknown(ladder_id);
}

void TierLookup::TellMerge(const CustomerFingerprint& customer, v1::CustomerTier& tier) const {
  const auto target = table_.TargetOf(customer);
  if (!target) return;
  tier.set_customer_number(static_cast<uint64_t>(target->number));
  tier.set_merged(true);
}

template <typename Response>
void TierLookup::SetFreshness(int64_t now, Response& response) const {
  const int64_t staleness_ms = feed_.StalenessMs(now);
  response.set_provenance(feed_.filled() && staleness_ms <= labels::LabelFeed::kStaleAfterMs ? v1::PROVENANCE_CACHE : v1::PROVENANCE_STALE);
  auto& duration = *response.mutable_staleness();
  duration.set_seconds(staleness_ms / 1000);
  duration.set_nanos(static_cast<int32_t>(staleness_ms % 1000) * 1'000'000);
}

std::optional<absl::Status> TierLookup::GetFromMemory(const v1::GetTierRequest& request, v1::GetTierResponse& response,
                                                      int64_t now) const {
  if (!FreshAt(now)) return std::nullopt;
  if (absl::Status wrong = CheckRequest(request); !wrong.ok()) return wrong;
  const auto entry = EntryOf(request.ladder_id());
  if (!entry.ok()) return entry.status();
  const CustomerFingerprint customer = FingerprintOf(request.customer_id());
  const auto word = table_.Find(customer, (*entry)->ladder_no);
  if (request.min_version() > 0 && !(word && labels::Unpack(*word).version >= request.min_version())) return std::nullopt;
  if (!word) return CustomerUnknown(request.customer_id());
  Fill(request.customer_id(), customer.number, **entry, *word, *response.mutable_tier());
  TellMerge(customer, *response.mutable_tier());
  SetFreshness(now, response);
  return absl::OkStatus();
}

absl::Status TierLookup::Get(const v1::GetTierRequest& request, v1::GetTierResponse& response, Deadline deadline) const {
  if (auto answered = GetFromMemory(request, response, MonotonicMicros())) return *answered;
  RUNG_RETURN_IF_ERROR(CheckRequest(request));
  RUNG_ASSIGN_OR_RETURN(const LadderDirectory::Entry* entry, EntryOf(request.ladder_id()));
  const absl::Status status = FromStore(request, *entry, ForTheStore(deadline), response);
  if (status.ok() || absl::IsNotFound(status)) return status;
  const CustomerFingerprint customer = FingerprintOf(request.customer_id());
  const auto word = table_.Find(customer, entry->ladder_no);
  if (!feed_.filled() || !word || (request.min_version() > 0 && labels::Unpack(*word).version < request.min_version())) {
    return request.min_version() > 0 ? NotInTime(status) : status;  // nothing to fall back on: never an invented answer
  }
  Fill(request.customer_id(), customer.number, *entry, *word, *response.mutable_tier());
  TellMerge(customer, *response.mutable_tier());
  SetFreshness(MonotonicMicros(), response);
  return absl::OkStatus();
}

absl::Status TierLookup::FromStore(const v1::GetTierRequest& request, const LadderDirectory::Entry& entry, Deadline deadline,
                                   v1::GetTierResponse& response) const {
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow row, customers_.Find(request.customer_id(), deadline));
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings));
  const scoring::Standing* standing = labels::Find(standings, entry.ladder_no);
  const uint64_t word = standing == nullptr || !standing->graded ? 0 : labels::Pack(labels::LabelOf(*standing));
  if (labels::Unpack(word).version < request.min_version()) return NotThereYet("", request.min_version(), word, {});
  Fill(request.customer_id(), row.fingerprint.number, entry, word, *response.mutable_tier());
  response.mutable_tier()->set_merged(row.external_id != request.customer_id());
  response.set_provenance(v1::PROVENANCE_STORE);
  response.mutable_staleness();
  return absl::OkStatus();
}

template <typename Customer>
TierLookup::Words TierLookup::WordsFromMemory(std::span<const Customer> customers, int16_t ladder_no) const {
  Words words(customers.size());
  table_.FindMany(customers, ladder_no, words);
  return words;
}

template <typename Customer>
absl::StatusOr<TierLookup::Words> TierLookup::WordsFromStore(std::span<const Customer> customers, int16_t ladder_no,
                                                             Deadline deadline) const {
  std::vector<CustomerNumber> numbers;
  for (const Customer& customer : customers) numbers.push_back(NumberOf(customer));
  RUNG_ASSIGN_OR_RETURN(const auto rows, customers_.ReadStandings(numbers, deadline));
  std::unordered_map<int64_t, const storage::CustomerRow*> by_id;
  for (const storage::CustomerRow& row : rows) by_id[static_cast<int64_t>(row.fingerprint.number)] = &row;
  Words words(customers.size(), labels::LabelTable::kUnknown);
  labels::Standings standings;
  for (size_t i = 0; i < customers.size(); ++i) {
    const auto it = by_id.find(static_cast<int64_t>(NumberOf(customers[i])));
    if (it == by_id.end() || !IsOf(*it->second, customers[i])) continue;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(it->second->standings, standings));
    const scoring::Standing* standing = labels::Find(standings, ladder_no);
    words[i] = standing == nullptr || !standing->graded ? 0 : labels::Pack(labels::LabelOf(*standing));
  }
  return words;
}

// From memory when it is fresh and new enough, else from the store; when that fails, from memory as far as it knows the
// customers and is new enough.
template <typename Customer, typename Response>
absl::StatusOr<std::optional<TierLookup::Words>> TierLookup::WordsOf(std::span<const Customer> customers, Versions min_versions,
                                                                     int16_t ladder_no, std::optional<Deadline> deadline,
                                                                     Response& response) const {
  if (const int64_t now = MonotonicMicros(); FreshAt(now)) {
    Words words = WordsFromMemory(customers, ladder_no);
    if (!FirstOlder(words, min_versions, 0)) {
      SetFreshness(now, response);
      return words;
    }
  }
  if (!deadline) return std::nullopt;
  auto words = WordsFromStore(customers, ladder_no, ForTheStore(*deadline));
  if (words.ok()) {
    // No waiting makes an unknown customer known: it is answered as unknown.
    if (const auto older = FirstOlder(*words, min_versions, std::numeric_limits<int64_t>::max())) {
      return NotThereYet(fmt::format("{}[{}]: ", FieldOf(customers[*older]), *older), min_versions[*older], (*words)[*older],
                         {{"index", std::to_string(*older)}});
    }
    response.set_provenance(v1::PROVENANCE_STORE);
    response.mutable_staleness();
    return *std::move(words);
  }
  Words remembered = WordsFromMemory(customers, ladder_no);
  const bool knows_all = std::find(remembered.begin(), remembered.end(), labels::LabelTable::kUnknown) == remembered.end();
  if (!feed_.filled() || !knows_all || FirstOlder(remembered, min_versions, 0)) {
    return min_versions.empty() ? words.status() : NotInTime(words.status());
  }
  SetFreshness(MonotonicMicros(), response);
  return remembered;
}

std::optional<absl::Status> TierLookup::Batch(const v1::BatchGetTiersRequest& request, v1::BatchGetTiersResponse& response,
                                              std::optional<Deadline> deadline) const {
  const int count = request.customer_ids_size();
  if (count == 0 || count > kMaxBatch) {
    return InvalidField("customer_ids", "OUT_OF_RANGE", fmt::format("{} ids; 1 to {}", count, kMaxBatch));
  }
  const Versions min_versions(request.min_versions().data(), request.min_versions_size());
  RUNG_RETURN_IF_ERROR(CheckMinVersions(min_versions, count));
  RUNG_ASSIGN_OR_RETURN(const LadderDirectory::Entry* entry, EntryOf(request.ladder_id()));
  std::vector<CustomerFingerprint> customers;
  customers.reserve(count);
  for (const std::string& id : request.customer_ids()) customers.push_back(FingerprintOf(id));
  const std::span<const CustomerFingerprint> asked(customers);
  RUNG_ASSIGN_OR_RETURN(const std::optional<Words> found, WordsOf(asked, min_versions, entry->ladder_no, deadline, response));
  if (!found) return std::nullopt;
  const Words& words = *found;
  response.mutable_tiers()->Reserve(count);
  for (int i = 0; i < count; ++i) {
    if (words[i] != labels::LabelTable::kUnknown) {
      v1::CustomerTier& tier = *response.add_tiers();
      Fill(request.customer_ids(i), customers[i].number, *entry, words[i], tier);
      TellMerge(customers[i], tier);
    } else {
      response.add_unknown_customer_ids(request.customer_ids(i));
    }
  }
  return absl::OkStatus();
}

std::optional<absl::Status> TierLookup::BatchPacked(const v1::BatchGetTiersPackedRequest& request,
                                                    v1::BatchGetTiersPackedResponse& response, std::optional<Deadline> deadline) const {
  const int count = request.customer_numbers_size();
  if (count == 0 || count > kMaxPacked) {
    return InvalidField("customer_numbers", "OUT_OF_RANGE", fmt::format("{} numbers; 1 to {}", count, kMaxPacked));
  }
  const Versions min_versions(request.min_versions().data(), request.min_versions_size());
  RUNG_RETURN_IF_ERROR(CheckMinVersions(min_versions, count));
  RUNG_ASSIGN_OR_RETURN(const LadderDirectory::Entry* entry, EntryOf(request.ladder_id()));
  const std::span<const uint64_t> numbers(request.customer_numbers().data(), count);
  RUNG_ASSIGN_OR_RETURN(const std::optional<Words> found, WordsOf(numbers, min_versions, entry->ladder_no, deadline, response));
  if (!found) return std::nullopt;
  const Words& words = *found;
  // Tier indices are places in `tier_codes`, best first.
  std::vector<uint8_t> place(entry->codes.size(), kUnknownTier);
  const int32_t tiers = *std::max_element(entry->ranks.begin(), entry->ranks.end());
  for (int32_t rank = 1; rank <= tiers; ++rank) {
    const auto number = std::find(entry->ranks.begin(), entry->ranks.end(), rank) - entry->ranks.begin();
    place[number] = static_cast<uint8_t>(rank - 1);
    response.add_tier_codes(entry->codes[number]);
  }
  for (size_t number = 0; number < place.size(); ++number) {  // dropped by the model, and held until the next batch
    if (place[number] != kUnknownTier) continue;
    place[number] = static_cast<uint8_t>(response.tier_codes_size());
    response.add_tier_codes(entry->codes[number]);
  }
  std::string& out = *response.mutable_tiers();
  out.assign(count, static_cast<char>(kUnknownTier));
  response.mutable_scores_milli()->Resize(count, 0);
  response.mutable_versions()->Resize(count, 0);
  response.mutable_as_of_days()->Resize(count, 0);
  uint32_t* scores = response.mutable_scores_milli()->mutable_data();
  uint32_t* versions = response.mutable_versions()->mutable_data();
  int32_t* days = response.mutable_as_of_days()->mutable_data();
  for (int i = 0; i < count; ++i) {
    if (words[i] == labels::LabelTable::kUnknown) continue;
    const labels::Label label = labels::Unpack(words[i]);
    const uint8_t tier = label.graded && label.tier < place.size() ? label.tier : entry->bottom;
    out[i] = static_cast<char>(place[tier]);
    scores[i] = static_cast<uint32_t>(label.score_milli);
    versions[i] = label.version;
    days[i] = label.graded ? label.as_of : 0;
  }
  return absl::OkStatus();
}

absl::Status TierLookup::Distribution(const v1::GetTierDistributionRequest& request,
                                      v1::GetTierDistributionResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const LadderDirectory::Entry* entry, EntryOf(request.ladder_id()));
  if (!feed_.filled()) {
    return WithRetry(WithReason(UnavailableError("the labels are still being read from PostgreSQL: {} customers so far", table_.size()),
                                "LABELS_FILLING"),
                     500);
  }
  std::vector<int64_t> counts(labels::kMaxTiers + 1);
  int64_t ungraded = 0;
  table_.ForEach(entry->ladder_no, [&](uint64_t word) {
    const labels::Label label = labels::Unpack(word);
    if (label.graded) {
      ++counts[label.tier];
    } else {
      ++ungraded;
    }
  });
  // Few: cheaper to take out than to be told apart in every label.
  int64_t outside = 0;
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(customers_.ScanOutside([&](const storage::CustomerView& row) -> absl::Status {
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings));
    const scoring::Standing* standing = labels::Find(standings, entry->ladder_no);
    int64_t& count = standing == nullptr || !standing->graded ? ungraded : counts[standing->effective];
    count = std::max<int64_t>(0, count - 1);  // memory may lag behind
    ++outside;
    return absl::OkStatus();
  }, deadline));
  response.set_outside_count(outside);
  response.set_ladder_id(entry->ladder_id);
  int64_t graded = 0;
  for (size_t rank = 1; rank <= entry->codes.size(); ++rank) {
    for (size_t number = 0; number < entry->codes.size(); ++number) {
      if (entry->ranks[number] != static_cast<int32_t>(rank)) continue;
      auto& share = *response.add_shares();
      share.set_tier_code(entry->codes[number]);
      share.set_customer_count(counts[number]);
      graded += counts[number];
    }
  }
  response.set_graded_count(graded);
  response.set_ungraded_count(ungraded);
  return absl::OkStatus();
}

}  // namespace rung::grading
