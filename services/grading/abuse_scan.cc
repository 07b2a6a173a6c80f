#include "services/grading/abuse_scan.h"

#include <algorithm>
#include <deque>
#include <functional>

#include "libs/base/status.h"
#include "libs/wire/abuse_mapping.h"
#include "services/grading/feature_binding.h"

namespace rung::grading {
namespace {

constexpr size_t kSampleWanted = 50'000;

// Customer numbers are hashes already: the smallest are a fair sample, the same one wherever their rows lie.
using Sampled = std::pair<uint64_t, abuse::Behaviour>;
uint64_t RankOf(CustomerNumber customer) { return static_cast<uint64_t>(customer); }
bool Before(const Sampled& a, const Sampled& b) { return a.first < b.first; }

}  // namespace

// What one scanning thread gathers.
struct AbuseScan::Part {
  std::function<bool(CustomerNumber)> wants = [](CustomerNumber) { return true; };
  std::function<void(const storage::CustomerView&, const abuse::Behaviour&)> visit;
  std::vector<Sampled> sample;  // a heap: the last one in front
  std::vector<storage::SuspectRow> suspects;
  int64_t customers = 0;
  features::CustomerState state;
};

AbuseScan::AbuseScan(storage::AbuseStore& store, storage::CustomerStore& customers, const abuse::Policy& policy, bool freeze, Day as_of,
                     int threads)
    : store_(store), customers_(customers), policy_(policy), freeze_(freeze), as_of_(as_of), threads_(threads),
      reviews_{abuse::ReviewDays(policy.review_cycle, as_of - 2 * features::kWindowDays, as_of + 100), policy.review_window_days} {}

absl::StatusOr<AbuseScanResult> AbuseScan::Run() {
  AbuseScanResult result;
  RUNG_RETURN_IF_ERROR(Link());
  RUNG_RETURN_IF_ERROR(Learn());
  RUNG_RETURN_IF_ERROR(Judge(result));
  result.groups = static_cast<int64_t>(linked_.groups.size());
  return result;
}

absl::Status AbuseScan::Link() {
  std::vector<int64_t> numbers;
  std::unordered_map<int64_t, uint32_t> places;
  std::deque<std::string> values;  // what the matches point to; equal ones come one after the other
  std::vector<abuse::Match> matches;
  RUNG_RETURN_IF_ERROR(store_.ScanShared([&](const storage::MatchRow& row) {
    const auto [place, is_new] = places.try_emplace(static_cast<int64_t>(row.customer), static_cast<uint32_t>(numbers.size()));
    if (is_new) numbers.push_back(place->first);
    if (values.empty() || values.back() != row.blind_index) values.push_back(row.blind_index);
    matches.push_back({place->second, static_cast<abuse::MatchKind>(row.kind), values.back()});
    return absl::OkStatus();
  }));
  linked_ = abuse::LinkAccounts(std::move(matches), policy_.links);
  linked_.crowded.clear();  // they point into `values`
  for (size_t g = 0; g < linked_.groups.size(); ++g) {
    for (const uint32_t account : linked_.groups[g].accounts) group_of_[numbers[account]] = g;
  }
  return absl::OkStatus();
}

const abuse::AccountGroup* AbuseScan::GroupOf(CustomerNumber customer) const {
  const auto group = group_of_.find(static_cast<int64_t>(customer));
  return group == group_of_.end() ? nullptr : &linked_.groups[group->second];
}

absl::Status AbuseScan::Learn() {
  std::vector<Part> parts(static_cast<size_t>(threads_));
  for (Part& part : parts) {
    part.wants = [&part](CustomerNumber customer) { return part.sample.size() < kSampleWanted || RankOf(customer) < part.sample.front().first; };
    part.visit = [&part](const storage::CustomerView& row, const abuse::Behaviour& behaviour) {
      part.sample.emplace_back(RankOf(row.fingerprint.number), behaviour);
      std::push_heap(part.sample.begin(), part.sample.end(), Before);
      if (part.sample.size() <= kSampleWanted) return;
      std::pop_heap(part.sample.begin(), part.sample.end(), Before);
      part.sample.pop_back();
    };
  }
  RUNG_RETURN_IF_ERROR(ScanParts(parts));
  std::vector<Sampled> sampled;
  for (Part& part : parts) sampled.insert(sampled.end(), part.sample.begin(), part.sample.end());
  std::sort(sampled.begin(), sampled.end(), Before);
  std::vector<abuse::Behaviour> sample;
  for (size_t i = 0; i < std::min(sampled.size(), kSampleWanted); ++i) sample.push_back(sampled[i].second);
  usual_.emplace(sample, policy_.unusual_orders_min, abuse::ForestOptions{});
  return absl::OkStatus();
}

absl::Status AbuseScan::Judge(AbuseScanResult& result) {
  std::vector<Part> parts(static_cast<size_t>(threads_));
  for (Part& part : parts) {
    part.visit = [&part, this](const storage::CustomerView& row, const abuse::Behaviour& behaviour) {
      ++part.customers;
      const CustomerNumber customer = row.fingerprint.number;
      const abuse::Assessment found = Assess(behaviour, SurroundingsOf(behaviour, *usual_, GroupOf(customer), policy_), policy_);
      if (!found.listed) return;
      v1::AbuseSignals signals;
      wire::ToWire(found.signals, signals);
      part.suspects.push_back({customer, std::string(row.external_id), found.score_milli, found.frozen && freeze_, signals.SerializeAsString()});
    };
  }
  RUNG_RETURN_IF_ERROR(ScanParts(parts));
  for (Part& part : parts) {
    result.customers += part.customers;
    for (storage::SuspectRow& suspect : part.suspects) {
      result.frozen += suspect.freeze ? 1 : 0;
      result.suspects.push_back(std::move(suspect));
    }
  }
  // The same order every time, and rows are locked in one order.
  std::sort(result.suspects.begin(), result.suspects.end(), [](const auto& a, const auto& b) { return a.customer < b.customer; });
  return absl::OkStatus();
}

absl::Status AbuseScan::ScanParts(std::vector<Part>& parts) {
  return customers_.Scan(static_cast<int>(parts.size()), [&](size_t p, const storage::CustomerView& row) -> absl::Status {
    Part& part = parts[p];
    if (!part.wants(row.fingerprint.number)) return absl::OkStatus();
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, part.state));
    if (IsOpen(part.state, as_of_)) part.visit(row, abuse::BehaviourOf(part.state, as_of_, reviews_));
    return absl::OkStatus();
  });
}

}  // namespace rung::grading
