// rungctl as a whole, against a real server: what it prints, where, and with which exit code.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "libs/base/day.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Ran {
  int exit_code;
  std::string out, err;
};

class CommandLineTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();
    std::vector<v1::Event> events;
    for (int c = 0; c < 30; ++c) events.push_back(OrderEvent(fmt::format("c{:02}", c), "o1", "2026-03-30", 1000 + 100'000 * c));
    events.push_back(OrderEvent("北京烤鸭店", "o1", "2026-03-30", 90'000'000));
    installation_->Ingest(events);
  }
  static void TearDownTestSuite() { delete installation_; }

  static Ran Rungctl(const std::string& arguments, const std::string& input = "", const std::string& server = "") {
    const std::string folder = installation_->folder();
    std::ofstream(folder + "/in") << input;
    const std::string command = fmt::format("{}/rungctl --server {} {} <{}/in >{}/out 2>{}/err", RUNG_BINARY_DIR,
                                            server.empty() ? installation_->address() : server, arguments, folder, folder, folder);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Read(folder + "/out"), Read(folder + "/err")};
  }
  static nlohmann::json Json(const std::string& arguments, const std::string& input = "") {
    const Ran ran = Rungctl("-o json " + arguments, input);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.err, IsEmpty());
    return nlohmann::json::parse(ran.out, nullptr, false);
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static inline Installation* installation_;
};

TEST_F(CommandLineTest, TiersAreReadableByPeopleAndByScripts) {
  const Ran people = Rungctl("tier get c07");
  EXPECT_EQ(people.exit_code, 0) << people.err;
  EXPECT_THAT(people.out, HasSubstr("c07"));
  EXPECT_THAT(people.err, IsEmpty());
  EXPECT_EQ(Json("tier get c07")["tier"]["customerId"], "c07");
  EXPECT_EQ(Json("tier batch c01 c02 nobody")["unknownCustomerIds"][0], "nobody");
  EXPECT_EQ(Json("tier history c07")["changes"][0]["reason"], "FIRST");
  EXPECT_THAT(Rungctl("--lang zh tier get 北京烤鸭店").out, HasSubstr("北京烤鸭店"));
}

TEST_F(CommandLineTest, EventsComeInByLinesAndTheBadOnesAreNamedWithTheirLine) {
  const std::string good = R"({"customer_id": "fed", "event_id": "e1", "event_time": "2026-03-30T04:00:00Z", )"
                           R"("order": {"order_id": "o1", "lines": [{"sku": "s", "quantity_milli": 1000, "amount_minor": 500}]}})";
  const std::string bad = R"({"customer_id": "", "event_id": "e2", "event_time": "2026-03-30T04:00:00Z", )"
                          R"("void_event": {"voided_event_id": "e1"}})";
  const Ran mixed = Rungctl("ingest -", good + "\n" + bad + "\n{broken\n");
  EXPECT_EQ(mixed.exit_code, 1) << "something was refused";
  EXPECT_THAT(mixed.out + mixed.err, HasSubstr("customer_id"));
  EXPECT_EQ(Rungctl("ingest -", good + "\n").exit_code, 0) << "known already is no error";
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM event JOIN customer USING (customer_id) WHERE external_id = 'fed'"), "1");
}

TEST_F(CommandLineTest, ALineThatIsNoEventCostsNoOtherLine) {
  const auto event = [](const std::string& id, const std::string& more = "") {
    return fmt::format(R"({{"customer_id": "jsonl", "event_id": "{}", "event_time": "2026-03-30T04:00:00Z", )"
                       R"("order": {{"order_id": "{}", "lines": [{{"sku": "s", "quantity_milli": 1000, "amount_minor": 500}}]}}{}}})"
                       "\n", id, id, more);
  };
  const std::string file = "\xEF\xBB\xBF" + event("e1") + std::string((4 << 20) + 1, ' ') + "{}\n" + event("e2") +
                           event("e3", R"(, "sessions": [])") + event("e4", R"(, "event_id": "e5")") + "{\"event_id\": \"\xb2\xcb\"}\n[\n" +
                           event("e6");
  const Ran ran = Rungctl("-o json ingest -", file);
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(ran.out)["acceptedCount"], 3) << ran.out << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out)["badLineCount"], 5);
  EXPECT_THAT(ran.err, HasSubstr("line 2: no event: longer than 4194304 bytes\n"));
  EXPECT_THAT(ran.err, HasSubstr("line 4: no event: unknown field \"sessions\"; there are: customer_id, "));
  EXPECT_THAT(ran.err, HasSubstr("line 5: no event: \"event_id\" is given twice\n"));
  EXPECT_THAT(ran.err, HasSubstr("line 6: no event: no JSON: not UTF-8 text"));
  EXPECT_THAT(ran.err, HasSubstr("line 7: no event: no JSON: syntax error"));
  EXPECT_THAT(ran.err, Not(HasSubstr("\uFFFD")));
}

