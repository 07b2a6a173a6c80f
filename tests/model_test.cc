// Publishing models: versions, etags, idempotence, and every way in which a model can be wrong.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <thread>

#include "libs/wire/model_mapping.h"
#include "rung/config/v1/config.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ModelTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { installation_ = new Installation(); }
  static void TearDownTestSuite() { delete installation_; }

  static v1::ApplyModelRequest Request(const std::string& request_id, v1::Model model, const std::string& etag = "") {
    v1::ApplyModelRequest request;
    request.set_request_id(request_id);
    request.set_etag(etag);
    *request.mutable_model() = std::move(model);
    return request;
  }
  static grpc::Status Apply(const v1::ApplyModelRequest& request, v1::ApplyModelResponse& response) {
    auto context = Within(20'000);
    return installation_->models().ApplyModel(context.get(), request, &response);
  }
  // A ladder of the test's own, so that tests don't meet: shops `id` by its monthly spend.
  static v1::Model Model(const std::string& id, double gold = 60) {
    v1::Model model = ReadModel("kuailv");
    model.set_model_id(id);
    model.mutable_tiers(2)->set_lower_bound(gold);
    return model;
  }
  static v1::ModelVersion Publish(const std::string& request_id, const v1::Model& model, const std::string& etag = "") {
    v1::ApplyModelResponse response;
    const grpc::Status status = Apply(Request(request_id, model, etag), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_FALSE(response.unchanged());
    return response.model_version();
  }
  static config::v1::ValidateResponse Validate(const v1::Model& model) {
    config::v1::ValidateRequest request;
    request.mutable_document()->PackFrom(model);
    config::v1::ValidateResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(config::v1::ConfigService::NewStub(installation_->channel())->Validate(context.get(), request, &response).ok());
    return response;
  }
  static v1::ModelVersion Get(const std::string& id, int version = 0) {
    v1::GetModelRequest request;
    request.set_model_id(id);
    request.set_version(version);
    v1::GetModelResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation_->models().GetModel(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.model_version();
  }

  static inline Installation* installation_;
};

TEST_F(ModelTest, EveryPublicationIsTheNextVersionAndOldOnesStay) {
  const v1::ModelVersion first = Publish("versions-1", Model("versions"));
  EXPECT_EQ(first.version(), 1);
  const v1::ModelVersion second = Publish("versions-2", Model("versions", 61), first.etag());
  EXPECT_EQ(second.version(), 2);
  EXPECT_NE(second.etag(), first.etag());
  EXPECT_EQ(Get("versions").model().tiers(2).lower_bound(), 61);
  EXPECT_EQ(Get("versions", 1).model().tiers(2).lower_bound(), 60);
  EXPECT_EQ(Get("versions", 1).etag(), first.etag());
  v1::ListModelsResponse models;
  auto context = Within(5000);
  ASSERT_TRUE(installation_->models().ListModels(context.get(), {}, &models).ok());
  int found = 0;
  for (const auto& item : models.model_versions()) {
    if (item.model().model_id() == "versions") found += item.version();
  }
  EXPECT_EQ(found, 2) << "the current version, once";
}

TEST_F(ModelTest, TheSameModelAgainPublishesNothing) {
  const v1::ModelVersion first = Publish("unchanged-1", Model("unchanged"));
  v1::ApplyModelResponse response;
  ASSERT_TRUE(Apply(Request("unchanged-2", Model("unchanged")), response).ok());
  EXPECT_TRUE(response.unchanged());
  EXPECT_EQ(response.model_version().version(), 1);
  EXPECT_EQ(response.model_version().etag(), first.etag());
  EXPECT_EQ(Get("unchanged").version(), 1);
}

TEST_F(ModelTest, AnOutdatedEtagAbortsAndNamesTheCurrentOne) {
  const v1::ModelVersion first = Publish("etag-1", Model("etag"));
  const v1::ModelVersion second = Publish("etag-2", Model("etag", 61), first.etag());
  v1::ApplyModelResponse response;
  const grpc::Status status = Apply(Request("etag-3", Model("etag", 62), first.etag()), response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(DetailsOf(status).reason, "ETAG_MISMATCH");
  EXPECT_EQ(DetailsOf(status).metadata["current_etag"], second.etag());
  EXPECT_EQ(Get("etag").version(), 2);
  const grpc::Status missing = Apply(Request("etag-4", Model("etag-of-nothing"), "x"), response);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(ModelTest, ARequestIdIsAnsweredTheSameAndNeverReused) {
  const v1::ModelVersion first = Publish("replay-1", Model("replay"));
  v1::ApplyModelResponse at_once;
  ASSERT_TRUE(Apply(Request("replay-1", Model("replay")), at_once).ok());
  EXPECT_EQ(at_once.model_version().etag(), first.etag());
  EXPECT_FALSE(at_once.unchanged()) << "same id and same request: the same answer";
  Publish("replay-2", Model("replay", 61));
  v1::ApplyModelResponse later;
  ASSERT_TRUE(Apply(Request("replay-1", Model("replay")), later).ok());
  EXPECT_EQ(later.model_version().version(), 1);
  EXPECT_EQ(Get("replay").version(), 2) << "a replay doesn't bring the old model back";
  v1::ApplyModelResponse reused;
  const grpc::Status status = Apply(Request("replay-1", Model("replay", 62)), reused);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(status).reason, "REQUEST_ID_REUSED");
  EXPECT_FALSE(Apply(Request("replay-1", Model("replay", 61)), reused).ok()) << "even when the other request would change nothing";
}

TEST_F(ModelTest, ValidateOnlyWritesNothing) {
  v1::ApplyModelRequest request = Request("", Model("only-checked"));
  request.set_validate_only(true);
  v1::ApplyModelResponse response;
  const grpc::Status status = Apply(request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model_version().version(), 1);
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM ladder WHERE ladder_id = 'only-checked'"), "0");
  request.mutable_model()->mutable_tiers(0)->set_code("Gold!");
  EXPECT_EQ(Apply(request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ModelTest, UnknownLaddersAndVersionsAreNotFound) {
  for (const auto& [id, version, reason] : {std::tuple("no-such", 0, "LADDER_UNKNOWN"), {"kuailv", 99, "MODEL_VERSION_UNKNOWN"}}) {
    v1::GetModelRequest request;
    request.set_model_id(id);
    request.set_version(version);
    v1::GetModelResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation_->models().GetModel(context.get(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << id << " " << version;
    EXPECT_EQ(DetailsOf(status).reason, reason);
  }
}

TEST_F(ModelTest, OneOfFiftyConcurrentPublishersWins) {
  const v1::ModelVersion first = Publish("race-0", Model("race"));
  std::atomic<int> won{0}, aborted{0};
  std::vector<std::string> told(50), winners(50);
  std::vector<std::thread> threads;
  for (int t = 0; t < 50; ++t) {
    threads.emplace_back([&, t] {
      v1::ApplyModelResponse response;
      const grpc::Status status = Apply(Request(fmt::format("race-{}", t + 1), Model("race", 50 + t * 0.1), first.etag()), response);
      EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::ABORTED) << status.error_message();
      ++(status.ok() ? won : aborted);
      (status.ok() ? winners : told)[t] = status.ok() ? response.model_version().etag() : DetailsOf(status).metadata["current_etag"];
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(aborted, 49);
  EXPECT_EQ(Get("race").version(), 2);
  EXPECT_EQ(std::count(winners.begin(), winners.end(), Get("race").etag()), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), Get("race").etag()), 49) << "each of the others can read on from there";
}

TEST_F(ModelTest, AModelIsRefusedWithFieldAndReason) {
  using M = v1::Model;
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const auto factor = [](M& m) -> v1::Factor& { return *m.mutable_dimensions(0)->mutable_factors(0); };
  const auto knots = [&](M& m) { return factor(m).mutable_normaliser()->mutable_knots(); };
  struct Case {
    std::string field, reason;
    std::function<void(M&)> spoil;
  };
  const std::vector<Case> cases = {
      {"model.model_id", "BAD_ID", [](M& m) { m.set_model_id(""); }},
      {"model.model_id", "BAD_ID", [](M& m) { m.set_model_id("'; DROP TABLE ladder"); }},
      {"model.model_id", "BAD_ID", [](M& m) { m.set_model_id(std::string(65, 'a')); }},
      {"model.dimensions", "EMPTY", [](M& m) { m.clear_dimensions(); }},
      {"model.dimensions", "TOO_MANY", [](M& m) { for (int i = 0; i < 28; ++i) { *m.add_dimensions() = m.dimensions(0); m.mutable_dimensions(5 + i)->set_name(fmt::format("d{}", i)); } }},
      {"model.dimensions[1].name", "DUPLICATE", [](M& m) { m.mutable_dimensions(1)->set_name("spend"); }},
      {"model.dimensions[0].weight", "NOT_FINITE", [&](M& m) { m.mutable_dimensions(0)->set_weight(nan); }},
      {"model.dimensions[0].weight", "NOT_FINITE", [&](M& m) { m.mutable_dimensions(0)->set_weight(infinity); }},
      {"model.dimensions[0].weight", "OUT_OF_RANGE", [](M& m) { m.mutable_dimensions(0)->set_weight(-1); }},
      {"model.dimensions[0].weight", "OUT_OF_RANGE", [](M& m) { m.mutable_dimensions(0)->set_weight(1e300); }},
      {"model.dimensions[0].weight", "TOO_PRECISE", [](M& m) { m.mutable_dimensions(0)->set_weight(0.1234567); }},
      {"model.dimensions", "WEIGHTS_SUM", [](M& m) { for (auto& d : *m.mutable_dimensions()) d.set_weight(0); }},
      {"model.dimensions", "WEIGHTS_SUM", [](M& m) { m.set_weight_policy(v1::WEIGHT_POLICY_REJECT); }},
      {"model.dimensions[0].factors", "EMPTY", [](M& m) { m.mutable_dimensions(0)->clear_factors(); }},
      {"model.dimensions[0].factors", "TOO_MANY", [&](M& m) { for (int i = 0; i < 16; ++i) *m.mutable_dimensions(0)->add_factors() = factor(m); }},
      {"model.dimensions[0].factors[0].feature", "UNKNOWN_FEATURE", [&](M& m) { factor(m).set_feature("net_spend_366d"); }},
      {"model.dimensions[0].factors[0].benchmark", "UNKNOWN_BENCHMARK", [&](M& m) { factor(m).set_benchmark("nothing"); }},
      {"model.dimensions[0].factors[0].normaliser", "REQUIRED", [&](M& m) { factor(m).clear_normaliser(); }},
      {"model.dimensions[0].factors[0].normaliser.knots.knots", "OUT_OF_RANGE", [&](M& m) { knots(m)->clear_knots(); }},
      {"model.dimensions[0].factors[0].normaliser.knots.knots[2].x", "OUT_OF_ORDER", [&](M& m) { knots(m)->mutable_knots(2)->set_x(0.2); }},
      {"model.dimensions[0].factors[0].normaliser.knots.knots[1].x", "NOT_FINITE", [&](M& m) { knots(m)->mutable_knots(1)->set_x(nan); }},
      {"model.dimensions[0].factors[0].normaliser.knots.knots[1].y", "OUT_OF_RANGE", [&](M& m) { knots(m)->mutable_knots(1)->set_y(101); }},
      {"model.dimensions[0].factors[0].normaliser.saturate.at", "NOT_POSITIVE", [&](M& m) { factor(m).mutable_normaliser()->mutable_saturate(); }},
      {"model.dimensions[0].factors[0].normaliser.penalty.slope", "NOT_POSITIVE", [&](M& m) { factor(m).mutable_normaliser()->mutable_penalty()->set_slope(-2); }},
      {"model.dimensions[0].factors[0].normaliser.min_max.high", "OUT_OF_ORDER", [&](M& m) { factor(m).mutable_normaliser()->mutable_min_max(); }},
      {"model.dimensions[0].factors[0].normaliser.bands.bands", "OUT_OF_RANGE", [&](M& m) { factor(m).mutable_normaliser()->mutable_bands(); }},
      {"model.dimensions[0].combine", "UNKNOWN_VALUE", [](M& m) { m.mutable_dimensions(0)->set_combine(static_cast<v1::Combine>(77)); }},
      {"model.multipliers[0].when.feature", "UNKNOWN_FEATURE", [](M& m) { auto& x = *m.add_multipliers(); x.set_name("m"); x.set_factor(1); }},
      {"model.multipliers[0].factor", "OUT_OF_RANGE", [](M& m) { auto& x = *m.add_multipliers(); x.set_name("m"); x.set_factor(-1); }},
      {"model.multiplier_bounds", "OUT_OF_RANGE", [](M& m) { m.mutable_multiplier_bounds()->set_min(2); m.mutable_multiplier_bounds()->set_max(1); }},
      {"model.benchmarks[0].default_value", "NOT_POSITIVE", [](M& m) { m.mutable_benchmarks(0)->set_default_value(0); }},
      {"model.benchmarks[1].name", "DUPLICATE", [](M& m) { m.mutable_benchmarks(1)->set_name("annual-spend"); }},
      {"model.benchmarks[0].overrides[0]", "EMPTY", [](M& m) { m.mutable_benchmarks(0)->add_overrides()->set_value(1); }},
      {"model.derived_features[0].first_known_of[0]", "UNKNOWN_FEATURE", [](M& m) { auto& a = *m.add_derived_features(); a.set_name("a"); a.add_first_known_of("b"); auto& b = *m.add_derived_features(); b.set_name("b"); b.add_first_known_of("a"); }},
      {"model.derived_features[0].name", "DUPLICATE", [](M& m) { auto& a = *m.add_derived_features(); a.set_name("tenure_days"); a.add_first_known_of("tenure_days"); }},
      {"model.ladder_kind", "REQUIRED", [](M& m) { m.clear_ladder_kind(); }},
      {"model.tiers", "EMPTY", [](M& m) { m.clear_tiers(); }},
      {"model.tiers", "TOO_MANY", [](M& m) { m.clear_tiers(); for (int i = 0; i < 33; ++i) { auto& t = *m.add_tiers(); t.set_code(fmt::format("t{}", i)); t.set_lower_bound(96 - 3 * i); } }},
      {"model.tiers[1].code", "DUPLICATE", [](M& m) { m.mutable_tiers(1)->set_code("diamond"); }},
      {"model.tiers[1].lower_bound", "OUT_OF_ORDER", [](M& m) { m.mutable_tiers(1)->set_lower_bound(90); }},
      {"model.tiers[0].lower_bound", "OUT_OF_RANGE", [](M& m) { m.mutable_tiers(0)->set_lower_bound(100.5); }},
      {"model.tiers[0].lower_bound", "TOO_PRECISE", [](M& m) { m.mutable_tiers(0)->set_lower_bound(90.0005); }},
      {"model.tiers[4].lower_bound", "BOTTOM_NOT_DEFAULT", [](M& m) { m.mutable_tiers(4)->set_lower_bound(10); }},
      {"model.tiers[0].rules", "MISMATCH", [](M& m) { m.mutable_tiers(0)->mutable_rules()->add_criteria()->set_feature("tenure_days"); }},
      {"model.tiers[1].share", "OUT_OF_ORDER", [](M& m) { m.set_ladder_kind(v1::LADDER_KIND_SHARES); m.mutable_tiers(1)->set_share(0.05); }},
      {"model.tiers[4].share", "BOTTOM_NOT_DEFAULT", [](M& m) { m.set_ladder_kind(v1::LADDER_KIND_SHARES); m.mutable_tiers(4)->set_share(0.9); }},
      {"model.score_kind", "MISMATCH", [](M& m) { m.set_score_kind(v1::SCORE_KIND_ATTAINMENT); }},
      {"model.stability.protection_months", "OUT_OF_RANGE", [](M& m) { m.mutable_stability()->set_protection_months(121); }},
      {"model.stability.margin_points", "TOO_PRECISE", [](M& m) { m.mutable_stability()->set_margin_points(0.0005); }},
      {"model.stability.margin_ratio", "MISMATCH", [](M& m) { m.mutable_stability()->set_margin_ratio(0.05); }},
      {"model.stability.max_levels_down", "OUT_OF_RANGE", [](M& m) { m.mutable_stability()->set_max_levels_down(-1); }},
      {"model.stability.confirmation_batches", "OUT_OF_RANGE", [](M& m) { m.mutable_stability()->set_confirmation_batches(0); }},
      {"model.display_scale", "OUT_OF_RANGE", [&](M& m) { m.set_display_scale(nan); }},
      {"model.display_scale", "OUT_OF_RANGE", [](M& m) { m.set_display_scale(-1); }},
  };
  int number = 0;
  for (const Case& item : cases) {
    SCOPED_TRACE(item.field + " " + item.reason);
    v1::Model model = Model("hostile");
    item.spoil(model);
    v1::ApplyModelResponse response;
    const grpc::Status status = Apply(Request(fmt::format("hostile-{}", ++number), model), response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(DetailsOf(status).violations, Contains(Pair(item.field, item.reason)));
  }
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM ladder WHERE ladder_id = 'hostile'"), "0");
}

TEST_F(ModelTest, EveryViolationOfAModelIsNamedAtOnce) {
  v1::Model model = Model("all-wrong");
  model.mutable_dimensions(0)->set_weight(0.1234567);
  model.mutable_tiers(1)->set_code("diamond");
  model.mutable_dimensions(2)->clear_factors();
  v1::ApplyModelResponse response;
  const auto violations = DetailsOf(Apply(Request("", model), response)).violations;
  EXPECT_THAT(violations, Contains(Pair("request_id", "REQUIRED")));
  EXPECT_THAT(violations, Contains(Pair("model.dimensions[0].weight", "TOO_PRECISE")));
  EXPECT_THAT(violations, Contains(Pair("model.tiers[1].code", "DUPLICATE")));
  EXPECT_THAT(violations, Contains(Pair("model.dimensions[2].factors", "EMPTY")));
}

TEST_F(ModelTest, AValueOutsideItsRangeIsNamedAsItWasGivenWithTheRange) {
  struct Case {
    std::string field;
    std::function<void(v1::Model&, double)> set;
    double most, beyond;
    std::string message;
  };
  const auto knot = [](v1::Model& m) { return m.mutable_dimensions(0)->mutable_factors(0)->mutable_normaliser()->mutable_knots()->mutable_knots()->rbegin(); };
  const auto multiplier = [](v1::Model& m) {
    auto& out = *m.add_multipliers();
    out.set_name("m");
    out.mutable_when()->set_feature("orders_90d");
    out.mutable_when()->set_comparison(v1::COMPARISON_AT_LEAST);
    return &out;
  };
  const std::vector<Case> cases = {
      {"tiers[0].lower_bound", [](v1::Model& m, double x) { m.mutable_tiers(0)->set_lower_bound(x); }, 100, 100.5, "100.5 is outside 0 to 100 points"},
      {"tiers[0].lower_bound", [](v1::Model& m, double x) { m.mutable_tiers(0)->set_lower_bound(x); }, 100, 100.001, "100.001 is outside 0 to 100 points"},
      {"tiers[0].lower_bound", [](v1::Model& m, double x) { m.mutable_tiers(0)->set_lower_bound(x); }, 100, 2e7, "20000000 is outside 0 to 100 points"},
      {"tiers[3].lower_bound", [](v1::Model& m, double x) { m.mutable_tiers(3)->set_lower_bound(x); }, 45, -0.5, "-0.5 is outside 0 to 100 points"},
      {"stability.margin_points", [](v1::Model& m, double x) { m.mutable_stability()->set_margin_points(x); }, 10, 100.5, "100.5 is outside 0 to 100 points"},
      {"dimensions[0].factors[0].normaliser.knots.knots[5].y", [&](v1::Model& m, double x) { knot(m)->set_y(x); }, 100, 100.5, "100.5 is outside 0 to 100"},
      {"multipliers[0].factor", [&](v1::Model& m, double x) { multiplier(m)->set_factor(x); }, 1.5, 100.5, "100.5 is outside 0 to 100"},
      {"dimensions[0].weight", [](v1::Model& m, double x) { m.mutable_dimensions(0)->set_weight(x); }, 1'000'000, 1'000'000.5, "1000000.5 is outside 0 to 1000000"},
      {"tiers[0].share", [](v1::Model& m, double x) { m.mutable_tiers(0)->set_share(x); }, 1, 1.005, "1.005 is outside 0 to 1"}};
  for (const Case& item : cases) {
    v1::Model model = Model("ranges");
    item.set(model, item.most);
    for (const auto& finding : Validate(model).findings()) EXPECT_NE(finding.field(), item.field) << finding.message();
    model = Model("ranges");
    item.set(model, item.beyond);
    const config::v1::ValidateResponse response = Validate(model);
    EXPECT_FALSE(response.publishable());
    int named = 0;
    for (const auto& finding : response.findings()) {
      if (finding.field() != item.field) continue;
      ++named;
      EXPECT_EQ(finding.severity(), config::v1::SEVERITY_ERROR);
      EXPECT_EQ(finding.reason(), "OUT_OF_RANGE");
      EXPECT_THAT(finding.message(), HasSubstr(item.message));
    }
    EXPECT_EQ(named, 1) << item.field << ": " << response.DebugString();
  }
}

TEST_F(ModelTest, WhatIsMostLikelyNotMeantIsAWarning) {
  v1::Model model = Model("odd");
  model.mutable_stability()->set_protection_months(13);
  const config::v1::ValidateResponse response = Validate(model);
  EXPECT_TRUE(response.publishable());
  ASSERT_EQ(response.findings_size(), 1) << response.DebugString();
  EXPECT_EQ(response.findings(0).severity(), config::v1::SEVERITY_WARNING);
  EXPECT_EQ(response.findings(0).field(), "stability.protection_months");
  EXPECT_EQ(response.findings(0).reason(), "PROTECTION_OUTLIVES_FACTS");
  EXPECT_THAT(response.findings(0).message(), HasSubstr("give at most 12 months"));
  v1::ApplyModelResponse applied;
  EXPECT_TRUE(Apply(Request("odd", model), applied).ok());
}

TEST_F(ModelTest, ATierOutOfReachAndProtectionWithoutEndAreNotPublished) {
  struct Case {
    std::string field, reason, message;
    std::function<void(v1::Model&)> spoil;
  };
  const std::vector<Case> cases = {
      {"tiers[0].lower_bound", "TIER_UNREACHABLE", "at most 86 points, the bound is 90; lower the bound to 86 or less",
       [](v1::Model& m) {  // .35 * 60 + .65 * 100
         auto& knots = *m.mutable_dimensions(0)->mutable_factors(0)->mutable_normaliser()->mutable_knots()->mutable_knots();
         while (knots.size() > 3) knots.RemoveLast();
       }},
      {"stability.protection_months", "PROTECTION_OUTLIVES_FACTS", "in practice it never ends; give at most 12 months",
       [](v1::Model& m) { m.mutable_stability()->set_protection_months(36); }},
      {"stability.margin_points", "HELD_FOREVER", "nobody ever loses silver", [](v1::Model& m) { m.mutable_stability()->set_margin_points(45); }}};
  int number = 0;
  for (const Case& item : cases) {
    v1::Model model = Model("never");
    item.spoil(model);
    const config::v1::ValidateResponse response = Validate(model);
    EXPECT_FALSE(response.publishable());
    ASSERT_GE(response.findings_size(), 1) << item.field;
    EXPECT_EQ(response.findings(0).severity(), config::v1::SEVERITY_ERROR);
    EXPECT_EQ(response.findings(0).field(), item.field);
    EXPECT_EQ(response.findings(0).reason(), item.reason);
    EXPECT_THAT(response.findings(0).message(), HasSubstr(item.message));
    v1::ApplyModelResponse applied;
    v1::ApplyModelRequest request = Request(fmt::format("never-{}", ++number), model);
    for (const bool validate_only : {true, false}) {
      request.set_validate_only(validate_only);
      const grpc::Status status = Apply(request, applied);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(DetailsOf(status).ViolationOf("model." + item.field), item.reason);
    }
    config::v1::SaveDraftRequest save;
    save.mutable_document()->PackFrom(model);
    save.set_author("lin");
    config::v1::SaveDraftResponse saved;
    auto context = Within(10'000);
    const auto configs = config::v1::ConfigService::NewStub(installation_->channel());
    ASSERT_TRUE(configs->SaveDraft(context.get(), save, &saved).ok()) << "a draft may be wrong";
    config::v1::DeleteDraftRequest remove;
    remove.set_kind("model");
    remove.set_document_id("never");
    remove.set_author("lin");
    remove.set_etag(saved.draft().etag());
    config::v1::DeleteDraftResponse removed;
    auto remove_context = Within(10'000);
    EXPECT_TRUE(configs->DeleteDraft(remove_context.get(), remove, &removed).ok());
  }
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM ladder WHERE ladder_id = 'never'"), "0");
}

TEST_F(ModelTest, TextsThatTheStoreCanNotHoldAreRefusedAsInvalid) {
  v1::ApplyModelResponse response;
  v1::Model model = Model("nul");
  (*model.mutable_names())["zh"] = std::string("a\0b", 3);
  EXPECT_EQ(Apply(Request("nul-1", model), response).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "NUL in a name";
  EXPECT_EQ(Apply(Request(std::string("nul\0-2", 6), Model("nul")), response).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "NUL in request_id";
  v1::ApplyModelRequest authored = Request("nul-3", Model("nul", 61));
  authored.set_author(std::string("a\0b", 3));
  EXPECT_EQ(Apply(authored, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "NUL in author";
  model = Model("huge");
  (*model.mutable_names())["zh"] = std::string(1 << 20, 'x');
  EXPECT_EQ(Apply(Request("huge", model), response).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "a name of 1 MB";
}

// Before its first batch a new version knows no population: everybody would be the best of a base of one.
TEST_F(ModelTest, ADryGradingWithoutAPopulationSaysThatItIsProvisional) {
  installation_->Ingest({OrderEvent("alone", "e", "2026-03-20", 1000), OrderEvent("other", "e", "2026-03-20", 9000)});
  const auto provisional_reason = [](const std::string& ladder) {
    v1::GradeCustomerRequest request;
    request.set_customer_id("alone");
    request.set_ladder_id(ladder);
    v1::GradeCustomerResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_->regrades().GradeCustomer(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_FALSE(response.computed_tier_code().empty());
    return response.provisional_reason();
  };
  v1::Model model = Model("compares");
  model.mutable_dimensions(0)->mutable_factors(0)->clear_benchmark();
  model.mutable_dimensions(0)->mutable_factors(0)->mutable_normaliser()->mutable_percentile();
  Publish("compares-1", model);
  EXPECT_EQ(provisional_reason("compares"), "NO_POPULATION");
  EXPECT_EQ(provisional_reason("kuailv"), "") << "this one compares nobody";
  installation_->Regrade("compares", "2026-03-31");
  EXPECT_EQ(provisional_reason("compares"), "");
  model.mutable_tiers(2)->set_lower_bound(61);
  Publish("compares-2", model);
  EXPECT_EQ(provisional_reason("compares"), "NO_POPULATION") << "the population belongs to the version before";
}

TEST_F(ModelTest, ANewVersionDoesNotPromoteWhoOrdersBeforeItsFirstBatch) {
  std::vector<v1::Event> events;
  for (int i = 0; i < 10; ++i) events.push_back(OrderEvent(fmt::format("rank-{}", i), "e", "2026-03-20", 1000 + 1000 * i));
  installation_->Ingest(events);
  v1::Model model = Model("ranked");
  while (model.dimensions_size() > 1) model.mutable_dimensions()->RemoveLast();
  v1::Factor& factor = *model.mutable_dimensions(0)->mutable_factors(0);
  factor.clear_benchmark();
  factor.mutable_normaliser()->mutable_percentile();
  Publish("ranked-1", model);
  installation_->Regrade("ranked", "2026-03-31");
  ASSERT_EQ(installation_->GetTier("rank-0", "ranked").tier().tier_code(), "bronze");
  model.mutable_tiers(2)->set_lower_bound(61);
  Publish("ranked-2", model);
  installation_->Ingest({OrderEvent("rank-0", "small", "2026-03-31", 1)});
  EXPECT_EQ(installation_->GetTier("rank-0", "ranked").tier().tier_code(), "bronze") << "the smallest of ten";
}

class PresetsTest : public ::testing::Test {
 protected:
  void Publish(const std::string& preset, const std::string& author) {
    v1::ApplyModelRequest request;
    request.set_request_id("preset:" + preset);
    request.set_author(author);
    *request.mutable_model() = ReadModel(preset);
    v1::ApplyModelResponse response;
    auto context = Within(20'000);
    const grpc::Status status = installation_.models().ApplyModel(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  // Ids of the ladders that a process has which starts now with the presets; a star marks the default.
  std::set<std::string> LaddersOfAStart() {
    const std::string address = "unix:" + installation_.folder() + "/later.sock";
    std::vector<std::string> command = installation_.SuiteCommand(address);
    command.insert(command.end(), {"--presets", SourcePath("deploy/presets")});
    const Child later(command, installation_.folder() + "/later.log");
    v1::ListTiersResponse response;
    auto context = Within(20'000);
    context->set_wait_for_ready(true);
    const grpc::Status status = v1::TierService::NewStub(ChannelTo(address))->ListTiers(context.get(), {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::set<std::string> ids;
    for (const v1::Ladder& ladder : response.ladders()) ids.insert(ladder.ladder_id() + (ladder.is_default() ? "*" : ""));
    return ids;
  }

  Installation installation_{{.presets = false}};
};

TEST_F(PresetsTest, AStartThatEndedBetweenThemIsCompletedByTheNext) {
  Publish("kuailv-class", "preset");
  EXPECT_THAT(LaddersOfAStart(), ElementsAre("kuailv*", "kuailv-class", "kuailv-rfmpl", "meicai", "meicai-rfmp"));
}

TEST_F(PresetsTest, AreNotAddedToWhatPeopleHavePublished) {
  Publish("kuailv-class", "li");
  EXPECT_THAT(LaddersOfAStart(), ElementsAre("kuailv-class*"));
}

TEST(ModelJsonTest, UnknownFieldsAndWrongTypesAreNamed) {
  for (const auto& [json, word] : {std::pair(R"({"model_id": "x", "wieghts": 1})", "wieghts"), {R"({"model_id": 5})", "model_id"},
                                   {R"({"ladder_kind": "LADDER_KIND_MAGIC"})", "LADDER_KIND_MAGIC"}, {R"({"model_id": "x")", ""}}) {
    const auto model = wire::ParseModelJson(json);
    ASSERT_FALSE(model.ok()) << json;
    EXPECT_TRUE(absl::IsInvalidArgument(model.status()));
    EXPECT_THAT(model.status().ToString(), HasSubstr(word)) << json;
  }
}

}  // namespace
}  // namespace rung::testing
