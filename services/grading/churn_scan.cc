#include "services/grading/churn_scan.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "libs/labels/standings.h"
#include "services/grading/feature_binding.h"
#include "services/grading/outlook.h"

namespace rung::grading {
namespace {

using features::Fitted;
using features::IsMissing;

int32_t CodeOf(const features::DatedState& dated, features::Attribute attribute) {
  const features::AttributeValue* value = dated.state.Latest(attribute, dated.as_of);
  return value == nullptr ? -1 : static_cast<int32_t>(value->value);
}

bool OrderedAfter(const features::CustomerState& state, Day as_of) {
  return std::any_of(state.orders.rbegin(), state.orders.rend(), [&](const features::OrderRecord& order) {
    return order.placed() && order.day > as_of && order.cancelled == features::kNever;
  });
}

// One scanning thread's share of the base.
class ChurnPart {
 public:
  ChurnPart(const ChurnScanParts& parts, const features::CalendarSet& calendars) : parts_(parts), calendars_(calendars), open_days_(parts.codes) {
    if (parts.tagger != nullptr) tag_reader_.emplace(*parts.tagger, parts.reader, parts.codes);
  }

  absl::Status Add(const storage::CustomerView& row) {
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state_));
    if (!IsOpen(state_, parts_.as_of)) return absl::OkStatus();
    RUNG_RETURN_IF_ERROR(parts_.reader.Reach(row.fingerprint.number, calendars_, parts_.as_of, state_));
    const features::DatedState dated = open_days_.Of(calendars_, state_, parts_.as_of);
    const forecast::CustomerFacts& facts = fact_reader_.Read(dated.state, dated.as_of);
    if (facts.days.empty()) return absl::OkStatus();
    ++findings_.customers;
    if (OrderedAfter(state_, parts_.as_of)) return absl::OkStatus();
    return Judge(row, dated, facts);
  }

  ChurnFindings findings_;

 private:
  absl::Status Judge(const storage::CustomerView& row, const features::DatedState& dated, const forecast::CustomerFacts& facts) {
    const forecast::BaseFit& fit = parts_.forecaster.fit();
    features::FittedValues fitted = Evaluate(dated, facts, features::Only(Fitted::kPAlive));
    if (IsMissing(fitted[Fitted::kPAlive])) return absl::OkStatus();
    const stats::ChurnFacts churn = ChurnFactsOf(facts, fitted[Fitted::kPAlive], fit.base_gap_days);
    const stats::ChurnAssessment assessment = stats::AssessChurn(churn, {.measure = fit.methods.churn});
    storage::WatchRow watched;
    watched.customer = row.fingerprint.number;
    watched.external_id = std::string(row.external_id);
    watched.risk = static_cast<int16_t>(assessment.risk);
    RUNG_ASSIGN_OR_RETURN(watched.tier, TierOf(row));
    watched.region = CodeOf(dated, features::kRegion);
    watched.account_manager = CodeOf(dated, features::kAccountManager);
    watched.p_alive = churn.p_alive;
    watched.days_silent = static_cast<int32_t>(churn.days_silent);
    watched.repeats = churn.repeats;
    watched.own_gap_days = churn.own_gap_days;
    watched.base_gap_days = churn.base_gap_days;
    watched.value = facts.value(fit.value_kind).total;
    watched.at_risk = std::llround((1 - assessment.retention) * static_cast<double>(std::max<int64_t>(0, watched.value)));
    if (parts_.policy != nullptr) FindRule(watched, dated, facts);
    if (assessment.risk == stats::ChurnRisk::kNone) return absl::OkStatus();
    const double ltv = Evaluate(dated, facts, features::Only(Fitted::kLtv365d))[Fitted::kLtv365d];
    if (std::abs(ltv) < 9e18) watched.ltv = std::llround(ltv);
    findings_.watch.push_back(std::move(watched));
    return absl::OkStatus();
  }

  features::FittedValues Evaluate(const features::DatedState& dated, const forecast::CustomerFacts& facts, features::FittedSet wanted) const {
    features::FittedValues fitted;
    parts_.forecaster.Evaluate(facts, {}, -1, wanted, fitted);
    TakeOutsideValues(dated, parts_.codes, fitted);
    return fitted;
  }

