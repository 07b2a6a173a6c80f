#include "libs/wire/calendar_mapping.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "libs/base/text.h"

namespace rung::wire {
namespace {

namespace pb = grading::v1;

constexpr int kMaxRegions = 1000;
constexpr int kMaxPeriods = 500;
constexpr size_t kMaxCode = 64;
constexpr size_t kMaxName = 256;
constexpr Day kFirstDay = 10'957;  // 2000-01-01
constexpr Day kLastDay = 47'481;   // 2099-12-31

class CalendarReader {
 public:
  explicit CalendarReader(std::vector<Violation>& violations) : violations_(violations) {}

  ClosedDays Read(const pb::ClosedDayCalendar& in) {
    ClosedDays out{in.calendar_id(), {}, {}};
    CheckId(in.calendar_id());
    CheckNames("names", in.names());
    ReadRegions(in, out.regions);
    std::vector<Day> closed;
    if (in.closed_periods_size() == 0) Add("closed_periods", "EMPTY", "name at least one closed period");
    if (in.closed_periods_size() > kMaxPeriods) {
      Add("closed_periods", "TOO_MANY", fmt::format("{} periods; at most {}", in.closed_periods_size(), kMaxPeriods));
      return out;
    }
    for (int i = 0; i < in.closed_periods_size(); ++i) ReadPeriod(in.closed_periods(i), fmt::format("closed_periods[{}]", i), closed);
    out.calendar = BusinessCalendar(std::move(closed));
    if (const int most = out.calendar.MostClosedWithin(365); most > kMostClosedPerYear) {
      Add("closed_periods", "OUT_OF_RANGE",
          fmt::format("{} days of a year are closed; at most {} of any 365 may be (a customer who is closed for longer belongs "
                      "outside the population)", most, kMostClosedPerYear));
    }
    return out;
  }

 private:
  void Add(std::string field, std::string reason, std::string message) {
    violations_.push_back({std::move(field), std::move(reason), std::move(message)});
  }

  void CheckId(std::string_view id) {
    bool good = !id.empty() && id.size() <= kMaxCode;
    for (const char c : id) good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_');
    if (!good) Add("calendar_id", "BAD_ID", fmt::format("\"{}\" must be 1 to 64 of a-z, 0-9, '-' and '_'", Shorten(id, 80)));
  }

  template <typename Map>
  void CheckNames(const std::string& path, const Map& names) {
    for (const auto& [language, name] : names) {
      if (auto problem = FindTextProblem(path, language, kMaxCode)) violations_.push_back(*std::move(problem));
      if (auto problem = FindTextProblem(fmt::format("{}[\"{}\"]", path, Shorten(language, 20)), name, kMaxName)) {
        violations_.push_back(*std::move(problem));
      }
    }
  }

  void ReadRegions(const pb::ClosedDayCalendar& in, std::vector<std::string>& regions) {
    if (in.regions_size() == 0) Add("regions", "EMPTY", "name the regions that it holds for, or \"*\" for all that no calendar names");
    if (in.regions_size() > kMaxRegions) Add("regions", "TOO_MANY", fmt::format("{} regions; at most {}", in.regions_size(), kMaxRegions));
    std::set<std::string_view> seen;
    for (int i = 0; i < std::min(in.regions_size(), kMaxRegions); ++i) {
      const std::string& region = in.regions(i);
      const std::string path = fmt::format("regions[{}]", i);
      if (region.empty()) Add(path, "REQUIRED", "must not be empty; \"*\" means every other region");
      if (auto problem = FindTextProblem(path, region, kMaxCode)) violations_.push_back(*std::move(problem));
      if (!seen.insert(region).second) Add(path, "DUPLICATE", fmt::format("\"{}\" is given twice", Shorten(region, 80)));
      regions.push_back(region == "*" ? std::string() : region);
    }
  }

  // Nothing when the date is wrong; the violation is recorded then.
  std::optional<Day> ReadDate(const std::string& text, const std::string& field) {
    const auto day = ParseDay(text);
    if (!day) {
      Add(field, text.empty() ? "REQUIRED" : "BAD_DATE",
          text.empty() ? std::string("must be a date like \"2026-02-17\"") : fmt::format("\"{}\" isn't a date like \"2026-02-17\"", Shorten(text, 40)));
      return std::nullopt;
    }
    if (*day >= kFirstDay && *day <= kLastDay) return day;
    Add(field, "OUT_OF_RANGE", fmt::format("{} is outside 2000-01-01 to 2099-12-31", text));
    return std::nullopt;
  }

  void ReadPeriod(const pb::ClosedPeriod& in, const std::string& path, std::vector<Day>& closed) {
    CheckNames(path + ".names", in.names());
    const auto first = ReadDate(in.first_date(), path + ".first_date");
    const auto last = in.last_date().empty() ? first : ReadDate(in.last_date(), path + ".last_date");
    if (!first || !last) return;
    if (*last < *first) {
      Add(path + ".last_date", "OUT_OF_ORDER", fmt::format("{} lies before first_date ({})", in.last_date(), in.first_date()));
    } else if (*last - *first >= 365) {
      Add(path + ".last_date", "OUT_OF_RANGE", fmt::format("{} to {} is a year or longer", in.first_date(), in.last_date()));
    } else if (*first <= last_) {
      Add(path + ".first_date", "OUT_OF_ORDER", fmt::format("{} must lie after the period before it, which ends on {}", in.first_date(), FormatDay(last_)));
    } else {
      for (Day day = *first; day <= *last; ++day) closed.push_back(day);
      last_ = *last;
    }
  }

  std::vector<Violation>& violations_;
  Day last_ = kFirstDay - 1;
};

}  // namespace

ClosedDays FromWire(const pb::ClosedDayCalendar& in, std::vector<Violation>& violations) { return CalendarReader(violations).Read(in); }

features::CalendarSet CalendarSetOf(const std::vector<ClosedDays>& calendars, std::vector<Violation>& violations) {
  features::CalendarSet set;
  std::map<std::string, std::string> owners;  // region -> calendar
  for (const ClosedDays& item : calendars) {
    for (size_t i = 0; i < item.regions.size(); ++i) {
      const auto [owner, inserted] = owners.try_emplace(item.regions[i], item.calendar_id);
      if (!inserted && owner->second != item.calendar_id) {
        violations.push_back({fmt::format("regions[{}]", i), "DUPLICATE",
                              fmt::format("region \"{}\" belongs to calendar \"{}\" already; take it out there first",
                                          item.regions[i].empty() ? "*" : item.regions[i], owner->second)});
        continue;
      }
      set.Set(item.regions[i], item.calendar);
    }
  }
  return set;
}

}  // namespace rung::wire
