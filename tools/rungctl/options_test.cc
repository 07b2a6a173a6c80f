#include "tools/rungctl/options.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/rungctl/errors.h"

namespace rung::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    unsetenv("RUNG_SERVER");
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    setenv("LANG", "en_GB.UTF-8", 1);
  }

  template <typename C>
  C Parsed(const std::vector<std::string>& arguments) {
    const ParsedLine line = ParseOptions(arguments);
    EXPECT_TRUE(line.run) << line.error;
    global_ = line.options.global;
    return std::get<C>(line.options.command);
  }

  static std::string UsageError(const std::vector<std::string>& arguments) {
    const ParsedLine line = ParseOptions(arguments);
    EXPECT_FALSE(line.run);
    EXPECT_EQ(line.exit_code, kExitUsage);
    return line.error;
  }

  GlobalOptions global_;
};

TEST_F(OptionsTest, HaveDefaults) {
  Parsed<StatusCommand>({"status"});
  EXPECT_EQ(global_.server, "127.0.0.1:50051");
  EXPECT_FALSE(global_.json);
  EXPECT_EQ(global_.timeout, std::chrono::seconds(10));
  EXPECT_EQ(global_.language, Language::kEnglish);
}

TEST_F(OptionsTest, GiveWhatLooksAtTheWholeBaseMoreTime) {
  Parsed<RecommendTrain>({"recommend", "train"});
  EXPECT_EQ(global_.timeout, std::chrono::seconds(600));
  Parsed<ChurnScanCommand>({"churn", "scan"});
  EXPECT_EQ(global_.timeout, std::chrono::seconds(600));
  Parsed<AbuseScan>({"abuse", "scan", "--timeout", "3"});
  EXPECT_EQ(global_.timeout, std::chrono::seconds(3));
}

TEST_F(OptionsTest, TakeServerAndLanguageFromTheEnvironment) {
  setenv("RUNG_SERVER", "rung.internal:443", 1);
  setenv("LANG", "zh_CN.UTF-8", 1);
  Parsed<StatusCommand>({"status"});
  EXPECT_EQ(global_.server, "rung.internal:443");
  EXPECT_EQ(global_.language, Language::kChinese);
  Parsed<StatusCommand>({"--server", "x:1", "--lang", "en", "status"});
  EXPECT_EQ(global_.server, "x:1");
  EXPECT_EQ(global_.language, Language::kEnglish);
}

TEST_F(OptionsTest, MayFollowTheCommand) {
  const auto command = Parsed<TierGet>({"tier", "get", "c1", "--ladder", "kuailv", "-o", "json", "--timeout", "0.5"});
  EXPECT_EQ(command.customer_id, "c1");
  EXPECT_EQ(command.ladder_id, "kuailv");
  EXPECT_TRUE(global_.json);
  EXPECT_EQ(global_.timeout, std::chrono::milliseconds(500));
}

TEST_F(OptionsTest, DescribeAnImport) {
  const auto command = Parsed<ImportCommand>({"import", "a.csv", "--map", "order_id=no,sku=code", "--zone",
                                              "Europe/London", "--cancel-prefix", "C", "--drop-duplicates", "--dry-run",
                                              "--time-format", "%d/%m/%Y %H:%M", "--time-format", "%Y"});
  EXPECT_EQ(command.file, "a.csv");
  EXPECT_EQ(command.map, "order_id=no,sku=code");
  EXPECT_EQ(command.zone, "Europe/London");
  EXPECT_EQ(command.cancel_prefix, "C");
  EXPECT_THAT(command.time_formats, ElementsAre("%d/%m/%Y %H:%M", "%Y"));
  EXPECT_TRUE(command.drop_duplicates);
  EXPECT_TRUE(command.dry_run);
}

TEST_F(OptionsTest, ReadStandardInput) {
  const auto command = Parsed<IngestCommand>({"ingest", "-", "--format", "csv"});
  EXPECT_EQ(command.file, "-");
  EXPECT_EQ(command.format, IngestFormat::kCsv);
}

TEST_F(OptionsTest, ControlTheNewestRunByDefault) {
  EXPECT_EQ(Parsed<RegradePause>({"regrade", "pause"}).run_id, 0);
  EXPECT_EQ(Parsed<RegradeCancel>({"regrade", "cancel", "7"}).run_id, 7);
}