  absl::StatusOr<int16_t> TierOf(const storage::CustomerView& row) {
    if (parts_.ladder == nullptr) return -1;
    RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings_));
    const scoring::Standing* standing = labels::Find(standings_, parts_.ladder->row.ladder_no);
    return standing != nullptr && standing->graded ? static_cast<int16_t>(standing->effective) : int16_t{-1};
  }

  void FindRule(const storage::WatchRow& watched, const features::DatedState& dated, const forecast::CustomerFacts& facts) {
    const auto word = [&](features::CodeKind kind, int32_t code) { return code < 0 ? std::string() : parts_.codes.Word(kind, code); };
    const std::string region = word(features::CodeKind::kRegion, watched.region);
    const std::string segment = word(features::CodeKind::kSegment, SegmentOf(dated.state, dated.as_of));
    const std::string manager = word(features::CodeKind::kAccountManager, watched.account_manager);
    forecast::RetentionFacts known;
    known.risk = static_cast<stats::ChurnRisk>(watched.risk);
    if (watched.tier >= 0) known.tier = parts_.ladder->CodeOf(static_cast<uint8_t>(watched.tier));
    known.region = region;
    known.segment = segment;
    known.account_manager = manager;
    known.order_days = static_cast<int32_t>(facts.days.size());
    known.tenure_days = facts.as_of - facts.days.front().day;
    known.value_fen = watched.value;
    if (tag_reader_) {
      const tags::TagBits bits = tag_reader_->Tags(state_, parts_.as_of);
      for (size_t t = 0; t < tag_reader_->set().tags.size(); ++t) {
        if ((bits >> t & 1) != 0) known.tags.push_back(tag_reader_->set().tags[t].tag_id);
      }
    }
    const forecast::RetentionRule* rule = forecast::FirstFitting(parts_.policy->policy, known);
    if (rule == nullptr) return;
    findings_.candidates.push_back({watched.customer, watched.external_id, rule, known.risk, watched.account_manager, watched.at_risk});
  }

  const ChurnScanParts& parts_;
  const features::CalendarSet& calendars_;
  features::OpenDays open_days_;
  forecast::FactReader fact_reader_;
  features::CustomerState state_;
  labels::Standings standings_;
  std::optional<TagReader> tag_reader_;
};

template <typename Row>
void Take(std::vector<Row>& into, std::vector<Row>& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  std::vector<Row>().swap(from);
}

// Equal risks stand in the order of the numbers: the same base gives the same list.
template <typename Row>
void SortByRisk(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at_risk != b.at_risk ? a.at_risk > b.at_risk : a.customer < b.customer; });
}

bool LeaveRoom(const std::vector<storage::RecentAction>& earlier, const RetentionCandidate& candidate, const forecast::RetentionPolicy& policy, Day today) {
  int32_t counted = 0;
  for (const storage::RecentAction& action : earlier) {
    if (action.planned_day > today - policy.limit_days) ++counted;
    if (action.rule_id == candidate.rule->rule_id && action.planned_day > today - policy.AgainDays(*candidate.rule)) return false;
  }
  return counted < policy.limit_actions;
}

}  // namespace

absl::StatusOr<ChurnFindings> ScanForChurn(const ChurnScanParts& parts) {
  const auto calendars = parts.reader.calendars().Current();
  std::vector<std::unique_ptr<ChurnPart>> shares;
  for (int r = 0; r < parts.threads; ++r) shares.push_back(std::make_unique<ChurnPart>(parts, *calendars));
  RUNG_RETURN_IF_ERROR(parts.customers.Scan(parts.threads, [&](size_t r, const storage::CustomerView& row) { return shares[r]->Add(row); }));
  ChurnFindings all;
  for (auto& share : shares) {
    all.customers += share->findings_.customers;
    Take(all.watch, share->findings_.watch);
    Take(all.candidates, share->findings_.candidates);
  }
  SortByRisk(all.watch);
  SortByRisk(all.candidates);
  for (size_t i = 0; i < all.watch.size(); ++i) all.watch[i].place = static_cast<int64_t>(i) + 1;
  return all;
}

std::vector<RetentionCandidate> WithinLimits(std::vector<RetentionCandidate> candidates, const forecast::RetentionPolicy& policy,
                                             const std::vector<storage::RecentAction>& recent, Day today) {
  std::unordered_map<int64_t, std::vector<storage::RecentAction>> earlier;
  int64_t left = policy.MostPerDay();
  for (const storage::RecentAction& action : recent) {
    earlier[static_cast<int64_t>(action.customer)].push_back(action);
    if (action.planned_day == today) --left;
  }
  std::erase_if(candidates, [&](const RetentionCandidate& candidate) {
    const auto own = earlier.find(static_cast<int64_t>(candidate.customer));
    if (left <= 0 || (own != earlier.end() && !LeaveRoom(own->second, candidate, policy, today))) return true;
    --left;
    return false;
  });
  return candidates;
}

}  // namespace rung::grading
