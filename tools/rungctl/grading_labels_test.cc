#include "tools/rungctl/grading_labels.h"

#include <gtest/gtest.h>

namespace rung::ctl {
namespace {

TEST(GradingLabels, AreWordsInChineseAndCodesInEnglish) {
  EXPECT_EQ(ReasonName("DOWNGRADE", Language::kChinese), "降级");
  EXPECT_EQ(ReasonName("DOWNGRADE", Language::kEnglish), "DOWNGRADE");
  EXPECT_EQ(ReasonName("NEWER_THAN_THIS", Language::kChinese), "NEWER_THAN_THIS");
  EXPECT_EQ(PhaseName("done", Language::kChinese), "完成");
  EXPECT_EQ(PartName("frequency", Language::kChinese), "频次");
  EXPECT_EQ(PartName("net_spend_365d", Language::kChinese), "近365天净采购额");
  EXPECT_EQ(PartName("net_spend_365d", Language::kEnglish), "net_spend_365d");
  EXPECT_EQ(PartName("of a model's own", Language::kChinese), "of a model's own");
}

}  // namespace
}  // namespace rung::ctl
