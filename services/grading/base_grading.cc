#include "services/grading/base_grading.h"

#include <algorithm>

#include <absl/container/flat_hash_map.h>

#include "services/grading/customer_grader.h"

namespace rung::grading {
namespace {

// A benchmark's value by row; regions and segments repeat, so each pair is looked up once.
std::vector<double> BenchmarkColumn(const scoring::Benchmark& benchmark, const LoadedBase& base, const features::CodeBook& codes) {
  if (benchmark.overrides.empty()) return {};
  absl::flat_hash_map<std::pair<int32_t, int32_t>, double> values;
  std::vector<double> column;
  column.reserve(base.rows);
  for (size_t row = 0; row < base.rows; ++row) {
    const auto [value, is_new] = values.try_emplace({base.regions[row], base.segments[row]}, 0.0);
    if (is_new) {
      value->second = benchmark.For(WordOf(codes, features::CodeKind::kRegion, base.regions[row]),
                                    WordOf(codes, features::CodeKind::kSegment, base.segments[row]));
    }
    column.push_back(value->second);
  }
  return column;
}

std::vector<std::vector<double>> BenchmarkColumns(const scoring::Model& model, const LoadedBase& base, const features::CodeBook& codes) {
  std::vector<std::vector<double>> columns;
  for (const scoring::Benchmark& benchmark : model.benchmarks) columns.push_back(BenchmarkColumn(benchmark, base, codes));
  return columns;
}

scoring::BaseColumns ColumnsFor(const scoring::Scorer& scorer, const LoadedBase& base, const std::vector<std::vector<double>>& benchmarks) {
  scoring::BaseColumns columns;
  columns.rows = base.rows;
  columns.member = base.member;
  for (const std::string& name : scorer.features()) columns.features.push_back(base.features[base.ColumnOf(name)].data());
  for (const auto& column : benchmarks) columns.benchmarks.push_back(column.empty() ? nullptr : column.data());
  return columns;
}

}  // namespace

BaseGrading::BaseGrading(std::shared_ptr<const Ladder> ladder, const LoadedBase& base, const features::CodeBook& codes)
    : ladder_(std::move(ladder)), base_(base), scorer_(ladder_->scorer), benchmarks_(BenchmarkColumns(scorer_.model(), base, codes)),
      columns_(ColumnsFor(scorer_, base, benchmarks_)),
      graded_(scoring::GradeBase(scorer_, columns_)) {}

scoring::ScoreInputs BaseGrading::ScorerInputs() const {
  scoring::ScoreInputs inputs{.rows = base_.rows, .features = columns_.features, .benchmarks = columns_.benchmarks};
  for (const auto& ranks : graded_.ranks) inputs.ranks.push_back(ranks.data());
  for (const auto& ranking : graded_.population.ranked) inputs.rank_sizes.push_back(static_cast<double>(ranking.size()));
  for (const scoring::TopTwo& top : graded_.population.maxima) inputs.maxima.push_back(top.first);
  return inputs;
}

scoring::Decision BaseGrading::Decide(size_t row, const scoring::Standing& before, Day as_of, Day run_day) const {
  scoring::Computed computed{tier(row), score(row), as_of};
  if (!graded_.outputs.lenient_tiers.empty()) computed.lenient_tier = graded_.outputs.lenient_tiers[base_.GradedAs(row)];
  return DecideOn(*ladder_, before, computed, scoring::RunKind::kBatch, run_day);
}

scoring::DecisionInputs BaseGrading::Inputs(size_t row, const scoring::Standing& before, Day as_of, Day run_day) const {
  return {ladder_->row.version, InputsOf(scorer_, columns_, graded_, base_.GradedAs(row)), InPlaces(*ladder_, before), scoring::RunKind::kBatch, as_of, run_day,
          ladder_->binding.fitted() == 0 ? 0 : base_.fit_version};
}

std::shared_ptr<const FrozenBase> BaseGrading::Freeze(const Members& members, int64_t run_id) const {
  auto frozen = std::make_shared<FrozenBase>();
  frozen->run_id = run_id;
  frozen->model_version = ladder_->row.version;
  frozen->population = graded_.population;
  for (size_t m = 0; m < scorer_.maxima().size(); ++m) frozen->holders.push_back(HolderOf(m, members));
  const bool shares = scorer_.model().ladder_kind == scoring::LadderKind::kShares;
  if (scorer_.ranked().empty() && !shares) return frozen;
  frozen->members = members.numbers;
  for (size_t r = 0; r < scorer_.ranked().size(); ++r) {
    std::vector<double> ranks;
    for (const uint32_t row : members.rows) ranks.push_back(graded_.ranks[r][row]);
    frozen->ranked.push_back(PlacesOf(ranks, graded_.population.ranked[r], scorer_.ranked()[r].lower_is_better));
  }
  if (shares) {
    for (const uint32_t row : members.rows) frozen->scores.push_back(graded_.outputs.scores[row]);
  }
  return frozen;
}

// Where two have the maximum, it stays whoever of them is left out.
std::optional<CustomerNumber> BaseGrading::HolderOf(size_t maximum, const Members& members) const {
  const scoring::TopTwo& top = graded_.population.maxima[maximum];
  if (top.first == top.second) return std::nullopt;
  const scoring::ComparedFeature& compared = scorer_.maxima()[maximum];
  std::vector<double> values(base_.rows);
  scorer_.ComparedValues(compared, columns_.features[compared.column],
                         compared.benchmark < 0 ? nullptr : columns_.benchmarks[compared.benchmark], base_.rows, values.data());
  for (size_t i = 0; i < members.rows.size(); ++i) {
    if (values[members.rows[i]] == top.first) return CustomerNumber{(*members.numbers)[i]};
  }
  return std::nullopt;
}

Members MembersByNumber(const LoadedBase& base) {
  Members members;
  for (size_t i = 0; i < base.rows; ++i) {
    if (base.member[i] != 0) members.rows.push_back(static_cast<uint32_t>(i));
  }
  std::sort(members.rows.begin(), members.rows.end(), [&](uint32_t a, uint32_t b) { return base.SubjectOf(a) < base.SubjectOf(b); });
  MemberNumbers numbers;
  numbers.reserve(members.rows.size());
  for (const uint32_t row : members.rows) numbers.push_back(static_cast<int64_t>(base.SubjectOf(row)));
  members.numbers = std::make_shared<MemberNumbers>(std::move(numbers));
  return members;
}

}  // namespace rung::grading
