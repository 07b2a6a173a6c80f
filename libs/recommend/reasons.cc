#include "libs/recommend/reasons.h"

#include <cmath>

#include <fmt/format.h>

#include "libs/base/day.h"

namespace rung::recommend {
namespace {

constexpr const char* kWeekdaysZh[] = {"一", "二", "三", "四", "五", "六", "日"};
constexpr const char* kWeekdaysEn[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr float kWeekFrom = 5.5F, kWeekTo = 8.5F;  // gaps in days that are called weekly
constexpr size_t kUsualBytes = 80;                 // room for nearly every sentence

// Forty sentences are written for a list: parsing a format for each would take longer than finding what they are about.
class Pen {
 public:
  explicit Pen(std::string& text) : text_(text) { text_.reserve(kUsualBytes); }
  Pen& operator<<(std::string_view words) {
    text_ += words;
    return *this;
  }
  Pen& operator<<(int32_t number) {
    const fmt::format_int digits(number);
    text_.append(digits.data(), digits.size());
    return *this;
  }
  Pen& Days(int32_t days) { return *this << days << (days == 1 ? " day" : " days"); }
  Pen& Quantity(int32_t milli) {
    return milli % 1000 == 0 ? *this << milli / 1000 : *this << std::string_view(fmt::format("{:.3g}", milli / 1000.0));
  }

 private:
  std::string& text_;
};

void WriteRhythm(const Candidate& candidate, Pen& zh, Pen& en) {
  const auto gap = static_cast<int32_t>(std::lround(candidate.gap_days));
  if (candidate.weekday >= 0 && candidate.gap_days >= kWeekFrom && candidate.gap_days <= kWeekTo) {
    zh << "每周" << kWeekdaysZh[candidate.weekday] << "补货";
    en << "bought every " << kWeekdaysEn[candidate.weekday];
  } else if (gap <= 1) {
    zh << "每天补货";
    en << "bought daily";
  } else {
    zh << "约每" << gap << "天补货";
    (en << "bought about every ").Days(gap);
  }
}

void WriteDue(const Candidate& candidate, Pen& zh, Pen& en) {
  const int32_t overdue = candidate.OverdueDays();
  if (overdue > 0) {
    zh << "已超 " << overdue << " 天";
    en.Days(overdue) << " overdue";
  } else if (overdue == 0) {
    zh << "预计今天补货";
    en << "due today";
  } else {
    zh << "预计 " << -overdue << " 天后补货";
    (en << "due in ").Days(-overdue);
  }
}

void WritePopular(GroupKind group, Pen& zh, Pen& en) {
  switch (group) {
    case GroupKind::kSegment:
      zh << "同类客户热门";
      en << "popular with businesses of this kind";
      break;
    case GroupKind::kRegion:
      zh << "本区域热门";
      en << "popular in this region";
      break;
    case GroupKind::kTier:
      zh << "同等级客户热门";
      en << "popular in this tier";
      break;
    case GroupKind::kEverybody:
      zh << "热门商品";
      en << "popular now";
      break;
  }
}

void WritePromotion(std::optional<Day> until, Pen& zh, Pen& en) {
  zh << "正在促销";
  en << "on promotion";
  if (!until) return;
  const std::string day = FormatDay(*until);
  zh << "，截至 " << day;
  en << " until " << day;
}

void WriteBuyAgain(const Candidate& candidate, Pen& zh, Pen& en) {
  WriteRhythm(candidate, zh, en);
  zh << "，";
  en << ", ";
  WriteDue(candidate, zh, en);
  (zh << "；常购数量 ").Quantity(candidate.usual_quantity_milli);
  (en << "; usually ").Quantity(candidate.usual_quantity_milli);
}

}  // namespace

void WriteReason(const RecommendModel& model, const ListItem& item, std::string& zh_text, std::string& en_text) {
  Pen zh(zh_text), en(en_text);
  const Candidate& candidate = item.candidate;
  if (!item.promotion_id.empty()) {
    WritePromotion(item.promotion_until, zh, en);
    if (candidate.source == Source::kPromotion) return;
    zh << "；";
    en << "; ";
  }
  if (candidate.source == Source::kBuyAgain) {
    WriteBuyAgain(candidate, zh, en);
  } else if (candidate.source == Source::kBoughtTogether && candidate.because >= 0) {
    zh << "常与 " << model.code(candidate.because) << " 一起购买";
    en << "bought with " << model.code(candidate.because);
  } else if (candidate.source == Source::kBoughtTogether) {
    zh << "常与您采购的商品一起购买";
    en << "goes with what you buy";
  } else if (candidate.source == Source::kNewArrival) {
    zh << "新品上架";
    en << "new on sale";
  } else {
    WritePopular(candidate.popular_with, zh, en);
  }
}

}  // namespace rung::recommend