TEST_F(CommandLineTest, AnImportOfNothingIsNoSuccessAndSaysWhatWouldBeRight) {
  const std::string header = "order_id,order_time,customer_id,sku,quantity,amount\n";
  const auto expect = [&](const std::string& row, const std::string& said, const std::string& options = "") {
    const Ran ran = Rungctl("import - --dry-run " + options, header + row);
    EXPECT_EQ(ran.exit_code, 1) << row;
    EXPECT_THAT(ran.out, HasSubstr(said));
    EXPECT_THAT(ran.err, HasSubstr("none of the lines could be used"));
  };
  expect("o1,2026-03-30,c1,tea,\"2,5\",2\n", "Numbers have a decimal point (2.5, not 2,5)");
  expect("o1,2026/03/01 10:00,c1,tea,1,2\n", "--time-format");
  expect("o1,2026-03-30,c1,tea,1,2\n", "%Y/%m/%d", "--time-format %Y/%m/%d");
  expect("o1,2026-03-30,c1,\xb2\xcb,1,2\n", "Text must be UTF-8");
  EXPECT_EQ(Rungctl("import - --dry-run --time-format abc", header).exit_code, 2);
  EXPECT_EQ(Rungctl("import - --dry-run", header + "o1,2026-03-30,c1,\"tea,1,2\n").exit_code, 1) << "as any other damaged file";
  EXPECT_EQ(Rungctl("import - --dry-run", header + "o1,2026-03-30,c1,tea,1,2\n").exit_code, 0);
  const Ran future = Rungctl("import - --dry-run", header + "o1,9999-03-30,c1,tea,1,2\no2,2026-03-30,c1,tea,1,2\n");
  EXPECT_EQ(future.exit_code, 1);
  EXPECT_THAT(future.out, HasSubstr("later than tomorrow"));
}

TEST_F(CommandLineTest, StatisticsOfAFileWithoutAPurchaseSayWhatWasWrongWithIt) {
  const std::string header = "order_id,order_time,customer_id,sku,quantity,amount\n";
  for (const char* command : {"stats fit -", "stats evaluate -", "recommend evaluate -"}) {
    const Ran ran = Rungctl(command, header + "o1,2026-03-30,c1,tea,1,1;5\no2,2026-03-31,c1,tea,1,nan\n");
    EXPECT_EQ(ran.exit_code, 1) << command;
    EXPECT_THAT(ran.err, HasSubstr("bad number 2, first in line 2")) << command;
  }
  const Ran ran = Rungctl("recommend evaluate -", header + "o1,2026-03-30,c1,tea,1,1\n");
  EXPECT_EQ(ran.exit_code, 1) << "a table of zeros would be taken for a result";
  EXPECT_THAT(ran.err, HasSubstr("days with purchases"));
}

TEST_F(CommandLineTest, ARunIsStartedWatchedAndListedWithoutNoise) {
  const Ran started = Rungctl("regrade start --as-of 2026-03-31 --watch");
  EXPECT_EQ(started.exit_code, 0) << started.err;
  EXPECT_THAT(started.err, IsEmpty()) << "progress belongs on a terminal";
  EXPECT_THAT(started.out, Not(HasSubstr("\x1b"))) << "colours, too";
  EXPECT_EQ(Json("regrade status")["state"], "RUN_STATE_DONE");
  EXPECT_EQ(Json("regrade list")["runs"].size(), 1u);
  const Ran pause = Rungctl("regrade pause 1");
  EXPECT_EQ(pause.exit_code, 1);
  EXPECT_THAT(pause.err, HasSubstr("RUN_ENDED"));
  EXPECT_EQ(Rungctl("regrade cancel 1").exit_code, 1);
  EXPECT_EQ(Rungctl("regrade start --override-guard").exit_code, 2) << "that takes a reason";
  ASSERT_EQ(Rungctl("regrade start --as-of 2026-03-31 --override-guard --reason checked --author lin --watch").exit_code, 0);
  const auto recorded = Json("audit list regrade/")["entries"];
  ASSERT_EQ(recorded.size(), 1u);
  EXPECT_EQ(recorded[0]["actor"], "lin");
  EXPECT_EQ(recorded[0]["action"], "OVERRIDE_GUARD");
  EXPECT_EQ(recorded[0]["reason"], "checked");
}

TEST_F(CommandLineTest, AModelMakesTheRoundTrip) {
  const std::string file = installation_->folder() + "/kuailv.json";
  const Ran got = Rungctl("model get kuailv");
  ASSERT_EQ(got.exit_code, 0) << got.err;
  std::ofstream(file) << got.out;
  EXPECT_EQ(Rungctl("model apply " + file + " --validate-only").exit_code, 0);
  const Ran valid = Rungctl("model validate " + file);
  EXPECT_EQ(valid.exit_code, 0) << valid.out;
  EXPECT_THAT(valid.out, HasSubstr("rungctl model simulate")) << "that nobody meets a criterion shows there only";
  EXPECT_TRUE(Json("model validate " + file)["publishable"].get<bool>());
  std::string text = got.out;
  text.replace(text.find("\"lowerBound\": 90"), 16, "\"lowerBound\": 45");  // below the tiers that follow
  std::ofstream(file) << text;
  const Ran refused = Rungctl("model apply " + file + " --validate-only");
  EXPECT_EQ(refused.exit_code, 1) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("model.tiers[1].lower_bound"));
  EXPECT_EQ(Json("model list")["modelVersions"].size(), 5u);
}

