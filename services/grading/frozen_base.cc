#include "services/grading/frozen_base.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "libs/base/status.h"
#include "libs/features/varint.h"

namespace rung::grading {
namespace {

constexpr uint64_t kFormat = 2;

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
absl::Status Read(const std::string& bytes, size_t count, std::vector<T>& out) {
  if (bytes.size() != count * sizeof(T)) {
    return Error(absl::StatusCode::kDataLoss, "a frozen column has {} bytes for {} members", bytes.size(), count);
  }
  out.resize(count);
  if (count > 0) std::memcpy(out.data(), bytes.data(), bytes.size());
  return absl::OkStatus();
}

}  // namespace

scoring::FrozenSelf FrozenBase::SelfOf(CustomerNumber customer) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  scoring::FrozenSelf self;
  for (size_t m = 0; m < holders.size(); ++m) {
    self.maxima.push_back(holders[m] == customer ? population.maxima[m].first : kNone);
  }
  const auto it = std::lower_bound(members->begin(), members->end(), static_cast<int64_t>(customer));
  if (it == members->end() || *it != static_cast<int64_t>(customer)) return self;
  const size_t at = it - members->begin();
  for (size_t r = 0; r < ranked.size(); ++r) {
    const uint32_t place = ranked[r][at];
    self.ranked.push_back(place == kNoValue ? kNone : population.ranked[r].sorted()[place]);
  }
  if (!scores.empty()) self.score = scores[at];
  return self;
}

std::vector<uint32_t> PlacesOf(std::span<const double> ranks, const scoring::Ranking& ranking, bool lower_is_better) {
  std::vector<uint32_t> places;
  places.reserve(ranks.size());
  for (const double rank : ranks) {
    if (std::isnan(rank)) {
      places.push_back(FrozenBase::kNoValue);
    } else {
      const auto from_the_best = static_cast<int64_t>(rank) - 1;
      places.push_back(static_cast<uint32_t>(lower_is_better ? from_the_best : ranking.size() - 1 - from_the_best));
    }
  }
  return places;
}

// Head, then columns by member: numbers, ranked values, scores.
std::vector<storage::FrozenPart> EncodeFrozen(const FrozenBase& base, int16_t ladder_no) {
  std::vector<storage::FrozenPart> parts;
  const auto add = [&](std::string body) {
    parts.push_back({ladder_no, base.model_version, static_cast<int32_t>(parts.size()), std::move(body)});
  };
  std::string head;
  features::VarintWriter out(head);
  out.Unsigned(kFormat);
  out.Unsigned(base.population.members);
  out.Unsigned(base.population.choices.size());
  for (const int choice : base.population.choices) out.Unsigned(choice);
  out.Unsigned(base.population.maxima.size());
  for (size_t m = 0; m < base.population.maxima.size(); ++m) {
    out.Fixed(base.population.maxima[m].first);
    out.Fixed(base.population.maxima[m].second);
    out.Unsigned(base.holders[m] ? 1 : 0);
    out.Signed(static_cast<int64_t>(base.holders[m].value_or(CustomerNumber{})));
  }
  out.Unsigned(base.members->size());
  out.Unsigned(base.ranked.size());
  out.Unsigned(base.scores.empty() ? 0 : 1);
  add(std::move(head));
  add(BytesOf(*base.members));
  for (size_t r = 0; r < base.ranked.size(); ++r) {
    const std::vector<double>& sorted = base.population.ranked[r].sorted();
    std::vector<double> values;
    values.reserve(base.ranked[r].size());
    for (const uint32_t place : base.ranked[r]) values.push_back(place == FrozenBase::kNoValue ? std::nan("") : sorted[place]);
    add(BytesOf(values));
  }
  if (!base.scores.empty()) add(BytesOf(base.scores));
  return parts;
}

absl::StatusOr<FrozenBase> DecodeFrozen(const std::vector<storage::FrozenPart>& parts, const scoring::Scorer& scorer) {
  FrozenBase base;
  if (parts.size() < 2) return Error(absl::StatusCode::kDataLoss, "a frozen population has {} parts", parts.size());
  base.model_version = parts[0].model_version;
  features::VarintReader in(parts[0].body);
  const uint64_t format = in.Unsigned();
  base.population.members = static_cast<int64_t>(in.Unsigned());
  for (size_t n = in.Unsigned(); n > 0 && in.ok(); --n) base.population.choices.push_back(static_cast<int>(in.Unsigned()));
  for (size_t n = in.Unsigned(); n > 0 && in.ok(); --n) {
    scoring::TopTwo& top = base.population.maxima.emplace_back();
    top.first = in.Fixed<double>();
    top.second = in.Fixed<double>();
    const bool held = in.Unsigned() != 0;
    const CustomerNumber holder{in.Signed()};
    base.holders.push_back(held ? std::optional(holder) : std::nullopt);
  }
  const size_t count = in.Unsigned(), ranked = in.Unsigned(), scores = in.Unsigned();
  if (!in.ok() || format != kFormat || parts.size() != 2 + ranked + scores || ranked != scorer.ranked().size() ||
      base.population.maxima.size() != scorer.maxima().size()) {
    return Error(absl::StatusCode::kDataLoss, "a frozen population doesn't fit its model");
  }
  MemberNumbers members;
  RUNG_RETURN_IF_ERROR(Read(parts[1].body, count, members));
  base.members = std::make_shared<MemberNumbers>(std::move(members));
  for (size_t r = 0; r < ranked; ++r) {
    std::vector<double> values, ranks(count);
    RUNG_RETURN_IF_ERROR(Read(parts[2 + r].body, count, values));
    const bool lower_is_better = scorer.ranked()[r].lower_is_better;
    const scoring::Ranking& ranking = base.population.ranked.emplace_back(scoring::RankMembers(values, {}, lower_is_better, ranks));
    base.ranked.push_back(PlacesOf(ranks, ranking, lower_is_better));
  }
  if (scores != 0) {
    RUNG_RETURN_IF_ERROR(Read(parts[2 + ranked].body, count, base.scores));
    for (const scoring::ScoreMilli score : base.scores) {
      if (score < 0 || score > scoring::kMaxScoreMilli) return Error(absl::StatusCode::kDataLoss, "a frozen score is {}", score);
    }
    base.population.scores = scoring::ScoreRanking::Of(base.scores, {});
  }
  return base;
}

}  // namespace rung::grading
