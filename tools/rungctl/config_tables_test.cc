#include "tools/rungctl/config_tables.h"

#include <gtest/gtest.h>

namespace rung::ctl {
namespace {

TEST(ConfigTables, ShowDraftsWithTheirApprovals) {
  Rows<cfg::Draft> drafts;
  cfg::Draft& draft = *drafts.Add();
  draft.set_document_id("kuailv");
  draft.set_base_version(3);
  draft.set_author("李梅");
  draft.set_etag("kuailv-draft-7");
  draft.add_approvals()->set_author("wang");
  draft.add_approvals()->set_author("zhao");
  drafts.Add()->set_document_id("new");
  EXPECT_EQ(DraftTable(drafts, Language::kEnglish),
            "Document  Base  Saved  Author  Approved by  ETag\n"
            "kuailv       3         李梅    wang, zhao   kuailv-draft-7\n"
            "new\n");
}

TEST(ConfigTables, ShowSchedulesInBothLanguages) {
  Rows<cfg::Schedule> schedules;
  cfg::Schedule& schedule = *schedules.Add();
  schedule.set_schedule_id(4);
  schedule.set_document_id("kuailv");
  schedule.mutable_publish_time()->set_seconds(1775001600);
  schedule.set_state(cfg::SCHEDULE_STATE_FAILED);
  schedule.set_author("li");
  schedule.set_message("has version 2 now");
  EXPECT_EQ(ScheduleTable(schedules, Language::kEnglish),
            "Schedule  Document  When                  State   Version  Author  Note  Message\n"
            "       4  kuailv    2026-04-01T00:00:00Z  failed           li            has version 2 now\n");
  EXPECT_EQ(StateName(cfg::SCHEDULE_STATE_WAITING, Language::kChinese), "等待发布");
  EXPECT_EQ(StateName(static_cast<cfg::ScheduleState>(9), Language::kEnglish), "9");
}

TEST(ConfigTables, ShortenWholeElementsInDifferences) {
  Rows<cfg::DiffResponse::Change> changes;
  auto& change = *changes.Add();
  change.set_field("tiers[gold]");
  change.set_after("{\"code\":\"gold\",\"names\":{\"zh\":\"" + std::string("黄金黄金黄金黄金黄金黄金") + "\"}}");
  EXPECT_EQ(DiffTable(changes, Language::kEnglish),
            "Field        Before  After\n"
            "tiers[gold]          {\"code\":\"gold\",\"names\":{\"zh\":\"黄金黄金黄金黄金黄金…\n");
}

TEST(ConfigTables, NameWhatIsWrongAndWhatIsOnlyOdd) {
  Rows<cfg::Finding> findings;
  cfg::Finding& finding = *findings.Add();
  finding.set_severity(cfg::SEVERITY_ERROR);
  finding.set_field("tiers[1].code");
  finding.set_reason("DUPLICATE");
  finding.set_message("\"gold\" is given twice");
  findings.Add()->CopyFrom(finding);
  findings[1].set_severity(cfg::SEVERITY_WARNING);
  EXPECT_EQ(FindingLines(findings, Language::kEnglish),
            "  error: tiers[1].code: \"gold\" is given twice (DUPLICATE)\n"
            "  warning: tiers[1].code: \"gold\" is given twice (DUPLICATE)\n");
  EXPECT_EQ(FindingLines(findings, Language::kChinese).substr(0, 10), "  错误: ");
}

}  // namespace
}  // namespace rung::ctl