TEST_F(CommandLineTest, OverridesComeFromAFileAndBadRowsAreNamedWithTheirLine) {
  const std::string file =
      "customer_id,tier_code,until_date,reason,author\n"
      "c11,gold,2026-04-30,flagship store,lin\n"
      "nobody,gold,2026-04-30,flagship store,lin\n"
      "c12,tin,2026-04-30,\"said \"\"yes\"\", twice\",lin\n";
  const Ran dry = Rungctl("override import - --dry-run", file);
  EXPECT_EQ(dry.exit_code, 1);
  EXPECT_THAT(dry.err, HasSubstr("-:3: nobody: CUSTOMER_UNKNOWN"));
  EXPECT_THAT(dry.err, HasSubstr("-:4: c12: "));
  EXPECT_EQ(Json("override list c11")["overrides"].size(), 0u) << "nothing was written";
  EXPECT_EQ(Rungctl("override import -", file).exit_code, 1);
  EXPECT_EQ(Rungctl("override import -", file).exit_code, 1) << "the same file again sets nothing twice";
  const auto listed = Json("override list c11");
  ASSERT_EQ(listed["overrides"].size(), 1u);
  EXPECT_EQ(listed["overrides"][0]["tierCode"], "gold");
  EXPECT_EQ(Json("tier get c11")["tier"]["tierCode"], "gold");
  EXPECT_EQ(Rungctl("override end c11 " + listed["overrides"][0]["overrideId"].get<std::string>() + " --reason over --author wu").exit_code, 0);
  EXPECT_EQ(Json("override list c11 --in-force")["overrides"].size(), 0u);
  EXPECT_EQ(Rungctl("override set c11 silver --until 2026-05-01 --reason trial --author wu").exit_code, 0);
  const Ran wrong = Rungctl("override import -", "customer,tier\nc11,gold\n");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("has no column \"customer_id\""));
}

TEST_F(CommandLineTest, GroupsAreMadeChangedAndShown) {
  const std::string why = " --reason chain --author lin";
  EXPECT_EQ(Rungctl("group create chain c21 c22 --name 连锁" + why).exit_code, 0);
  EXPECT_THAT(Rungctl("group create chain c23" + why).err, HasSubstr("GROUP_EXISTS"));
  EXPECT_EQ(Rungctl("group add chain c23" + why).exit_code, 0);
  EXPECT_THAT(Rungctl("group add chain c24 --etag 1" + why).err, HasSubstr("ETAG_MISMATCH"));
  EXPECT_EQ(Rungctl("group remove chain c21" + why).exit_code, 0);
  EXPECT_THAT(Rungctl("group remove chain c21" + why).err, HasSubstr("NOT_IN_GROUP"));
  const auto shown = Json("group show chain");
  EXPECT_EQ(shown["customerIds"], (nlohmann::json{"c22", "c23"}));
  EXPECT_EQ(shown["group"]["name"], "连锁");
  EXPECT_THAT(Rungctl("group show chain").out, HasSubstr("c23"));
  EXPECT_EQ(Json("group list c22")["groups"].size(), 1u);
  EXPECT_EQ(Json("group list c21")["groups"].size(), 0u);
  EXPECT_NE(Rungctl("features get c22 --pooled --names orders_total").out, Rungctl("features get c22 --names orders_total").out);
  EXPECT_EQ(Rungctl("group remove chain c22 c23" + why).exit_code, 0) << "a group may be left empty";
}

TEST_F(CommandLineTest, AccountsAreMergedAndShown) {
  installation_->Ingest({OrderEvent("merged-1", "its-own", "2026-03-30", 1000)});
  EXPECT_EQ(Rungctl("account merge merged-1 --into c25 --reason twice --author lin").exit_code, 0);
  EXPECT_EQ(Json("account show merged-1")["account"]["mergedIntoCustomerId"], "c25");
  EXPECT_THAT(Rungctl("account show c25").out, HasSubstr("merged-1"));
  EXPECT_EQ(Json("tier get merged-1")["tier"]["merged"], true);
  EXPECT_THAT(Rungctl("account merge c25 --into merged-1 --reason back --author lin").err, HasSubstr("ACCOUNT_MERGED"));
  EXPECT_THAT(Rungctl("account merge c25 --into c25 --reason self --author lin").err, HasSubstr("SAME_ACCOUNT"));
}

TEST_F(CommandLineTest, BoundsAreSolvedForAndSimulated) {
  const std::string file = installation_->folder() + "/solved.json";
  const Ran shares = Rungctl("model solve kuailv --as-of 2026-03-31 --shares 10,20,20,30,20 --out " + file);
  EXPECT_EQ(shares.exit_code, 0) << shares.err;
  EXPECT_THAT(shares.out, HasSubstr("Diamond"));
  EXPECT_EQ(Rungctl("model simulate " + file + " --as-of 2026-03-31").exit_code, 0);
  const auto budget = Json("model solve --as-of 2026-03-31 --budget 5000 --headcount --tier diamond=0:1000:0:1 --tier platinum=0:1000:0:1");
  EXPECT_LE(std::stoll(budget["costMinor"].get<std::string>()), 5000);
  EXPECT_EQ(Rungctl("model solve --budget 5000 --tier tin=0:1000:0:1").exit_code, 2);
  EXPECT_THAT(Rungctl("model solve --budget 5000 --tier tin").err, HasSubstr("diamond=1000:0:3000"));
  EXPECT_THAT(Rungctl("model solve --budget 5000 --tier diamond=4294967296:0:1").err, HasSubstr("diamond=1000:0:3000")) << "no cost of 0";
  EXPECT_EQ(Rungctl("model solve --budget 5000 --shares 10,90").exit_code, 2);
}

