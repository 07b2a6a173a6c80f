#include "services/grading/base_loader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "libs/base/status.h"
#include "libs/features/feature_evaluator.h"
#include "services/grading/customer_grader.h"
#include "services/grading/pooled_facts.h"

namespace rung::grading {
namespace {

struct Plan {
  std::vector<std::string> names;
  std::vector<std::pair<int16_t, int>> benchmarks;  // those with overrides
};

Plan PlanOf(const LadderSet& ladders, const std::vector<std::string>& more) {
  Plan plan;
  plan.names = more;
  for (const auto& ladder : ladders) {
    for (const std::string& name : ladder->scorer.features()) {
      if (std::find(plan.names.begin(), plan.names.end(), name) == plan.names.end()) plan.names.push_back(name);
    }
    const auto& benchmarks = ladder->scorer.model().benchmarks;
    for (size_t b = 0; b < benchmarks.size(); ++b) {
      if (!benchmarks[b].overrides.empty()) plan.benchmarks.emplace_back(ladder->row.ladder_no, static_cast<int>(b));
    }
  }
  return plan;
}

// One scanning thread's share of the columns.
class PartLoader {
 public:
  PartLoader(const Plan& plan, const LadderSet& ladders, const features::CodeBook& codes, const FeatureReader& reader,
             const features::CalendarSet& calendars, const forecast::Forecaster* forecaster, Day as_of)
      : ladders_(ladders), codes_(codes), reader_(reader), calendars_(calendars), forecaster_(forecaster), as_of_(as_of), binding_(plan.names, codes),
        evaluator_(codes, reader.sources(), binding_.groups()) {
    part_.feature_names = plan.names;
    part_.features.resize(plan.names.size());
    for (const auto& key : plan.benchmarks) part_.benchmarks[key];
  }

  /// Room for so many rows, so that no column is copied while it grows; it costs nothing until it is filled.
  void Reserve(size_t rows) {
    part_.customers.reserve(rows);
    for (auto& column : part_.features) column.reserve(rows);
    part_.member.reserve(rows);
    part_.standings_size.reserve(rows);
    room_ = rows;
  }

  absl::Status Add(const storage::CustomerView& row) {
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state_));
    part_.standings.append(row.standings);
    part_.standings_size.push_back(static_cast<uint32_t>(row.standings.size()));
    if (row.group == CustomerNumber{}) return AddFacts(row.fingerprint);
    grouped_.push_back({static_cast<uint32_t>(part_.rows), row.group, {row.fingerprint.number, std::move(state_)}});
    AddNothing(row.fingerprint);
    return absl::OkStatus();
  }

  /// A row with the features of a state.
  absl::Status AddFacts(const CustomerFingerprint& customer, features::CustomerState state) {
    state_ = std::move(state);
    return AddFacts(customer);
  }

  struct GroupedRow {
    uint32_t row;
    CustomerNumber group;
    AccountFacts facts;
  };
  LoadedBase part_;
  std::vector<GroupedRow> grouped_;  // of groups: to be pooled when all parts are there

 private:
  absl::Status AddFacts(const CustomerFingerprint& customer) {
    RUNG_ASSIGN_OR_RETURN(const Day as_of, CountOpenDays(customer.number));
    evaluator_.Evaluate(state_, as_of, values_);
    if (binding_.fitted() != 0) fitted_evaluator_.Evaluate(forecaster_, {state_, as_of}, values_, binding_.fitted(), fitted_);
    part_.customers.push_back(customer);
    for (size_t f = 0; f < part_.features.size(); ++f) part_.features[f].push_back(binding_.Value(f, values_, fitted_, state_, as_of));
    part_.member.push_back(IsMember(values_, state_, as_of) ? 1 : 0);
    if (!part_.benchmarks.empty()) AddBenchmarks(as_of);
    if (++part_.rows == kSample) part_.standings.reserve(part_.standings.size() / kSample * room_ / 10 * 11);
    return absl::OkStatus();
  }

  void AddNothing(const CustomerFingerprint& customer) {
    part_.customers.push_back(customer);
    for (auto& column : part_.features) column.push_back(features::kMissing);
    part_.member.push_back(0);
    for (auto& [key, column] : part_.benchmarks) column.push_back(1);
    ++part_.rows;
  }

