#include "libs/recommend/reasons.h"

#include <cmath>

#include <fmt/format.h>

namespace rung::recommend {
namespace {

constexpr const char* kWeekdaysZh[] = {"一", "二", "三", "四", "五", "六", "日"};
constexpr const char* kWeekdaysEn[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr float kWeekFrom = 5.5F, kWeekTo = 8.5F;  // gaps in days that are called weekly

std::string Days(int32_t days) { return days == 1 ? "1 day" : fmt::format("{} days", days); }

Sentence Rhythm(const Candidate& candidate) {
  const auto gap = static_cast<int32_t>(std::lround(candidate.gap_days));
  if (candidate.weekday >= 0 && candidate.gap_days >= kWeekFrom && candidate.gap_days <= kWeekTo) {
    return {fmt::format("每周{}补货", kWeekdaysZh[candidate.weekday]), fmt::format("bought every {}", kWeekdaysEn[candidate.weekday])};
  }
  if (gap <= 1) return {"每天补货", "bought daily"};
  return {fmt::format("约每{}天补货", gap), fmt::format("bought about every {}", Days(gap))};
}

Sentence Due(const Candidate& candidate) {
  const int32_t overdue = candidate.OverdueDays();
  if (overdue > 0) return {fmt::format("已超 {} 天", overdue), fmt::format("{} overdue", Days(overdue))};
  if (overdue == 0) return {"今天到期", "due today"};
  return {fmt::format("还有 {} 天到期", -overdue), fmt::format("due in {}", Days(-overdue))};
}

std::string Quantity(int32_t milli) { return milli % 1000 == 0 ? fmt::format("{}", milli / 1000) : fmt::format("{:.3g}", milli / 1000.0); }

Sentence PopularWith(GroupKind group) {
  switch (group) {
    case GroupKind::kSegment: return {"同类客户热门", "popular with businesses of this kind"};
    case GroupKind::kRegion: return {"本区域热门", "popular in this region"};
    case GroupKind::kTier: return {"同等级客户热门", "popular in this tier"};
    case GroupKind::kEverybody: break;
  }
  return {"热门商品", "popular now"};
}

}  // namespace

Sentence ReasonOf(const RecommendModel& model, const ListItem& item) {
  const Candidate& candidate = item.candidate;
  switch (candidate.source) {
    case Source::kBuyAgain: {
      const Sentence rhythm = Rhythm(candidate), due = Due(candidate);
      const std::string quantity = Quantity(candidate.usual_quantity_milli);
      return {fmt::format("{}，{}；通常 {}", rhythm.zh, due.zh, quantity), fmt::format("{}, {}; usually {}", rhythm.en, due.en, quantity)};
    }
    case Source::kBoughtTogether: {
      if (candidate.because < 0) break;
      const std::string& because = model.code(candidate.because);
      return {fmt::format("常与 {} 一起购买", because), fmt::format("bought with {}", because)};
    }
    case Source::kNewArrival: return {"新品上架", "new on sale"};
    case Source::kPopular: return PopularWith(candidate.popular_with);
  }
  return PopularWith(GroupKind::kEverybody);
}

}  // namespace rung::recommend