TEST_F(CommandLineTest, WhatABudgetBringsIsShownAsMoneyOrAsHeads) {
  std::string keeps_all = "model solve kuailv --as-of 2026-03-31 --budget 10000000000000", heads = keeps_all + " --headcount";
  for (const char* tier : {"diamond", "platinum", "gold", "silver", "bronze"}) {
    keeps_all += fmt::format(" --tier {}=100:0:10000", tier);
    heads += fmt::format(" --tier {}=0:1000:0:1", tier);
  }
  const Ran money = Rungctl(keeps_all);
  EXPECT_EQ(money.exit_code, 0) << money.err;
  const auto fen = std::stoll(Json(keeps_all)["value"].get<std::string>());
  ASSERT_TRUE(fen >= 100'000'00 && fen < 1'000'000'00) << fen;
  const std::string shown = fmt::format("{},{:03}.{:02} CNY", fen / 100'000, fen / 100 % 1000, fen % 100);
  EXPECT_THAT(money.out, HasSubstr("retained margin: " + shown + ", proven best on the grid"));
  EXPECT_THAT(Rungctl("--lang zh " + keeps_all).out, HasSubstr("保留毛利: " + shown + "（网格上已证最优）"));
  EXPECT_THAT(Rungctl(heads).out, HasSubstr(fmt::format("heads, weighted: {}, proven", Json(heads)["customerCount"].get<std::string>())));
}

TEST_F(CommandLineTest, ASimulationShowsWhatBenefitsCost) {
  const std::string simulate = "model simulate " RUNG_SOURCE_DIR "/deploy/presets/kuailv.json --as-of 2026-03-31 --max-age 0";
  EXPECT_THAT(Rungctl(simulate).out, HasSubstr("No benefit plan of this ladder is published"));
  EXPECT_EQ(Rungctl("benefits apply " RUNG_SOURCE_DIR "/deploy/checkout/benefits/kuailv.json").exit_code, 0);
  const Ran costs = Rungctl(simulate + " --delivery-fee 1500 --lang zh");
  EXPECT_EQ(costs.exit_code, 0) << costs.err;
  EXPECT_THAT(costs.out, HasSubstr("一年的权益成本（方案kuailv v1）"));
  EXPECT_THAT(costs.out, HasSubstr("gold.trial: 不是金额，未计入"));
  EXPECT_EQ(Json(simulate)["benefitCosts"]["planId"], "kuailv");
  EXPECT_EQ(Rungctl(simulate + " --benefits no-such").exit_code, 1);
  EXPECT_THAT(costs.out, HasSubstr("位客户距门槛不到1分"));
  const std::string by_rules = "model simulate " RUNG_SOURCE_DIR "/deploy/presets/meicai.json";
  EXPECT_THAT(Rungctl(by_rules).out, HasSubstr("n/a"));
  EXPECT_THAT(Rungctl(by_rules + " --lang zh").out, HasSubstr("不适用"));
  EXPECT_FALSE(Json(by_rules).contains("nearBoundCount"));
}

TEST_F(CommandLineTest, TagsArePublishedAndTellAudiences) {
  EXPECT_THAT(Rungctl("tags of c20").err, HasSubstr("NO_TAGS"));
  EXPECT_EQ(Rungctl("tags apply " RUNG_SOURCE_DIR "/deploy/presets/tags/default.json").exit_code, 0);
  EXPECT_THAT(Rungctl("tags of c20 --lang zh").out, HasSubstr("新客户"));
  EXPECT_THAT(Rungctl("tags audience new-customer").out, HasSubstr("c20\n"));
  EXPECT_EQ(Rungctl("tags audience new-customer --none new-customer").out, "");
  EXPECT_THAT(Rungctl("tags audience --count").out, HasSubstr("new-customer"));
  EXPECT_THAT(Rungctl("tags audience no-such").err, HasSubstr("TAG_UNKNOWN"));
}

TEST_F(CommandLineTest, AppealsAreFiledShownAndResolved) {
  EXPECT_EQ(Rungctl("appeal file c21 --text 'our March orders are missing' --author wang --id a-1").exit_code, 0);
  EXPECT_THAT(Rungctl("appeal list").out, HasSubstr("c21"));
  EXPECT_THAT(Rungctl("appeal show c21 a-1").out, HasSubstr("our March orders are missing"));
  EXPECT_EQ(Rungctl("appeal assign c21 a-1 li --author chen").exit_code, 0);
  EXPECT_EQ(Rungctl("appeal resolve c21 a-1 --reject --reason 'all orders are counted' --author li").exit_code, 0);
  EXPECT_THAT(Rungctl("appeal list").out, Not(HasSubstr("c21")));
  EXPECT_THAT(Rungctl("appeal show c21 no-such").err, HasSubstr("APPEAL_UNKNOWN"));
}

TEST_F(CommandLineTest, ApplyingAModelShowsWhatLintWarnsOf) {
  auto model = nlohmann::json::parse(std::ifstream(RUNG_SOURCE_DIR "/deploy/presets/kuailv.json"));
  model["stability"]["protection_months"] = 14;
  model["stability"].erase("protectionMonths");
  const Ran ran = Rungctl("-o json model apply --validate-only -", model.dump());
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("warning: "));
  EXPECT_THAT(ran.err, HasSubstr("PROTECTION_OUTLIVES_FACTS"));
  EXPECT_FALSE(nlohmann::json::parse(ran.out, nullptr, false).is_discarded()) << "scripts read the output";
}

TEST_F(CommandLineTest, TheRecordIsListedForTheVerySubject) {
  const auto subjects = [](const std::string& subject) {
    std::set<std::string> all;
    const auto list = Json("audit list " + subject);
    for (const auto& entry : list["entries"]) all.insert(entry["subject"]);
    return all;
  };
  for (const char* model : {"kuailv", "kuailv-rfmpl", "meicai"}) {
    ASSERT_EQ(Rungctl(fmt::format("model draft save {}/deploy/presets/{}.json --replace --author wu", RUNG_SOURCE_DIR, model)).exit_code, 0);
    ASSERT_EQ(Rungctl(fmt::format("model draft delete {} --author wu", model)).exit_code, 0);
  }
  EXPECT_EQ(subjects("model/kuailv"), std::set<std::string>{"model/kuailv"});
  EXPECT_TRUE(subjects("'model/kuailv*'").contains("model/kuailv-rfmpl"));
  EXPECT_TRUE(subjects("model/").contains("model/meicai"));
  EXPECT_EQ(Json("audit list model/kuailv --limit 1")["entries"].size(), 1u);
}

TEST_F(CommandLineTest, APastPublicationIsRefusedInTimesThatPeopleRead) {
  ASSERT_EQ(Rungctl("model draft save " RUNG_SOURCE_DIR "/deploy/presets/kuailv.json --replace --author wu").exit_code, 0);
  const Ran past = Rungctl("model publish kuailv --at 2020-01-01T00:00:00+08:00 --author wu");
  EXPECT_EQ(past.exit_code, 1);
  EXPECT_THAT(past.err, HasSubstr("publish_time: 2019-12-31T16:00:00+00:00 must lie in the future"));
  EXPECT_EQ(past.err.find("must lie"), past.err.rfind("must lie")) << "once: " << past.err;
  EXPECT_EQ(Rungctl("model draft delete kuailv --author wu").exit_code, 0);
}

TEST_F(CommandLineTest, ChineseTablesHaveChineseNames) {
  EXPECT_THAT(Rungctl("--lang zh tier explain c07").out, AllOf(HasSubstr("\n消费"), HasSubstr("\n频次"), Not(HasSubstr("frequency"))));
  EXPECT_THAT(Rungctl("--lang zh grade c07").out, AllOf(HasSubstr("\n消费"), HasSubstr("无变化")));
  EXPECT_THAT(Rungctl("--lang zh tier history c07").out, HasSubstr("首次评级"));
  EXPECT_EQ(Rungctl("override set c12 gold --until 2026-05-01 --reason trial --author wu").exit_code, 0);
  EXPECT_THAT(Rungctl("--lang zh override list c12").out, Not(HasSubstr("gold")));
}

TEST_F(CommandLineTest, ThePastIsReadableAndChangesAreFollowed) {
  const auto change = Json("tier history c13")["changes"][0];
  const auto then = Json("tier as-of c13 " + change["recordedTime"].get<std::string>().substr(0, 19) + "Z --with-correction");
  EXPECT_EQ(then["tier"]["customerId"], "c13");
  EXPECT_EQ(Rungctl("tier as-of c13 yesterday").exit_code, 2);
  EXPECT_THAT(Rungctl("tier watch c13 --resume nonsense").err, HasSubstr("resume_token"));
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    installation_->Ingest({OrderEvent("c13", "o9", "2026-03-31", 90'000'000)});
  });
  const Ran watched = Rungctl("tier watch c13 --ladder kuailv --count 1");
  later.join();
  EXPECT_EQ(watched.exit_code, 0) << watched.err;
  EXPECT_THAT(watched.out, HasSubstr("c13"));
  EXPECT_THAT(watched.out, HasSubstr("event:o9"));
}

