// Features in open days: what a calendar changes, and that an empty one changes nothing.
#include "libs/features/calendars.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "tests/support/vectors.h"

namespace rung::features {
namespace {

Day On(const char* text) { return ParseDay(text).value(); }

class CalendarsTest : public ::testing::Test {
 protected:
  LocalCodeBook codes_;
  std::vector<Event> events_;

  void Add(Day day, Fact fact) {
    Event event{.customer_id = "c", .event_id = "e" + std::to_string(events_.size()), .event_time = day * kSecondsPerDay, .day = day};
    event.fact = std::move(fact);
    testing::InternWords({event}, codes_);
    events_.push_back(std::move(event));
  }
  void AddOrder(Day day, Fen amount = 1000) { Add(day, Order{"o" + std::to_string(events_.size()), 0, {{.sku = "s", .amount = amount}}}); }
  FeatureValues Evaluate(const CalendarSet& calendars, Day as_of) {
    const CustomerState state = BuildState(events_, -kNever, codes_);
    OpenDays days(codes_);
    const DatedState dated = days.Of(calendars, state, as_of);
    FeatureValues values;
    FeatureEvaluator(codes_, kAllSources).Evaluate(dated.state, dated.as_of, values);
    return values;
  }
  static CalendarSet SpringFestival(const std::string& region) {
    std::vector<Day> closed;
    for (Day day = On("2026-02-15"); day <= On("2026-02-28"); ++day) closed.push_back(day);  // two weeks
    CalendarSet calendars;
    calendars.Set(region, BusinessCalendar(closed));
    return calendars;
  }
};

TEST_F(CalendarsTest, AHolidayDoesNotCountAgainstACustomer) {
  for (Day day = On("2026-01-04"); day < On("2026-02-15"); day += 7) AddOrder(day);
  for (Day day = On("2026-03-01"); day <= On("2026-03-15"); day += 7) AddOrder(day);  // the next Sunday after the holiday
  const Day as_of = On("2026-03-16");
  const FeatureValues civil = Evaluate({}, as_of), open = Evaluate(SpringFestival(""), as_of);
  EXPECT_EQ(civil[Feature::kIntervalDaysMean365d], 70.0 / 8) << "six Sundays, a gap of 21 days, three Sundays";
  EXPECT_EQ(open[Feature::kIntervalDaysMean365d], 7.0);
  EXPECT_EQ(civil[Feature::kTenureDays] - open[Feature::kTenureDays], 14);
  EXPECT_EQ(civil[Feature::kOrders30d], 3);
  EXPECT_EQ(open[Feature::kOrders30d], 5) << "30 open days begin on February 1";
}

TEST_F(CalendarsTest, AFactOfAClosedDayCountsOnTheOpenDayBefore) {
  AddOrder(On("2026-02-14"));
  AddOrder(On("2026-02-20"));
  const FeatureValues open = Evaluate(SpringFestival(""), On("2026-03-01"));
  EXPECT_EQ(open[Feature::kOrderDays30d], 1);
  EXPECT_EQ(open[Feature::kOrders30d], 2);
  EXPECT_EQ(open[Feature::kRecencyDays], 1);
  EXPECT_EQ(Evaluate(SpringFestival(""), On("2026-02-28"))[Feature::kRecencyDays], 0) << "a closed day is the open day before";
}

TEST_F(CalendarsTest, ABillIsOverdueByOpenDays) {
  Add(On("2026-01-01"), CustomerProfile{.credit_terms = true});
  Add(On("2026-02-01"), Invoice{.invoice_id = "i", .due_day = On("2026-02-13"), .amount = 100});
  Add(On("2026-03-02"), Payment{"i"});
  EXPECT_EQ(Evaluate({}, On("2026-03-05"))[Feature::kOverdueDaysMean365d], 17);
  EXPECT_EQ(Evaluate(SpringFestival(""), On("2026-03-05"))[Feature::kOverdueDaysMean365d], 3);
}

TEST_F(CalendarsTest, ACalendarHoldsForItsRegionOnly) {
  Add(On("2026-01-01"), CustomerProfile{.region = "north"});
  Add(On("2026-03-10"), CustomerProfile{.region = "south"});
  AddOrder(On("2026-02-10"));
  CalendarSet calendars = SpringFestival("north");
  EXPECT_EQ(Evaluate(calendars, On("2026-03-05"))[Feature::kRecencyDays], 9);
  EXPECT_EQ(Evaluate(calendars, On("2026-03-10"))[Feature::kRecencyDays], 28) << "moved to a region without closed days";
  calendars.Set("", BusinessCalendar({On("2026-03-09")}));
  EXPECT_EQ(Evaluate(calendars, On("2026-03-10"))[Feature::kRecencyDays], 27) << "the calendar of all other regions";
}

TEST_F(CalendarsTest, TheLogReachesBackFurtherWhereDaysAreClosed) {
  std::vector<Day> closed;
  for (Day day = On("2025-06-01"); day < On("2025-06-01") + 120; ++day) closed.push_back(day);
  CalendarSet calendars;
  calendars.Set("", BusinessCalendar(closed));
  const Day today = On("2026-03-31");
  for (Day day = today - 700; day <= today; day += 3) AddOrder(day);
  OpenDays days(codes_);
  const CustomerState civil = BuildState(events_, FoldDayFor(today), codes_);
  EXPECT_TRUE(Reaches(civil, today, BusinessCalendar()));
  EXPECT_FALSE(Reaches(civil, today, calendars.For(""))) << "365 open days are 485 civil ones";
  const CustomerState far = BuildState(events_, FoldDayFor(today, calendars.For("")), codes_);
  const DatedState dated = days.Of(calendars, far, today - 60);
  EXPECT_TRUE(Reaches(far, today - 60, calendars.For("")));
  EXPECT_TRUE(Reaches(BuildState(events_, FoldDayAsOf(today, calendars.For("")), codes_), today, calendars.For("")));
  FeatureValues folded;
  FeatureEvaluator(codes_, kAllSources).Evaluate(dated.state, dated.as_of, folded);
  const FeatureValues whole = Evaluate(calendars, today - 60);
  EXPECT_EQ(std::memcmp(folded.values.data(), whole.values.data(), sizeof whole.values), 0);
  EXPECT_EQ(FoldDayFor(today, BusinessCalendar()), FoldDayFor(today));
}

// The customers of the worked cases, with every date of every event moved to its ordinal by hand, in civil days.
TEST(Calendars, AreTheSameAsEventsDatedInOpenDays) {
  const testing::FeatureVectors vectors = testing::LoadFeatureVectors();
  LocalCodeBook codes;
  for (const auto& customer : vectors.customers) testing::InternWords(customer.events, codes);
  std::mt19937_64 random(3);
  std::vector<Day> closed;
  for (Day day = vectors.as_of - 700; day < vectors.as_of + 10; ++day) {
    if (random() % 5 == 0) closed.push_back(day);
  }
  const BusinessCalendar calendar(closed);
  CalendarSet calendars;
  calendars.Set("", calendar);
  FeatureEvaluator evaluator(codes, kAllSources);
  OpenDays days(codes);
  FeatureValues counted, by_hand, civil;
  int differing = 0;
  for (const auto& customer : vectors.customers) {
    SCOPED_TRACE(customer.customer_id);
    const CustomerState state = BuildState(customer.events, -kNever, codes);
    const DatedState dated = days.Of(calendars, state, vectors.as_of);
    evaluator.Evaluate(dated.state, dated.as_of, counted);

    std::vector<Event> moved = customer.events;
    for (Event& event : moved) {
      const Day ordinal = calendar.OrdinalOf(event.day);
      if (auto* order = std::get_if<Order>(&event.fact)) {
        for (OrderLine& line : order->lines) {
          if (line.listed_day) *line.listed_day += ordinal - event.day;  // newness is a matter of civil days
        }
      } else if (auto* invoice = std::get_if<Invoice>(&event.fact)) {
        invoice->due_day = calendar.OrdinalOf(invoice->due_day);
        if (invoice->paid_day) invoice->paid_day = calendar.OrdinalOf(*invoice->paid_day);
      } else if (auto* profile = std::get_if<CustomerProfile>(&event.fact)) {
        if (profile->registered_day) profile->registered_day = calendar.OrdinalOf(*profile->registered_day);
      }
      event.day = ordinal;
    }
    evaluator.Evaluate(BuildState(moved, -kNever, codes), calendar.OrdinalOf(vectors.as_of), by_hand);
    EXPECT_EQ(std::memcmp(counted.values.data(), by_hand.values.data(), sizeof counted.values), 0);
    EXPECT_EQ(counted.top_category, by_hand.top_category);

    const DatedState same = days.Of({}, state, vectors.as_of);
    EXPECT_EQ(&same.state, &state) << "without closed days nothing is copied";
    EXPECT_EQ(same.as_of, vectors.as_of);
    evaluator.Evaluate(state, vectors.as_of, civil);
    differing += std::memcmp(civil.values.data(), counted.values.data(), sizeof civil.values) != 0;
  }
  EXPECT_GT(differing, 50) << "the calendar must matter";
}

}  // namespace
}  // namespace rung::features
