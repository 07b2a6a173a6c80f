#include "services/grading/feature_reader.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "services/grading/feature_binding.h"
#include "services/grading/stored_events.h"

namespace rung::grading {
namespace {

constexpr char kTopCategory[] = "top_category_365d";
constexpr int kShownCustomers = 20;
constexpr int64_t kBuildMs = 30'000;

void AddNumber(const std::string& name, double value, std::string_view missing, v1::GetFeaturesResponse& response) {
  auto& out = *response.add_features();
  out.set_name(name);
  if (features::IsMissing(value)) {
    out.set_missing(std::string(missing));
  } else {
    out.set_number(value);
  }
}

bool SameBits(const features::FeatureValues& a, const features::FeatureValues& b) {
  return std::memcmp(a.values.data(), b.values.data(), sizeof a.values) == 0 && a.top_category == b.top_category;
}

// Outside values that a state holds as of a day, as far as they can differ.
bool SameAttributes(const features::CustomerState& a, const features::CustomerState& b, Day as_of) {
  std::set<int32_t> attributes;
  for (const auto& value : a.attributes) attributes.insert(value.attribute);
  for (const auto& value : b.attributes) attributes.insert(value.attribute);
  return std::all_of(attributes.begin(), attributes.end(), [&](int32_t attribute) {
    const auto* left = a.Latest(attribute, as_of);
    const auto* right = b.Latest(attribute, as_of);
    return left == nullptr || right == nullptr ? left == right : *left == *right;
  });
}

}  // namespace

absl::StatusOr<ReadCustomer> FeatureReader::Read(const std::string& customer_id, Day as_of, Deadline deadline) const {
  if (customer_id.empty()) return InvalidField("customer_id", "REQUIRED", "must not be empty");
  RUNG_ASSIGN_OR_RETURN(storage::CustomerRow row, customers_.Find(customer_id, deadline));
  const CustomerFingerprint customer = row.fingerprint;
  ReadCustomer out{std::move(row), {}, customer.number};
  RUNG_RETURN_IF_ERROR(features::DecodeState(out.row.state, out.state));
  const auto calendars = calendars_.Current();
  if (!features::Reaches(out.state, as_of, BusinessCalendar())) {
    RUNG_ASSIGN_OR_RETURN(out.state, Build(customer.number, as_of - features::kWindowDays, deadline));
  }
  // Only now is the region of that day known.
  const BusinessCalendar& calendar = calendars->Of(out.state, as_of, codes_);
  if (!features::Reaches(out.state, as_of, calendar)) {
    RUNG_ASSIGN_OR_RETURN(out.state, Build(customer.number, features::FoldDayAsOf(as_of, calendar), deadline));
  }
  return out;
}

absl::StatusOr<ReadCustomer> FeatureReader::ReadGraded(const std::string& customer_id, Day as_of, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(ReadCustomer out, Read(customer_id, as_of, deadline));
  if (out.row.group == CustomerNumber{}) return out;
  RUNG_ASSIGN_OR_RETURN(const auto accounts, ReadGroup(out.row.group, as_of, deadline));
  out.subject = out.row.group;
  out.state = Pool(accounts, as_of);
  return out;
}

absl::StatusOr<std::vector<AccountFacts>> FeatureReader::ReadGroup(CustomerNumber group, Day as_of, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto rows, customers_.ReadGroup(group, deadline));
  std::vector<AccountFacts> accounts;
  for (const storage::CustomerRow& row : rows) {
    AccountFacts& account = accounts.emplace_back(AccountFacts{row.fingerprint.number, {}});
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, account.state));
  }
  RUNG_RETURN_IF_ERROR(PooledFacts(accounts, as_of, *calendars_.Current(), codes_, [&](CustomerNumber customer, Day fold_day) {
    return Build(customer, fold_day, deadline);
  }).status());
  return accounts;
}

absl::StatusOr<std::vector<features::Event>> FeatureReader::Events(CustomerNumber customer, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto rows, customers_.EventsOf(customer, deadline));
  return OpenEvents(rows, codec_, zone_);
}

absl::Status FeatureReader::Reach(CustomerNumber customer, const features::CalendarSet& calendars, Day as_of, features::CustomerState& state) const {
  const BusinessCalendar& calendar = calendars.Of(state, as_of, codes_);
  if (features::Reaches(state, as_of, calendar)) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(state, Build(customer, features::FoldDayAsOf(as_of, calendar), Deadline::After(kBuildMs)));
  return absl::OkStatus();
}

absl::StatusOr<features::CustomerState> FeatureReader::Build(CustomerNumber customer, Day fold_day, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto events, Events(customer, deadline));
  return features::BuildState(events, fold_day, codes_);
}

absl::StatusOr<Day> FeatureReader::ParseAsOf(const std::string& text) const {
  const Day today = zone_.DayOf(clock_.NowSeconds());
  if (text.empty()) return today;
  const auto day = ParseDay(text);
  if (!day) return InvalidField("as_of_date", "BAD_DATE", fmt::format("\"{}\" isn't a date like \"2026-03-31\"", Shorten(text, 40)));
  if (*day > today) {
    return InvalidField("as_of_date", "OUT_OF_RANGE", fmt::format("{} lies after today, {}", FormatDay(*day), FormatDay(today)));
  }
  return *day;
}

