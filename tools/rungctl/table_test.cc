#include "tools/rungctl/table.h"

#include <gtest/gtest.h>

#include "tools/rungctl/display_width.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("gold"), 4u);
  EXPECT_EQ(DisplayWidth("黄金"), 4u);
  EXPECT_EQ(DisplayWidth("VIP客户"), 7u);
  EXPECT_EQ(DisplayWidth("ＡＢ"), 4u);           // full-width letters
  EXPECT_EQ(DisplayWidth("ｶﾅ"), 2u);             // half-width kana
  EXPECT_EQ(DisplayWidth("한국"), 4u);
  EXPECT_EQ(DisplayWidth("cafe\u0301"), 4u);     // combining acute
  EXPECT_EQ(DisplayWidth("\U0001F48E"), 2u);     // gem
  EXPECT_EQ(DisplayWidth("£é"), 2u);
  EXPECT_EQ(DisplayWidth("a\xff"), 2u);
}

TEST(DisplayWidth, PrintableDisarmsWhatSteersTerminals) {
  EXPECT_EQ(Printable("a\x1b[31mb"), "a\uFFFD[31mb");
  EXPECT_EQ(Printable("a\nb\x7f"), "a\uFFFDb\uFFFD");
  EXPECT_EQ(Printable("\u202Eabc"), "\uFFFDabc");
  EXPECT_EQ(Printable("\xC0\xAF"), "\uFFFD\uFFFD");
  EXPECT_EQ(Printable("黄金 \U0001F48E"), "黄金 \U0001F48E");
}

TEST(Table, AlignsByDisplayWidth) {
  Table table;
  table.AddColumn("等级");
  table.AddColumn("客户数", Align::kRight);
  table.AddColumn("Note");
  table.AddRow({"钻石", "1,234", "x"});
  table.AddRow({"gold", "7"});
  EXPECT_EQ(table.Render(),
            "等级  客户数  Note\n"
            "钻石   1,234  x\n"
            "gold       7\n");
}

TEST(Table, WithoutHeadingsHasNone) {
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  table.AddRow({"Orders", "18,532"});
  table.AddRow({"Revenue", "1"});
  EXPECT_EQ(table.Render(), "Orders   18,532\nRevenue       1\n");
}

TEST(Values, ReadAsPeopleWriteThem) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(-1234567), "-1,234,567");
  EXPECT_EQ(FormatMoney(891'140'790, "GBP"), "8,911,407.90 GBP");
  EXPECT_EQ(FormatMoney(-5, ""), "-0.05");
  EXPECT_EQ(FormatScore(87'300, 100), "87.300");
  EXPECT_EQ(FormatScore(87'300, 1), "0.87300");
  EXPECT_EQ(FormatNumber(0.25), "0.25");
  EXPECT_EQ(FormatNumber(100), "100");
  EXPECT_EQ(FormatNumber(-1e-9), "0");
  EXPECT_EQ(FormatInstant(1774955100), "2026-03-31T11:05:00Z");
  EXPECT_EQ(FormatDuration(93784), "1d 2h 3m");
}

}  // namespace
}  // namespace rung::ctl
