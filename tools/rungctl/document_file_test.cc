#include "tools/rungctl/document_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/status.h"
#include "rung/grading/v1/model.pb.h"

namespace rung::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Problem(const std::string& json) {
  grading::v1::Model model;
  const absl::Status status = ParseDocument("m.json", json, model);
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  return std::string(Message(status));
}

TEST(DocumentFile, IsReadWithBothSpellingsOfItsFields) {
  grading::v1::Model model;
  const absl::Status status = ParseDocument("m.json", R"({"model_id": "m", "names": {"zh": "名", "unknown": "language"},
    "displayScale": 10, "tiers": [{"code": "gold", "lower_bound": 1.5}], "stability": {"protection_months": 3}})", model);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(model.model_id(), "m");
  EXPECT_EQ(model.names().at("unknown"), "language");
  EXPECT_EQ(model.display_scale(), 10);
  EXPECT_EQ(model.tiers(0).lower_bound(), 1.5);
  EXPECT_EQ(model.stability().protection_months(), 3);
}

TEST(DocumentFile, ANameInsteadOfAFileIsAnsweredWithTheWayToTheDraft) {
  grading::v1::Model model;
  const absl::Status name = ReadDocument("kuailv", model);
  EXPECT_TRUE(absl::IsNotFound(name));
  EXPECT_THAT(std::string(Message(name)), HasSubstr("--draft kuailv"));
  EXPECT_THAT(std::string(Message(ReadDocument("nowhere/kuailv.json", model))), Not(HasSubstr("--draft")));
}

TEST(DocumentFile, AnUnknownFieldIsNamedWithItsLineAndPath) {
  EXPECT_THAT(Problem("{\n \"model_id\": \"m\",\n \"modle\": 1\n}"), StartsWith("m.json:3: unknown field \"modle\"; there are: model_id, "));
  EXPECT_THAT(Problem("{\"dimensions\": [\n {\"name\": \"a\"},\n {\"name\": \"b\",\n  \"wieght\": 1}]}"),
              StartsWith("m.json:4: unknown field \"wieght\" in dimensions[1]; there are: "));
  EXPECT_THAT(Problem("{\"dimensions\": [{\"factors\": [{\n\n\"normaliser\": {\"knots\": {\"knots\": [{\"z\": 1}]}}}]}]}"),
              StartsWith("m.json:3: unknown field \"z\" in dimensions[0].factors[0].normaliser.knots.knots[0]; there are: x, y"));
}

TEST(DocumentFile, AKeyThatStandsTwiceIsRefused) {
  EXPECT_EQ(Problem("{\"model_id\": \"a\",\n\"tiers\": [],\n\"model_id\": \"b\"}"), "m.json:3: \"model_id\" is given twice");
  EXPECT_EQ(Problem("{\"tiers\": [{\"code\": \"a\", \"code\": \"b\"}]}"), "m.json:1: \"code\" is given twice in tiers[0]");
  EXPECT_EQ(Problem("{\"model_id\": \"a\", \"modelId\": \"b\"}"), "m.json:1: \"modelId\" is given twice") << "in its other spelling";
}

TEST(DocumentFile, WhatIsNoJsonIsNamedWithItsLine) {
  EXPECT_THAT(Problem("{\n \"model_id\": \"m\"\n \"tiers\": []}"), StartsWith("m.json:3: no JSON: syntax error"));
  EXPECT_THAT(Problem(""), StartsWith("m.json:1: no JSON: "));
  EXPECT_THAT(Problem("{\"model_id\": \"m\"} {}"), StartsWith("m.json:1: no JSON: "));
  EXPECT_THAT(Problem("{\"model_id\": \"\xc3\x28\"}"), StartsWith("m.json:1: no JSON: "));
}

TEST(DocumentFile, ProblemsAreOneSentence) {
  EXPECT_EQ(Problem("{\"display_scale\": 1e999}"), "m.json:1: '1e999' is too large for a number");
  EXPECT_THAT(Problem(std::string("\xff\xfe{\0}\0", 6)), ::testing::HasSubstr("save it as UTF-8"));
  for (const char* json : {"{x", "\"a\"", "[1]", "3", "{\"tiers\": 3}", "{\"display_scale\": \"x\\ny\"}", "{\"names\":\n\n"}) {
    EXPECT_THAT(Problem(json), ::testing::Not(::testing::HasSubstr("\n"))) << json;
  }
}

TEST(DocumentFile, AValueOfTheWrongTypeIsNamedWithItsLine) {
  EXPECT_THAT(Problem("{\"tiers\": [\n{\"code\": \"a\",\n\"lower_bound\": \"high\"}]}"), StartsWith("m.json:3: "));
  EXPECT_THAT(Problem("{\n\"tiers\": {\"code\": \"a\"},\n\"dimensions\": 3}"), StartsWith("m.json:"));
  EXPECT_THAT(Problem("[]"), StartsWith("m.json: "));
}

TEST(DocumentFile, DeepNestingIsRefused) {
  std::string json = "{\"names\": ";
  for (int i = 0; i < 100'000; ++i) json += "{\"a\": ";
  EXPECT_EQ(Problem(json), "m.json:1: nested deeper than 100 levels");
}

}  // namespace
}  // namespace rung::ctl
