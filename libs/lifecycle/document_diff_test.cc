#include "libs/lifecycle/document_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/wire/model_mapping.h"

namespace rung::lifecycle {
namespace {

using grading::v1::Model;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Model Example() {
  const auto model = wire::ParseModelJson(R"({
    "model_id": "m", "names": {"en": "Model", "zh": "模型"}, "display_scale": 100,
    "dimensions": [
      {"name": "spend", "weight": 0.6, "factors": [
        {"feature": "net_spend_365d", "weight": 1, "normaliser": {"knots": {"knots": [{"x": 0, "y": 0}, {"x": 1, "y": 100}]}}}]},
      {"name": "loyalty", "weight": 0.4, "factors": [{"feature": "tenure_days", "weight": 1, "normaliser": {"saturate": {"at": 365}}}]}],
    "tiers": [{"code": "gold", "lower_bound": 60}, {"code": "silver", "lower_bound": 30}, {"code": "bronze", "lower_bound": 0}]})");
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

// "field: before -> after"
std::vector<std::string> Diff(const Model& before, const Model& after) {
  config::v1::DiffResponse response;
  DiffDocuments(before, after, response);
  std::vector<std::string> lines;
  for (const auto& change : response.changes()) lines.push_back(change.field() + ": " + change.before() + " -> " + change.after());
  return lines;
}

TEST(DocumentDiffTest, CountsWhatAnAnswerCannotHold) {
  Model before, after;
  for (Model* model : {&before, &after}) {
    for (int i = 0; i < 40; ++i) model->add_dimensions()->set_name("d" + std::to_string(i) + std::string(model == &after ? 1 << 20 : 0, 'x'));
  }
  config::v1::DiffResponse response;
  DiffDocuments(before, after, response);
  EXPECT_LE(response.ByteSizeLong(), kMaxDiffBytes + 1024);
  EXPECT_GT(response.omitted_count(), 0);
  EXPECT_EQ(response.changes_size() + response.omitted_count(), 80) << "each of the old ones gone, each of the new ones there";
}

TEST(DocumentDiffTest, FindsNothingInEqualDocuments) {
  EXPECT_THAT(Diff(Example(), Example()), IsEmpty());
  EXPECT_THAT(Diff(Model(), Model()), IsEmpty());
}

TEST(DocumentDiffTest, NamesElementsByTheirName) {
  Model after = Example();
  after.mutable_dimensions(1)->set_weight(0.5);
  after.mutable_tiers(0)->set_lower_bound(70.5);
  EXPECT_THAT(Diff(Example(), after), ElementsAre("dimensions[loyalty].weight: 0.4 -> 0.5", "tiers[gold].lower_bound: 60 -> 70.5"));
}

TEST(DocumentDiffTest, MatchesElementsOfOneNameWhereverTheyStand) {
  Model after = Example();
  after.mutable_dimensions()->SwapElements(0, 1);
  after.mutable_dimensions(0)->set_weight(0.5);
  EXPECT_THAT(Diff(Example(), after), ElementsAre("dimensions[loyalty].weight: 0.4 -> 0.5",
                                                  R"(dimensions: ["spend","loyalty"] -> ["loyalty","spend"])"));
}

TEST(DocumentDiffTest, ShowsAnotherOrderAsOneChange) {
  Model after = Example();
  after.mutable_tiers()->SwapElements(0, 2);
  EXPECT_THAT(Diff(Example(), after), ElementsAre(R"(tiers: ["gold","silver","bronze"] -> ["bronze","silver","gold"])"));
}

TEST(DocumentDiffTest, ShowsWhatCameAndWhatWent) {
  Model after = Example();
  after.mutable_tiers()->DeleteSubrange(1, 1);
  after.add_tiers()->set_code("iron");
  EXPECT_THAT(Diff(Example(), after),
              ElementsAre(R"(tiers[silver]: {"code":"silver","lower_bound":30} -> )", R"(tiers[iron]:  -> {"code":"iron"})"))
      << "and the order of what both have is the same";
}

TEST(DocumentDiffTest, ComparesUnnamedElementsByPlace) {
  Model after = Example();
  auto& knots = *after.mutable_dimensions(0)->mutable_factors(0)->mutable_normaliser()->mutable_knots();
  knots.mutable_knots(1)->set_y(90);
  knots.add_knots()->set_x(2);
  EXPECT_THAT(Diff(Example(), after),
              ElementsAre("dimensions[spend].factors[net_spend_365d].normaliser.knots.knots[1].y: 100 -> 90",
                          R"(dimensions[spend].factors[net_spend_365d].normaliser.knots.knots[2]:  -> {"x":2})"));
}

TEST(DocumentDiffTest, ComparesByPlaceWhenNamesRepeat) {
  Model before = Example();
  *before.mutable_dimensions(0)->add_factors() = before.dimensions(0).factors(0);
  Model after = before;
  after.mutable_dimensions(0)->mutable_factors(1)->set_weight(2);
  EXPECT_THAT(Diff(before, after), ElementsAre("dimensions[spend].factors[1].weight: 1 -> 2"));
}

TEST(DocumentDiffTest, ComparesMapsByKey) {
  Model after = Example();
  (*after.mutable_names())["zh"] = "新模型";
  after.mutable_names()->erase("en");
  (*after.mutable_names())["ja"] = "モデル";
  EXPECT_THAT(Diff(Example(), after), ElementsAre(R"(names[en]: "Model" -> )", R"(names[zh]: "模型" -> "新模型")", R"(names[ja]:  -> "モデル")"));
}

// The order in which a map is written depends on how it came about.
TEST(DocumentDiffTest, EqualMapsThatGrewInAnotherOrderAreEqual) {
  Model before, after;
  for (int i = 0; i < 64; ++i) (*before.add_tiers()->mutable_names())["x"] = "same";
  before.clear_tiers();
  auto& old_names = *before.add_tiers()->mutable_names();
  auto& new_names = *after.add_tiers()->mutable_names();
  before.mutable_tiers(0)->set_code("gold");
  after.mutable_tiers(0)->set_code("gold");
  for (int i = 0; i < 40; ++i) {
    old_names["k" + std::to_string(i)] = "v";
    new_names["k" + std::to_string(39 - i)] = "v";
    new_names["gone"] = "v";
  }
  new_names.erase("gone");
  EXPECT_THAT(Diff(before, after), IsEmpty());
}

TEST(DocumentDiffTest, ShowsZeroAsANumberAndWhatIsUnsetAsNothing) {
  Model after = Example();
  after.mutable_tiers(0)->set_lower_bound(0);
  after.clear_display_scale();
  after.clear_model_id();
  after.mutable_stability()->set_protection_months(0);
  after.set_weight_policy(grading::v1::WEIGHT_POLICY_REJECT);
  EXPECT_THAT(Diff(Example(), after),
              ElementsAre("model_id: \"m\" -> ", "weight_policy:  -> \"WEIGHT_POLICY_REJECT\"", "tiers[gold].lower_bound: 60 -> 0",
                          "stability:  -> {\"protection_months\":0}", "display_scale: 100 -> 0"));
}

TEST(DocumentDiffTest, AnotherChoiceOfAOneofIsGoneAndCome) {
  Model after = Example();
  after.mutable_dimensions(1)->mutable_factors(0)->mutable_normaliser()->mutable_min_max()->set_high(5);
  EXPECT_THAT(Diff(Example(), after),
              ElementsAre(R"(dimensions[loyalty].factors[tenure_days].normaliser.saturate: {"at":365} -> )",
                          R"(dimensions[loyalty].factors[tenure_days].normaliser.min_max:  -> {"high":5})"));
}

}  // namespace
}  // namespace rung::lifecycle