TEST_F(OptionsTest, KeepModelVersionApartFromTheProgramVersion) {
  EXPECT_EQ(Parsed<ModelGet>({"model", "get", "kuailv", "--version", "3"}).version, 3);
  const ParsedLine line = ParseOptions({"--version"});
  EXPECT_THAT(line.output, HasSubstr("rungctl "));
  EXPECT_EQ(line.exit_code, 0);
}

TEST_F(OptionsTest, TakeLists) {
  EXPECT_THAT(Parsed<TierBatch>({"tier", "batch", "a", "b", "c"}).customer_ids, ElementsAre("a", "b", "c"));
  const auto features = Parsed<FeaturesGet>({"features", "get", "c1", "--names", "aov_90d,orders_7d", "--as-of", "2026-03-31"});
  EXPECT_THAT(features.names, ElementsAre("aov_90d", "orders_7d"));
  EXPECT_EQ(features.as_of_date, "2026-03-31");
}

TEST_F(OptionsTest, ControlRuns) {
  EXPECT_TRUE(Parsed<RegradeStart>({"regrade", "start", "--as-of", "2026-03-31", "--watch"}).watch);
  const auto resume = Parsed<RegradeResume>({"regrade", "resume", "17", "--override-guard", "--reason", "new prices", "--author", "lin"});
  EXPECT_EQ(resume.run_id, 17);
  EXPECT_TRUE(resume.override_guard);
  EXPECT_EQ(resume.reason, "new prices");
  EXPECT_EQ(resume.author, "lin");
  EXPECT_THAT(UsageError({"regrade", "resume", "17", "--override-guard"}), HasSubstr("--reason"));
  EXPECT_THAT(UsageError({"regrade", "start", "--reason", "why not"}), HasSubstr("--override-guard"));
  EXPECT_EQ(Parsed<RegradePause>({"regrade", "pause", "--author", "lin", "--reason", "a source is late"}).reason, "a source is late");
  EXPECT_EQ(Parsed<RegradeStatus>({"regrade", "status"}).run_id, 0);
}

TEST_F(OptionsTest, LeadAModelThroughItsLife) {
  EXPECT_THAT(Parsed<ConfigValidate>({"model", "validate", "a.json", "b.json"}).files, ElementsAre("a.json", "b.json"));
  EXPECT_EQ(Parsed<ConfigValidate>({"model", "validate", "--draft", "kuailv"}).draft_id, "kuailv");
  const auto diff = Parsed<ConfigDiff>({"model", "diff", "kuailv", "--from", "1", "--to", "2"});
  EXPECT_EQ(diff.kind, "model");
  EXPECT_EQ(diff.from_version, 1);
  EXPECT_EQ(diff.to_version, 2);
  EXPECT_TRUE(Parsed<DraftSave>({"model", "draft", "save", "-", "--replace"}).replace);
  EXPECT_EQ(Parsed<DraftGet>({"model", "draft", "get", "kuailv"}).document_id, "kuailv");
  EXPECT_EQ(Parsed<DraftList>({"model", "draft", "list"}).kind, "model");
  EXPECT_EQ(Parsed<DraftDelete>({"model", "draft", "delete", "kuailv", "--etag", "e"}).etag, "e");
  EXPECT_EQ(Parsed<ConfigApprove>({"model", "approve", "kuailv", "--author", "wang"}).author, "wang");
  const auto publish = Parsed<ConfigPublish>({"model", "publish", "kuailv", "--at", "2026-04-01T00:00:00+08:00", "--note", "spring"});
  EXPECT_EQ(publish.at, "2026-04-01T00:00:00+08:00");
  EXPECT_EQ(publish.note, "spring");
  EXPECT_EQ(Parsed<ConfigPublish>({"model", "publish", "kuailv", "--reason", "spring"}).note, "spring");
  EXPECT_EQ(Parsed<ConfigSchedules>({"model", "schedules"}).limit, 50);
  EXPECT_EQ(Parsed<ConfigCancelSchedule>({"model", "cancel-schedule", "4"}).schedule_id, 4);
  EXPECT_EQ(Parsed<ConfigVersions>({"model", "versions", "kuailv", "--limit", "3"}).limit, 3);
  EXPECT_EQ(Parsed<ConfigRollback>({"model", "rollback", "kuailv", "2"}).version, 2);
}

