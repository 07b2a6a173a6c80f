#include "services/grading/feature_binding.h"

namespace rung::grading {

using features::Feature;

FeatureBinding::FeatureBinding(const std::vector<std::string>& names, const features::CodeBook& codes) {
  groups_ = features::kSpendGroup;  // membership of the population needs it
  for (const std::string& name : names) {
    const features::FeatureDefinition* built_in = features::FindFeature(name);
    const features::FittedDefinition* fitted = features::FindFitted(name);
    int32_t attribute = -1;
    if (built_in != nullptr) {
      groups_ |= built_in->group;
    } else {
      const int32_t code = codes.Find(features::CodeKind::kOutsideValue, name);
      if (code >= 0) attribute = features::kFirstOutside + code;
    }
    if (fitted != nullptr) {
      fitted_ |= features::Only(fitted->fitted);
      if (fitted->fitted == features::Fitted::kPotentialIndex) groups_ |= features::kCategoryGroup;
    }
    sources_.push_back({built_in, fitted, attribute});
  }
}

double FeatureBinding::Value(size_t index, const features::FeatureValues& values, const features::FittedValues& fitted,
                             const features::CustomerState& state, Day as_of) const {
  const Source& source = sources_[index];
  if (source.built_in != nullptr) return values[source.built_in->feature];
  const double outside = OutsideValueOf(state, source.attribute, as_of);
  return source.fitted != nullptr && features::IsMissing(outside) ? fitted[source.fitted->fitted] : outside;
}

std::vector<double> FeatureBinding::Values(const features::FeatureValues& values, const features::FittedValues& fitted,
                                           const features::CustomerState& state, Day as_of) const {
  std::vector<double> out(sources_.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = Value(i, values, fitted, state, as_of);
  return out;
}

double OutsideValueOf(const features::CustomerState& state, int32_t attribute, Day as_of) {
  const features::AttributeValue* value = attribute < 0 ? nullptr : state.Latest(attribute, as_of);
  return value == nullptr ? features::kMissing : value->value;
}

bool IsMember(const features::FeatureValues& values, const features::CustomerState& state, Day as_of) {
  return values[Feature::kOrders365d] > 0 && IsOpen(state, as_of);
}

bool IsOpen(const features::CustomerState& state, Day as_of) {
  const features::AttributeValue* status = state.Latest(features::kStatus, as_of);
  return status == nullptr || static_cast<int>(status->value) == static_cast<int>(features::CustomerStatus::kOpen);
}

}  // namespace rung::grading
