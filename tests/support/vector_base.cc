#include "tests/support/vector_base.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "libs/features/feature_evaluator.h"
#include "libs/features/fitted.h"
#include "libs/features/state_builder.h"
#include "libs/scoring/validation.h"
#include "libs/wire/model_mapping.h"

namespace rung::testing {

scoring::Model LoadPreset(const std::string& name) {
  std::ifstream file(SourcePath("deploy/presets/" + name + ".json"));
  std::stringstream text;
  text << file.rdbuf();
  const auto model = wire::ParseModelJson(text.str());
  EXPECT_TRUE(model.ok()) << model.status();
  std::vector<Violation> violations;
  scoring::Model mapped = wire::FromWire(*model, violations);
  for (const Violation& violation : violations) ADD_FAILURE() << violation.field << ": " << violation.message;
  const auto is_feature = [](std::string_view feature) {
    return features::FindFeature(feature) != nullptr || features::FindFitted(feature) != nullptr;
  };
  for (const Violation& violation : scoring::Validate(mapped, is_feature)) {
    ADD_FAILURE() << violation.field << ": " << violation.message;
  }
  return mapped;
}

VectorBase::VectorBase() : vectors_(LoadFeatureVectors()) {
  for (const auto& customer : vectors_.customers) InternWords(customer.events, codes_);
  features::FeatureEvaluator evaluator(codes_, features::kAllSources);
  for (const auto& customer : vectors_.customers) {
    states_.push_back(features::BuildState(customer.events, -features::kNever, codes_));
    evaluator.Evaluate(states_.back(), vectors_.as_of, values_.emplace_back());
    member_.push_back(values_.back()[features::Feature::kOrders365d] > 0);
  }
}

scoring::BaseColumns VectorBase::Columns(const scoring::Scorer& scorer) {
  scoring::BaseColumns columns;
  columns.rows = values_.size();
  for (const std::string& name : scorer.features()) {
    std::vector<double>& column = columns_.emplace_back();
    for (size_t row = 0; row < values_.size(); ++row) column.push_back(Value(row, name));
    columns.features.push_back(column.data());
  }
  columns.member = member_;
  columns.benchmarks.resize(scorer.model().benchmarks.size());
  return columns;
}

size_t VectorBase::IndexOf(const std::string& customer) const {
  for (size_t row = 0; row < vectors_.customers.size(); ++row) {
    if (vectors_.customers[row].customer_id == customer) return row;
  }
  ADD_FAILURE() << customer;
  return 0;
}

double VectorBase::Value(size_t row, const std::string& name) const {
  if (const auto* definition = features::FindFeature(name)) return values_[row][definition->feature];
  const int32_t code = codes_.Find(features::CodeKind::kOutsideValue, name);
  if (code < 0) return features::kMissing;
  const auto* value = states_[row].Latest(features::kFirstOutside + code, vectors_.as_of);
  return value == nullptr ? features::kMissing : value->value;
}

}  // namespace rung::testing
