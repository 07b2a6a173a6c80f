// What ships for the checkout can be published as it is, and lint has nothing to say.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "libs/benefits/lint.h"
#include "libs/benefits/price_terms.h"
#include "libs/benefits/validation.h"
#include "libs/pricing/validation.h"
#include "libs/wire/benefit_mapping.h"
#include "libs/wire/price_mapping.h"

namespace rung::wire {
namespace {

template <typename Message>
Message Load(const std::string& path) {
  std::ifstream file(RUNG_SOURCE_DIR "/deploy/checkout/" + path);
  std::stringstream text;
  text << file.rdbuf();
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(text.str(), &message);
  EXPECT_TRUE(status.ok()) << path << ": " << status.message();
  return message;
}

void ExpectNone(const std::vector<Violation>& violations, const std::string& path) {
  for (const Violation& violation : violations) ADD_FAILURE() << path << ": " << violation.field << ": " << violation.message;
}

benefits::Plan LoadPlan(const std::string& path) {
  std::vector<Violation> violations;
  benefits::Plan plan = FromWire(Load<benefits::v1::BenefitPlan>(path), violations);
  ExpectNone(violations, path);
  return plan;
}

TEST(CheckoutPresets, AreFitForPublication) {
  for (const char* path : {"benefits/kuailv.json", "benefits/meicai.json"}) {
    const benefits::Plan plan = LoadPlan(path);
    ExpectNone(benefits::Validate(plan), path);
    ExpectNone(benefits::Lint(plan, 20'000), path);
  }
  for (const char* path : {"policies/best-price.json", "policies/sequential.json"}) {
    std::vector<Violation> violations;
    ExpectNone(pricing::Validate(FromWire(Load<pricing::v1::PricePolicy>(path), violations)), path);
    ExpectNone(violations, path);
  }
}

TEST(CheckoutPresets, GiveKuaiLvsDiamondNinetyPercentAndImportedFruitAtEighty) {
  const auto benefits = benefits::Benefits::Build(LoadPlan("benefits/kuailv.json"));
  const auto terms = benefits::PriceTermsOf(benefits->For({"diamond"}, 20'000), "diamond");
  EXPECT_EQ(terms.tier.pay, pricing::Bps{9'000});
  ASSERT_EQ(benefits::OffersOf(*benefits).size(), 1u);
  EXPECT_EQ(benefits::OffersOf(*benefits)[0].terms.pay, pricing::Bps{8'000});
  EXPECT_EQ(terms.offers[0], pricing::OfferAnswer::kApplies);
}

TEST(CheckoutPresets, GiveNoReductionToMeicaisCustomers) {
  const auto benefits = benefits::Benefits::Build(LoadPlan("benefits/meicai.json"));
  for (const char* tier : {"diamond", "gold", "silver", "bronze"}) {
    EXPECT_EQ(benefits::PriceTermsOf(benefits->For({tier}, 20'000), tier).tier.pay, pricing::kWhole);
  }
}

}  // namespace
}  // namespace rung::wire