TEST_F(CommandLineTest, ErrorsGoToStandardErrorWithAnExitCodeForScripts) {
  const Ran unknown = Rungctl("tier get nobody");
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.out, IsEmpty());
  EXPECT_THAT(unknown.err, StartsWith("rungctl: NOT_FOUND (CUSTOMER_UNKNOWN)"));
  EXPECT_EQ(Rungctl("tier").exit_code, 2);
  EXPECT_EQ(Rungctl("tier get c07 --min-version -1").exit_code, 2);
  const Ran away = Rungctl("--timeout 0.5 status", "", "unix:" + installation_->folder() + "/nowhere");
  EXPECT_EQ(away.exit_code, 3);
  EXPECT_THAT(away.err, StartsWith("rungctl: UNAVAILABLE"));
  EXPECT_THAT(away.err, HasSubstr("nowhere")) << "which server?";
}

TEST_F(CommandLineTest, AQuoteThatIsNotClosedIsNamedWhereItOpensWhateverTheFileHolds) {
  const auto expect_line = [&](const std::string& command, const std::string& csv, int line) {
    const Ran ran = Rungctl(command, csv);
    EXPECT_NE(ran.exit_code, 0) << command;
    EXPECT_THAT(ran.err, HasSubstr(fmt::format("-, line {}: the quote that opens here isn't closed by", line))) << command;
    EXPECT_THAT(ran.err, HasSubstr("close it, or write a quote that belongs to a text twice")) << command;
  };
  const std::string lines = "order_id,order_time,customer_id,sku,quantity,amount\n";
  expect_line("import - --dry-run --map order_id=order_id,order_time=order_time,customer_id=customer_id,sku=sku,quantity=quantity,amount=amount",
              lines + "o1,2026-03-30,c1,\"tea,1,2\no2,2026-03-30,c1,tea,1,2\n", 2);
  const std::string overrides = installation_->Sql("SELECT count(*) FROM tier_override");
  expect_line("override import -", "customer_id,tier_code,until_date,reason\nc01,gold,2026-04-30,ok\nc02,gold,2026-04-30,\"open\nc03,gold,2026-04-30,\"fine\"\n", 3);
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM tier_override"), overrides) << "nothing of a file that isn't understood";
  expect_line("price import -", "sku,category,unit,list_price\napple,fruit,kg,10\n\"pear,fruit,kg,10\nbox,ware,piece,1\n", 3);
  expect_line("price quote c07 --basket -", "sku,quantity\n\"apple,1\nbox,2\n", 2);
  expect_line("stats fit - --map order_time=order_time,customer_id=customer_id,amount=amount", "order_id,order_time,customer_id,amount\no1,2026-03-30,\"c1,5\no2,2026-03-31,c1,5\n", 2);
}

