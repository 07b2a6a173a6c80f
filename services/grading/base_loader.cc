#include "services/grading/base_loader.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "libs/base/status.h"
#include "libs/features/feature_evaluator.h"
#include "services/grading/customer_grader.h"
#include "services/grading/pooled_facts.h"
#include "services/grading/year_of_orders.h"

namespace rung::grading {
namespace {

int32_t CodeOf(const features::CustomerState& state, int32_t attribute, Day as_of) {
  const features::AttributeValue* value = state.Latest(attribute, as_of);
  return value == nullptr ? features::CodeBook::kUnknown : static_cast<int32_t>(value->value);
}

// One scanning thread's share of the columns.
class PartLoader {
 public:
  PartLoader(const BaseWanted& wanted, const BaseSource& source, const features::CalendarSet& calendars, const forecast::Forecaster* forecaster,
             Day as_of)
      : wanted_(wanted), codes_(source.codes), reader_(source.reader), calendars_(calendars), forecaster_(forecaster), as_of_(as_of),
        binding_(wanted.features, codes_), evaluator_(codes_, reader_.sources(), binding_.groups()) {
    part_.features.resize(wanted.features.size());
    if (wanted.prices != nullptr) year_.emplace(*wanted.prices, codes_, part_);
  }

  /// Room for so many rows, so that no column is copied while it grows; it costs nothing until it is filled.
  void Reserve(size_t rows) {
    part_.customers.reserve(rows);
    for (auto& column : part_.features) column.reserve(rows);
    part_.member.reserve(rows);
  }

  absl::Status Add(const storage::CustomerView& row) {
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state_));
    part_.standings.Add(row.standings);
    if (row.group == CustomerNumber{}) return AddFacts(row.fingerprint);
    AddTraits(as_of_);
    if (year_) year_->Add(state_, as_of_);
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
    AddTraits(as_of);
    if (year_) year_->Add(state_, as_of);
    ++part_.rows;
    return absl::OkStatus();
  }

  void AddNothing(const CustomerFingerprint& customer) {
    part_.customers.push_back(customer);
    for (auto& column : part_.features) column.push_back(features::kMissing);
    part_.member.push_back(0);
    ++part_.rows;
  }

  void AddTraits(Day as_of) {
    if (!wanted_.traits) return;
    part_.regions.push_back(CodeOf(state_, features::kRegion, as_of));
    part_.segments.push_back(CodeOf(state_, features::kSegment, as_of));
  }