absl::Status FeatureReader::Get(const v1::GetFeaturesRequest& request, v1::GetFeaturesResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const Day as_of, ParseAsOf(request.as_of_date()));
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, request.pooled() ? ReadGraded(request.customer_id(), as_of, deadline)
                                                                      : Read(request.customer_id(), as_of, deadline));
  features::FeatureValues values;
  features::OpenDays open_days(codes_);
  const features::DatedState dated = open_days.Of(*calendars_.Current(), customer.state, as_of);
  features::FeatureEvaluator(codes_, sources_).Evaluate(dated.state, dated.as_of, values);
  response.set_customer_id(request.customer_id());
  response.set_as_of_date(FormatDay(as_of));
  for (const features::FeatureDefinition& definition : features::FeatureDefinitions()) {
    AddNumber(std::string(definition.name), values[definition.feature], definition.missing, response);
    if (definition.feature != features::Feature::kTopCategoryShare365d) continue;
    auto& top = *response.add_features();
    top.set_name(kTopCategory);
    if (values.top_category < 0) {
      top.set_missing("none bought");
    } else {
      top.set_text(codes_.Word(features::CodeKind::kCategory, values.top_category));
    }
  }
  const auto forecaster = fits_.Current();
  features::FittedValues fitted;
  FittedEvaluator().Evaluate(forecaster.get(), dated, values, features::kAllFitted, fitted);
  if (forecaster != nullptr) response.set_fit_version(forecaster->fit().version);
  std::map<std::string, int32_t> outside;  // by name: codes differ between installations
  for (const auto& value : customer.state.attributes) {
    if (value.attribute < features::kFirstOutside) continue;
    outside[codes_.Word(features::CodeKind::kOutsideValue, value.attribute - features::kFirstOutside)] = value.attribute;
  }
  for (const features::FittedDefinition& definition : features::FittedDefinitions()) {
    const auto supplied = outside.extract(std::string(definition.name));
    const double value = supplied.empty() ? features::kMissing : OutsideValueOf(dated.state, supplied.mapped(), dated.as_of);
    AddNumber(std::string(definition.name), features::IsMissing(value) ? fitted[definition.fitted] : value, definition.missing, response);
  }
  for (const auto& [name, attribute] : outside) {
    const auto* value = dated.state.Latest(attribute, dated.as_of);
    AddNumber(name, value == nullptr ? features::kMissing : value->value, "not reported by this day", response);
  }
  if (request.names().empty()) return absl::OkStatus();
  v1::GetFeaturesResponse all = std::move(response);
  response.Clear();
  response.set_customer_id(all.customer_id());
  response.set_as_of_date(all.as_of_date());
  response.set_fit_version(all.fit_version());
  for (int n = 0; n < request.names_size(); ++n) {
    const auto it = std::find_if(all.features().begin(), all.features().end(),
                                 [&](const v1::FeatureValue& value) { return value.name() == request.names(n); });
    if (it == all.features().end()) {
      return InvalidField(fmt::format("names[{}]", n), "UNKNOWN_FEATURE",
                          fmt::format("\"{}\" is no feature of this customer; ListFeatureDefinitions lists them", Shorten(request.names(n), 80)));
    }
    *response.add_features() = *it;
  }
  return absl::OkStatus();
}

void FeatureReader::Definitions(v1::ListFeatureDefinitionsResponse& response) const {
  const auto add = [&](std::string_view name, std::string_view unit, std::string_view formula, std::string_view missing) {
    auto& out = *response.add_definitions();
    out.set_name(std::string(name));
    out.set_unit(std::string(unit));
    out.set_formula(std::string(formula));
    out.set_missing(std::string(missing));
  };
  for (const features::FeatureDefinition& definition : features::FeatureDefinitions()) {
    add(definition.name, definition.unit, definition.formula, definition.missing);
    if (definition.feature == features::Feature::kTopCategoryShare365d) {
      add(kTopCategory, "category", "category with the largest line amounts in 365 days; ties: smaller code", "none bought");
    }
  }
  for (const features::FittedDefinition& definition : features::FittedDefinitions()) {
    add(definition.name, definition.unit, definition.formula, definition.missing);
  }
}

absl::Status FeatureReader::Audit(int sample_every, const std::function<bool(const v1::AuditFeaturesResponse&)>& report) const {
  if (sample_every < 1) return InvalidField("sample_every", "OUT_OF_RANGE", "must be 1 or greater");
  const Day today = zone_.DayOf(clock_.NowSeconds());
  features::FeatureEvaluator evaluator(codes_, sources_);
  features::OpenDays open_days(codes_);
  const auto calendars = calendars_.Current();
  const auto evaluate = [&](const features::CustomerState& state, features::FeatureValues& out) {
    const features::DatedState dated = open_days.Of(*calendars, state, today);
    evaluator.Evaluate(dated.state, dated.as_of, out);
  };
  features::FeatureValues kept, rebuilt;
  v1::AuditFeaturesResponse counts;
  const absl::Status status = customers_.Scan(1, [&](size_t, const storage::CustomerView& row) -> absl::Status {
    counts.set_total_count(counts.total_count() + 1);
    if ((counts.total_count() - 1) % sample_every != 0) return absl::OkStatus();
    features::CustomerState state;
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state));
    RUNG_ASSIGN_OR_RETURN(const auto from_events, Build(row.fingerprint.number, state.fold_day, Deadline::After(30'000)));
    evaluate(state, kept);
    evaluate(from_events, rebuilt);
    counts.set_audited_count(counts.audited_count() + 1);
    if (!SameBits(kept, rebuilt) || !SameAttributes(state, from_events, today)) {
      counts.set_differing_count(counts.differing_count() + 1);
      if (counts.differing_customer_ids_size() < kShownCustomers) counts.add_differing_customer_ids(std::string(row.external_id));
    }
    if (counts.audited_count() % 1000 == 0 && !report(counts)) return CancelledError("the caller went away");
    return absl::OkStatus();
  });
  RUNG_RETURN_IF_ERROR(status);
  counts.set_done(true);
  report(counts);
  return absl::OkStatus();
}

}  // namespace rung::grading