TEST_F(OptionsTest, LeadOtherDocumentsThroughTheSameLife) {
  EXPECT_EQ(Parsed<ConfigList>({"calendar", "list"}).kind, "calendar");
  EXPECT_EQ(Parsed<ConfigGet>({"calendar", "get", "schools", "--version", "2"}).version, 2);
  EXPECT_EQ(Parsed<ConfigRollback>({"calendar", "rollback", "schools", "1"}).document_id, "schools");
  const auto publish = Parsed<ConfigPublish>({"abuse-policy", "publish"});
  EXPECT_EQ(publish.kind, "abuse-policy");
  EXPECT_EQ(publish.document_id, "default") << "there is only one";
  EXPECT_EQ(Parsed<ConfigRollback>({"tags", "rollback", "3"}).version, 3);
}

TEST_F(OptionsTest, ReadPrices) {
  EXPECT_EQ(Parsed<ConfigPublish>({"price", "book", "publish", "main"}).kind, "price-book");
  EXPECT_EQ(Parsed<DraftSave>({"price", "policy", "draft", "save", "p.json"}).kind, "price-policy");
  EXPECT_EQ(Parsed<PriceImport>({"price", "import", "items.csv", "--breaks", "b.csv", "--book", "north"}).book_id, "north");
  EXPECT_TRUE(Parsed<PriceExport>({"price", "export", "north", "--breaks"}).breaks);
  const auto quote = Parsed<PriceQuote>({"price", "quote", "c1", "mango=2.5", "box=3", "--coupon", "a,b", "--delivery-fee", "8.00", "--sign", "-"});
  EXPECT_THAT(quote.items, ElementsAre("mango=2.5", "box=3"));
  EXPECT_THAT(quote.coupon_ids, ElementsAre("a", "b"));
  EXPECT_EQ(quote.sign_file, "-");
  EXPECT_EQ(Parsed<PriceVerify>({"price", "verify", "q.json", "--order", "o1"}).order_id, "o1");
  const auto settle = Parsed<PriceSettle>({"price", "settle", "q.json", "2.25", "3", "--refused", "2"});
  EXPECT_THAT(settle.quantities, ElementsAre("2.25", "3"));
  EXPECT_THAT(settle.refused_lines, ElementsAre(2));
  EXPECT_THAT(Parsed<PriceList>({"price", "list", "c1", "--sku", "a,b"}).skus, ElementsAre("a", "b"));
  EXPECT_THAT(UsageError({"price", "quote", "c1"}), HasSubstr("--basket"));
  EXPECT_THAT(UsageError({"price", "verify", "q.json"}), HasSubstr("--order"));
}

TEST_F(OptionsTest, RefuseWhatMakesNoSense) {
  EXPECT_THAT(UsageError({}), HasSubstr("subcommand"));
  EXPECT_THAT(UsageError({"tier"}), HasSubstr("subcommand"));
  EXPECT_THAT(UsageError({"foo"}), HasSubstr("\"foo\" isn't a command of rungctl; there are: import, ingest, "));
  EXPECT_THAT(UsageError({"tier", "foo", "bar"}), HasSubstr("\"foo\" isn't a command of tier; there are: "));
  EXPECT_THAT(UsageError({"tier", "watch", "--count", "0"}), HasSubstr("\"0\" isn't a whole number from 1"));
  EXPECT_THAT(UsageError({"tier", "get"}), HasSubstr("ID"));
  EXPECT_THAT(UsageError({"tier", "batch"}), HasSubstr("--file"));
  EXPECT_THAT(UsageError({"tier", "batch", "a", "--file", "b"}), HasSubstr("exclude"));
  EXPECT_THAT(UsageError({"grade", "c1", "--as-of", "2026-02-30"}), HasSubstr("date"));
  EXPECT_THAT(UsageError({"status", "-o", "yaml"}), HasSubstr("yaml"));
  EXPECT_THAT(UsageError({"generate", "--customers", "5"}), HasSubstr("--lines"));
  EXPECT_THAT(UsageError({"generate", "--customers", "5", "--lines", "-", "--truth", "-"}), HasSubstr("standard output"));
  EXPECT_THAT(UsageError({"generate", "--customers", "5", "--lines", "x.csv", "--jsonl", "./x.csv"}), HasSubstr("two outputs"));
  EXPECT_THAT(UsageError({"generate", "--customers", "5", "--lines", "x", "--from", "2026-01-01"}), HasSubstr("--to"));
  EXPECT_THAT(UsageError({"model", "apply", "a", "b", "--etag", "x"}), HasSubstr("single file"));
  EXPECT_THAT(UsageError({"model", "validate"}), HasSubstr("--draft"));
  EXPECT_THAT(UsageError({"model", "validate", "a.json", "--draft", "x"}), HasSubstr("--draft"));
  EXPECT_THAT(UsageError({"model", "draft", "save", "a.json", "--etag", "x", "--replace"}), HasSubstr("--replace"));
  EXPECT_THAT(UsageError({"model", "publish", "x", "--at", "tomorrow"}), HasSubstr("2026-04-01T00:00:00+08:00"));
  EXPECT_THAT(UsageError({"model", "rollback", "x", "0"}), HasSubstr("VERSION"));
}

