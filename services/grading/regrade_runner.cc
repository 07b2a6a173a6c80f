#include "services/grading/regrade_runner.h"

#include <spdlog/spdlog.h>

#include "libs/errors/errors.h"

namespace rung::grading {
namespace {

constexpr const char* kWeekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

int WeekdayOf(Day day) { return ((day + 3) % 7 + 7) % 7; }  // 1970-01-01 was a Thursday

}  // namespace

absl::StatusOr<std::optional<Schedule>> Schedule::Parse(const std::string& text) {
  if (text == "off") return std::optional<Schedule>();
  Schedule schedule;
  std::string time = text;
  if (text.size() == 9 && text[3] == ' ') {
    for (int d = 0; d < 7; ++d) {
      if (text.substr(0, 3) == kWeekdays[d]) schedule.weekday = d;
    }
    time = schedule.weekday ? text.substr(4) : "";
  }
  const auto digit = [&](size_t i) { return time[i] >= '0' && time[i] <= '9' ? time[i] - '0' : 100; };
  const int hour = time.size() == 5 ? digit(0) * 10 + digit(1) : 100;
  const int minute = time.size() == 5 && time[2] == ':' ? digit(3) * 10 + digit(4) : 100;
  if (hour > 23 || minute > 59) {
    return InvalidArgumentError("\"{}\" is no schedule; write \"02:30\", \"mon 02:30\" or \"off\"", text);
  }
  schedule.second_of_day = hour * 3600 + minute * 60;
  return std::optional<Schedule>(schedule);
}

bool Schedule::Due(UnixSeconds now, const BusinessZone& zone) const {
  const Day today = zone.DayOf(now);
  return (!weekday || WeekdayOf(today) == *weekday) && now >= zone.InstantOf(today, second_of_day);
}

RegradeRunner::RegradeRunner(const RegradeParts& parts, const RegradeOptions& options, std::optional<Schedule> schedule)
    : parts_(parts), options_(options), schedule_(schedule), thread_([this] { Run(); }) {}

RegradeRunner::~RegradeRunner() {
  stopping_ = true;
  wake_.notify_all();
  thread_.join();
}

absl::StatusOr<storage::RunRow> RegradeRunner::Start(const std::string& request_id, std::optional<Day> as_of,
                                                     bool override_guard, const storage::ByWhom& by, Deadline deadline) {
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  if (as_of && *as_of > today) {
    return InvalidField("as_of_date", "OUT_OF_RANGE", fmt::format("{} lies after today, {}", FormatDay(*as_of), FormatDay(today)));
  }
  if (parts_.ladders.Current()->empty()) return NoLadder();
  storage::RunRow run;
  run.request_id = request_id;
  run.as_of = as_of.value_or(today - 1);
  run.override_guard = override_guard;
  run.author = by.author;
  run.started_at = parts_.clock.NowMicros();
  bool created = false;
  RUNG_ASSIGN_OR_RETURN(run, parts_.runs.Create(run, by.reason, deadline, &created));
  if (created) Hand(run);
  return run;
}

absl::StatusOr<storage::RunRow> RegradeRunner::Resume(int64_t run_id, bool override_guard, storage::ByWhom by, Deadline deadline) {
  by.at = parts_.clock.NowMicros();
  RUNG_ASSIGN_OR_RETURN(storage::RunRow run, parts_.runs.TakeOver(run_id, override_guard, &by, deadline));
  Hand(run);
  return run;
}

absl::StatusOr<storage::RunRow> RegradeRunner::Ask(int64_t run_id, const std::string& wanted, storage::ByWhom by, Deadline deadline) {
  by.at = parts_.clock.NowMicros();
  return parts_.runs.Ask(run_id, wanted, by, deadline);
}

void RegradeRunner::Hand(storage::RunRow run) {
  {
    std::lock_guard lock(mutex_);
    next_ = std::move(run);
  }
  wake_.notify_all();
}

void RegradeRunner::Run() {
  while (!stopping_) {
    std::optional<storage::RunRow> run;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_ || next_.has_value(); });
      run.swap(next_);
    }
    if (stopping_) return;
    if (run) {
      const storage::RunRow ended = RegradeRun(parts_, options_, *run, stopping_).Execute();
      if (ended.state == "DONE") parts_.run_done();
    } else {
      Tick();
    }
  }
}

void RegradeRunner::Tick() {
  const auto newest = parts_.runs.Get(0, Deadline::After(2000));
  if (newest.ok() && newest->state == "RUNNING" && newest->lease_expired) {
    spdlog::warn("regrade: run {} has lost its runner, taking it over", newest->run_id);
    if (const auto taken = parts_.runs.TakeOver(newest->run_id, false, nullptr, Deadline::After(5000)); taken.ok()) Hand(*taken);
    return;
  }
  const UnixSeconds now = parts_.clock.NowSeconds();
  const Day today = parts_.zone.DayOf(now);
  if (!schedule_ || fired_ == today || !schedule_->Due(now, parts_.zone)) return;
  const auto run = Start("nightly:" + FormatDay(today), std::nullopt, false, {"nightly", ""}, Deadline::After(5000));
  if (run.ok()) {
    fired_ = today;
  } else if (ReasonOf(run.status()) == "RUN_IN_PROGRESS") {
    fired_ = today;
    spdlog::error("regrade: tonight's run can't start: {}", Message(run.status()));
  }
}

}  // namespace rung::grading