TEST_F(CommandLineTest, EveryReadingCommandAnswers) {
  for (const char* command : {"status", "health", "health rung.grading.v1.TierService", "tier list", "tier distribution", "features get c07", "features definitions", "features audit",
                              "grade c07", "grade c07 --ladder meicai", "model list", "tier history c07"}) {
    for (const char* options : {"", "--lang zh ", "-o json "}) {
      const Ran ran = Rungctl(std::string(options) + command);
      EXPECT_EQ(ran.exit_code, 0) << options << command << ": " << ran.err;
      EXPECT_THAT(ran.out, Not(IsEmpty())) << options << command;
      EXPECT_THAT(ran.err, IsEmpty()) << options << command;
    }
  }
}

TEST_F(CommandLineTest, ADecisionIsReplayedAndThePathIsShown) {
  const Ran replayed = Rungctl("tier replay c14");
  EXPECT_EQ(replayed.exit_code, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("the same, bit for bit"));
  EXPECT_THAT(Rungctl("--lang zh tier replay c14").out, HasSubstr("完全一致"));
  EXPECT_THAT(Rungctl("tier replay c14 --version 4000000").err, HasSubstr("NOT_FOUND"));
  const auto path = Json("tier path c14");
  EXPECT_FALSE(path["reach"]["targetTierCode"].get<std::string>().empty());
  for (const char* language : {"en", "zh"}) {
    const Ran shown = Rungctl(fmt::format("--lang {} tier path c14", language));
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("c14"));
  }
}

TEST_F(CommandLineTest, TheRecordIsVerifiedAgainstItselfAndAgainstRootsThatWereKeptOutside) {
  EXPECT_EQ(Rungctl("audit verify").exit_code, 0);
  const Ran root = Rungctl("audit root");
  ASSERT_EQ(root.exit_code, 0) << root.err;
  const std::string file = installation_->folder() + "/roots.jsonl";
  std::ofstream(file) << root.out;
  const Ran verified = Rungctl("audit verify --roots " + file);
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.err, IsEmpty());

  const auto tamper = [](const std::string& sql) { installation_->Sql("SET session_replication_role = replica; " + sql); };  // as superuser, without triggers
  tamper("UPDATE audit_entry SET actor = actor || '!' WHERE chain = 64 AND chain_seq = 1");
  const Ran edited = Rungctl("audit verify");
  EXPECT_EQ(edited.exit_code, 1);
  EXPECT_THAT(edited.out + edited.err, HasSubstr("64"));
  EXPECT_EQ(Rungctl("-o json audit verify").exit_code, 1);
  tamper("UPDATE audit_entry SET actor = left(actor, -1) WHERE chain = 64 AND chain_seq = 1");
  EXPECT_EQ(Rungctl("audit verify").exit_code, 0) << "as it was";

  std::string forged = root.out;
  const size_t hash = forged.find("\"hash\":");
  ASSERT_NE(hash, std::string::npos) << forged;
  const size_t digit = forged.find('"', hash + 7) + 1;
  forged[digit] = forged[digit] == 'A' ? 'B' : 'A';
  std::ofstream(file) << forged;
  EXPECT_EQ(Rungctl("audit verify --roots " + file).exit_code, 1) << "a root that nobody signed";
  std::ofstream(file) << "{\"no\": \"root\"}\n";
  EXPECT_EQ(Rungctl("audit verify --roots " + file).exit_code, 2);
}