TEST_F(OptionsTest, ReadsStatistics) {
  const auto fit = Parsed<StatsFit>({"stats", "fit", "orders.csv", "--map", "customer_id=c,order_time=t,amount=a", "--customer",
                                     "A1", "--customer", "A2", "--until", "2026-03-31", "--count-zero"});
  EXPECT_EQ(fit.source.file, "orders.csv");
  EXPECT_EQ(fit.model, "mbg-cnbd");
  EXPECT_THAT(fit.customer_ids, ElementsAre("A1", "A2"));
  EXPECT_EQ(fit.source.until_date, "2026-03-31");
  EXPECT_TRUE(fit.source.count_zero);
  const auto evaluate = Parsed<StatsEvaluate>({"stats", "evaluate", "-", "--folds", "2", "--pareto-nbd"});
  EXPECT_EQ(evaluate.folds, 2);
  EXPECT_TRUE(evaluate.with_pareto_nbd);
  EXPECT_THAT(UsageError({"stats", "fit", "f", "--model", "arima"}), HasSubstr("arima"));
  EXPECT_THAT(UsageError({"stats", "fit", "f", "--until", "soon"}), HasSubstr("isn't a date"));
  EXPECT_THAT(UsageError({"stats", "evaluate", "f", "--folds", "0"}), HasSubstr("0"));
}

TEST_F(OptionsTest, RecommendEvaluateReadsAFile) {
  const auto evaluate = Parsed<RecommendEvaluate>({"recommend", "evaluate", "lines.csv", "--least-days", "3", "-k", "5", "--with-others"});
  EXPECT_EQ(evaluate.source.file, "lines.csv");
  EXPECT_EQ(evaluate.least_baskets, 3);
  EXPECT_EQ(evaluate.k, 5);
  EXPECT_TRUE(evaluate.with_others);
  EXPECT_EQ(Parsed<RecommendGet>({"recommend", "get", "c-1", "--count", "5"}).count, 5);
  EXPECT_THAT(Parsed<RecommendAvailability>({"recommend", "availability", "blocked", "a", "b", "--reason", "recalled"}).skus, ElementsAre("a", "b"));
  EXPECT_THAT(UsageError({"recommend", "availability", "blocked", "a"}), HasSubstr("--reason"));
  EXPECT_THAT(UsageError({"recommend", "availability", "gone", "a"}), HasSubstr("gone"));
  EXPECT_THAT(UsageError({"recommend", "conversion", "yesterday", "2026-03-01"}), HasSubstr("isn't a date"));
  EXPECT_EQ(Parsed<ConfigPublish>({"recommendation-policy", "publish"}).kind, "recommendation-policy");
  EXPECT_THAT(UsageError({"recommend", "evaluate", "f", "--sku-pattern", "(["}), HasSubstr("regular expression"));
  EXPECT_THAT(UsageError({"recommend", "evaluate", "f", "-k", "0"}), HasSubstr("0"));
}

}  // namespace
}  // namespace rung::ctl
