#include "tools/rungctl/grading_labels.h"

#include <iterator>

#include "libs/explanation/feature_names.h"

namespace rung::ctl {
namespace {

struct Word {
  std::string_view code;
  std::string_view zh;
};
constexpr Word kReasons[] = {
    {"FIRST", "首次评级"},
    {"UPGRADE", "升级"},
    {"DOWNGRADE", "降级"},
    {"OVERRIDE", "人工设定"},
    {"TIER_DROPPED", "等级已取消"},
    {"MODEL", "模型更新"},
    {"MERGE", "账户合并"},
    {"MERGED", "已并入其他账户"},
    {"FROZEN", "升级已冻结"},
    {"PROTECTED", "保护期内"},
    {"AWAITS_BATCH", "等待批量评级"},
    {"WITHIN_MARGIN", "在缓冲范围内"},
    {"AWAITS_CONFIRMATION", "等待连续确认"},
    {"COMPUTED_ONLY", "仅计算等级变化"},
    {"NONE", "无变化"},
};
constexpr Word kPhases[] = {{"loading", "读取"}, {"scoring", "评分"}, {"writing", "写入"}, {"done", "完成"}};

template <size_t n>
std::string Translated(const Word (&words)[n], const std::string& code, Language language) {
  if (language == Language::kEnglish) return code;
  for (const Word& word : words) {
    if (word.code == code) return std::string(word.zh);
  }
  return code;
}

}  // namespace

std::string ReasonName(const std::string& reason, Language language) { return Translated(kReasons, reason, language); }

std::string PhaseName(const std::string& phase, Language language) { return Translated(kPhases, phase, language); }

std::string PartName(const std::string& part, Language language) {
  if (language == Language::kEnglish) return part;
  const std::string dimension = explanation::DimensionName(part).zh;
  return dimension != part ? dimension : explanation::FeatureName(part).zh;
}

}  // namespace rung::ctl