  // Turns the state in place into open days of the customer's region; returns what the as-of day is then.
  absl::StatusOr<Day> CountOpenDays(CustomerNumber customer) {
    const BusinessCalendar& calendar = calendars_.Of(state_, as_of_, codes_);
    if (calendar.empty()) return as_of_;
    if (!features::Reaches(state_, as_of_, calendar)) {
      RUNG_ASSIGN_OR_RETURN(state_, reader_.Build(customer, features::FoldDayAsOf(as_of_, calendar), Deadline::After(30'000)));
    }
    features::CountInOpenDays(calendar, state_);
    return calendar.OrdinalOf(as_of_);
  }

  void AddBenchmarks(Day as_of) {
    for (const auto& ladder : ladders_) {
      const auto values = BenchmarksFor(ladder->scorer.model(), state_, as_of, codes_);
      for (size_t b = 0; b < values.size(); ++b) {
        const auto it = part_.benchmarks.find({ladder->row.ladder_no, static_cast<int>(b)});
        if (it != part_.benchmarks.end()) it->second.push_back(values[b]);
      }
    }
  }

  static constexpr size_t kSample = 1000;  // rows that tell how much room standings take

  size_t room_ = 0;
  const LadderSet& ladders_;
  const features::CodeBook& codes_;
  const FeatureReader& reader_;
  const features::CalendarSet& calendars_;
  const forecast::Forecaster* const forecaster_;
  const Day as_of_;
  const FeatureBinding binding_;
  features::FeatureEvaluator evaluator_;
  features::CustomerState state_;
  features::FeatureValues values_;
  FittedEvaluator fitted_evaluator_;
  features::FittedValues fitted_;
};

template <typename T>
void Take(std::vector<T>& into, std::vector<T>& from) {
  if (into.empty()) {
    into = std::move(from);
    return;
  }
  into.insert(into.end(), from.begin(), from.end());
  std::vector<T>().swap(from);  // column by column, so that the parts never stand twice in memory
}

void Append(LoadedBase& base, LoadedBase& part) {
  base.rows += part.rows;
  base.feature_names = part.feature_names;
  base.features.resize(part.features.size());
  Take(base.customers, part.customers);
  for (size_t f = 0; f < part.features.size(); ++f) Take(base.features[f], part.features[f]);
  Take(base.member, part.member);
  if (base.standings.empty()) {
    base.standings = std::move(part.standings);
  } else {
    base.standings += part.standings;
    std::string().swap(part.standings);
  }
  Take(base.standings_size, part.standings_size);
  for (auto& [key, column] : part.benchmarks) Take(base.benchmarks[key], column);
}

// Gives each group's first row the features of the pooled facts.
absl::Status PoolGroups(std::map<int64_t, std::vector<PartLoader::GroupedRow>>& groups, const FeatureReader& reader, const features::CodeBook& codes,
                        const features::CalendarSet& calendars, Day as_of, PartLoader& loader, LoadedBase& base) {
  if (groups.empty()) return absl::OkStatus();
  for (size_t row = 0; row < base.rows; ++row) {
    base.graded_as.push_back(static_cast<uint32_t>(row));
    base.subjects.push_back(base.customers[row].number);
  }
  for (auto& [number, rows] : groups) {
    // In one order, whichever thread found them.
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.facts.customer < b.facts.customer; });
    LoadedBase::Group& group = base.groups.emplace_back(LoadedBase::Group{CustomerNumber{number}, {}});
    std::vector<AccountFacts> accounts;
    for (auto& item : rows) {
      group.rows.push_back(item.row);
      accounts.push_back(std::move(item.facts));
    }
    RUNG_ASSIGN_OR_RETURN(auto pool, PooledFacts(accounts, as_of, calendars, codes, [&](CustomerNumber customer, Day fold_day) {
      return reader.Build(customer, fold_day, Deadline::After(30'000));
    }));
    RUNG_RETURN_IF_ERROR(loader.AddFacts({group.number, 0}, std::move(pool)));
    const LoadedBase& pooled = loader.part_;
    const size_t from = pooled.rows - 1, head = group.rows.front();
    for (size_t f = 0; f < base.features.size(); ++f) base.features[f][head] = pooled.features[f][from];
    for (auto& [key, column] : base.benchmarks) column[head] = pooled.benchmarks.at(key)[from];
    base.member[head] = pooled.member[from];
    base.subjects[head] = group.number;
    for (const uint32_t row : group.rows) base.graded_as[row] = static_cast<uint32_t>(head);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedBase> LoadBase(storage::CustomerStore& customers, const features::CodeBook& codes,
                                    const FeatureReader& reader, const LadderSet& ladders, Day as_of, int threads,
                                    const std::function<absl::Status(int64_t rows)>& progress, const std::vector<std::string>& more) {
  const Plan plan = PlanOf(ladders, more);
  const auto calendars = reader.calendars().Current();  // one version for the whole base
  const auto forecaster = reader.fits().Current();
  RUNG_ASSIGN_OR_RETURN(const auto ranges, customers.Ranges(threads));
  RUNG_ASSIGN_OR_RETURN(const int64_t expected, customers.ApproximateCount());
  const size_t room = static_cast<size_t>(expected) + static_cast<size_t>(expected) / 50;
  std::vector<std::unique_ptr<PartLoader>> loaders;
  std::vector<absl::Status> statuses(ranges.size());
  std::vector<std::thread> workers;
  std::atomic<int64_t> rows{0};
  std::mutex mutex;
  for (size_t r = 0; r < ranges.size(); ++r) {
    loaders.push_back(std::make_unique<PartLoader>(plan, ladders, codes, reader, *calendars, forecaster.get(), as_of));
    loaders.back()->Reserve(r == 0 ? room : room / ranges.size());  // the others are put behind the first
    workers.emplace_back([&, r] {
      statuses[r] = customers.Scan(ranges[r], [&](const storage::CustomerView& row) -> absl::Status {
        RUNG_RETURN_IF_ERROR(loaders[r]->Add(row));
        const int64_t count = rows.fetch_add(1) + 1;
        if (count % 100'000 != 0) return absl::OkStatus();
        std::lock_guard lock(mutex);
        return progress(count);
      });
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const absl::Status& status : statuses) RUNG_RETURN_IF_ERROR(status);
  LoadedBase base;
  base.fit_version = forecaster == nullptr ? 0 : forecaster->fit().version;
  std::map<int64_t, std::vector<PartLoader::GroupedRow>> groups;
  for (auto& loader : loaders) {
    for (PartLoader::GroupedRow& item : loader->grouped_) {
      item.row += static_cast<uint32_t>(base.rows);
      groups[static_cast<int64_t>(item.group)].push_back(std::move(item));
    }
    Append(base, loader->part_);
    loader.reset();
  }
  PartLoader pools(plan, ladders, codes, reader, *calendars, forecaster.get(), as_of);
  RUNG_RETURN_IF_ERROR(PoolGroups(groups, reader, codes, *calendars, as_of, pools, base));
  return base;
}

}  // namespace rung::grading