TEST_F(CommandLineTest, VersionsOfAModelAreComparedAndBroughtBack) {
  const std::string folder = installation_->folder();
  auto model = nlohmann::json::parse(Rungctl("model get kuailv-class").out);
  const int64_t before = Json("model versions kuailv-class")["versions"].size();
  model["names"]["en"] = "with another name";
  std::ofstream(folder + "/changed.json") << model.dump();
  ASSERT_EQ(Rungctl("model draft save " + folder + "/changed.json --author wu").exit_code, 0);
  const Ran difference = Rungctl("model diff kuailv-class");
  EXPECT_EQ(difference.exit_code, 0) << difference.err;
  EXPECT_THAT(difference.out, AllOf(HasSubstr("names"), HasSubstr("with another name")));
  ASSERT_EQ(Rungctl("model publish kuailv-class --author wu --note words").exit_code, 0);
  const Ran back = Rungctl("model rollback kuailv-class 1 --author wu --note 'the old words'");
  EXPECT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(Json("model versions kuailv-class")["versions"].size(), before + 2);
  EXPECT_THAT(Rungctl("model get kuailv-class").out, Not(HasSubstr("with another name")));
  EXPECT_THAT(Rungctl("model rollback kuailv-class 99 --author wu").err, HasSubstr("NOT_FOUND"));
}

TEST_F(CommandLineTest, SuspectsAreScannedForListedAndReviewed) {
  std::vector<v1::Event> events;  // six deliveries a month, each cut into five orders
  for (int month = 1; month <= 3; ++month) {
    for (int i = 0; i < 30; ++i) events.push_back(OrderEvent("splitter", fmt::format("s{}-{}", month, i), fmt::format("2026-{:02}-{:02}", month, 2 + i / 5 * 5), 2000));
  }
  installation_->Ingest(events);
  const Ran scan = Rungctl("abuse scan --author li");
  EXPECT_EQ(scan.exit_code, 0) << scan.err;
  EXPECT_THAT(Rungctl("abuse list").out, HasSubstr("splitter"));
  EXPECT_THAT(Json("abuse show splitter").dump(), HasSubstr("splitter"));
  EXPECT_THAT(Rungctl("--lang zh abuse show splitter").out, HasSubstr("在18个下单日下了90单"));
  EXPECT_EQ(Rungctl("abuse review splitter --clear --reason 'ten kitchens' --author li").exit_code, 0);
  EXPECT_THAT(Rungctl("abuse list").out, Not(HasSubstr("splitter")));
  EXPECT_THAT(Rungctl("abuse list --state cleared").out, HasSubstr("splitter"));
  EXPECT_THAT(Rungctl("abuse review splitter --clear --reason again --author li").err, HasSubstr("ABUSE_CASE_DECIDED"));
  EXPECT_EQ(Rungctl("abuse show c07").exit_code, 1);
}

// Two weekly baskets a customer of two kinds of shops, the last one to be foreseen.
std::string Baskets() {
  std::string csv = "order_id,order_time,customer_id,sku,quantity,amount\n";
  for (int c = 0; c < 20; ++c) {
    for (int week = 0; week < 6; ++week) {
      for (int item = 0; item < 4; ++item) {
        csv += fmt::format("b{}-{},2026-02-{:02},shop-{:02},{}-{},1,{}\n", c, week, 1 + 4 * week + c % 3, c, c % 2 == 0 ? "tea" : "rice", (item + week * (c % 3)) % 7, 10 + item);
      }
    }
  }
  return csv;
}

TEST_F(CommandLineTest, RecommendationsAreTrainedServedAndMeasured) {
  EXPECT_THAT(Rungctl("recommend model").err, HasSubstr("NO_RECOMMENDATION_MODEL"));
  ASSERT_EQ(Rungctl("import -", Baskets()).exit_code, 0);
  const Ran trained = Rungctl("recommend train");
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(Rungctl("recommend model").exit_code, 0);
  const auto list = Json("recommend get shop-00 --count 5");
  ASSERT_FALSE(list["items"].empty());
  const std::string first = list["items"][0]["sku"];
  EXPECT_THAT(first, StartsWith("tea-"));
  EXPECT_THAT(Rungctl("--lang zh recommend get shop-00").out, HasSubstr(first));
  EXPECT_EQ(Rungctl("recommend availability out-of-stock " + first).exit_code, 0);
  EXPECT_THAT(Rungctl("recommend get shop-00").out, Not(HasSubstr(first + " ")));
  EXPECT_EQ(Rungctl("recommend availability available " + first).exit_code, 0);
  EXPECT_EQ(Rungctl("recommend conversion 2026-03-01 2026-03-31").exit_code, 0);
  EXPECT_THAT(Rungctl("recommend claim shop-00").err, HasSubstr("NO_COUPON_PROGRAM"));
  const std::string policy = RUNG_SOURCE_DIR "/deploy/recommendations/policy.json";
  EXPECT_THAT(Rungctl("--lang zh recommend preview " + policy).out, AllOf(HasSubstr("top tiers"), HasSubstr("样本合计")));
  const auto preview = Json("recommend preview " + policy + " --sample 4 --count 5");
  EXPECT_EQ(preview["everybody"]["customerCount"], 4);
  EXPECT_EQ(preview["audiences"].size(), 4u);
  EXPECT_EQ(Rungctl("recommend preview").exit_code, 0) << "of no policy";

  const Ran table = Rungctl("recommend evaluate - --least-days 3", Baskets());
  EXPECT_EQ(table.exit_code, 0) << table.err;
  for (const char* what : {"Recall@10", "NDCG@10", "Hit@10", "item-kNN", "Ties: ", "divides by"}) EXPECT_THAT(table.out, HasSubstr(what));
  const auto measured = Json("recommend evaluate - --least-days 3", Baskets());
  EXPECT_FALSE(measured.empty());
  EXPECT_THAT(Rungctl("recommend evaluate - --least-days 300", Baskets()).err, HasSubstr("there is nothing to measure"));
}

