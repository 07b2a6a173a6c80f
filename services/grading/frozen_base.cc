#include "services/grading/frozen_base.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "libs/base/status.h"
#include "libs/features/varint.h"

namespace rung::grading {
namespace {

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
  scoring::FrozenSelf self;
  const auto it = std::lower_bound(numbers.begin(), numbers.end(), static_cast<int64_t>(customer));
  if (it == numbers.end() || *it != static_cast<int64_t>(customer)) return self;
  const size_t at = it - numbers.begin();
  for (const auto& column : ranked) self.ranked.push_back(column[at]);
  for (const auto& column : maxima) self.maxima.push_back(column[at]);
  if (!scores.empty()) self.score = scores[at];
  return self;
}

void FrozenBase::DropIdleMembers() {
  if (!ranked.empty() || !scores.empty()) return;
  std::vector<int64_t> holders;
  std::vector<std::vector<double>> values(maxima.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    bool holds = false;
    for (size_t m = 0; m < maxima.size(); ++m) holds = holds || maxima[m][i] == population.maxima[m].first;
    if (!holds) continue;
    holders.push_back(numbers[i]);
    for (size_t m = 0; m < maxima.size(); ++m) values[m].push_back(maxima[m][i]);
  }
  numbers = std::move(holders);
  maxima = std::move(values);
}

std::vector<storage::FrozenPart> EncodeFrozen(const FrozenBase& base, int16_t ladder_no) {
  std::vector<storage::FrozenPart> parts;
  const auto add = [&](std::string body) {
    parts.push_back({ladder_no, base.model_version, static_cast<int32_t>(parts.size()), std::move(body)});
  };
  std::string head;
  features::VarintWriter out(head);
  out.Unsigned(base.population.members);
  out.Unsigned(base.population.choices.size());
  for (const int choice : base.population.choices) out.Unsigned(choice);
  out.Unsigned(base.numbers.size());
  out.Unsigned(base.ranked.size());
  out.Unsigned(base.maxima.size());
  out.Unsigned(base.scores.empty() ? 0 : 1);
  add(std::move(head));
  add(BytesOf(base.numbers));
  for (const auto& column : base.ranked) add(BytesOf(column));
  for (const auto& column : base.maxima) add(BytesOf(column));
  if (!base.scores.empty()) add(BytesOf(base.scores));
  return parts;
}

absl::StatusOr<FrozenBase> DecodeFrozen(const std::vector<storage::FrozenPart>& parts, const scoring::Scorer& scorer) {
  FrozenBase base;
  if (parts.size() < 2) return Error(absl::StatusCode::kDataLoss, "a frozen population has {} parts", parts.size());
  base.model_version = parts[0].model_version;
  features::VarintReader in(parts[0].body);
  base.population.members = static_cast<int64_t>(in.Unsigned());
  for (size_t n = in.Unsigned(); n > 0 && in.ok(); --n) base.population.choices.push_back(static_cast<int>(in.Unsigned()));
  const size_t count = in.Unsigned(), ranked = in.Unsigned(), maxima = in.Unsigned(), scores = in.Unsigned();
  if (!in.ok() || parts.size() != 2 + ranked + maxima + scores || ranked != scorer.ranked().size() ||
      maxima != scorer.maxima().size()) {
    return Error(absl::StatusCode::kDataLoss, "a frozen population doesn't fit its model");
  }
  RUNG_RETURN_IF_ERROR(Read(parts[1].body, count, base.numbers));
  size_t part = 2;
  for (size_t r = 0; r < ranked; ++r) {
    RUNG_RETURN_IF_ERROR(Read(parts[part++].body, count, base.ranked.emplace_back()));
    base.population.ranked.push_back(scoring::Ranking::Of(base.ranked.back()));
  }
  for (size_t m = 0; m < maxima; ++m) {
    RUNG_RETURN_IF_ERROR(Read(parts[part++].body, count, base.maxima.emplace_back()));
    scoring::TopTwo& top = base.population.maxima.emplace_back();
    for (const double value : base.maxima.back()) {
      if (!std::isnan(value)) top.Add(value);
    }
  }
  if (scores != 0) {
    RUNG_RETURN_IF_ERROR(Read(parts[part++].body, count, base.scores));
    base.population.scores = scoring::Ranking::Of(std::vector<double>(base.scores.begin(), base.scores.end()));
  }
  return base;
}

}  // namespace rung::grading