  // Turns the state in place into open days of the customer's region; returns what the as-of day is then.
  absl::StatusOr<Day> CountOpenDays(CustomerNumber customer) {
    const BusinessCalendar& calendar = calendars_.Of(state_, as_of_, codes_);
    if (!features::Reaches(state_, as_of_, calendar)) {
      RUNG_ASSIGN_OR_RETURN(state_, reader_.Build(customer, features::FoldDayAsOf(as_of_, calendar), Deadline::After(30'000)));
    }
    if (calendar.empty()) return as_of_;
    features::CountInOpenDays(calendar, state_);
    return calendar.OrdinalOf(as_of_);
  }

  const BaseWanted& wanted_;
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
  std::optional<YearOfOrders> year_;
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

template <typename T>
void TakeEach(std::vector<std::vector<T>>& into, std::vector<std::vector<T>>& from) {
  into.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i) Take(into[i], from[i]);
}

void Append(LoadedBase& base, LoadedBase& part) {
  base.rows += part.rows;
  Take(base.customers, part.customers);
  TakeEach(base.features, part.features);
  Take(base.member, part.member);
  base.standings.Append(part.standings);
  Take(base.regions, part.regions);
  Take(base.segments, part.segments);
  Take(base.goods, part.goods);
  Take(base.net, part.net);
  TakeEach(base.goods_by_path, part.goods_by_path);
  TakeEach(base.orders_from, part.orders_from);
}

template <typename T>
size_t BytesOf(const std::vector<T>& column) { return column.capacity() * sizeof(T); }

template <typename T>
size_t BytesOf(const std::vector<std::vector<T>>& columns) {
  size_t bytes = 0;
  for (const auto& column : columns) bytes += BytesOf(column);
  return bytes;
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
    if (!base.regions.empty()) base.regions[head] = pooled.regions[from];
    if (!base.segments.empty()) base.segments[head] = pooled.segments[from];
    base.member[head] = pooled.member[from];
    base.subjects[head] = group.number;
    for (const uint32_t row : group.rows) base.graded_as[row] = static_cast<uint32_t>(head);
  }
  return absl::OkStatus();
}

}  // namespace

void BaseWanted::Add(const std::string& feature) {
  if (std::find(features.begin(), features.end(), feature) == features.end()) features.push_back(feature);
}

void BaseWanted::Add(const LadderSet& ladders) {
  for (const auto& ladder : ladders) {
    for (const std::string& name : ladder->scorer.features()) Add(name);
    for (const scoring::Benchmark& benchmark : ladder->scorer.model().benchmarks) traits |= !benchmark.overrides.empty();
  }
}

size_t LoadedBase::ColumnOf(const std::string& feature) const {
  return static_cast<size_t>(std::find(feature_names.begin(), feature_names.end(), feature) - feature_names.begin());
}

bool LoadedBase::Has(const BaseWanted& wanted) const {
  return (!wanted.traits || regions.size() == rows) && (wanted.prices == nullptr || wanted.prices == prices) &&
         std::all_of(wanted.features.begin(), wanted.features.end(), [&](const std::string& name) { return ColumnOf(name) < feature_names.size(); });
}

size_t LoadedBase::Bytes() const {
  return BytesOf(customers) + BytesOf(features) + BytesOf(member) + standings.bytes() + BytesOf(regions) +
         BytesOf(segments) + BytesOf(goods) + BytesOf(net) + BytesOf(goods_by_path) + BytesOf(orders_from);
}

absl::StatusOr<LoadedBase> LoadBase(const BaseSource& source, const BaseWanted& wanted, Day as_of,
                                    const std::function<absl::Status(int64_t rows)>& progress) {
  LoadedBase base{.as_of = as_of, .read_at = source.clock.NowMicros(), .feature_names = wanted.features, .prices = wanted.prices};
  const auto calendars = source.reader.calendars().Current();  // one version for the whole base
  const auto forecaster = source.reader.fits().Current();
  base.fit_version = forecaster == nullptr ? 0 : forecaster->fit().version;
  RUNG_ASSIGN_OR_RETURN(const int64_t expected, source.customers.ApproximateCount());
  const size_t room = static_cast<size_t>(expected) + static_cast<size_t>(expected) / 50;
  std::vector<std::unique_ptr<PartLoader>> loaders;
  for (int r = 0; r < source.threads; ++r) {
    loaders.push_back(std::make_unique<PartLoader>(wanted, source, *calendars, forecaster.get(), as_of));
    loaders.back()->Reserve(r == 0 ? room : room / static_cast<size_t>(source.threads));  // the others are put behind the first
  }
  std::atomic<int64_t> rows{0};
  std::mutex mutex;
  RUNG_RETURN_IF_ERROR(source.customers.Scan(source.threads, [&](size_t r, const storage::CustomerView& row) -> absl::Status {
    RUNG_RETURN_IF_ERROR(loaders[r]->Add(row));
    const int64_t count = rows.fetch_add(1) + 1;
    if (count % 100'000 != 0) return absl::OkStatus();
    std::lock_guard lock(mutex);
    return progress(count);
  }));
  std::map<int64_t, std::vector<PartLoader::GroupedRow>> groups;
  for (auto& loader : loaders) {
    for (PartLoader::GroupedRow& item : loader->grouped_) {
      item.row += static_cast<uint32_t>(base.rows);
      groups[static_cast<int64_t>(item.group)].push_back(std::move(item));
    }
    Append(base, loader->part_);
    loader.reset();
  }
  PartLoader pools(wanted, source, *calendars, forecaster.get(), as_of);
  RUNG_RETURN_IF_ERROR(PoolGroups(groups, source.reader, source.codes, *calendars, as_of, pools, base));
  return base;
}

}  // namespace rung::grading