// Every other customer comes once, the others for ever at intervals of chance: there is no dropout between never and at once.
TEST_F(CommandLineTest, AFitSaysInBothLanguagesWhereItRanToABoundary) {
  std::mt19937_64 random(1);
  std::string orders = "customer_id,order_time,amount\n";
  for (int customer = 0; customer < 200; ++customer) {
    const double rate = std::gamma_distribution(3.0, 1.0 / 15)(random);  // a day
    for (double day = 0; day < 360; day += std::exponential_distribution(rate)(random)) {
      orders += fmt::format("c{},{},{}\n", customer, FormatDay(*ParseDay("2025-01-06") + static_cast<Day>(day)), 100 + customer % 7);
      if (customer % 2 == 0) break;
    }
  }
  const std::string command = "stats fit - --map customer_id=customer_id,order_time=order_time,amount=amount";
  EXPECT_THAT(Rungctl(command, orders).out, HasSubstr("Dropout is all or nothing"));
  EXPECT_THAT(Rungctl("--lang zh " + command, orders).out, HasSubstr("流失非此即彼"));
  EXPECT_THAT(Json(command, orders)["estimate"]["boundaries"].dump(), HasSubstr("polar dropout"));
}

TEST_F(CommandLineTest, CustomerBasesAreFittedAndEvaluatedFromFilesAndFromTheServer) {
  const std::string baskets = Baskets();
  for (const char* command : {"stats fit -", "stats fit - --model pareto-nbd --list 3", "stats evaluate - --horizon-days 5 --folds 2 --step-days 5"}) {
    for (const char* options : {"", "--lang zh ", "-o json "}) {
      const Ran ran = Rungctl(std::string(options) + command, baskets);
      EXPECT_EQ(ran.exit_code, 0) << options << command << ": " << ran.err;
      EXPECT_THAT(ran.out, Not(IsEmpty()));
    }
  }
  const auto newest = Json("stats evaluate - --horizon-days 5 --folds 2 --step-days 5", baskets)["folds"][0];
  int64_t warned_of = 0;
  for (const auto& warning : newest["warnings"]) warned_of += warning["customerCount"].get<int64_t>();
  EXPECT_EQ(warned_of, newest["customerCount"].get<int64_t>()) << "everybody has a risk";
  EXPECT_THAT(Rungctl("stats evaluate - --horizon-days 5 --folds 2 --step-days 5", baskets).out, HasSubstr("Churn risk before"));
  const auto asked = Json("stats fit - --customer shop-00 --list 1", baskets)["customers"];
  ASSERT_EQ(asked.size(), 2u);
  for (const auto& [value, interval] : {std::pair("pAlive", "pAlive95"), std::pair("expectedOrders", "expectedOrders95")}) {
    EXPECT_FALSE(asked[1].contains(interval)) << "listed, not asked for";
    if (asked[0][interval][0].is_null()) continue;  // so small a base may have none
    EXPECT_LE(asked[0][interval][0], asked[0][value]);
    EXPECT_GE(asked[0][interval][1], asked[0][value]);
  }
  EXPECT_THAT(Rungctl("stats fit - --customer shop-00", baskets).out, HasSubstr("95 % intervals"));
  const auto discounted = Json("stats fit - --customer shop-00 --discount 25", baskets)["customers"][0];
  const double share = discounted["expectedOrders"].get<double>() / asked[0]["expectedOrders"].get<double>();
  EXPECT_GT(share, 0.8) << "an order in a year is worth 80 % of one today";
  EXPECT_LT(share, 1);
  EXPECT_NEAR(discounted["expectedValue"].get<double>() / asked[0]["expectedValue"].get<double>(), share, 1e-9);
  EXPECT_THAT(Rungctl("stats show").err, HasSubstr("NO_FIT"));
  const Ran stored = Rungctl("--timeout 60 stats fit --store --no-holdout --author li");
  ASSERT_EQ(stored.exit_code, 0) << stored.err;
  EXPECT_EQ(Json("stats list")["fits"].size(), 1u);
  EXPECT_EQ(Rungctl("stats show").exit_code, 0);
  EXPECT_THAT(Rungctl("stats outlook shop-00").out, HasSubstr("shop-00"));
  EXPECT_TRUE(Eventually(60'000, [] { return Rungctl("churn list").exit_code == 0; })) << "a list comes with the fit";
}

}  // namespace
}  // namespace rung::testing
